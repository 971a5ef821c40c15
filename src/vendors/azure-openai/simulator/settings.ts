import * as v from "valibot";

const flag = v.optional(v.boolean());

export const settingsSchema = v.strictObject({
  /** False: Entra ID refuses the application's secret, and Resource Manager its tokens. */
  adminKeyValid: flag,
  /** False: the application has no role on the account. */
  permitted: flag,
  /** True: keys are switched off for the whole account (`disableLocalAuth`). */
  localAuthDisabled: flag,
  /**
   * `recoverable`: somebody has deleted the account, and can recover it with its keys. `purged`:
   * nobody can.
   */
  account: v.optional(v.picklist(["there", "recoverable", "purged"])),
  /** True: the account's firewall lets nobody call it. */
  firewalled: flag,
  /**
   * Calls of Resource Manager in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});
export type Settings = v.InferOutput<typeof settingsSchema>;
