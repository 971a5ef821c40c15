import { randomBytes } from "node:crypto";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { anthropicDescriptor } from "../descriptor";
import { ADMIN_ROUTES, DATA_ROUTES, DetailedRefusal, makeInConsole } from "./routes";
import { type Settings, settingsSchema } from "./settings";
import { AnthropicState, type ConsoleKey, type StoredKey } from "./state";
import { WORKSPACE_ROUTES } from "./workspace-routes";

const HOST = "api.anthropic.com";
const CONSOLE = "POST /console/api_keys";
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

export interface AnthropicSimulator extends VendorSimulator {
  readonly state: AnthropicState;
  /** As a person does in the Console. */
  addConsoleKey(key: ConsoleKey): StoredKey;
}

/**
 * One organisation at Anthropic, after the published Admin API, with as much of the data API as it
 * takes to see a key work and stop: `GET /v1/models`, `POST /v1/messages`. In memory; nothing
 * leaves the process.
 *
 * The API makes no keys. In the Console's place stands `POST /console/api_keys` at the simulator's
 * own URL, which is not Anthropic's: `{ name, workspaceId?, expiresInSeconds? }` ->
 * `{ id, value }`.
 */
export function createAnthropicSimulator({ clock, seed }: { clock: Clock; seed?: string }): AnthropicSimulator {
  return new Simulator(new AnthropicState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements AnthropicSimulator {
  readonly id = anthropicDescriptor.id;
  readonly hosts = [HOST];
  readonly basePath = "";
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: AnthropicState) {
    this.adminKey = state.adminKey;
    this.environment = { ANTHROPIC_WORKSPACE_ID: state.workspaceIds[0] };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const details = error instanceof DetailedRefusal ? { details: { error_code: error.code } } : {};
      const body = {
        type: "error",
        error: { type: TYPES[status] ?? "api_error", message, ...details },
        request_id: null,
      };
      return { status, headers, body };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Anthropic", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    if (parsed.workspaceArchived) this.state.archive(this.state.workspaceIds[0]);
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  addConsoleKey(key: ConsoleKey): StoredKey {
    return this.state.addKey(key);
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { method, body } = request;
    const url = new URL(request.url, `https://${HOST}`);
    const betas = (headerIn(request, "anthropic-beta") ?? "").split(",").map((beta) => beta.trim());
    const world = { state: this.state, settings: this.#settings, betas };
    if (request.host === undefined && `${method} ${url.pathname}` === CONSOLE) return makeInConsole(world, body);
    const key = headerIn(request, "x-api-key") ?? bearerIn(request);
    if (key === undefined) throw new Refusal(401, "x-api-key header is required");
    if (headerIn(request, "anthropic-version") === undefined) {
      throw new Refusal(400, "anthropic-version: header is required");
    }
    const admin = routed([...ADMIN_ROUTES, ...WORKSPACE_ROUTES], method, url.pathname);
    if (admin !== undefined) {
      if (key !== this.adminKey || this.#settings.adminKeyValid === false) throw new Refusal(401, "invalid x-api-key");
      this.#throttle();
      return admin.route.handle(world, { ids: admin.ids, query: url.searchParams, body });
    }
    const data = routed(DATA_ROUTES, method, url.pathname);
    if (data === undefined) throw new Refusal(404, "Not found");
    const caller = this.state.keyOf(key);
    if (caller === undefined) throw new Refusal(401, "invalid x-api-key");
    if (this.#settings.onHold) throw new Refusal(403, "This organization has been disabled.");
    return data.route.handle({ ...world, key: caller }, { ids: data.ids, query: url.searchParams, body });
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) {
      throw new Refusal(429, "This request would exceed your organization's rate limit.", { "retry-after": "20" });
    }
    this.#calls.push(now);
  }
}

function headerIn({ headers }: SimulatorRequest, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
