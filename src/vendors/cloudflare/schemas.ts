import * as v from "valibot";
import { lenient } from "../../http/lenient";
import { LATEST_SECONDS, unixSeconds } from "../../model/units";

/** Answers of the API, as far as they are used. Added fields pass. */

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
  accountId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  baseUrl: v.optional(v.string()),
});

export const errorSchema = v.object({
  errors: v.pipe(v.array(v.object({ code: v.number(), message: v.string() })), v.minLength(1)),
});

/** The envelope of every good answer. */
function enveloped<Result>(result: v.GenericSchema<unknown, Result>) {
  return v.object({ success: v.literal(true), result });
}

const policySchema = v.object({
  effect: v.picklist(["allow", "deny"]),
  permission_groups: v.array(v.object({ id: text })),
  resources: v.record(v.string(), v.union([v.string(), v.record(v.string(), v.string())])),
});

const addresses = v.nullish(v.array(v.string()));
/** Written back as it was read, whatever else is in it. */
const conditionSchema = v.looseObject({ request_ip: v.nullish(v.looseObject({ in: addresses, not_in: addresses })) });

/** A listing holds tokens that people made, so little is demanded of them. */
const tokenEntries = {
  id: text,
  name: v.optional(v.string(), ""),
  status: v.optional(v.string(), "active"),
  policies: v.optional(v.array(policySchema), []),
  condition: v.nullish(conditionSchema),
  issued_on: v.nullish(time),
  not_before: v.nullish(time),
  expires_on: v.nullish(time),
  last_used_on: v.nullish(time),
};
export const tokenSchema = v.object(tokenEntries);
export type Token = v.InferOutput<typeof tokenSchema>;

export const tokenAnswerSchema = enveloped(tokenSchema);
export const mintedSchema = enveloped(v.object({ ...tokenEntries, value: text }));
export const tokensSchema = v.object({
  success: v.literal(true),
  result: v.array(lenient(tokenSchema, "id", { policies: "scopes", condition: "networks" })),
  result_info: v.nullish(v.object({ total_count: v.optional(v.number()) })),
});
/** Of a deleted token only its id is answered, or nothing. */
export const deletedSchema = enveloped(v.unknown());
export const introspectionSchema = enveloped(v.object({ status: v.string() }));
export const groupsSchema = enveloped(v.array(v.object({ id: text, is_selectable: v.optional(v.boolean(), true) })));
