import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { CallsPerMinute } from "../../../sandbox/vendors/calls-per-minute";
import { type ChatDialect, chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { mistralDescriptor } from "../descriptor";
import { ADMIN_ROUTES, InvalidRequest, json, read } from "./admin-routes";
import { MistralState } from "./state";

const BASE_PATH = "/v1";
const MODEL = "mistral-small-latest";

const DIALECT: ChatDialect = { usage: "last choice", message: { tool_calls: null, prefix: false } };
const settingsSchema = v.strictObject({
  /** False: the Admin API key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * Admin calls of all kinds in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** True: somebody has archived the workspace. */
  workspaceArchived: v.optional(v.literal(true)),
  dies: v.optional(v.picklist(["at_begin_of_date", "at_end_of_date"])),
  maxValidityDays: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});

export interface MistralSimulator extends VendorSimulator {
  readonly state: MistralState;
}

/**
 * One organisation at Mistral, after its published OpenAPI document, with as much of the data API
 * as it takes to see expiry and revocation at work: `GET /models`, `POST /chat/completions`. In
 * memory; nothing leaves the process.
 */
export function createMistralSimulator({ clock, seed }: { clock: Clock; seed?: string }): MistralSimulator {
  return new Simulator(new MistralState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements MistralSimulator {
  readonly id = mistralDescriptor.id;
  readonly hosts = ["api.mistral.ai"];
  readonly basePath = BASE_PATH;
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #calls = new CallsPerMinute();
  #adminKeyValid = true;
  #callsPerMinute: number | null = null;

  constructor(readonly state: MistralState) {
    this.adminKey = state.adminKey;
    this.environment = { MISTRAL_WORKSPACE_ID: state.workspaceId, MISTRAL_USER_ID: state.userId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const detail =
        error instanceof InvalidRequest ? [{ type: "value_error", loc: error.location, msg: message }] : message;
      return { status, headers, body: { detail } };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Mistral", settingsSchema, settings);
    const { adminKeyValid, callsPerMinute, dies, maxValidityDays, workspaceArchived } = parsed;
    if (workspaceArchived) this.state.archive();
    this.#adminKeyValid = adminKeyValid ?? this.#adminKeyValid;
    if (callsPerMinute !== undefined) this.#callsPerMinute = callsPerMinute;
    if (dies !== undefined) this.state.dies = dies;
    if (maxValidityDays !== undefined) this.state.maxValidityDays = maxValidityDays;
    this.#calls.reset();
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const url = new URL(request.url, "https://api.mistral.ai");
    const path = url.pathname.startsWith(`${BASE_PATH}/`) ? url.pathname.slice(BASE_PATH.length) : "";
    const bearer = bearerIn(request);
    if (bearer === undefined) throw new Refusal(401, "Unauthorized");
    const match = routed(ADMIN_ROUTES, request.method, path);
    if (match === undefined) return this.#data(request, path, bearer);
    if (bearer !== this.adminKey || !this.#adminKeyValid) {
      if (this.state.keyOf(bearer) !== undefined) throw new Refusal(403, "An admin-scoped API key is required");
      throw new Refusal(401, "Unauthorized");
    }
    this.#calls.take(this.state.clock.now(), this.#callsPerMinute, "Requests rate limit exceeded");
    return match.route.handle(this.state, { ids: match.ids, query: url.searchParams, body: request.body });
  }

  #data({ method, body }: SimulatorRequest, path: string, bearer: string): SimulatorResponse {
    const key = this.state.keyOf(bearer);
    if (key === undefined) throw new Refusal(401, "Unauthorized");
    this.state.use(key);
    const created = this.state.seconds;
    if (method === "GET" && path === "/models") {
      const capabilities = { completion_chat: true };
      return ok({
        object: "list",
        data: [{ id: MODEL, object: "model", created, owned_by: "mistralai", capabilities, type: "base" }],
      });
    }
    if (method !== "POST" || path !== "/chat/completions") throw new Refusal(404, "Not Found");
    const request = read(chatSchema, json(body), "body");
    const made = { id: "cmpl-1", created, model: request.model, text: "Hello.", promptTokens: 1, completionTokens: 2 };
    return chatAnswer(request, made, DIALECT);
  }
}

function ok(body: unknown): SimulatorResponse {
  return { status: 200, body };
}
