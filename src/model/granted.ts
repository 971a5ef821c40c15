import type { Limits } from "./grant";

/** Per dimension what the vendor says of a key; `null`: it says that there is no such limit. */
export interface Granted {
  readonly scopes?: readonly string[] | null;
  readonly models?: readonly string[] | null;
  readonly endpoints?: readonly string[] | null;
  readonly limits?: Limits | null;
  readonly networks?: readonly string[] | null;
  /** What the vendor shows besides, and no policy says in the same way. */
  readonly others?: readonly OtherLimit[];
}

/**
 * A limit of a key that a policy cannot say as the vendor has it: 2 US dollars an hour, 12.345 a
 * month, nothing at all.
 */
export interface OtherLimit {
  /** Part of a policy that it belongs to; absent where policies have no such part. */
  readonly of?: "scopes" | "models" | "endpoints" | "networks" | keyof Limits;
  /** In the vendor's own names and numbers: `max_budget 2, budget_duration 1h`. */
  readonly shown: string;
  /** Why a policy does not say the same: a clause that follows a colon. */
  readonly reason: string;
  /** The vendor's tools write it for "no limit". */
  readonly unset?: true;
  /** So much in each window of so many seconds; without those, altogether. */
  readonly within?: { readonly amount: number; readonly seconds?: number };
}
