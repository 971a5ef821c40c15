import type { Direction } from "../direction";
import type { FieldChange } from "../field-change";
import { type Entry, type Review, VERDICTS, type Verdict } from "../review";

export const HEADINGS: Readonly<Record<Verdict, string>> = {
  loosened: "Loosened",
  exception: "Excepted from guardrails",
  issued: "Issued",
  renamed: "Renamed",
  tightened: "Tightened",
  retired: "Retired",
  drift: "Drift to be repaired",
  expiring: "Expiring",
  unchanged: "Unchanged in reach",
};

export const DIRECTIONS: Readonly<Record<Direction, string>> = {
  looser: "looser",
  tighter: "tighter",
  incomparable: "incomparable",
  same: "same",
  unknown: "nobody can tell",
};

/** Entries under their first verdict, loosest first. */
export function sections({
  entries,
}: Review): Array<{ readonly verdict: Verdict; readonly entries: readonly Entry[] }> {
  return VERDICTS.map((verdict) => ({
    verdict,
    entries: entries.filter(({ verdicts }) => verdicts[0] === verdict),
  })).filter((section) => section.entries.length > 0);
}

/** "2 loosened, 1 issued; 8 not touched" */
export function summary(review: Review): string {
  const counts = sections(review).map(({ verdict, entries }) => `${entries.length} ${HEADINGS[verdict].toLowerCase()}`);
  const changes = counts.length === 0 ? "no changes" : counts.join(", ");
  return `${changes}; ${review.untouched} not touched`;
}

/** How an entry is named: with its stack where there are several. */
export function title({ subject, name, stack, renamedFrom }: Entry): {
  readonly subject: string;
  readonly name: string;
  readonly rest: string;
} {
  const from = renamedFrom === undefined ? "" : `, formerly ${renamedFrom}`;
  const where = stack === "" ? "" : ` in stack ${stack}`;
  return { subject, name, rest: `${where}${from}` };
}

/** Verdicts beside the one that the entry stands under. */
export function besides({ verdicts }: Entry): string {
  const rest = verdicts.slice(1).map((verdict) => HEADINGS[verdict].toLowerCase());
  return rest.length === 0 ? "" : `also ${rest.join(", ")}`;
}

/** `+a -b` of lists of which only a part changed. */
export function difference({ added, removed }: FieldChange): string {
  return [...added.map((each) => `+${each}`), ...removed.map((each) => `-${each}`)].join(" ");
}
