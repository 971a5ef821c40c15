/** Verdicts that a pipeline can stop at. */
export const FAIL_ON = ["loosened", "exception", "issued", "renamed", "retired", "drift", "expiring"] as const;

export type FailOn = (typeof FAIL_ON)[number];

export interface ReviewOptions {
  /** Both names are of commits; `after` undefined: the working tree. */
  readonly git?: true;
  readonly format: "terminal" | "markdown" | "json" | "sarif";
  readonly failOn: readonly FailOn[];
  /** Where nothing of ours is in it, the exit code is 3: a gate that looked at nothing is open. */
  readonly requireKeys?: true;
  readonly name: string;
}
