import { randomBytes } from "node:crypto";
import { isoSeconds } from "../../../model/units";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { cloudflareDescriptor } from "../descriptor";
import { type Account, ADMIN_ROUTES } from "./admin-routes";
import { checkActive, checkAddress, checkAllowed, DATA_ROUTES } from "./data-routes";
import { authenticationError, CloudflareRefusal, ok, refused } from "./envelope";
import { DEFAULTS, type Settings, settingsSchema } from "./settings";
import { CloudflareState, type StoredToken } from "./state";

const BASE_PATH = "/client/v4";
const QUOTA = 1_200;
const WINDOW_SECONDS = 300;
const TOKEN_FORM = /^[A-Za-z0-9_-]{37,80}$/;

export interface CloudflareSimulator extends VendorSimulator {
  readonly state: CloudflareState;
}

/**
 * One account at Cloudflare after npm `cloudflare` 7.3 and the API reference: its tokens, their
 * permission groups, and as much of Workers AI and AI Gateway as it takes to see permissions,
 * addresses, expiry and revocation at work. In memory; nothing leaves the process.
 */
export function createCloudflareSimulator({ clock, seed }: { clock: Clock; seed?: string }): CloudflareSimulator {
  return new Simulator(new CloudflareState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements CloudflareSimulator {
  readonly id = cloudflareDescriptor.id;
  readonly hosts = ["api.cloudflare.com"];
  readonly basePath = BASE_PATH;
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = DEFAULTS;
  #calls: number[] = [];

  constructor(readonly state: CloudflareState) {
    this.adminKey = state.adminKey;
    this.environment = { CLOUDFLARE_ACCOUNT_ID: state.accountId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refused(error);
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Cloudflare", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { pathname, searchParams: query } = new URL(request.url, "https://api.cloudflare.com");
    const path = pathname.startsWith(`${BASE_PATH}/`) ? pathname.slice(BASE_PATH.length) : "";
    const bearer = bearerIn(request);
    if (bearer === undefined || !TOKEN_FORM.test(bearer)) {
      throw new CloudflareRefusal(400, 6_003, "Invalid request headers");
    }
    const account: Account = { state: this.state, settings: this.#settings };
    if (bearer === this.adminKey) return this.#admin(account, request, path, query);
    const token = this.state.tokenOf(bearer);
    if (token === undefined) throw new CloudflareRefusal(401, 1_000, "Invalid API Token");
    checkAddress(token, this.#settings.callerAddress);
    return this.#withToken(account, token, request, path, query);
  }

  #admin(account: Account, request: SimulatorRequest, path: string, query: URLSearchParams): SimulatorResponse {
    if (!this.#settings.adminKeyValid) throw new CloudflareRefusal(401, 1_000, "Invalid API Token");
    // The account's tokens are verified there, and this one is a user's.
    if (path.endsWith("/tokens/verify")) throw new CloudflareRefusal(401, 1_000, "Invalid API Token");
    const match = routed(ADMIN_ROUTES, request.method, path);
    if (match === undefined) {
      throw routed(DATA_ROUTES, request.method, path) === undefined
        ? new Refusal(404, "No route for that URI")
        : authenticationError(403);
    }
    this.#checkAccount(match.ids);
    if (request.method !== "GET" && !this.#settings.adminMayWrite) throw authenticationError(403);
    const limits = this.#throttle();
    const { route, ids } = match;
    const answer = route.handle(account, { ids, query, body: request.body });
    return { ...answer, headers: limits };
  }

  #withToken(
    account: Account,
    token: StoredToken,
    request: SimulatorRequest,
    path: string,
    query: URLSearchParams,
  ): SimulatorResponse {
    const { method, body } = request;
    const { id, notBefore, expiresOn } = token;
    if (method === "GET" && path === `/accounts/${this.state.accountId}/tokens/verify`) {
      token.lastUsedOn = this.state.seconds;
      return ok({
        id,
        status: this.state.statusOf(token),
        ...(notBefore === undefined ? {} : { not_before: isoSeconds(notBefore) }),
        ...(expiresOn === undefined ? {} : { expires_on: isoSeconds(expiresOn) }),
      });
    }
    checkActive(this.state, token);
    const match = routed(DATA_ROUTES, method, path);
    if (match === undefined) {
      const isAdmin = routed(ADMIN_ROUTES, method, path) !== undefined;
      throw isAdmin ? authenticationError(403) : new Refusal(404, "No route for that URI");
    }
    const { route, ids } = match;
    this.#checkAccount(ids);
    const { openedBy = [] } = DATA_ROUTES.find(({ endpoint }) => endpoint === route.endpoint) ?? {};
    checkAllowed(account, token, openedBy);
    token.lastUsedOn = this.state.seconds;
    return route.handle(account, { ids, query, body });
  }

  #checkAccount(ids: Readonly<Record<string, string>>): void {
    if (ids["account"] !== this.state.accountId) throw authenticationError(403);
  }

  /** @returns the headers that tell what is left */
  #throttle(): Record<string, string> {
    const { callsPerMinute } = this.#settings;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - WINDOW_SECONDS * 1_000);
    const lastMinute = this.#calls.filter((at) => at > now - 60_000).length;
    const limits = (left: number) => ({
      ratelimit: `"default";r=${left};t=${WINDOW_SECONDS}`,
      "ratelimit-policy": `"default";q=${QUOTA};w=${WINDOW_SECONDS}`,
    });
    if (this.#calls.length >= QUOTA || (callsPerMinute !== null && lastMinute >= callsPerMinute)) {
      throw new CloudflareRefusal(429, 10_429, "Rate limited.", { ...limits(0), "retry-after": "30" });
    }
    this.#calls.push(now);
    return limits(QUOTA - this.#calls.length);
  }
}
