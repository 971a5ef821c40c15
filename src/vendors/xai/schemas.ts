import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { lenient } from "../../http/lenient";

/**
 * Answers of both APIs, as far as they are used. Objects let added fields pass, so that a growing
 * API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));
/** xAI's own example of a list has it as text. */
const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(["true", "false"]),
    v.transform((text) => text === "true"),
  ),
]);
/** Tokens come as text, as 64-bit numbers do in this kind of API; requests as numbers. */
const amount = v.nullish(
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,15}$/), v.transform(Number))]),
    v.number(),
    v.integer(),
  ),
);
const acls = v.optional(v.array(v.string()));

export const settingsSchema = v.object({
  teamId: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  baseUrl: v.optional(v.string()),
});

const code = v.nullish(v.union([v.string(), v.number()]));
/** The inference API has the message in `error`, the management API in `message`. */
export const errorSchema = v.union([
  v.pipe(
    v.object({ error: v.string(), code }),
    v.transform((body) => ({ message: body.error, code: body.code })),
  ),
  v.object({ message: v.string(), code }),
]);

/** What is unset may be left out: a disabled flag that is false, a list that is empty. */
export const keySchema = v.object({
  apiKeyId: id,
  name: v.optional(v.string(), ""),
  createTime: isoTime,
  expireTime: v.nullish(isoTime),
  disabled: v.optional(flag, false),
  qps: amount,
  qpm: amount,
  tpm: amount,
  aclStrings: acls,
  // So spelled in xAI's example of a list, and nowhere else.
  acl_strings: acls,
});
export type Key = v.InferOutput<typeof keySchema>;
const GRANT_FIELDS = {
  qps: "requestsPerMinute",
  qpm: "requestsPerMinute",
  tpm: "tokensPerMinute",
  aclStrings: "models",
  acl_strings: "models",
} as const;

/** The only answers that hold a value. */
export const valuedKeySchema = v.object({ ...keySchema.entries, apiKey: v.pipe(v.string(), v.minLength(1)) });
export type ValuedKey = v.InferOutput<typeof valuedKeySchema>;

const paginationToken = v.nullish(v.string());
/** A team without keys may answer no list at all; then nothing else is in it either. */
export const keysSchema = v.union([
  v.object({ apiKeys: v.array(lenient(keySchema, "apiKeyId", GRANT_FIELDS)), paginationToken }),
  v.pipe(
    v.unknown(),
    v.check((body) => JSON.stringify(body) === "{}", "no list"),
    v.transform(() => ({ apiKeys: [], paginationToken: undefined })),
  ),
]);
export const deletedSchema = v.object({});

/** Cluster -> whether it knows the key. */
export const propagationSchema = v.object({ icPropagation: v.optional(v.record(v.string(), v.boolean()), {}) });

/** A key, as it sees itself. Its limits are not shown. */
export const introspectionSchema = v.object({
  acls: v.array(v.string()),
  api_key_blocked: v.boolean(),
  api_key_disabled: v.boolean(),
  team_blocked: v.boolean(),
});
