import * as v from "valibot";
import { LATEST_SECONDS } from "../../model/units";

/**
 * Answers of the Admin API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));
/** Unix seconds. */
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS));

export const settingsSchema = v.object({
  projectId: v.pipe(v.string(), v.regex(/^proj_[A-Za-z0-9_-]{1,120}$/)),
  baseUrl: v.optional(v.string()),
});

export const errorSchema = v.object({
  error: v.object({ message: v.string(), code: v.nullish(v.string()) }),
});

export const serviceAccountSchema = v.object({ id, name: v.string(), created_at: time, role: v.string() });

export const mintedKeySchema = v.object({
  id,
  name: v.string(),
  created_at: time,
  expires_at: v.nullish(time),
  value: v.pipe(v.string(), v.minLength(1)),
});

export const projectKeySchema = v.object({
  id,
  name: v.string(),
  created_at: time,
  expires_at: v.nullish(time),
  last_used_at: v.nullish(time),
  // Not in the published schema: one day OpenAI may show them.
  scopes: v.nullish(v.array(v.string())),
  owner: v.object({ service_account: v.nullish(v.object({ id })), user: v.nullish(v.object({ id })) }),
});
export type ProjectKey = v.InferOutput<typeof projectKeySchema>;

export const deletedSchema = v.object({ id, deleted: v.literal(true) });

const auditUser = v.nullish(v.object({ id: v.nullish(v.string()), email: v.nullish(v.string()) }));
const actorSchema = v.object({
  session: v.nullish(v.object({ user: auditUser })),
  api_key: v.nullish(
    v.object({
      id: v.nullish(v.string()),
      user: auditUser,
      service_account: v.nullish(v.object({ id: v.nullish(v.string()) })),
    }),
  ),
});
export type Actor = v.InferOutput<typeof actorSchema>;

export const keyUpdatedEventSchema = v.object({
  id,
  effective_at: time,
  actor: v.nullish(actorSchema),
  "api_key.updated": v.nullish(
    v.object({
      id: v.nullish(v.string()),
      changes_requested: v.nullish(v.object({ scopes: v.nullish(v.array(v.string())) })),
    }),
  ),
});

const amount = v.pipe(v.number(), v.integer(), v.minValue(0));

export const modelPermissionsSchema = v.object({
  mode: v.picklist(["allow_list", "deny_list"]),
  model_ids: v.array(v.string()),
});

export const rateLimitSchema = v.object({
  id,
  model: v.string(),
  max_requests_per_1_minute: v.nullish(amount),
  max_tokens_per_1_minute: v.nullish(amount),
});
export type RateLimit = v.InferOutput<typeof rateLimitSchema>;

export const spendLimitSchema = v.object({
  /** Cents. */
  threshold_amount: amount,
  // OpenAI knows no others, and says that there may be.
  currency: v.literal("USD"),
  interval: v.literal("month"),
});

/** A page; its items are parsed by the schema of what is listed. */
export const pageSchema = v.object({
  data: v.array(v.unknown()),
  has_more: v.boolean(),
  last_id: v.nullish(v.string()),
});

/** Archived projects cannot be used, and never come back. */
export const projectSchema = v.object({ id: v.string(), status: v.nullish(v.string()) });
