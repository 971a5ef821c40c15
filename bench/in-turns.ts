import { defined } from "../src/model/defined";
import { median } from "./median";
import type { BenchRow } from "./row";

/** One round: what is measured, and what it is compared with. */
export interface Round<Result> {
  readonly ours: Result;
  readonly baseline: Result;
}

/** Both in turns, and each first as often as the other. */
export function inTurns<Result>(rounds: number, ours: () => Result, baseline: () => Result): Round<Result>[] {
  return Array.from({ length: rounds }, (_, i) => {
    const first = i % 2 === 0 ? ours() : undefined;
    const compared = baseline();
    return { ours: first ?? ours(), baseline: compared };
  });
}

/** Medians over all rounds; the ratio is that of each round. */
export function comparison<Result>(
  rounds: ReadonlyArray<Round<Result>>,
  { name, unit, target }: Pick<BenchRow, "name" | "unit" | "target">,
  of: (result: Result) => number,
): BenchRow {
  return {
    name,
    value: median(rounds.map(({ ours }) => of(ours))),
    unit,
    baseline: median(rounds.map(({ baseline }) => of(baseline))),
    ratio: median(rounds.map(({ ours, baseline }) => of(ours) / of(baseline))),
    ...defined({ target }),
  };
}
