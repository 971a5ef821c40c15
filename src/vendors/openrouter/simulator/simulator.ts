import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { type ChatDialect, chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { type ApiCall, type ApiRoute, bearerIn, Refusal, readJson, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { tokensOf } from "../../../sandbox/vendors/usage";
import { openRouterDescriptor } from "../descriptor";
import { OpenRouterState, type StoredGuardrail, type StoredKey } from "./state";

const BASE_PATH = "/api/v1";
const PAGE = 100;
/** What a call of the smallest model costs here, in US dollars. */
const CALL_USD = 0.01;

const reset = v.nullish(v.picklist(["daily", "weekly", "monthly"]));
const limit = v.nullish(v.pipe(v.number(), v.minValue(0)));
/** UTC alone is taken. */
const moment = v.nullish(v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)));
const models = v.nullish(v.pipe(v.array(v.string()), v.minLength(1)));
const name = v.pipe(v.string(), v.minLength(1));
const createKeySchema = v.object({
  name,
  limit,
  limit_reset: reset,
  expires_at: moment,
  workspace_id: v.optional(v.string()),
});
const patchKeySchema = v.object({
  name: v.optional(name),
  disabled: v.optional(v.boolean()),
  limit,
  limit_reset: reset,
});
const createGuardrailSchema = v.object({ name, allowed_models: models, workspace_id: v.optional(v.string()) });
const patchGuardrailSchema = v.object({ name: v.optional(name), allowed_models: models });
const assignSchema = v.object({ key_hashes: v.pipe(v.array(v.string()), v.minLength(1)) });
const TEXT = "Hello.";
const MODEL = {
  id: "openai/gpt-5.2",
  canonical_slug: "openai/gpt-5.2-20251211",
  hugging_face_id: "",
  name: "OpenAI: GPT-5.2",
  created: 1_765_389_775,
  description: "",
  context_length: 400_000,
  architecture: {
    modality: "text->text",
    input_modalities: ["text"],
    output_modalities: ["text"],
    tokenizer: "GPT",
    instruct_type: null,
  },
  pricing: { prompt: "0.00000175", completion: "0.000014" },
  top_provider: { context_length: 400_000, max_completion_tokens: 128_000, is_moderated: true },
  per_request_limits: null,
  supported_parameters: ["max_tokens", "response_format", "tools"],
  supported_voices: null,
  default_parameters: null,
  links: { details: "/api/v1/models/openai/gpt-5.2-20251211/endpoints" },
};
/**
 * A stream says that work is under way before it says anything else, and what was used in an event
 * of its own.
 */
