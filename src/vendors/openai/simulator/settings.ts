import * as v from "valibot";

const seconds = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)));

/**
 * What can be changed while the simulator runs. `null` switches a number off; what is left out
 * stays as it is.
 */
const settingsSchema = v.strictObject({
  /** Organisation policy: a key must expire, and no later than this. */
  maximumLifetimeSeconds: seconds,
  /** Organisation policy: keys of users are refused. */
  serviceAccountKeysOnly: v.boolean(),
  /**
   * Admin calls a minute and endpoint; more are answered 429 without `Retry-After`. Refills over 60
   * seconds of simulated time.
   */
  throttlePerMinutePerEndpoint: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Somebody has archived the projects. */
  projectArchived: v.boolean(),
  /** A new key is refused for so long. */
  activationDelaySeconds: seconds,
  /** Two answers are documented: before October 2026 `refused` with 400, since then `allowed`. */
  deleteServiceAccountKey: v.picklist(["allowed", "refused"]),
  /** `off`: nothing is recorded, the list is empty. `forbidden`: 403. */
  auditLog: v.picklist(["on", "off", "forbidden"]),
  /** False: the admin key that the sandbox made is refused. */
  adminKeyValid: v.boolean(),
  /** Key objects carry `scopes`; OpenAI's do not. */
  showScopesInList: v.boolean(),
  /**
   * Errors quote the caller's whole key, plain and in base64, and the newest key: what a careless
   * gateway in between does.
   */
  echoKeysInErrors: v.boolean(),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = {
  maximumLifetimeSeconds: null,
  serviceAccountKeysOnly: false,
  throttlePerMinutePerEndpoint: null,
  projectArchived: false,
  activationDelaySeconds: null,
  deleteServiceAccountKey: "allowed",
  auditLog: "on",
  adminKeyValid: true,
  showScopesInList: false,
  echoKeysInErrors: false,
};

/** The settings with what `change` names changed. Throws on what it does not know, naming it. */
export function changedSettings(settings: Settings, change: unknown): Settings {
  const changes = v.safeParse(v.record(v.string(), v.unknown()), change);
  if (!changes.success) throw new Error("OpenAI simulator: settings are an object");
  const parsed = v.safeParse(settingsSchema, { ...settings, ...changes.output });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`OpenAI simulator: setting "${v.getDotPath(issue) ?? ""}" is unknown or malformed: ${issue.message}`);
}
