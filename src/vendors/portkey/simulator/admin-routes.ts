import { MILLIS_PER_SECOND } from "../../../model/units";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { createKeySchema, rotateSchema, type Settings, updateKeySchema } from "./schemas";
import { KEY_TYPES, type KeyType, type PortkeyState, type StoredKey } from "./state";

/** What an answer depends on beside the call. */
export interface Desk {
  readonly state: PortkeyState;
  readonly settings: Settings;
  readonly caller: StoredKey;
}

export const MISSING_SCOPE = "You do not have enough permissions to execute this request";

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });
const PAGE = 100;
/** Scopes that keys of a workspace cannot have. */
const ORGANISATION_ONLY = /^(?:organisation_users|organisation_service_api_keys|audit_logs|plugins)\./;

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<Desk>> = [
  {
    endpoint: "GET /admin/workspaces",
    handle({ state, caller }, { query }) {
      if (!caller.scopes.includes("workspaces.list")) throw new Refusal(403, MISSING_SCOPE);
      const all = state.workspaces;
      const size = wholeNumber(query, "page_size", PAGE);
      const start = wholeNumber(query, "current_page", 0) * size;
      return ok({ object: "list", total: all.length, data: all.slice(start, start + size) });
    },
  },
  // Before the next, whose path has the same form.
  {
    endpoint: "POST /api-keys/{id}/rotate",
    handle(desk, call) {
      const { state } = desk;
      const key = keyIn(desk, call, "rotate");
      const { key_transition_period_ms } = readJson(rotateSchema, call.body);
      // Which status says so is not documented.
      if (state.isInTransition(key)) throw new Refusal(400, "A previous version of the key is still in transition");
      const endsAtMillis = state.rotate(key, key_transition_period_ms);
      return ok({ id: key.id, key: key.value, key_transition_expires_at: new Date(endsAtMillis).toISOString() });
    },
  },
  {
    endpoint: "POST /api-keys/{type}/{subType}",
    handle({ state, settings, caller }, { body, ids }) {
      const type = KEY_TYPES.find((known) => known === `${ids["type"]}-${ids["subType"]}`);
      if (type === undefined) throw new Refusal(404, "there is no such type of key");
      requireScope(caller, type, "create");
      const given = readJson(createKeySchema, body);
      if (type !== "organisation-service") inWorkspace(state, given.workspace_id, caller);
      if (type === "workspace-user" && given.user_id === undefined) throw new Refusal(400, "user_id is required");
      checkScopes(type, given.scopes);
      const expiresAt = expiryIn(state, settings, given.expires_at);
      if (settings.keysMax != null && state.workspaceKeys.length >= settings.keysMax) {
        throw new Refusal(402, "Your plan includes no more API keys");
      }
      const key = state.addKey({
        type,
        name: given.name,
        scopes: given.scopes,
        description: given.description ?? null,
        userId: given.user_id ?? null,
        rateLimits: given.rate_limits ?? [],
        usageLimits: given.usage_limits ?? null,
        expiresAt: expiresAt ?? null,
        alertEmails: given.alert_emails ?? null,
      });
      return ok({ id: key.id, key: key.value, object: "api-key" });
    },
  },
  {
    endpoint: "GET /api-keys",
    handle({ state, caller }, { query }) {
      const listable = KEY_TYPES.filter((type) => mayDo(caller, type, "list"));
      if (listable.length === 0) throw new Refusal(403, MISSING_SCOPE);
      const workspace = query.get("workspace_id");
      if (workspace !== null) inWorkspace(state, workspace, caller);
      const isWithin = ({ type }: StoredKey) =>
        listable.includes(type) && (workspace === null || type !== KEY_TYPES[0]);
      const all = [...state.keys.values()].filter(isWithin);
      const size = wholeNumber(query, "page_size", PAGE);
      const start = wholeNumber(query, "current_page", 0) * size;
      const data = all.slice(start, start + size).map((key) => state.shownKey(key));
      return ok({ object: "list", total: all.length, data });
    },
  },
  {
    endpoint: "GET /api-keys/{id}",
    handle: (desk, call) => ok(desk.state.shownKey(keyIn(desk, call, "read"))),
  },
  {
    endpoint: "PUT /api-keys/{id}",
    handle(desk, call) {
      const { state, settings } = desk;
      const key = keyIn(desk, call, "update");
      const given = readJson(updateKeySchema, call.body);
      if (given.scopes !== undefined) checkScopes(key.type, given.scopes);
      const expiresAt = expiryIn(state, settings, given.expires_at);
      if (given.name !== undefined) key.name = given.name;
      if (given.description !== undefined) key.description = given.description;
      if (given.scopes !== undefined) key.scopes = given.scopes;
      if (given.rate_limits !== undefined) key.rateLimits = given.rate_limits ?? [];
      if (given.usage_limits !== undefined) key.usageLimits = given.usage_limits;
      if (given.alert_emails !== undefined) key.alertEmails = given.alert_emails;
      if (expiresAt !== undefined) key.expiresAt = expiresAt;
      if (given.reset_usage === true) key.usage = { period: "", amount: 0 };
      key.updatedAt = state.seconds;
      return ok({});
    },
  },
  {
    endpoint: "DELETE /api-keys/{id}",
    handle(desk, call) {
      desk.state.keys.delete(keyIn(desk, call, "delete").id);
      return ok({});
    },
  },
];

