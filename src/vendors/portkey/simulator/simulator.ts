import { randomBytes } from "node:crypto";
import { defined } from "../../../model/defined";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { portkeyDescriptor } from "../descriptor";
import { ADMIN_ROUTES } from "./admin-routes";
import { answerData } from "./data-routes";
import { type Settings, settingsSchema } from "./schemas";
import { PortkeyState, type StoredKey } from "./state";

const BASE_PATH = "/v1";
const MINUTE_MILLIS = 60_000;
const ADMIN_SCOPES = [
  ...["create", "read", "update", "delete", "list", "rotate"].map((action) => `workspace_service_api_keys.${action}`),
  "workspaces.list",
];
/** As Portkey's documentation lists them; the gateway's 412 has none. */
const ERROR_CODES: Readonly<Record<number, string>> = {
  400: "AB01",
  401: "AB05",
  402: "AB09",
  403: "AB03",
  404: "AB08",
  429: "AB06",
};

export interface PortkeySimulator extends VendorSimulator {
  readonly state: PortkeyState;
}

/**
 * One organisation at Portkey, after its published OpenAPI document and its documentation, with as
 * much of the rest as it takes to see scopes, limits, budgets, expiry, rotation and revocation at
 * work: `GET /models` and other lists, `POST /chat/completions`. In memory; nothing leaves the
 * process.
 */
export function createPortkeySimulator({ clock, seed }: { clock: Clock; seed?: string }): PortkeySimulator {
  return new Simulator(new PortkeyState(clock, seed ?? randomBytes(16).toString("hex"), ADMIN_SCOPES));
}

class Simulator implements PortkeySimulator {
  readonly id = portkeyDescriptor.id;
  readonly hosts = ["api.portkey.ai"];
  readonly basePath = BASE_PATH;
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: PortkeyState) {
    this.adminKey = state.adminKey.value;
    this.environment = { PORTKEY_WORKSPACE_ID: state.workspaceSlug };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const errorCode = ERROR_CODES[status];
      const data = { message, ...defined({ errorCode }) };
      return { status, headers, body: { success: false, data } };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Portkey", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    if (parsed.workspaceDeleted) this.state.deleteWorkspace();
    this.state.adminKey.scopes = this.#settings.adminScopes ?? ADMIN_SCOPES;
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const url = new URL(request.url, "https://api.portkey.ai");
    const path = url.pathname.startsWith(`${BASE_PATH}/`) ? url.pathname.slice(BASE_PATH.length) : "";
    const caller = this.#caller(request);
    const match = routed(ADMIN_ROUTES, request.method, path);
    if (match === undefined) return answerData(this.state, caller, path, request);
    this.#throttle();
    const desk = { state: this.state, settings: this.#settings, caller };
    return match.route.handle(desk, { ids: match.ids, query: url.searchParams, body: request.body });
  }

  /** OpenAI's clients send the key as a bearer. */
  #caller(request: SimulatorRequest): StoredKey {
    const [, header] =
      Object.entries(request.headers).find(([name]) => name.toLowerCase() === "x-portkey-api-key") ?? [];
    const caller = this.state.keyOf(header ?? bearerIn(request) ?? "");
    const isKnown = caller !== this.state.adminKey || this.#settings.adminKeyValid !== false;
    if (caller === undefined || !isKnown) throw new Refusal(401, "Invalid API Key");
    return caller;
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - MINUTE_MILLIS);
    if (this.#calls.length >= callsPerMinute) throw new Refusal(429, "Rate limit exceeded", { "retry-after": "30" });
    this.#calls.push(now);
  }
}
