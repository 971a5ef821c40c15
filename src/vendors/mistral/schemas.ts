import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { lenient } from "../../http/lenient";

/**
 * Answers of the Admin API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

/** As Mistral writes ids. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuid = v.pipe(v.string(), v.regex(UUID));
const text = v.pipe(v.string(), v.minLength(1));

export const settingsSchema = v.object({ workspaceId: uuid, userId: uuid, baseUrl: v.optional(v.string()) });

/** Mistral has three envelopes: of its gateway, of its API, and of what is wrong with a request. */
export const errorSchema = v.union([
  v.object({ message: v.string(), code: v.nullish(v.union([v.string(), v.number()])) }),
  v.pipe(
    v.object({ detail: v.string() }),
    v.transform(({ detail }) => ({ message: detail, code: undefined })),
  ),
  v.pipe(
    v.object({ detail: v.array(v.object({ msg: v.string() })) }),
    v.transform(({ detail }) => ({ message: detail.map(({ msg }) => msg).join("; "), code: undefined })),
  ),
]);

const keyEntries = {
  key_id: text,
  name: v.nullish(v.string()),
  created_at: v.nullish(isoTime),
  expiration_date: v.nullish(isoTime),
};
export const mintedSchema = v.object({ ...keyEntries, key: text });
const keySchema = v.object({ ...keyEntries, workspace_id: v.nullish(v.string()), last_used: v.nullish(isoTime) });
export type Key = v.InferOutput<typeof keySchema>;

export const keysSchema = v.object({ keys: v.array(lenient(keySchema, "key_id")) });
export const workspacesSchema = v.object({ total: v.number(), items: v.array(v.object({ uuid: text })) });
export const deletedSchema = v.object({ detail: v.string() });
export const modelsSchema = v.object({ data: v.array(v.unknown()) });
