import * as v from "valibot";
import { lenient } from "../../http/lenient";
import { LATEST_SECONDS, unixSeconds } from "../../model/units";

/**
 * Answers of the admin API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));
/** ISO 8601; becomes Unix seconds. */
const time = v.pipe(
  v.string(),
  v.transform(unixSeconds),
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LATEST_SECONDS),
);
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** A UUID, or a slug such as `ws-shared-123`. */
const WORKSPACE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export const settingsSchema = v.object({
  workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
  baseUrl: v.optional(v.string()),
});

const code = v.nullish(v.string());
/** The admin API's envelope, then two that the gateway is known to use. */
export const errorSchema = v.union([
  v.pipe(
    v.object({ data: v.object({ message: v.string(), errorCode: code }) }),
    v.transform(({ data }) => ({ message: data.message, code: data.errorCode })),
  ),
  v.pipe(
    v.object({ error: v.object({ message: v.string(), code }) }),
    v.transform(({ error }) => error),
  ),
  v.pipe(
    v.object({ message: v.string(), errorCode: code }),
    v.transform(({ message, errorCode }) => ({ message, code: errorCode })),
  ),
]);

export const mintedSchema = v.object({ id, key: id });
export const rotatedSchema = v.object({ id, key: id, key_transition_expires_at: v.nullish(time) });

export const keySchema = v.object({
  id,
  name: v.string(),
  created_at: time,
  expires_at: v.nullish(time),
  scopes: v.nullish(v.array(v.string())),
  rate_limits: v.nullish(v.array(v.object({ type: v.string(), unit: v.string(), value: amount }))),
  usage_limits: v.nullish(
    v.object({
      type: v.nullish(v.string()),
      credit_limit: v.nullish(amount),
      periodic_reset: v.nullish(v.string()),
      periodic_reset_days: v.nullish(v.number()),
    }),
  ),
});
export type Key = v.InferOutput<typeof keySchema>;
const GRANT_FIELDS = { scopes: "scopes", rate_limits: "requestsPerMinute", usage_limits: "spend" } as const;

export const keysSchema = v.object({ total: v.nullish(amount), data: v.array(lenient(keySchema, "id", GRANT_FIELDS)) });
/** A workspace is named by its UUID or by its slug. */
export const workspacesSchema = v.object({
  total: v.nullish(amount),
  data: v.array(v.object({ id, slug: v.nullish(v.string()) })),
});
/** Of a change or a deletion: `{}`. */
export const doneSchema = v.object({});
