import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { lenient } from "../../http/lenient";

/**
 * Answers of the Admin API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));

export const settingsSchema = v.object({
  workspaceId: v.optional(v.pipe(v.string(), v.regex(/^wrkspc_[A-Za-z0-9]{1,64}$/))),
  baseUrl: v.optional(v.string()),
});

export const errorSchema = v.object({
  error: v.object({
    type: v.string(),
    message: v.string(),
    details: v.fallback(v.nullish(v.object({ error_code: v.nullish(v.string()) })), undefined),
  }),
});

export const keySchema = v.object({
  id,
  name: v.string(),
  created_at: isoTime,
  expires_at: v.nullish(isoTime),
  partial_key_hint: v.nullish(v.string()),
  status: v.picklist(["active", "inactive", "archived", "expired"]),
  // Where it belongs: the one in newer answers, the other in older ones.
  scope: v.nullish(v.object({ workspace_id: v.nullish(id) })),
  workspace_id: v.nullish(id),
});
export type Key = v.InferOutput<typeof keySchema>;

export const pageSchema = v.object({
  data: v.array(lenient(keySchema, "id")),
  has_more: v.boolean(),
  last_id: v.nullish(id),
});

/** RFC 3339 where somebody has archived it. */
export const workspaceSchema = v.object({ id, archived_at: v.nullable(isoTime) });

export const modelsSchema = v.object({ data: v.array(v.unknown()) });

const amount = v.pipe(v.number(), v.minValue(0));

/** A group of models (or an API) that shares its rates. */
export const rateLimitSchema = v.object({
  rate_limit_id: id,
  group: v.object({ id, type: v.string() }),
  models: v.nullish(v.array(v.string())),
  limits: v.array(
    v.object({ type: v.string(), value: amount, org_limit: v.nullish(amount), source: v.object({ type: v.string() }) }),
  ),
});
export type RateLimit = v.InferOutput<typeof rateLimitSchema>;

export const spendLimitSchema = v.object({
  /** Hundredths of the currency; null: no limit. */
  amount: v.nullable(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,15}$/),
      v.transform((text) => Number(text)),
    ),
  ),
  currency: v.string(),
  period: v.string(),
  scope: v.object({ type: v.string(), workspace_id: v.nullish(v.string()) }),
});

/** Pages of rate limits and spend limits: `page` asks for the next one. */
export const cursorPageSchema = v.object({ data: v.array(v.unknown()), next_page: v.nullish(v.string()) });
