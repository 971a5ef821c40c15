import type { Direction } from "./direction";

/** One difference. Texts come from outside, and are for nobody's terminal as they are. */
export interface FieldChange {
  readonly field: string;
  /** Absent where the key or issuer is issued or retired: then there is nothing to compare with. */
  readonly direction?: Direction;
  /** As the policy has it; undefined: not declared. */
  readonly before: unknown;
  readonly after: unknown;
  /** In words. */
  readonly was: string;
  readonly is: string;
  /** Of lists. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
