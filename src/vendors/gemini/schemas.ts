import * as v from "valibot";
import { lenient } from "../../http/lenient";
import { LATEST_SECONDS, unixSeconds } from "../../model/units";

/**
 * Answers of the API Keys API and of the token endpoint, as far as they are used. Added fields
 * pass.
 */

const text = v.pipe(v.string(), v.minLength(1));
/** RFC 3339; becomes Unix seconds. */
const time = v.pipe(
  v.string(),
  v.transform(unixSeconds),
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LATEST_SECONDS),
);

export const settingsSchema = v.object({
  /** Id or number. */
  projectId: v.pipe(v.string(), v.regex(/^(?:[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{1,20})$/)),
  /** Account that keys are bound to. */
  serviceAccountEmail: v.optional(v.pipe(v.string(), v.maxLength(254), v.regex(/^[a-z0-9.-]+@[a-z0-9.-]+$/))),
  baseUrl: v.optional(v.string()),
});

/** The key of a service account, as Google's console gives it. */
export const credentialsSchema = v.object({
  client_email: v.pipe(v.string(), v.regex(/^[^\s@]+@[^\s@]+$/)),
  private_key: text,
  private_key_id: v.optional(text),
  token_uri: v.optional(v.literal("https://oauth2.googleapis.com/token")),
});
export type Credentials = v.InferOutput<typeof credentialsSchema>;

const detail = v.object({ reason: v.optional(v.string()) });
const envelope = v.object({
  error: v.object({
    message: v.optional(v.string(), ""),
    status: v.optional(v.string()),
    details: v.optional(v.array(detail), []),
  }),
});
/** Some paths answer the envelope in an array. */
export const errorSchema = v.union([envelope, v.tuple([envelope])]);
export const tokenErrorSchema = v.object({ error: v.string(), error_description: v.optional(v.string(), "") });

/** `projects/123/locations/global/keys/my-key`; becomes the key's id. */
const resourceName = v.pipe(
  v.string(),
  v.regex(/\/keys\/[A-Za-z0-9_-]{1,128}$/),
  v.transform((name) => name.slice(name.lastIndexOf("/") + 1)),
);
const items = v.optional(v.array(v.string()), []);

export const restrictionsSchema = v.object({
  apiTargets: v.optional(v.array(v.object({ service: v.string(), methods: items })), []),
  serverKeyRestrictions: v.optional(v.object({ allowedIps: items })),
  browserKeyRestrictions: v.optional(v.unknown()),
  androidKeyRestrictions: v.optional(v.unknown()),
  iosKeyRestrictions: v.optional(v.unknown()),
});
export type Restrictions = v.InferOutput<typeof restrictionsSchema>;

export const keySchema = v.object({
  name: resourceName,
  displayName: v.optional(v.string(), ""),
  createTime: time,
  deleteTime: v.optional(time),
  annotations: v.optional(v.record(v.string(), v.string()), {}),
  restrictions: v.optional(restrictionsSchema),
});
export type Key = v.InferOutput<typeof keySchema>;

export const keysSchema = v.object({
  keys: v.optional(v.array(lenient(keySchema, "name", { restrictions: "scopes" })), []),
  nextPageToken: v.optional(v.string()),
});
export const keyStringSchema = v.object({ keyString: text });

/** `operations/akmf.p7-123`; becomes what follows the slash. */
export const operationSchema = v.object({
  name: v.pipe(
    v.string(),
    v.regex(/^operations\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/),
    v.transform((name) => name.slice("operations/".length)),
  ),
  done: v.optional(v.boolean(), false),
  error: v.optional(v.object({ code: v.number(), message: v.optional(v.string(), "") })),
  response: v.optional(v.unknown()),
});
export type Operation = v.InferOutput<typeof operationSchema>;
