import * as v from "valibot";
import type { AdminKey } from "./accounts";
import { record } from "./audit-log";
import { badRequest, notFound } from "./errors";
import { cursorQuery, pageOf } from "./pages";
import { readBody, readQuery } from "./parse";
import { checkExpiry, expirySeconds, hasProjectAccess, isExpired } from "./policy";
import type { Route, RouteContext } from "./route";
import type { OrganizationState, Project, ProjectKey, ServiceAccount } from "./state";

type Context = RouteContext<AdminKey>;
const ok = (body: object) => ({ status: 200, body });

const DEFAULT_KEY_NAME = "Secret Key";
const name = v.pipe(v.string(), v.minLength(1));
const scopes = v.array(v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/)));
const noQuery = v.strictObject({});
const listQuery = v.strictObject(cursorQuery);

const projectListQuery = v.strictObject({
  ...cursorQuery,
  include_archived: v.optional(v.picklist(["true", "false"])),
});
const keyListQuery = v.strictObject({
  ...cursorQuery,
  owner_project_access: v.optional(v.picklist(["active", "inactive", "any"])),
});
const createAccountBody = v.strictObject({
  name,
  create_service_account_only: v.nullish(v.boolean()),
  expires_in_seconds: v.nullish(expirySeconds),
});
const updateAccountBody = v.strictObject({ name: v.optional(name), role: v.optional(v.picklist(["member", "owner"])) });
const createKeyBody = v.strictObject({
  name: v.optional(name),
  scopes: v.optional(scopes),
  expires_in_seconds: v.nullish(expirySeconds),
});
const updateKeyBody = v.strictObject({ scopes: v.optional(scopes), expires_in_seconds: v.optional(expirySeconds) });

const projectRoutes: readonly Route<AdminKey>[] = [
  {
    endpoint: "GET /organization/projects",
    handle: ({ state, query }) =>
      pageOf([...state.projects.values()], readQuery(projectListQuery, query), shownProject),
  },
  {
    endpoint: "GET /organization/projects/{project}",
    handle: (context) => {
      readQuery(noQuery, context.query);
      const archived = context.state.settings.projectArchived ? { status: "archived", archived_at: 1 } : {};
      return ok({ ...shownProject(projectOf(context)), ...archived });
    },
  },
];

const serviceAccountRoutes: readonly Route<AdminKey>[] = [
  {
    endpoint: "GET /organization/projects/{project}/service_accounts",
    handle: (context) => {
      const { id } = projectOf(context);
      const accounts = [...context.state.serviceAccounts.values()].filter((account) => account.projectId === id);
      return pageOf(accounts, readQuery(listQuery, context.query), shownAccount);
    },
  },
  {
    endpoint: "POST /organization/projects/{project}/service_accounts",
    handle: (context) => {
      const { state, caller } = context;
      const project = projectOf(context);
      const body = readBody(createAccountBody, context.body);
      const accountOnly = body.create_service_account_only === true;
      const expiresInSeconds = body.expires_in_seconds ?? null;
      if (accountOnly && expiresInSeconds !== null) {
        throw badRequest("'expires_in_seconds' cannot be used without an initial key.", "expires_in_seconds");
      }
      if (!accountOnly) checkExpiry(state, expiresInSeconds);
      const account = state.addServiceAccount(project.id, body.name, accountOnly ? "none" : "member");
      record(state, caller, "service_account.created", { id: account.id, data: { role: account.role } });
      if (accountOnly) return ok({ ...shownAccount(account), api_key: null });
      const key = addAccountKey(context, account, { name: DEFAULT_KEY_NAME, scopes: [], expiresInSeconds });
      return ok({ ...shownAccount(account), api_key: shownOnce(key) });
    },
  },
  {
    endpoint: "GET /organization/projects/{project}/service_accounts/{account}",
    handle: (context) => ok(shownAccount(accountOf(context))),
  },
  {
    endpoint: "POST /organization/projects/{project}/service_accounts/{account}",
    handle: (context) => {
      const account = accountOf(context);
      const changes = readBody(updateAccountBody, context.body);
      account.name = changes.name ?? account.name;
      account.role = changes.role ?? account.role;
      record(context.state, context.caller, "service_account.updated", {
        id: account.id,
        changes_requested: changes.role === undefined ? {} : { role: changes.role },
      });
      return ok(shownAccount(account));
    },
  },
  {
    endpoint: "DELETE /organization/projects/{project}/service_accounts/{account}",
    handle: (context) => {
      const { state, caller } = context;
      const { id } = accountOf(context);
      for (const key of [...state.keys.values()]) {
        if (key.owner.type === "service_account" && key.owner.account.id === id) state.keys.delete(key.id);
      }
      state.serviceAccounts.delete(id);
      record(state, caller, "service_account.deleted", { id });
      return ok({ object: "organization.project.service_account.deleted", id, deleted: true });
    },
  },
  {
    endpoint: "POST /organization/projects/{project}/service_accounts/{account}/api_keys",
    handle: (context) => {
      const account = accountOf(context);
      const body = readBody(createKeyBody, context.body);
      const expiresInSeconds = body.expires_in_seconds ?? null;
      checkExpiry(context.state, expiresInSeconds);
      const details = { name: body.name ?? DEFAULT_KEY_NAME, scopes: body.scopes ?? [], expiresInSeconds };
      return ok(shownOnce(addAccountKey(context, account, details)));
    },
  },
];

