import * as v from "valibot";
import type { ApiCall, ApiRoute } from "../../../sandbox/vendors/router";
import { pineconeDescriptor } from "../descriptor";
import { notFound, readBody, refusal } from "./errors";
import type { PineconeState, StoredKey } from "./state";

/** The project's keys and the rules that it has at the moment. */
export interface AdminState {
  readonly state: PineconeState;
  readonly keysMax: number;
  readonly deletionDelayMillis: number;
}

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const roles = v.array(v.picklist(Object.keys(pineconeDescriptor.scopes)));
const createSchema = v.object({ name, roles: v.optional(roles, ["ProjectEditor"]) });
const updateSchema = v.object({ name: v.optional(name), roles: v.optional(roles) });

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<AdminState>> = [
  {
    endpoint: "GET /admin/projects",
    handle: ({ state }) => ({ status: 200, body: { data: state.isDeleted ? [] : [state.shownProject()] } }),
  },
  {
    endpoint: "GET /admin/projects/{project}",
    handle: (admin, call) => ({ status: 200, body: projectIn(admin, call).state.shownProject() }),
  },
  {
    endpoint: "GET /admin/projects/{project}/api-keys",
    handle(admin, call) {
      const { state } = projectIn(admin, call);
      return { status: 200, body: { data: state.keys.map((key) => state.shownKey(key)) } };
    },
  },
  {
    endpoint: "POST /admin/projects/{project}/api-keys",
    handle(admin, call) {
      const { state, keysMax } = projectIn(admin, call);
      const given = readBody(createSchema, call.body) ?? malformed();
      if (state.keys.length >= keysMax) {
        throw refusal(403, "FORBIDDEN", "Not enough available quota to complete this operation.");
      }
      const key = state.addKey(given.name, given.roles);
      return { status: 201, body: { key: state.shownKey(key), value: key.value } };
    },
  },
  {
    endpoint: "GET /admin/api-keys/{key}",
    handle: (admin, call) => ({ status: 200, body: admin.state.shownKey(keyIn(admin, call)) }),
  },
  {
    endpoint: "PATCH /admin/api-keys/{key}",
    handle(admin, call) {
      const key = keyIn(admin, call);
      const given = readBody(updateSchema, call.body) ?? malformed();
      if (given.name !== undefined) key.name = given.name;
      if (given.roles !== undefined) key.roles = given.roles;
      return { status: 200, body: admin.state.shownKey(key) };
    },
  },
  {
    endpoint: "DELETE /admin/api-keys/{key}",
    handle(admin, call) {
      const key = keyIn(admin, call);
      key.diesAt ??= admin.state.clock.now() + admin.deletionDelayMillis;
      return { status: 202, body: undefined };
    },
  },
];

function malformed(): never {
  throw refusal(400, "INVALID_ARGUMENT", "Bad request. The request body included invalid request parameters.");
}

function projectIn(admin: AdminState, { ids }: ApiCall): AdminState {
  if (admin.state.isDeleted || ids["project"] !== admin.state.projectId) throw notFound("Project");
  return admin;
}

function keyIn({ state }: AdminState, { ids }: ApiCall): StoredKey {
  const key = state.keys.find(({ id }) => id === ids["key"]);
  if (key === undefined) throw notFound("API key");
  return key;
}
