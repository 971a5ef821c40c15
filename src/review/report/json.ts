import { json } from "../../output/json";
import type { Printable } from "../../output/printable";
import type { Entry, Review } from "../review";
import { VERDICTS, type Verdict } from "../review";

/**
 * Shape of `--format json`; documented in docs/cli/review.md. What is added to it leaves the
 * version as it is.
 */
export interface JsonReport {
  readonly version: 1;
  /** How many entries have the verdict, beside others or alone. */
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly untouched: number;
  readonly notes: readonly string[];
  /** Loosest first. */
  readonly entries: readonly Entry[];
}

export function jsonReport({ entries, untouched, notes }: Review): Printable<"json"> {
  const counts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, entries.filter(({ verdicts }) => verdicts.includes(verdict)).length]),
  ) as Record<Verdict, number>;
  const report: JsonReport = { version: 1, counts, untouched, notes, entries };
  return json(report);
}
