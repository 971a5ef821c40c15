import * as v from "valibot";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { durationMillis, nextReset } from "./durations";
import type { Settings } from "./settings";
import { hashOf, isoOrNull, type KeyFields, type LiteLlmState, type StoredKey } from "./state";
import { readBody, readQuery, refusal } from "./wire";

export interface AdminCall {
  readonly state: LiteLlmState;
  readonly settings: Settings;
  readonly query: URLSearchParams;
  readonly body: string;
}

const text = v.nullish(v.string());
const list = v.nullish(v.array(v.string()));
const whole = v.nullish(v.pipe(v.number(), v.integer()));
const entries = {
  key_alias: text,
  duration: text,
  models: list,
  allowed_routes: list,
  rpm_limit: whole,
  tpm_limit: whole,
  max_budget: v.nullish(v.number()),
  budget_duration: text,
  metadata: v.nullish(v.record(v.string(), v.unknown())),
};
/** Fields that are not simulated are let pass, as the proxy lets pass what it does not know. */
const generateSchema = v.object({
  ...entries,
  key: text,
  key_type: v.nullish(v.picklist(["llm_api", "management", "read_only", "default"])),
});
const updateSchema = v.object({ ...entries, key: v.string(), blocked: v.nullish(v.boolean()) });
const keySchema = v.object({ key: v.string() });
const deleteSchema = v.object({ keys: list, key_aliases: list });
const number = (most: number) =>
  v.optional(v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(1), v.maxValue(most)));
const listSchema = v.object({
  page: number(Number.MAX_SAFE_INTEGER),
  size: number(100),
  key_alias: v.optional(v.string()),
  key_hash: v.optional(v.string()),
  return_full_object: v.optional(v.picklist(["true", "false", "True", "False"])),
});

/** What a key of this type may call, whatever list came with it. */
const ROUTES_OF_TYPE = {
  llm_api: "llm_api_routes",
  management: "management_routes",
  read_only: "info_routes",
} as const;
const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_\-/.@]{0,253}[A-Za-z0-9]$/;

export const ADMIN_ROUTES: Readonly<Record<string, (call: AdminCall) => SimulatorResponse>> = {
  "POST /key/generate": generate,
  "POST /key/update": update,
  "POST /key/delete": remove,
  "POST /key/block": (call) => block(call, true),
  "POST /key/unblock": (call) => block(call, false),
  "GET /key/info": ({ state, query }) => info(state, query.get("key") ?? state.masterKey),
  "GET /key/list": listKeys,
};

function generate({ state, settings, body }: AdminCall): SimulatorResponse {
  const given = readBody(generateSchema, body);
  if (given.key != null) state.note(given.key);
  checkBudget(given.max_budget);
  checkAlias(state, settings, given.key_alias ?? null);
  if (given.key != null && !given.key.startsWith("sk-")) {
    throw refusal(400, "bad_request_error", "Invalid key format. LiteLLM Virtual Key must start with 'sk-'.");
  }
  const type = given.key_type ?? "default";
  const fields: KeyFields = {
    key_alias: given.key_alias ?? null,
    models: given.models ?? [],
    allowed_routes: type === "default" ? (given.allowed_routes ?? []) : [ROUTES_OF_TYPE[type]],
    rpm_limit: given.rpm_limit ?? null,
    tpm_limit: given.tpm_limit ?? null,
    max_budget: given.max_budget ?? null,
    budget_duration: given.budget_duration ?? null,
    expires: given.duration == null ? null : state.now + millisOf(given.duration),
    metadata: given.metadata ?? {},
  };
  if (fields.budget_duration !== null) millisOf(fields.budget_duration);
  const value = given.key ?? state.newValue();
  const taken = state.keys.get(hashOf(value));
  if (taken !== undefined && settings.uniqueKeys === true) {
    throw refusal(400, "bad_request_error", "Key already exists in the database", { param: "key" });
  }
  // An upsert that changes nothing: the answer is made from the request all the same.
  const { token, keyName, createdAt, updatedAt } = taken ?? state.addKey(value, fields);
  return ok({
    ...fields,
    ...{ key: value, key_name: keyName, token, token_id: token, spend: 0, blocked: null },
    expires: isoOrNull(fields.expires),
    created_at: isoOrNull(createdAt),
    updated_at: isoOrNull(updatedAt),
  });
}

