import * as v from "valibot";
import { lenient } from "../../http/lenient";
import { LATEST_SECONDS } from "../../model/units";

/**
 * Answers of the service accounts' API, as far as they are used. Objects let added fields pass, so
 * that a growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS));

export const settingsSchema = v.object({
  serviceAccountUserId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,128}$/)),
  baseUrl: v.optional(v.string()),
});

/** One refusal, a plain sentence, or what is wrong with each field of a body. */
export const errorSchema = v.object({
  detail: v.union([
    v.string(),
    v.object({ message: v.string(), status: v.nullish(v.string()), code: v.nullish(v.string()) }),
    v.pipe(
      v.array(v.object({ msg: v.string(), loc: v.optional(v.array(v.union([v.string(), v.number()])), []) })),
      v.minLength(1),
    ),
  ]),
});

export const keySchema = v.object({
  key_id: id,
  name: v.string(),
  created_at_unix: v.nullish(time),
  is_disabled: v.nullish(v.boolean()),
  permissions: v.nullish(v.array(v.string())),
  character_limit: v.nullish(v.pipe(v.number(), v.finite())),
  allowed_ips: v.nullish(v.array(v.string())),
});
export type Key = v.InferOutput<typeof keySchema>;
const GRANT_FIELDS = { permissions: "scopes", character_limit: "charactersPerMonth", allowed_ips: "networks" } as const;

export const keysSchema = v.object({ "api-keys": v.array(lenient(keySchema, "key_id", GRANT_FIELDS)) });
export const mintedSchema = v.object({ "xi-api-key": id, key_id: id });
/** What the client calls unknown: any JSON, or no body at all. */
export const acknowledgedSchema = v.nonOptional(v.unknown());
