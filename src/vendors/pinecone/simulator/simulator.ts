import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { pineconeDescriptor } from "../descriptor";
import { ADMIN_ROUTES } from "./admin-routes";
import { DATA_ROUTES } from "./data-routes";
import { loginRefusal, notFound, Refused, readBody, refusal, unauthenticated } from "./errors";
import { PineconeState } from "./state";

/** A version comes out each quarter; those before this one are gone. */
const OLDEST_VERSION = "2025-04";
const VERSION = /^20\d\d-(?:01|04|07|10)$/;
const LOGIN_HOST = "login.pinecone.io";
const count = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)));

const tokenSchema = v.object({
  grant_type: v.literal("client_credentials"),
  client_id: v.string(),
  client_secret: v.string(),
  audience: v.literal("https://api.pinecone.io/"),
});
const settingsSchema = v.strictObject({
  /** False: the service account is refused, and its tokens with it. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * Admin calls of all kinds in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.optional(count),
  /** Keys that the project may have. `null`: as many as come. */
  keysMax: v.optional(count),
  /**
   * So long after its deletion was accepted a key is there and opens everything. `null`: it is gone
   * at once.
   */
  deletionDelaySeconds: v.optional(count),
  /** True: somebody has deleted the project, and its keys with it. */
  projectDeleted: v.optional(v.literal(true)),
  /** The control plane looks at a body before it looks at roles. */
  rolesAfterBody: v.optional(v.boolean()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

export interface PineconeSimulator extends VendorSimulator {
  readonly state: PineconeState;
}

/**
 * One project at Pinecone, after its OpenAPI documents of version 2026-04, which newer ones only
 * add to: access tokens, API keys, and of control and data plane as much as it takes to see roles
 * and deletion at work. In memory; nothing leaves the process.
 */
export function createPineconeSimulator({ clock, seed }: { clock: Clock; seed?: string }): PineconeSimulator {
  return new Simulator(new PineconeState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements PineconeSimulator {
  readonly id = pineconeDescriptor.id;
  readonly hosts = ["api.pinecone.io", LOGIN_HOST];
  readonly basePath = "";
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: PineconeState) {
    const { clientId, clientSecret, projectId } = state;
    this.adminKey = JSON.stringify({ clientId, clientSecret });
    this.environment = { PINECONE_PROJECT_ID: projectId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (error instanceof Refused) return error.response;
      throw error;
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Pinecone", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    if (parsed.projectDeleted) this.state.deleteProject();
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { host, method, body } = request;
    const { pathname, searchParams: query } = new URL(request.url, "https://api.pinecone.io");
    if (!isVersion(headerIn(request, "x-pinecone-api-version"), this.state.clock.now())) {
      throw refusal(400, "INVALID_ARGUMENT", "X-Pinecone-Api-Version is missing or not supported.");
    }
    const isLogin = method === "POST" && pathname === "/oauth/token";
    if (isLogin && (host ?? LOGIN_HOST) === LOGIN_HOST) return this.#login(body);
    if (host === LOGIN_HOST) throw loginRefusal(404, "not_found", "Not Found");
    const admin = routed(ADMIN_ROUTES, method, pathname);
    if (admin === undefined) return this.#data(request, pathname);
    if (!this.state.isToken(bearerIn(request) ?? "") || this.#settings.adminKeyValid === false) throw unauthenticated();
    this.#throttle();
    const { keysMax, deletionDelaySeconds } = this.#settings;
    const rules = {
      state: this.state,
      keysMax: keysMax ?? Number.POSITIVE_INFINITY,
      deletionDelayMillis: (deletionDelaySeconds ?? 0) * 1_000,
    };
    return admin.route.handle(rules, { ids: admin.ids, query, body });
  }

  #login(body: string): SimulatorResponse {
    const given = readBody(tokenSchema, body);
    if (given === undefined) throw loginRefusal(400, "invalid_request", "Malformed request");
    const { clientId, clientSecret } = this.state;
    const fits = given.client_id === clientId && given.client_secret === clientSecret;
    if (!fits || this.#settings.adminKeyValid === false) throw loginRefusal(401, "access_denied", "Unauthorized");
    return { status: 200, body: this.state.addToken() };
  }

  #data(request: SimulatorRequest, pathname: string): SimulatorResponse {
    const { method, body } = request;
    const value = headerIn(request, "api-key");
    const key = this.state.keys.find((stored) => stored.value === value);
    if (key === undefined) throw unauthenticated();
    const data = routed(DATA_ROUTES, method, pathname);
    const route = DATA_ROUTES.find((known) => known === data?.route);
    if (route === undefined) throw notFound("Resource");
    const call = { ids: {}, query: new URLSearchParams(), body };
    const early = this.#settings.rolesAfterBody ? route.handle(undefined, call) : undefined;
    if (!key.roles.some((role) => route.roles.includes(role))) {
      throw refusal(403, "FORBIDDEN", "The API key's roles do not allow this operation.");
    }
    return early ?? route.handle(undefined, call);
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) {
      throw refusal(429, "RESOURCE_EXHAUSTED", "Too many requests.", { "retry-after": "30" });
    }
    this.#calls.push(now);
  }
}

/** One that has come out by now. */
function isVersion(given: string | undefined, now: number): boolean {
  const month = new Date(now).toISOString().slice(0, 7);
  return given !== undefined && VERSION.test(given) && given >= OLDEST_VERSION && given <= month;
}

/** Header names come in any case. */
function headerIn({ headers }: SimulatorRequest, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
