import type * as v from "valibot";
import type { Clock } from "../../vendors/simulator";
import type { KnownKmsKeys } from "./encryption";
import type { Rotations } from "./rotation";
import { parseInput } from "./schemas";
import type { Secret, SecretStore } from "./store";
import type { SecretValue } from "./value";

/** What an operation works on. */
export interface OperationContext {
  readonly clock: Clock;
  readonly region: string;
  readonly store: SecretStore;
  /** Secrets of another region. */
  readonly storeOf: (region: string) => SecretStore;
  readonly rotations: Rotations;
  readonly permanentDeletionDelayMillis: number;
  readonly principal: string;
  readonly kms: KnownKmsKeys;
  mayInvoke(functionArn: string, secretArn: string): boolean;
  emit(name: string, secret: Secret, detail: Record<string, unknown>): void;
  /** Notes a value for redaction, before anything else can see it. */
  remember(value: SecretValue): void;
}

/** Synchronous: a call sees and leaves whole states, whatever rotations run beside it. */
export type Operation = (context: OperationContext, input: unknown) => unknown;

export function operation<const S extends v.GenericSchema<unknown, unknown>>(
  schema: S,
  run: (context: OperationContext, input: v.InferOutput<S>) => unknown,
): Operation {
  return (context, input) => run(context, parseInput(schema, input));
}
