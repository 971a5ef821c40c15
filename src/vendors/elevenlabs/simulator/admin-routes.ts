import { isIP, isIPv6 } from "node:net";
import * as v from "valibot";
import { isNetwork } from "../../../model/grant";
import type { ApiCall, ApiRoute } from "../../../sandbox/vendors/router";
import { elevenLabsDescriptor } from "../descriptor";
import { notFound, readBody, refusal } from "./errors";
import type { ElevenLabsState, StoredKey } from "./state";

/** A service account's keys and what is answered of a key that there is not. */
export interface AdminState {
  readonly state: ElevenLabsState;
  readonly unknownKeyStatus: 400 | 404;
}

const name = v.pipe(v.string(), v.minLength(1));
const permissions = v.union([
  v.literal("all"),
  v.pipe(v.array(v.picklist(Object.keys(elevenLabsDescriptor.scopes))), v.minLength(1)),
]);
const credits = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Bare addresses become networks of one. */
const ips = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.transform((text) => (isIP(text) === 0 ? text : `${text}/${isIPv6(text) ? 128 : 32}`)),
      v.check(isNetwork, "no network"),
    ),
  ),
  v.minLength(1),
);
const keep = v.literal("no_update");
const clear = v.literal("clear");

const createSchema = v.object({ name, permissions, character_limit: v.nullish(credits), allowed_ips: v.nullish(ips) });
const updateSchema = v.object({
  name: v.nullish(name),
  is_enabled: v.nullish(v.union([v.boolean(), keep])),
  permissions: v.nullish(v.union([permissions, keep])),
  character_limit: v.nullish(v.union([credits, clear, keep])),
  allowed_ips: v.nullish(v.union([ips, clear, keep])),
});

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<AdminState>> = [
  {
    endpoint: "GET /v1/service-accounts/{account}/api-keys",
    handle(admin, call) {
      const { state } = accountIn(admin, call);
      return { status: 200, body: { "api-keys": [...state.keys.values()].map((key) => state.shownKey(key)) } };
    },
  },
  {
    endpoint: "POST /v1/service-accounts/{account}/api-keys",
    handle(admin, call) {
      const { state } = accountIn(admin, call);
      const given = readBody(createSchema, call.body);
      const key = state.addKey(
        given.name,
        listOf(given.permissions),
        given.character_limit ?? null,
        given.allowed_ips ?? null,
      );
      return { status: 200, body: { "xi-api-key": key.value, key_id: key.keyId } };
    },
  },
  {
    endpoint: "PATCH /v1/service-accounts/{account}/api-keys/{key}",
    handle(admin, call) {
      const key = keyIn(accountIn(admin, call), call);
      const given = readBody(updateSchema, call.body);
      if (given.name != null) key.name = given.name;
      if (isNew(given.is_enabled)) key.disabled = !given.is_enabled;
      if (isNew(given.permissions)) key.permissions = listOf(given.permissions);
      if (isNew(given.character_limit)) {
        key.characterLimit = given.character_limit === "clear" ? null : given.character_limit;
      }
      if (isNew(given.allowed_ips)) key.allowedIps = given.allowed_ips === "clear" ? null : given.allowed_ips;
      return { status: 200, body: { status: "ok" } };
    },
  },
  {
    endpoint: "DELETE /v1/service-accounts/{account}/api-keys/{key}",
    handle(admin, call) {
      admin.state.keys.delete(keyIn(accountIn(admin, call), call).keyId);
      return { status: 200, body: { status: "ok" } };
    },
  },
];

function isNew<Value>(
  given: Value | "no_update" | null | undefined,
): given is Exclude<Value, "no_update" | null | undefined> {
  return given != null && given !== "no_update";
}

function listOf(given: "all" | readonly string[]): readonly string[] | null {
  return given === "all" ? null : given;
}

function accountIn(admin: AdminState, { ids }: ApiCall): AdminState {
  if (ids["account"] !== admin.state.serviceAccountUserId) throw notFound("The service account");
  return admin;
}

function keyIn({ state, unknownKeyStatus }: AdminState, { ids }: ApiCall): StoredKey {
  const key = state.keys.get(ids["key"] ?? "");
  if (key !== undefined) return key;
  throw unknownKeyStatus === 404
    ? notFound("The API key")
    : refusal(400, "api_key_not_found", "There is no such API key.");
}