type Action = "create" | "read" | "update" | "delete" | "list" | "rotate";

function mayDo({ scopes }: StoredKey, type: KeyType, action: Action): boolean {
  return scopes.includes(`${type.replace("-", "_")}_api_keys.${action}`);
}

function requireScope(caller: StoredKey, type: KeyType, action: Action): void {
  if (!mayDo(caller, type, action)) throw new Refusal(403, MISSING_SCOPE);
}

/** An unknown key is of no type: a caller that may do nothing of the kind learns nothing of it. */
function keyIn({ state, settings, caller }: Desk, { ids }: ApiCall, action: Action): StoredKey {
  const key = state.keys.get(ids["id"] ?? "");
  if (key !== undefined) {
    requireScope(caller, key.type, action);
    return key;
  }
  if (!KEY_TYPES.some((type) => mayDo(caller, type, action))) throw new Refusal(403, MISSING_SCOPE);
  throw settings.absentStatus === 403 ? new Refusal(403, MISSING_SCOPE) : new Refusal(404, "API key not found");
}

/** A workspace's key stands for its workspace; an organisation's has to name one. */
function inWorkspace(state: PortkeyState, given: string | undefined, caller: StoredKey): void {
  if (given === undefined && caller.type === "organisation-service") {
    throw new Refusal(400, "workspace_id is required");
  }
  const isOurs = !state.isDeleted && (given === state.workspaceId || given === state.workspaceSlug);
  if (given !== undefined && !isOurs) {
    throw new Refusal(403, MISSING_SCOPE);
  }
}

function checkScopes(type: KeyType, scopes: readonly string[]): void {
  const wrong = type === "organisation-service" ? undefined : scopes.find((scope) => ORGANISATION_ONLY.test(scope));
  if (wrong !== undefined) throw new Refusal(400, `${wrong} is not a scope of ${type} keys`);
}

/** Undefined: not given. */
function expiryIn(
  state: PortkeyState,
  settings: Settings,
  given: string | null | undefined,
): number | null | undefined {
  if (given == null) return given;
  const expiresAt = Math.floor(Date.parse(given) / MILLIS_PER_SECOND);
  if (expiresAt <= state.seconds) throw new Refusal(400, "expires_at must be in the future");
  if (settings.maxExpirySeconds != null && expiresAt > state.seconds + settings.maxExpirySeconds) {
    throw new Refusal(400, "expires_at exceeds the maximum that the organisation allows");
  }
  return expiresAt;
}

function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,6}$/.test(text)) throw new Refusal(400, `invalid value of ${name}`);
  return Number(text);
}
