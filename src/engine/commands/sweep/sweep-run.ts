import type { Engine } from "../../ports";
import type { VendorKeyIndex } from "../../vendor-keys/vendor-key-index";

/** A listing gone wrong must not take many keys with it; the rest waits for the next sweep. */
export const RECLAIM_MAX = 10;

export const REISSUE_MAX = 10;

export interface SweepResult {
  /** Superseded vendor keys whose overlap is over. */
  readonly revoked: number;
  /** Orphans. */
  readonly reclaimed: number;
  /** Keys that got a successor because the vendor no longer had theirs. */
  readonly reissued: number;
  /** Keys that got a successor because Secrets Manager had not rotated them in time. */
  readonly rotated: number;
  /** Keys whose sweep failed; the next one tries again. */
  readonly failed: number;
  /** Keys with something to do that the sweep's time was too short for. */
  readonly left: number;
}

export type Tally = { -readonly [count in keyof SweepResult]: SweepResult[count] };

/** One sweep over all keys. */
export interface SweepRun {
  readonly engine: Engine;
  readonly listing: VendorKeyIndex;
  readonly tally: Tally;
  /** What it may still do: keys in use that the list lacks are looked for one by one. */
  readonly budget: { reissues: number };
}
