import * as v from "valibot";
import { lenient } from "../../http/lenient";
import { LATEST_SECONDS, MILLIS_PER_SECOND } from "../../model/units";

/**
 * Answers of the proxy, as far as they are used. Objects let added fields pass, so that a growing
 * API breaks nothing.
 */

/** ISO 8601, of some releases without its zone, which is UTC; becomes Unix seconds. */
const time = v.pipe(
  v.string(),
  v.transform((text) => (/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)),
  v.transform((text) => Math.floor(Date.parse(text) / MILLIS_PER_SECOND)),
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LATEST_SECONDS),
);
const amount = v.nullish(v.pipe(v.number(), v.finite()));
const list = v.nullish(v.array(v.string()));

export const settingsSchema = v.object({ baseUrl: v.string() });

/**
 * The proxy's own envelope, and the two that FastAPI puts around what is refused before the proxy's
 * own code runs.
 */
export const errorSchema = v.object({ error: v.object({ message: v.string(), type: v.nullish(v.string()) }) });
export const detailSchema = v.object({ detail: v.union([v.string(), v.object({ error: v.string() })]) });
export const validationSchema = v.object({
  detail: v.array(v.object({ loc: v.array(v.union([v.string(), v.number()])), msg: v.string() })),
});

const grantEntries = {
  models: list,
  allowed_routes: list,
  rpm_limit: amount,
  tpm_limit: amount,
  max_budget: amount,
  budget_duration: v.nullish(v.string()),
  /** Of releases since April 2026: several budgets that hold at once. */
  budget_limits: v.nullish(v.array(v.object({ max_budget: amount, budget_duration: v.nullish(v.string()) }))),
  max_parallel_requests: amount,
  /** By model, in a form that has changed; shown and not read. */
  model_max_budget: v.nullish(v.unknown()),
  model_rpm_limit: v.nullish(v.unknown()),
  model_tpm_limit: v.nullish(v.unknown()),
  team_id: v.nullish(v.string()),
};

export const keySchema = v.object({
  ...grantEntries,
  key_alias: v.nullish(v.string()),
  blocked: v.nullish(v.boolean()),
  expires: v.nullish(time),
  created_at: v.nullish(time),
  last_active: v.nullish(time),
});
export type Key = v.InferOutput<typeof keySchema>;

export const mintedSchema = v.object({
  key: v.pipe(v.string(), v.minLength(1)),
  key_alias: v.nullish(v.string()),
  expires: v.nullish(time),
  created_at: v.nullish(time),
});

export const infoSchema = v.object({ info: keySchema });

const listedSchema = v.object({ ...keySchema.entries, token: v.pipe(v.string(), v.minLength(1)) });
const GRANT_FIELDS = {
  models: "models",
  allowed_routes: "endpoints",
  rpm_limit: "requestsPerMinute",
  tpm_limit: "tokensPerMinute",
  max_budget: "spend",
  budget_duration: "spend",
  budget_limits: "spend",
  // Policies have none of these.
  max_parallel_requests: undefined,
  model_max_budget: undefined,
  model_rpm_limit: undefined,
  model_tpm_limit: undefined,
} as const;

export const keysSchema = v.object({
  keys: v.array(lenient(listedSchema, "token", GRANT_FIELDS)),
  total_pages: v.nullish(v.pipe(v.number(), v.integer())),
});

/** Its body is not described; what an update has made of a key is read afterwards. */
export const updatedSchema = v.object({});
export const deletedSchema = v.object({ deleted_keys: v.array(v.string()) });

export const modelsSchema = v.object({ data: v.array(v.object({ id: v.string() })) });
