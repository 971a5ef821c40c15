import * as v from "valibot";

/**
 * Bodies as the OpenAPI document has them. What it does not name is let through: Portkey's own
 * client sends path parameters along.
 */

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const description = v.optional(v.pipe(v.string(), v.maxLength(200)));
const moment = v.pipe(
  v.string(),
  v.check((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))),
);
const wholeFrom = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

const rateLimitSchema = v.object({
  type: v.picklist(["requests", "tokens"]),
  unit: v.picklist(["rpd", "rph", "rpm", "rps", "rpw"]),
  value: wholeFrom(0),
});
export type RateLimit = v.InferOutput<typeof rateLimitSchema>;

const usageLimitsSchema = v.pipe(
  v.object({
    type: v.optional(v.picklist(["cost", "tokens"]), "cost"),
    credit_limit: wholeFrom(1),
    alert_threshold: v.nullish(wholeFrom(1)),
    periodic_reset: v.nullish(v.picklist(["monthly", "weekly"])),
    periodic_reset_days: v.nullish(v.pipe(wholeFrom(1), v.maxValue(365))),
    next_usage_reset_at: v.nullish(moment),
  }),
  v.check((limits) => limits.periodic_reset == null || limits.periodic_reset_days == null),
);
export type UsageLimits = v.InferOutput<typeof usageLimitsSchema>;

/** Half an hour at the least. */
const transition = wholeFrom(1_800_000);
/** Stored and shown; its schedule does not run here. */
const rotationPolicySchema = v.pipe(
  v.object({
    rotation_period: v.nullish(v.picklist(["weekly", "monthly"])),
    next_rotation_at: v.nullish(moment),
    key_transition_period_ms: v.optional(transition),
  }),
  v.check((policy) => (policy.rotation_period == null) !== (policy.next_rotation_at == null)),
);

const scopes = v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z_]+\.[a-z_]+$/))), v.minLength(1));
const alertEmails = v.optional(v.array(v.pipe(v.string(), v.email())));
const defaults = v.optional(v.looseObject({}));

export const createKeySchema = v.object({
  name,
  description,
  organisation_id: v.optional(v.string()),
  workspace_id: v.optional(v.string()),
  user_id: v.optional(v.string()),
  scopes,
  rate_limits: v.nullish(v.array(rateLimitSchema)),
  usage_limits: v.optional(usageLimitsSchema),
  defaults,
  alert_emails: alertEmails,
  expires_at: v.nullish(moment),
  rotation_policy: v.nullish(rotationPolicySchema),
});

export const updateKeySchema = v.object({
  name: v.optional(name),
  description,
  scopes: v.optional(scopes),
  rate_limits: v.nullish(v.array(rateLimitSchema)),
  // The document does not say so, and Portkey's Terraform provider takes a budget off with `null`.
  usage_limits: v.nullish(usageLimitsSchema),
  reset_usage: v.optional(v.boolean()),
  defaults,
  alert_emails: alertEmails,
  expires_at: v.nullish(moment),
  rotation_policy: v.nullish(rotationPolicySchema),
});

export const rotateSchema = v.object({ key_transition_period_ms: v.optional(transition, 1_800_000) });

export const settingsSchema = v.strictObject({
  /** False: the admin key is not known. */
  adminKeyValid: v.optional(v.boolean()),
  /** Of the admin key, e.g. without `workspace_service_api_keys.rotate`. */
  adminScopes: v.optional(v.array(v.string())),
  /**
   * Calls about keys in a minute of simulated time; more are answered 429 with `Retry-After`.
   * `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(wholeFrom(1))),
  /** Keys that the plan includes; another one is answered 402. `null`: as many as come. */
  keysMax: v.optional(v.nullable(wholeFrom(0))),
  /** Longest life that the organisation lets a key have. `null`: none. */
  maxExpirySeconds: v.optional(v.nullable(wholeFrom(1))),
  /** True: somebody has deleted the workspace. */
  workspaceDeleted: v.optional(v.literal(true)),
  /** How a key that is not in the workspace is answered; Portkey documents both. */
  absentStatus: v.optional(v.picklist([403, 404])),
});
export type Settings = v.InferOutput<typeof settingsSchema>;
