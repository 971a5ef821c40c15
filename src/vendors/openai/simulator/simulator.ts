import { randomBytes } from "node:crypto";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import type { AdminKey } from "./accounts";
import { adminKeyRoutes } from "./admin-key-routes";
import { adminRoutes } from "./admin-routes";
import { auditLogRoutes } from "./audit-log";
import { dataRoutes } from "./data-routes";
import { ApiError, archivedProject, incorrectKey, invalidUrl, missingScopes, noKey, projectArchived } from "./errors";
import { isExpired, missing, opensData } from "./policy";
import { projectRoutes } from "./project-routes";
import { headerOf, idOf, type Match, matchRoute, type RouteContext } from "./route";
import { changedSettings } from "./settings";
import { OrganizationState, type ProjectKey } from "./state";
import { Throttle } from "./throttle";

const BASE_PATH = "/v1";
const ALL_ADMIN_ROUTES = [...adminRoutes, ...projectRoutes, ...adminKeyRoutes, ...auditLogRoutes];

export interface OpenAiSimulatorOptions {
  readonly clock: Clock;
  /** Ids and values are the same for the same seed and calls. @default random */
  readonly seed?: string;
}

export interface OpenAiSimulator extends VendorSimulator {
  readonly projectId: string;
  /** A key that a person made in the dashboard, with all permissions and no expiry. */
  addUserKey(name: string): { readonly id: string; readonly value: string };
}

/**
 * One organisation at OpenAI, after the published Admin API of November 2026, with as much of the
 * data API as it takes to see scopes, expiry and revocation, and what is set for a project, at
 * work. In memory; nothing leaves the process.
 */
export function createOpenAiSimulator({ clock, seed }: OpenAiSimulatorOptions): OpenAiSimulator {
  return new Simulator(new OrganizationState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements OpenAiSimulator {
  readonly id = "openai";
  readonly hosts = ["api.openai.com", "us.api.openai.com", "eu.api.openai.com"];
  readonly basePath = BASE_PATH;
  readonly adminKey: string;
  readonly projectId: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #state: OrganizationState;
  readonly #throttle = new Throttle();

  constructor(state: OrganizationState) {
    this.#state = state;
    this.adminKey = state.firstAdminKey.value;
    this.projectId = state.project.id;
    this.environment = { OPENAI_PROJECT_ID: state.project.id };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return (this.#state.settings.echoKeysInErrors ? this.#echoing(error, request) : error).response();
    }
  }

  configure(settings: unknown): void {
    const before = this.#state.settings;
    this.#state.settings = changedSettings(before, settings);
    const limit = this.#state.settings.throttlePerMinutePerEndpoint;
    if (limit !== before.throttlePerMinutePerEndpoint) this.#throttle.reset();
  }

  secrets(): readonly string[] {
    return this.#state.issued();
  }

  addUserKey(name: string): { readonly id: string; readonly value: string } {
    const user = this.#state.addUser(name, "developer@example.com");
    const owner = { type: "user", user } as const;
    return this.#state.addKey(owner, this.projectId, { name, scopes: [], expiresInSeconds: null });
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const url = new URL(request.url, "https://api.openai.com");
    const token = bearerOf(request);
    const path = url.pathname.startsWith(`${BASE_PATH}/`) ? url.pathname.slice(BASE_PATH.length) : "";
    const admin = matchRoute(ALL_ADMIN_ROUTES, request.method, path);
    if (admin !== undefined) {
      const caller = this.#adminCaller(token, request.method);
      this.#throttle.take(this.#state, admin.route.endpoint);
      const project = admin.ids.get("project");
      const isChange = request.method !== "GET";
      if (project !== undefined && isChange && this.#state.settings.projectArchived) throw projectArchived(project);
      return admin.route.handle(this.#context(request, url, admin, caller));
    }
    const data = matchRoute(dataRoutes, request.method, path);
    if (data === undefined) throw invalidUrl(request.method, url.pathname);
    const scopes = dataRoutes.find((route) => route.endpoint === data.route.endpoint)?.scopes ?? [];
    const caller = this.#dataCaller(token, scopes);
    if (this.#state.settings.projectArchived) throw archivedProject();
    return data.route.handle(this.#context(request, url, data, caller));
  }

  #echoing(error: ApiError, request: SimulatorRequest): ApiError {
    const { status, message } = error;
    const authorization = headerOf(request, "authorization") ?? "";
    const token = authorization.replace(/^Bearer\s+/i, "");
    const quoted = [authorization, Buffer.from(token).toString("base64"), this.#state.issued().at(-1) ?? ""];
    return new ApiError(status, `${quoted.join(" ")} ${message}`, error);
  }

  #adminCaller(token: string, method: string): AdminKey {
    const key = this.#liveAdminKey(token);
    if (key !== undefined) {
      key.lastUsedAt = this.#state.nowSeconds();
      return key;
    }
    if (this.#liveProjectKey(token) === undefined) throw incorrectKey(token);
    throw missingScopes([method === "GET" ? "api.management.read" : "api.management.write"]);
  }

  #dataCaller(token: string, scopes: readonly string[]): ProjectKey {
    const key = this.#liveProjectKey(token);
    if (key === undefined) {
      // Admin keys are known here, and open nothing.
      throw this.#liveAdminKey(token) === undefined ? incorrectKey(token) : missingScopes(scopes);
    }
    key.lastUsedAt = this.#state.nowSeconds();
    const lacking = missing(key, scopes);
    if (lacking.length > 0) throw missingScopes(lacking);
    return key;
  }

  #liveAdminKey(token: string): AdminKey | undefined {
    for (const key of this.#state.adminKeys.values()) {
      if (key.value !== token || isExpired(this.#state, key)) continue;
      return key === this.#state.firstAdminKey && !this.#state.settings.adminKeyValid ? undefined : key;
    }
    return undefined;
  }

  #liveProjectKey(token: string): ProjectKey | undefined {
    for (const key of this.#state.keys.values()) {
      if (key.value === token) return opensData(this.#state, key) ? key : undefined;
    }
    return undefined;
  }

  #context<Caller>(request: SimulatorRequest, url: URL, match: Match<Caller>, caller: Caller): RouteContext<Caller> {
    return {
      state: this.#state,
      caller,
      query: url.searchParams,
      body: request.body,
      id: (part) => idOf(match.ids, part),
      header: (name) => headerOf(request, name),
    };
  }
}

function bearerOf(request: SimulatorRequest): string {
  const token = /^Bearer\s+(\S+)\s*$/i.exec(headerOf(request, "authorization") ?? "")?.[1];
  if (token === undefined) throw noKey();
  return token;
}
