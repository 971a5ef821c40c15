import * as v from "valibot";
import { projectLimitsSchema } from "./project-limits";
import { LATEST_SECONDS } from "./units";

/** What the ledger remembers of an issuer's project limits. */
export const projectLimitsRecordSchema = v.object({
  schema: v.literal(1),
  /** Counts the writes; every write names the one it builds on. */
  rev: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** As last applied; absent until the first apply has succeeded. */
  policy: v.optional(projectLimitsSchema),
  /** Token of the last apply that succeeded. */
  repair: v.string(),
  /** An apply that began and has not succeeded. */
  unfinished: v.optional(
    v.object({
      policy: v.string(),
      /** Unix seconds. */
      since: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS)),
      reason: v.string(),
    }),
  ),
});

export type ProjectLimitsRecord = v.InferOutput<typeof projectLimitsRecordSchema>;

export function newProjectLimitsRecord(): ProjectLimitsRecord {
  return { schema: 1, rev: 0, repair: "none" };
}