const DIALECT: ChatDialect = {
  usage: "own event",
  more: { provider: "OpenAI", system_fingerprint: "fp_sandbox" },
  message: { refusal: null, reasoning: null },
  moreUsage: { cost: CALL_USD, is_byok: false, cost_details: null, server_tool_use_details: null },
  before: [": OPENROUTER PROCESSING\n\n"],
};
const settingsSchema = v.strictObject({
  /** False: the management key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * Management calls of all kinds in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});
type Settings = v.InferOutput<typeof settingsSchema>;

const ok = (body: unknown, status = 200): SimulatorResponse => ({ status, body });

const MANAGEMENT: ReadonlyArray<ApiRoute<OpenRouterState>> = [
  {
    endpoint: "GET /workspaces",
    handle: ({ workspaceIds }, { query }) =>
      ok({ data: page(workspaceIds, query).map(shownWorkspace), total_count: workspaceIds.length }),
  },
  {
    endpoint: "GET /workspaces/{id}",
    handle: (state, call) => ok({ data: shownWorkspace(workspaceIn(state, call)) }),
  },
  {
    endpoint: "DELETE /workspaces/{id}",
    handle(state, call) {
      const workspace = workspaceIn(state, call);
      if (workspace === state.defaultWorkspaceId) throw new Refusal(403, "The default workspace cannot be deleted");
      if ([...state.keys.values()].some(({ workspaceId, disabled }) => workspaceId === workspace && !disabled)) {
        throw new Refusal(400, "Workspaces with active API keys cannot be deleted");
      }
      state.deleteWorkspace(workspace);
      return ok({ deleted: true });
    },
  },
  {
    endpoint: "POST /keys",
    handle(state, { body }) {
      const given = readJson(createKeySchema, body);
      const expiresAt = given.expires_at == null ? null : Math.floor(Date.parse(given.expires_at) / 1_000);
      if (expiresAt !== null && expiresAt <= state.seconds) throw new Refusal(400, "expires_at must be in the future");
      const key = state.addKey({
        name: given.name,
        limit: given.limit ?? null,
        limitReset: given.limit_reset ?? null,
        expiresAt,
        workspaceId: given.workspace_id ?? state.defaultWorkspaceId,
      });
      return ok({ key: key.value, data: state.shownKey(key) }, 201);
    },
  },
  {
    endpoint: "GET /keys",
    handle(state, { query }) {
      const workspace = query.get("workspace_id") ?? state.defaultWorkspaceId;
      const disabled = query.get("include_disabled") === "true";
      const all = [...state.keys.values()].filter((k) => k.workspaceId === workspace && (disabled || !k.disabled));
      return ok({ data: page(all, query).map((key) => state.shownKey(key)) });
    },
  },
  { endpoint: "GET /keys/{hash}", handle: (state, call) => ok({ data: state.shownKey(keyIn(state, call)) }) },
  {
    endpoint: "PATCH /keys/{hash}",
    handle(state, call) {
      const key = keyIn(state, call);
      const given = readJson(patchKeySchema, call.body);
      if (given.name !== undefined) key.name = given.name;
      if (given.disabled !== undefined) key.disabled = given.disabled;
      if (given.limit !== undefined) key.limit = given.limit;
      if (given.limit_reset !== undefined) key.limitReset = given.limit_reset;
      key.updatedAt = state.seconds;
      return ok({ data: state.shownKey(key) });
    },
  },
  {
    endpoint: "DELETE /keys/{hash}",
    handle(state, call) {
      const { hash } = keyIn(state, call);
      state.keys.delete(hash);
      state.assignments.delete(hash);
      return ok({ deleted: true });
    },
  },
  {
    endpoint: "POST /guardrails",
    handle(state, { body }) {
      const given = readJson(createGuardrailSchema, body);
      const workspace = given.workspace_id ?? state.defaultWorkspaceId;
      return ok(
        { data: state.shownGuardrail(state.addGuardrail(given.name, given.allowed_models ?? null, workspace)) },
        201,
      );
    },
  },
  {
    endpoint: "GET /guardrails",
    handle(state, { query }) {
      const all = [...state.guardrails.values()];
      return ok({
        data: page(all, query).map((guardrail) => state.shownGuardrail(guardrail)),
        total_count: all.length,
      });
    },
  },
  {
    endpoint: "PATCH /guardrails/{id}",
    handle(state, call) {
      const guardrail = guardrailIn(state, call);
      const given = readJson(patchGuardrailSchema, call.body);
      if (given.name !== undefined) guardrail.name = given.name;
      if (given.allowed_models !== undefined) guardrail.allowedModels = given.allowed_models;
      return ok({ data: state.shownGuardrail(guardrail) });
    },
  },
  {
    endpoint: "DELETE /guardrails/{id}",
    handle(state, call) {
      const { id } = guardrailIn(state, call);
      state.guardrails.delete(id);
      for (const [hash, assigned] of state.assignments) if (assigned === id) state.assignments.delete(hash);
      return ok({ deleted: true });
    },
  },
  {
    endpoint: "POST /guardrails/{id}/assignments/keys",
    handle(state, call) {
      const { id } = guardrailIn(state, call);
      const hashes = readJson(assignSchema, call.body).key_hashes.filter((hash) => state.keys.has(hash));
      // A key has one guardrail at most: the last one counts.
      for (const hash of hashes) state.assignments.set(hash, id);
      return ok({ assigned_count: hashes.length });
    },
  },
];

function page<Item>(all: readonly Item[], query: URLSearchParams): Item[] {
  const offset = Number(query.get("offset") ?? "0");
  return all.slice(offset, offset + Math.min(PAGE, Number(query.get("limit") ?? PAGE)));
}

function workspaceIn({ workspaceIds }: OpenRouterState, { ids }: ApiCall): string {
  const workspace = workspaceIds.find((id) => id === ids["id"]);
  if (workspace === undefined) throw new Refusal(404, "Resource not found");
  return workspace;
}

function shownWorkspace(id: string): object {
  return {
    id,
    name: id,
    slug: id,
    description: null,
    default_guardrail_id: id,
    default_text_model: null,
    default_image_model: null,
    default_provider_sort: null,
    is_data_discount_logging_enabled: true,
    is_observability_broadcast_enabled: false,
    is_observability_io_logging_enabled: false,
    io_logging_api_key_ids: null,
    io_logging_sampling_rate: 1,
    created_at: "2026-01-01T00:00:00Z",
    created_by: "user_1",
    updated_at: null,
  };
}

function keyIn(state: OpenRouterState, { ids }: ApiCall): StoredKey {
  const key = state.keys.get(ids["hash"] ?? "");
  if (key === undefined) throw new Refusal(404, "API key not found");
  return key;
}

function guardrailIn(state: OpenRouterState, { ids }: ApiCall): StoredGuardrail {
  const guardrail = state.guardrails.get(ids["id"] ?? "");
  if (guardrail === undefined) throw new Refusal(404, "Guardrail not found");
  return guardrail;
}

export interface OpenRouterSimulator extends VendorSimulator {
  readonly state: OpenRouterState;
}

/**
 * One account at OpenRouter, after its published OpenAPI document, with as much of the data API as
 * it takes to see limits, models, expiry and revocation at work: `GET /key`, `GET /models`,
 * `POST /chat/completions`. In memory; nothing leaves the process.
 */
export function createOpenRouterSimulator({ clock, seed }: { clock: Clock; seed?: string }): OpenRouterSimulator {
  return new Simulator(new OpenRouterState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements OpenRouterSimulator {
  readonly id = openRouterDescriptor.id;
  readonly hosts = ["openrouter.ai"];
  readonly basePath = BASE_PATH;
  readonly adminKey: string;
  readonly environment = {};
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: OpenRouterState) {
    this.adminKey = state.managementKey;
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      return { status, headers, body: { error: { code: status, message } } };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("OpenRouter", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const url = new URL(request.url, "https://openrouter.ai");
    const path = url.pathname.startsWith(`${BASE_PATH}/`) ? url.pathname.slice(BASE_PATH.length) : "";
    const bearer = bearerIn(request);
    if (bearer === undefined) throw new Refusal(401, "Missing Authentication header");
    const match = routed(MANAGEMENT, request.method, path);
    if (match === undefined) return this.#data(request, path, bearer);
    if (bearer !== this.adminKey || this.#settings.adminKeyValid === false) {
      const known = bearer === this.adminKey || this.state.keyOf(bearer) !== undefined;
      throw new Refusal(
        known ? 403 : 401,
        known ? "Only management keys can perform this operation" : "Invalid API key",
      );
    }
    this.#throttle();
    return match.route.handle(this.state, { ids: match.ids, query: url.searchParams, body: request.body });
  }

  #data({ method, body }: SimulatorRequest, path: string, bearer: string): SimulatorResponse {
    if (method === "GET" && path === "/key" && bearer === this.adminKey) {
      return ok({ data: this.state.shownToItself(undefined) });
    }
    const key = this.state.keyOf(bearer);
    if (key === undefined) throw new Refusal(401, "User not found.");
    if (method === "GET" && path === "/key") {
      return ok({ data: this.state.shownToItself(key) });
    }
    if (method === "GET" && path === "/models") return ok({ data: [MODEL], links: { next: null }, total_count: 1 });
    if (method !== "POST" || path !== "/chat/completions") throw new Refusal(404, "Not Found");
    const request = readJson(chatSchema, body);
    const { model, messages } = request;
    const allowed = this.state.guardrails.get(this.state.assignments.get(key.hash) ?? "")?.allowedModels;
    if (allowed != null && !allowed.includes(model)) {
      throw new Refusal(404, "No endpoints available matching your guardrail restrictions");
    }
    if (key.limit !== null && key.usage + CALL_USD > key.limit)
      throw new Refusal(402, "This key has reached its limit");
    key.usage += CALL_USD;
    const tokens = { promptTokens: tokensOf(JSON.stringify(messages)), completionTokens: tokensOf(TEXT) };
    const made = { id: "gen-1", created: this.state.seconds, model, text: TEXT, ...tokens };
    return chatAnswer(request, made, DIALECT);
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) throw new Refusal(429, "Rate limit exceeded", { "retry-after": "30" });
    this.#calls.push(now);
  }
}
