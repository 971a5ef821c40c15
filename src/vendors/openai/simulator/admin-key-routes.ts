import * as v from "valibot";
import type { AdminKey } from "./accounts";
import { redactedValue } from "./admin-routes";
import { notFound } from "./errors";
import { cursorQuery, pageOf } from "./pages";
import { readBody, readQuery } from "./parse";
import { expirySeconds } from "./policy";
import type { Route, RouteContext } from "./route";

const listQuery = v.strictObject({ ...cursorQuery, order: v.optional(v.picklist(["asc", "desc"])) });
const createBody = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  expires_in_seconds: v.optional(expirySeconds),
});

export const adminKeyRoutes: readonly Route<AdminKey>[] = [
  {
    endpoint: "GET /organization/admin_api_keys",
    handle: ({ state, query }) => {
      const { order = "asc", ...cursor } = readQuery(listQuery, query);
      const keys = [...state.adminKeys.values()];
      return pageOf(order === "asc" ? keys : keys.reverse(), cursor, shown);
    },
  },
  {
    endpoint: "POST /organization/admin_api_keys",
    handle: ({ state, caller, body }) => {
      const { name, expires_in_seconds: expiresInSeconds = null } = readBody(createBody, body);
      const key = state.addAdminKey(name, caller.owner, expiresInSeconds);
      return { status: 200, body: { ...shown(key), value: key.value } };
    },
  },
  {
    endpoint: "GET /organization/admin_api_keys/{key}",
    handle: (context) => ({ status: 200, body: shown(keyOf(context)) }),
  },
  {
    endpoint: "DELETE /organization/admin_api_keys/{key}",
    handle: (context) => {
      const { id } = keyOf(context);
      context.state.adminKeys.delete(id);
      return { status: 200, body: { object: "organization.admin_api_key.deleted", id, deleted: true } };
    },
  },
];

function keyOf({ state, id }: RouteContext<AdminKey>): AdminKey {
  const key = state.adminKeys.get(id("key"));
  if (key === undefined) throw notFound(`Admin API key '${id("key")}' not found.`, "key_id");
  return key;
}

function shown(key: AdminKey) {
  const { id, name, createdAt } = key.owner;
  return {
    object: "organization.admin_api_key",
    id: key.id,
    name: key.name,
    redacted_value: redactedValue(key.value),
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
    owner: { type: "user", object: "organization.user", id, name, created_at: createdAt, role: "owner" },
  };
}
