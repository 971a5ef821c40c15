import { randomBytes } from "node:crypto";
import { CallsPerMinute } from "../../../sandbox/vendors/calls-per-minute";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { geminiDescriptor } from "../descriptor";
import { ADMIN_ROUTES } from "./admin-routes";
import { answerData, VERSIONS } from "./data-routes";
import { envelope, GoogleRefusal } from "./errors";
import { DEFAULTS, type Settings, settingsSchema } from "./settings";
import { GeminiState } from "./state";
import { answerToken } from "./token-route";

const ADMIN_PATH = "/v2";
const DATA_PATH = "/v1beta";

export interface GeminiSimulator extends VendorSimulator {
  readonly state: GeminiState;
}

/**
 * One Google project: the API Keys API after its published definition, the token endpoint, and as
 * much of the Gemini API as it takes to see restrictions at work (`GET /models`, `/files`,
 * `/cachedContents`, `POST /models/…:generateContent`, `:countTokens`). In memory; nothing leaves
 * the process.
 */
export function createGeminiSimulator({ clock, seed }: { clock: Clock; seed?: string }): GeminiSimulator {
  return new Simulator(new GeminiState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements GeminiSimulator {
  readonly id = geminiDescriptor.id;
  readonly hosts = ["apikeys.googleapis.com", "generativelanguage.googleapis.com", "oauth2.googleapis.com"];
  readonly basePath = DATA_PATH;
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = DEFAULTS;
  readonly #pace = new CallsPerMinute();

  constructor(readonly state: GeminiState) {
    this.adminKey = state.adminKey;
    this.environment = { GEMINI_PROJECT_ID: state.projectId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, headers: error.headers, body: envelope(error) };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Google Gemini", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#pace.reset();
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  /**
   * The paths of the three hosts have nothing in common, so a call without a host finds its way
   * too.
   */
  #answer(request: SimulatorRequest): SimulatorResponse {
    const { host, method, body } = request;
    const { pathname, searchParams } = new URL(request.url, "https://apikeys.googleapis.com");
    const isFor = (name: string) => host === undefined || host === name;
    if (isFor("oauth2.googleapis.com") && method === "POST" && pathname === "/token") {
      return answerToken(this.state, body, this.#settings.adminKeyValid);
    }
    if (isFor("apikeys.googleapis.com") && pathname.startsWith(`${ADMIN_PATH}/`)) {
      return this.#admin(request, pathname.slice(ADMIN_PATH.length), searchParams);
    }
    const version = VERSIONS.find((name) => pathname.startsWith(`/${name}/`));
    if (isFor("generativelanguage.googleapis.com") && version !== undefined) {
      const project = { state: this.state, settings: this.#settings };
      return answerData(project, request, version, pathname.slice(version.length + 1), searchParams);
    }
    throw new Refusal(404, "Not found.");
  }

  #admin(request: SimulatorRequest, path: string, query: URLSearchParams): SimulatorResponse {
    const match = routed(ADMIN_ROUTES, request.method, path);
    if (match === undefined) throw new Refusal(404, "Not found.");
    const token = bearerIn(request);
    if (token === undefined || !this.state.isToken(token) || !this.#settings.adminKeyValid) {
      throw new Refusal(401, "Request had invalid authentication credentials.");
    }
    const { route, ids } = match;
    const { permission } = ADMIN_ROUTES.find(({ endpoint }) => endpoint === route.endpoint) ?? {};
    if (permission !== undefined && this.#settings.missingPermissions.includes(permission)) {
      throw new GoogleRefusal(403, `Permission '${permission}' denied on resource.`, "IAM_PERMISSION_DENIED");
    }
    this.#pace.take(this.state.clock.now(), this.#settings.callsPerMinute, "Quota exceeded.");
    return route.handle({ state: this.state, settings: this.#settings }, { ids, query, body: request.body });
  }
}
