import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { xAiDescriptor } from "../descriptor";
import { DATA } from "./data-routes";
import { MANAGEMENT } from "./management-routes";
import { XAiState } from "./state";

const MANAGEMENT_HOST = "management-api.x.ai";
const DATA_HOST = "api.x.ai";

const perMinute = v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))));
const settingsSchema = v.strictObject({
  /** False: the management key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /** What the management key may do: `CreateApiKey`, `ListApiKeys` … `null`: everything. */
  adminOperations: v.optional(v.nullable(v.array(v.picklist(MANAGEMENT.map(({ operation }) => operation))))),
  /**
   * Management calls of all kinds in a minute of simulated time; more are answered 429. `null`: as
   * many as come.
   */
  callsPerMinute: perMinute,
  /** Keys made in a minute of simulated time; more are answered 429. `null`: as many as come. */
  createsPerMinute: perMinute,
  /**
   * Until a value that is made from now on is known to every cluster; before, it is answered as one
   * that nobody knows.
   */
  propagationSeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3_600))),
  /** True: xAI has blocked the team. */
  teamBlocked: v.optional(v.boolean()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

/** Codes of the management API: those of gRPC. */
const GRPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 429: 8 };
const DATA_CODES: Readonly<Record<number, string>> = {
  400: "invalid-argument",
  401: "unauthenticated",
  403: "permission-denied",
  404: "not-found",
  429: "resource-exhausted",
};

export interface XAiSimulator extends VendorSimulator {
  readonly state: XAiState;
}

/**
 * One team at xAI, after its published reference of the Management API, with as much of the
 * inference API as it takes to see ACLs, limits, expiry, rotation and revocation at work:
 * `GET /v1/api-key`, `GET /v1/models`, `POST /v1/chat/completions`. In memory; nothing leaves the
 * process. A value that is unknown, expired or not yet spread is answered 400, as the real one
 * does.
 */
export function createXAiSimulator({ clock, seed }: { clock: Clock; seed?: string }): XAiSimulator {
  return new Simulator(new XAiState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements XAiSimulator {
  readonly id = xAiDescriptor.id;
  readonly hosts = [MANAGEMENT_HOST, DATA_HOST];
  readonly basePath = "/v1";
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];
  #creates: number[] = [];

  constructor(readonly state: XAiState) {
    this.adminKey = state.managementKey;
    this.environment = { XAI_TEAM_ID: state.teamId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    const url = new URL(request.url, `https://${DATA_HOST}`);
    const managed = request.host === undefined ? url.pathname.startsWith("/auth/") : request.host === MANAGEMENT_HOST;
    try {
      return managed ? this.#management(request, url) : this.#data(request, url);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const body = managed
        ? { code: GRPC_CODES[status] ?? 2, message, details: [] }
        : { code: DATA_CODES[status] ?? "unknown", error: message };
      return { status, headers, body };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("xAI", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.state.propagationSeconds = this.#settings.propagationSeconds ?? 0;
    this.state.teamBlocked = this.#settings.teamBlocked ?? false;
    this.#calls = [];
    this.#creates = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #management(request: SimulatorRequest, { pathname, searchParams }: URL): SimulatorResponse {
    const { adminKeyValid = true, adminOperations, callsPerMinute, createsPerMinute } = this.#settings;
    if (bearerIn(request) !== this.adminKey || !adminKeyValid) throw new Refusal(401, "Invalid management key");
    const match = routed(MANAGEMENT, request.method, pathname);
    const operation = MANAGEMENT.find((route) => route === match?.route)?.operation;
    if (match === undefined || operation === undefined) throw new Refusal(404, "Not Found");
    if (adminOperations != null && !adminOperations.includes(operation)) {
      throw new Refusal(403, `The management key lacks team-token:endpoint:${operation}`);
    }
    this.#calls = this.#throttled(this.#calls, callsPerMinute);
    if (operation === "CreateApiKey") this.#creates = this.#throttled(this.#creates, createsPerMinute);
    return match.route.handle(this.state, { ids: match.ids, query: searchParams, body: request.body });
  }

  #data(request: SimulatorRequest, { pathname, searchParams }: URL): SimulatorResponse {
    const bearer = bearerIn(request);
    if (bearer === undefined) throw new Refusal(401, "No API key was provided");
    const key = this.state.keyOf(bearer);
    if (key === undefined) {
      const masked = `${bearer.slice(0, 2)}***${bearer.slice(-2)}`;
      throw new Refusal(400, `Incorrect API key provided: ${masked}. You can obtain one from https://console.x.ai.`);
    }
    const match = routed(DATA, request.method, pathname);
    if (match === undefined) throw new Refusal(404, "Not Found");
    const { state } = this;
    return match.route.handle({ state, key }, { ids: match.ids, query: searchParams, body: request.body });
  }

  /** The calls of the minute that is running, with this one. */
  #throttled(calls: readonly number[], most: number | null | undefined): number[] {
    const now = this.state.clock.now();
    const recent = calls.filter((at) => at > now - 60_000);
    if (most != null && recent.length >= most) throw new Refusal(429, "Too many requests");
    return [...recent, now];
  }
}
