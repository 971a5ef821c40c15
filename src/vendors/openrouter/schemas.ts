import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { lenient } from "../../http/lenient";

/**
 * Answers of the management API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));
const limit = v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0)));

export const RESETS = { day: "daily", week: "weekly", month: "monthly", lifetime: null } as const;
const reset = v.nullish(v.picklist(["daily", "weekly", "monthly"]));

export const settingsSchema = v.object({
  workspaceId: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/))),
  baseUrl: v.optional(v.string()),
});

export const errorSchema = v.object({
  error: v.object({ message: v.string(), code: v.nullish(v.union([v.string(), v.number()])) }),
});

export const keySchema = v.object({
  hash: id,
  name: v.string(),
  disabled: v.boolean(),
  limit,
  limit_reset: reset,
  created_at: isoTime,
  expires_at: v.nullish(isoTime),
});
export type Key = v.InferOutput<typeof keySchema>;

export const keyAnswerSchema = v.object({ data: keySchema });
export const keysSchema = v.object({
  data: v.array(lenient(keySchema, "hash", { limit: "spend", limit_reset: "spend" })),
});
export const mintedSchema = v.object({ key: v.pipe(v.string(), v.minLength(1)), data: keySchema });
export const deletedSchema = v.object({ deleted: v.literal(true) });

export const guardrailSchema = v.object({ id, name: v.string(), created_at: isoTime });
export const guardrailAnswerSchema = v.object({ data: guardrailSchema });
export const guardrailsSchema = v.object({ data: v.array(guardrailSchema) });
export const assignedSchema = v.object({ assigned_count: v.number() });

export const workspacesSchema = v.object({ data: v.array(v.object({ id })) });
export const workspaceSchema = v.object({ data: v.object({ id }) });

export const introspectionSchema = v.object({
  data: v.object({ limit, limit_reset: reset, is_management_key: v.optional(v.boolean(), false) }),
});
