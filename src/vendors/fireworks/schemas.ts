import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { lenient } from "../../http/lenient";

/**
 * Answers of the gateway, as far as they are used. Objects let added fields pass, so that a growing
 * API breaks nothing.
 */

const text = v.pipe(v.string(), v.minLength(1));

/** Not `-`, which stands for all accounts, or all users, in some of Fireworks' calls. */
const resourceId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/));
export const settingsSchema = v.object({ accountId: resourceId, userId: resourceId, baseUrl: v.optional(v.string()) });

const code = v.nullish(v.union([v.string(), v.number()]));
const error = v.object({ message: v.string(), code });
/** The gateway's envelope, and inference's two. */
export const errorSchema = v.union([
  error,
  v.pipe(
    v.object({ error }),
    v.transform((envelope) => envelope.error),
  ),
  v.pipe(
    v.object({ error: v.string() }),
    v.transform((envelope) => ({ message: envelope.error, code: undefined })),
  ),
]);

const keyEntries = {
  keyId: text,
  displayName: v.nullish(v.string()),
  createTime: v.nullish(isoTime),
  expireTime: v.nullish(isoTime),
};
export const mintedSchema = v.object({ ...keyEntries, key: text });
const keySchema = v.object({ ...keyEntries, lastUsed: v.nullish(isoTime) });
export type Key = v.InferOutput<typeof keySchema>;

export const keysSchema = v.union([
  v.object({ apiKeys: v.array(lenient(keySchema, "keyId")), nextPageToken: v.nullish(v.string()) }),
  // Gateways of this kind may leave out what is empty. Anything else without keys is no list.
  v.pipe(
    v.unknown(),
    v.check((answer) => !Array.isArray(answer)),
    v.strictObject({ nextPageToken: v.optional(v.literal("")), totalSize: v.optional(v.literal(0)) }),
    v.transform(() => ({ apiKeys: [], nextPageToken: "" })),
  ),
]);
export const deletedSchema = v.object({});
export const inferenceModelsSchema = v.object({ data: v.array(v.unknown()) });
export const accountModelsSchema = v.object({ models: v.optional(v.array(v.unknown())) });
