import * as v from "valibot";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { ENDPOINTS, newest, type StoredKey, type XAiState } from "./state";

const OLD_SECRET_DEFAULT_SECONDS = 86_400;
const OLD_SECRET_MAX_SECONDS = 604_800;

/** ISO 8601; becomes Unix seconds. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/),
  v.transform((text) => Math.floor(Date.parse(text) / 1_000)),
  v.number(),
  v.integer(),
);
const name = v.pipe(v.string(), v.minLength(1));
const count = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1)), null);
const bigCount = v.nullish(v.pipe(v.string(), v.regex(/^\d{1,18}$/), v.transform(Number)), null);
const acls = v.nullish(v.array(v.pipe(v.string(), v.check(isAcl))), []);

const createSchema = v.strictObject({
  name,
  acls,
  qps: count,
  qpm: count,
  tpm: bigCount,
  expireTime: v.nullish(moment),
});
/** A field that the mask names and the key has not is unset. */
const fieldsSchema = v.strictObject({
  name: v.nullish(v.string(), ""),
  disabled: v.nullish(v.boolean(), false),
  expireTime: v.nullish(moment, null),
  qps: count,
  qpm: count,
  tpm: bigCount,
  aclStrings: acls,
});
const updateSchema = v.strictObject({
  apiKey: fieldsSchema,
  fieldMask: v.pipe(
    v.string(),
    v.transform((mask) => mask.split(",")),
    v.array(v.picklist(["name", "disabled", "expireTime", "qps", "qpm", "tpm", "aclStrings"])),
  ),
});
type Update = v.InferOutput<typeof updateSchema>;
const rotateSchema = v.strictObject({ expireTime: v.nullish(moment), oldSecretExpireTime: v.nullish(moment) });

/** Each with the name by which a management key's own ACL allows it. */
export interface ManagementRoute extends ApiRoute<XAiState> {
  readonly operation: string;
}

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

export const MANAGEMENT: readonly ManagementRoute[] = [
  {
    operation: "CreateApiKey",
    endpoint: "POST /auth/teams/{team}/api-keys",
    handle(state, call) {
      checkTeam(state, call);
      const { acls, expireTime, ...given } = readJson(createSchema, call.body);
      const key = state.addKey({ ...given, acls, expiresAt: expireTime ?? null });
      return ok({ ...state.shownKey(key), apiKey: newest(key).value });
    },
  },
  {
    operation: "ListApiKeys",
    endpoint: "GET /auth/teams/{team}/api-keys",
    handle(state, call) {
      checkTeam(state, call);
      const { query } = call;
      const filters = query.getAll("aclFilters");
      const all = [...state.keys.values()].filter(
        (key) =>
          filters.every((acl) => key.acls.includes(acl)) &&
          (query.get("activeOnly") !== "true" || (newest(key).endsAt ?? Number.POSITIVE_INFINITY) > state.seconds),
      );
      const size = query.has("pageSize") ? wholeNumber(query.get("pageSize")) : all.length;
      const token = query.get("paginationToken");
      const from = token === null ? 0 : 1 + all.findIndex(({ id }) => tokenOf(id) === token);
      if (token !== null && from === 0) throw new Refusal(400, "invalid pagination token");
      const page = all.slice(from, from + size);
      const last = from + size < all.length ? page.at(-1) : undefined;
      return ok({
        apiKeys: page.map((key) => state.shownKey(key)),
        ...(last === undefined ? {} : { paginationToken: tokenOf(last.id) }),
      });
    },
  },
  {
    operation: "UpdateApiKey",
    endpoint: "PUT /auth/api-keys/{key}",
    handle(state, call) {
      const key = keyIn(state, call);
      change(key, readJson(updateSchema, call.body));
      key.modifiedAt = state.seconds;
      return ok(state.shownKey(key));
    },
  },
  {
    operation: "RotateApiKey",
    endpoint: "POST /auth/api-keys/{key}/rotate",
    handle(state, call) {
      const key = keyIn(state, call);
      const { expireTime, oldSecretExpireTime } = readJson(rotateSchema, call.body);
      const now = state.clock.now() / 1_000;
      const oldEndsAt = oldSecretExpireTime ?? state.seconds + OLD_SECRET_DEFAULT_SECONDS;
      if (oldEndsAt > now + OLD_SECRET_MAX_SECONDS) {
        throw new Refusal(400, "oldSecretExpireTime must not be more than 7 days from now");
      }
      state.rotate(key, oldEndsAt, expireTime ?? undefined);
      return ok({ ...state.shownKey(key), apiKey: newest(key).value });
    },
  },
  {
    operation: "DeleteApiKey",
    endpoint: "DELETE /auth/api-keys/{key}",
    handle(state, call) {
      state.keys.delete(keyIn(state, call).id);
      return ok({});
    },
  },
  {
    operation: "CheckApiKeyPropagation",
    endpoint: "GET /auth/api-keys/{key}/propagation",
    handle: (state, call) => ok({ icPropagation: state.propagation(newest(keyIn(state, call))) }),
  },
  {
    operation: "ListPossibleEndpointAcls",
    endpoint: "GET /auth/teams/{team}/endpoints",
    handle(state, call) {
      checkTeam(state, call);
      return ok({
        acls: ENDPOINTS.map((value) => ({
          acl: `api-key:endpoint:${value}`,
          description: "Use of one endpoint.",
          namespace: "api-key",
          key: "endpoint",
          value,
        })),
      });
    },
  },
];

function change(key: StoredKey, { apiKey, fieldMask }: Update): void {
  const named = new Set(fieldMask);
  if (named.has("name")) {
    if (apiKey.name === "") throw new Refusal(400, "name must not be empty");
    key.name = apiKey.name;
  }
  if (named.has("disabled")) key.disabled = apiKey.disabled;
  if (named.has("expireTime")) newest(key).endsAt = apiKey.expireTime;
  if (named.has("qps")) key.qps = apiKey.qps;
  if (named.has("qpm")) key.qpm = apiKey.qpm;
  if (named.has("tpm")) key.tpm = apiKey.tpm;
  if (named.has("aclStrings")) key.acls = apiKey.aclStrings;
}

/** Models are not looked up: xAI knows them by aliases as well, and ACLs may hold wildcards. */
function isAcl(text: string): boolean {
  const [, kind, item = ""] = /^api-key:(model|endpoint):(\S+)$/.exec(text) ?? [];
  return kind === "model" || (kind === "endpoint" && (item.includes("*") || ENDPOINTS.includes(item)));
}

function checkTeam(state: XAiState, { ids }: ApiCall): void {
  if (ids["team"] !== state.teamId) throw new Refusal(403, "The management key is of another team");
}

function keyIn(state: XAiState, { ids }: ApiCall): StoredKey {
  const key = state.keys.get(ids["key"] ?? "");
  if (key === undefined) throw new Refusal(404, "Cannot find API key");
  return key;
}

function wholeNumber(text: string | null): number {
  if (text === null || !/^[1-9]\d{0,5}$/.test(text)) throw new Refusal(400, "invalid page size");
  return Number(text);
}

function tokenOf(id: string): string {
  return Buffer.from(id).toString("base64url");
}
