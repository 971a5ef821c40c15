import * as v from "valibot";

export const settingsSchema = v.strictObject({
  /** False: the master key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * Calls of `/key/…` in a minute of simulated time; more are answered 429 with `Retry-After`.
   * `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** False: as of releases before 1.53, which gave one alias to many keys. */
  uniqueAliases: v.optional(v.boolean()),
  /**
   * True: a second mint of a value is refused; else it is answered 200, and changes nothing.
   * Releases will differ.
   */
  uniqueKeys: v.optional(v.boolean()),
  /** True: `enable_key_alias_format_validation`. */
  aliasesChecked: v.optional(v.boolean()),
});
export type Settings = v.InferOutput<typeof settingsSchema>;
