import * as v from "valibot";

export const settingsSchema = v.strictObject({
  /** False: the admin token is refused. */
  adminKeyValid: v.exactOptional(v.boolean()),
  /** False: the admin token lacks Account API Tokens Write. */
  adminMayWrite: v.exactOptional(v.boolean()),
  /**
   * Calls with the admin token in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.exactOptional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** Tokens that the account can have. */
  tokensMax: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Permission groups that the account does not have. */
  missingGroups: v.exactOptional(v.array(v.string())),
  /** Permission groups that the admin token may not give. */
  unselectableGroups: v.exactOptional(v.array(v.string())),
  /** False: listings do not tell how many tokens there are, which Cloudflare does not promise. */
  totals: v.exactOptional(v.boolean()),
  /** Address that calls with tokens come from. */
  callerAddress: v.exactOptional(v.pipe(v.string(), v.ip())),
});
export type Settings = Required<v.InferOutput<typeof settingsSchema>>;

export const DEFAULTS: Settings = {
  adminKeyValid: true,
  adminMayWrite: true,
  callsPerMinute: null,
  tokensMax: 500,
  missingGroups: [],
  unselectableGroups: [],
  totals: true,
  callerAddress: "192.0.2.10",
};