const keyRoutes: readonly Route<AdminKey>[] = [
  {
    endpoint: "GET /organization/projects/{project}/api_keys",
    handle: (context) => {
      const { id } = projectOf(context);
      const { owner_project_access: wanted = "active", ...cursor } = readQuery(keyListQuery, context.query);
      const keys = [...context.state.keys.values()].filter(
        (key) => key.projectId === id && (wanted === "any" || access(key) === wanted),
      );
      return pageOf(keys, cursor, (key) => shownKey(key, context.state));
    },
  },
  {
    endpoint: "GET /organization/projects/{project}/api_keys/{key}",
    handle: (context) => ok(shownKey(keyOf(context), context.state)),
  },
  {
    endpoint: "POST /organization/projects/{project}/api_keys/{key}",
    handle: (context) => {
      const { state, caller } = context;
      const key = keyOf(context);
      const changes = readBody(updateKeyBody, context.body);
      const { expires_in_seconds: expiresInSeconds } = changes;
      if (changes.scopes === undefined && expiresInSeconds === undefined) {
        throw badRequest("At least one of 'scopes' and 'expires_in_seconds' must be provided.");
      }
      if (isExpired(state, key)) throw badRequest("Expired API keys cannot be updated.", null, "api_key_expired");
      if (expiresInSeconds !== undefined) {
        checkExpiry(state, expiresInSeconds);
        key.expiresAt = state.nowSeconds() + expiresInSeconds;
      }
      key.scopes = changes.scopes ?? key.scopes;
      record(state, caller, "api_key.updated", { id: key.id, changes_requested: changes });
      return ok(shownKey(key, state));
    },
  },
  {
    endpoint: "DELETE /organization/projects/{project}/api_keys/{key}",
    handle: (context) => {
      const { state, caller } = context;
      const key = keyOf(context);
      if (key.owner.type === "service_account" && state.settings.deleteServiceAccountKey === "refused") {
        throw badRequest("API keys that belong to a service account cannot be deleted; delete the service account.");
      }
      state.keys.delete(key.id);
      record(state, caller, "api_key.deleted", { id: key.id });
      return ok({ object: "organization.project.api_key.deleted", id: key.id, deleted: true });
    },
  },
];

export const adminRoutes: readonly Route<AdminKey>[] = [...projectRoutes, ...serviceAccountRoutes, ...keyRoutes];

export function projectOf({ state, id }: Context): Project {
  const project = state.projects.get(id("project"));
  if (project === undefined) throw notFound(`Project '${id("project")}' not found.`, "project_id");
  return project;
}

function accountOf(context: Context): ServiceAccount {
  const { state, id } = context;
  const project = projectOf(context);
  const account = state.serviceAccounts.get(id("account"));
  if (account?.projectId !== project.id) {
    throw notFound(`Service account '${id("account")}' not found in project.`, "service_account_id");
  }
  return account;
}

function keyOf(context: Context): ProjectKey {
  const { state, id } = context;
  const project = projectOf(context);
  const key = state.keys.get(id("key"));
  if (key?.projectId !== project.id) throw notFound(`API key '${id("key")}' not found in project.`, "api_key_id");
  return key;
}

function addAccountKey(
  { state, caller }: Context,
  account: ServiceAccount,
  details: { name: string; scopes: readonly string[]; expiresInSeconds: number | null },
): ProjectKey {
  const key = state.addKey({ type: "service_account", account }, account.projectId, details);
  record(state, caller, "api_key.created", { id: key.id, data: { scopes: details.scopes } });
  return key;
}

function access(key: ProjectKey): "active" | "inactive" {
  return hasProjectAccess(key) ? "active" : "inactive";
}

function shownProject({ id, name, createdAt }: Project) {
  return { id, object: "organization.project", name, created_at: createdAt, archived_at: null, status: "active" };
}

function shownAccount({ id, name, role, createdAt }: ServiceAccount) {
  return { object: "organization.project.service_account", id, name, role, created_at: createdAt };
}

function shownOnce(key: ProjectKey) {
  return {
    object: "organization.project.service_account.api_key",
    id: key.id,
    name: key.name,
    value: key.value,
    created_at: Math.floor(key.createdAtMillis / 1_000),
    expires_at: key.expiresAt,
  };
}

function shownKey(key: ProjectKey, { settings }: OrganizationState) {
  return {
    object: "organization.project.api_key",
    redacted_value: redactedValue(key.value),
    name: key.name,
    created_at: Math.floor(key.createdAtMillis / 1_000),
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    id: key.id,
    owner_project_access: access(key),
    owner: shownOwner(key.owner),
    ...(settings.showScopesInList ? { scopes: key.scopes } : {}),
  };
}

function shownOwner(owner: ProjectKey["owner"]) {
  if (owner.type === "user") {
    const { id, email, name, createdAt } = owner.user;
    return { type: "user", user: { id, email, name, created_at: createdAt, role: "member" } };
  }
  const { id, name, createdAt, role } = owner.account;
  return { type: "service_account", service_account: { id, name, created_at: createdAt, role } };
}

/** The kind of key and its last three characters: `sk-svcacct-...def`. */
export function redactedValue(value: string): string {
  return `${/^sk-[a-z]+-/.exec(value)?.[0] ?? "sk-"}...${value.slice(-3)}`;
}
