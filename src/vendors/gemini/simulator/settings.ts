import * as v from "valibot";

export const settingsSchema = v.strictObject({
  /** False: the service account's signature gets no token, and its tokens are worth nothing. */
  adminKeyValid: v.exactOptional(v.boolean()),
  /**
   * Admin calls of all kinds in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.exactOptional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** Permissions that the service account lacks: `apikeys.keys.create`. */
  missingPermissions: v.exactOptional(v.array(v.string())),
  /** Looks at an operation that are answered before it is done. */
  polls: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Keys that the project can have. */
  keysMax: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** How a second deletion is answered, which Google does not document. */
  deletedTwice: v.exactOptional(v.picklist([200, 400, 404])),
  /**
   * True: keys were used of late, and a deletion that does not say that it skips the check is
   * refused.
   */
  deletionChecksUsage: v.exactOptional(v.boolean()),
  /** Address that calls with keys come from. */
  callerAddress: v.exactOptional(v.pipe(v.string(), v.ip())),
  /** False: keys that are not bound to a service account are refused. */
  standardKeysAccepted: v.exactOptional(v.boolean()),
});
export type Settings = Required<v.InferOutput<typeof settingsSchema>>;

export const DEFAULTS: Settings = {
  adminKeyValid: true,
  callsPerMinute: null,
  missingPermissions: [],
  polls: 1,
  keysMax: 300,
  deletedTwice: 404,
  deletionChecksUsage: false,
  callerAddress: "192.0.2.10",
  standardKeysAccepted: true,
};
