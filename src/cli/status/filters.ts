import { unixSeconds } from "../../model/units";
import type { KeyStatus } from "./key-status";
import type { KeyState } from "./states";

export interface Filters {
  /** Part of the owner's address, in any case. */
  readonly owner?: string;
  readonly state?: readonly KeyState[];
  readonly expiringWithinSeconds?: number;
}

export interface Filtered {
  readonly shown: readonly KeyStatus[];
  /** Of these it is not known whether a filter would let them through. */
  readonly undecided: readonly KeyStatus[];
}

/** @param now Unix seconds */
export function filtered(keys: readonly KeyStatus[], filters: Filters, now: number): Filtered {
  const verdicts = keys.map((key) => [key, verdict(key, filters, now)] as const);
  const of = (wanted: Verdict) => verdicts.flatMap(([key, found]) => (found === wanted ? [key] : []));
  return { shown: of("yes"), undecided: of("not known") };
}

type Verdict = "yes" | "no" | "not known";

function verdict(key: KeyStatus, { owner, state, expiringWithinSeconds }: Filters, now: number): Verdict {
  const verdicts: Verdict[] = [];
  if (owner !== undefined) {
    verdicts.push(key.owner === null ? "not known" : yes(key.owner.toLowerCase().includes(owner.toLowerCase())));
  }
  if (state !== undefined) verdicts.push(yes(state.includes(key.state)));
  if (expiringWithinSeconds !== undefined) {
    const known = key.expiresAt === null ? undefined : unixSeconds(key.expiresAt);
    // What was never issued expires never.
    if (known === undefined) verdicts.push(key.state === "not_issued" ? "no" : "not known");
    else verdicts.push(yes(known - now <= expiringWithinSeconds));
  }
  if (verdicts.includes("no")) return "no";
  return verdicts.includes("not known") ? "not known" : "yes";
}

function yes(holds: boolean): Verdict {
  return holds ? "yes" : "no";
}
