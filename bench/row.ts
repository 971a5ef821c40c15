/** One line of the benchmark's report. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is compared with, in the same unit. */
  readonly baseline?: number;
  /** `value` by `baseline`; for several rounds the median of the rounds' ratios. */
  readonly ratio?: number;
  /** Most that `ratio` (without one: `value`) should be. */
  readonly target?: number;
}