function update({ state, settings, body }: AdminCall): SimulatorResponse {
  const given = readBody(updateSchema, body);
  const key = keyIn(state, given.key);
  checkBudget(given.max_budget);
  if (given.key_alias != null) checkAlias(state, settings, given.key_alias, key.token);
  if (given.key_alias !== undefined) key.key_alias = given.key_alias;
  if (given.models !== undefined) key.models = given.models ?? [];
  if (given.allowed_routes !== undefined) key.allowed_routes = given.allowed_routes ?? [];
  if (given.rpm_limit !== undefined) key.rpm_limit = given.rpm_limit;
  if (given.tpm_limit !== undefined) key.tpm_limit = given.tpm_limit;
  if (given.max_budget !== undefined) key.max_budget = given.max_budget;
  if (given.metadata != null) key.metadata = given.metadata;
  if (given.blocked != null) key.blocked = given.blocked;
  // A `null` takes no period off.
  if (given.budget_duration != null) {
    millisOf(given.budget_duration);
    key.budget_duration = given.budget_duration;
    key.budgetResetAt = nextReset(given.budget_duration, state.now);
  }
  if (given.duration !== undefined) {
    const never = given.duration === null || given.duration === "-1";
    key.expires = never ? null : state.now + millisOf(given.duration ?? "");
  }
  key.updatedAt = state.now;
  return ok({ key: given.key, token: key.token, ...state.shown(key) });
}

function remove({ state, body }: AdminCall): SimulatorResponse {
  const { keys, key_aliases } = readBody(deleteSchema, body);
  const asked = keys ?? key_aliases ?? [];
  if (asked.length === 0) throw refusal(500, "internal_server_error", "Invalid request type");
  const tokens =
    keys == null
      ? state.sorted().flatMap(({ key_alias, token }) => (asked.includes(key_alias ?? "") ? [token] : []))
      : keys.map(tokenOf).filter((token) => state.keys.has(token));
  if (tokens.length === 0) throw refusal(404, "not_found_error", "No keys found");
  for (const token of tokens) state.keys.delete(token);
  return ok({ deleted_keys: asked });
}

function block({ state, body }: AdminCall, blocked: boolean): SimulatorResponse {
  const key = keyIn(state, readBody(keySchema, body).key);
  key.blocked = blocked;
  key.updatedAt = state.now;
  return ok({ token: key.token, ...state.shown(key) });
}

export function info(state: LiteLlmState, asked: string): SimulatorResponse {
  return ok({ key: asked, info: state.shown(keyIn(state, asked)) });
}

function listKeys({ state, query }: AdminCall): SimulatorResponse {
  const { page = 1, size = 10, key_alias, key_hash, return_full_object } = readQuery(listSchema, query);
  const all = state
    .sorted()
    .filter((key) => key_hash === undefined || key.token === key_hash)
    .filter((key) => key_alias === undefined || key.key_alias?.toLowerCase().includes(key_alias.toLowerCase()));
  const full = return_full_object?.toLowerCase() === "true";
  return ok({
    keys: all
      .slice((page - 1) * size, page * size)
      .map((key) => (full ? { token: key.token, ...state.shown(key) } : key.token)),
    total_count: all.length,
    current_page: page,
    total_pages: Math.ceil(all.length / size),
  });
}

function keyIn(state: LiteLlmState, asked: string): StoredKey {
  const key = state.keys.get(tokenOf(asked));
  if (key === undefined) throw refusal(404, "not_found_error", "Key not found in database", { param: "key" });
  state.refresh(key);
  return key;
}

/** Values are taken wherever hashes are. */
function tokenOf(asked: string): string {
  return asked.startsWith("sk-") ? hashOf(asked) : asked;
}

function checkAlias(state: LiteLlmState, settings: Settings, alias: string | null, except?: string): void {
  if (alias === null) return;
  if (settings.aliasesChecked === true && !ALIAS.test(alias)) {
    throw refusal(400, "bad_request_error", "Invalid key_alias format.", { param: "key_alias" });
  }
  if (settings.uniqueAliases === false || !state.hasAlias(alias, except)) return;
  const message = `Key with alias '${alias}' already exists. Unique key aliases across all keys are required.`;
  throw refusal(400, "bad_request_error", message, { param: "key_alias" });
}

function checkBudget(budget: number | null | undefined): void {
  if (budget != null && budget < 0) {
    throw refusal(400, "bad_request_error", `max_budget cannot be negative. Received: ${budget}`);
  }
}

function millisOf(duration: string): number {
  const millis = durationMillis(duration);
  if (millis === undefined)
    throw refusal(500, "internal_server_error", "Internal Server Error, Invalid duration format");
  return millis;
}

function ok(body: unknown): SimulatorResponse {
  return { status: 200, body };
}
