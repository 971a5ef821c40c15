import * as v from "valibot";

export const settingsSchema = v.strictObject({
  /** False: the Admin key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /** True: calls with a key are answered 403, whatever the key. */
  onHold: v.optional(v.boolean()),
  /** True: somebody has archived the default workspace, and its keys with it. */
  workspaceArchived: v.optional(v.boolean()),
  /** Active keys that the organisation may have. `null`: as many as it takes. */
  activeKeysMax: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  /**
   * True: the organisation has the early access to spend limits. Else calls about them are answered
   * 403.
   */
  spendLimits: v.optional(v.boolean()),
  /**
   * Admin calls in a minute of simulated time; more are answered 429 with `Retry-After`. `null`: as
   * many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});
export type Settings = v.InferOutput<typeof settingsSchema>;
