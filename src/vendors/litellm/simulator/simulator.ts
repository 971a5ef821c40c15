import { randomBytes } from "node:crypto";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { liteLlmDescriptor } from "../descriptor";
import { ADMIN_ROUTES } from "./admin-routes";
import { DATA_ROUTES, keyOf } from "./data-routes";
import { mayCall, routeRefused } from "./route-checks";
import { type Settings, settingsSchema } from "./settings";
import { hashOf, LiteLlmState } from "./state";
import { detail, Refusal, refusal } from "./wire";

const HOST = "litellm.example.com";
const MINUTE_MILLIS = 60_000;

export interface LiteLlmSimulator extends VendorSimulator {
  readonly state: LiteLlmState;
}

/**
 * One LiteLLM proxy, after its published OpenAPI document, under a host of its user's, with as much
 * of the data API as it takes to see routes, models, limits, expiry and revocation at work:
 * `/v1/models`, `/v1/chat/completions`, `/v1/embeddings`, each also without `/v1`. In memory;
 * nothing leaves the process.
 */
export function createLiteLlmSimulator({ clock, seed }: { clock: Clock; seed?: string }): LiteLlmSimulator {
  return new Simulator(new LiteLlmState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements LiteLlmSimulator {
  readonly id = liteLlmDescriptor.id;
  readonly hosts = [HOST];
  readonly basePath = "";
  readonly adminKey: string;
  readonly environment = { LITELLM_BASE_URL: `https://${HOST}` };
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: LiteLlmState) {
    this.adminKey = state.masterKey;
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (error instanceof Refusal) return error.response;
      throw error;
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("LiteLLM", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.seen;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { state } = this;
    const { pathname, searchParams: query } = new URL(request.url, `https://${HOST}`);
    const endpoint = `${request.method} ${pathname}`;
    const [admin, data] = [ADMIN_ROUTES, DATA_ROUTES].map((routes) => Object.hasOwn(routes, endpoint));
    // FastAPI looks for the route before it asks who calls.
    if (!admin && !data) throw detail(404, "Not Found");
    const value = bearerIn(request);
    if (value === undefined) throw refusal(401, "auth_error", "Authentication Error, No api key passed in.");
    const isMaster = value === this.adminKey && this.#settings.adminKeyValid !== false;
    const key = isMaster ? undefined : keyOf(state, value, hashOf(value));
    if (key !== undefined && !mayCall(key.allowed_routes, pathname)) {
      throw detail(403, routeRefused(key.allowed_routes, pathname));
    }
    const handleAdmin = ADMIN_ROUTES[endpoint];
    if (isMaster && handleAdmin !== undefined) {
      this.#throttle();
      return handleAdmin({ state, settings: this.#settings, query, body: request.body });
    }
    const handleData = DATA_ROUTES[endpoint];
    if (handleData === undefined || (!isMaster && query.has("key"))) {
      throw refusal(401, "auth_error", `Authentication Error, Only proxy admin can be used. Route=${pathname}`);
    }
    return handleData({ state, key, body: request.body });
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    this.#calls = this.#calls.filter((at) => at > this.state.now - MINUTE_MILLIS);
    if (this.#calls.length >= callsPerMinute) {
      throw refusal(429, "None", "Too many requests", { headers: { "retry-after": "30" } });
    }
    this.#calls.push(this.state.now);
  }
}
