import * as v from "valibot";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { eventStream, piecesOf, sse } from "../../../sandbox/vendors/sse";
import { tokensOf } from "../../../sandbox/vendors/usage";
import type { Settings } from "./settings";
import type { AnthropicState, StoredKey } from "./state";

export interface World {
  readonly state: AnthropicState;
  readonly settings: Settings;
  /** Header `anthropic-beta`. */
  readonly betas: readonly string[];
}

/** Of a call with a key. */
export interface KeyWorld extends World {
  readonly key: StoredKey;
}

/** An answer that says more than its type. */
export class DetailedRefusal extends Refusal {
  constructor(
    status: number,
    message: string,
    readonly code: string,
  ) {
    super(status, message);
  }
}

const LIMIT_MAX = 1_000;
const STATUSES = ["active", "inactive", "archived", "expired"] as const;
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(500));

const updateSchema = v.strictObject({
  name: v.nullish(name),
  status: v.nullish(v.picklist(["active", "inactive", "archived"])),
});
const consoleKeySchema = v.strictObject({
  name,
  workspaceId: v.optional(v.string()),
  expiresInSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});
const messageSchema = v.looseObject({
  model: v.string(),
  max_tokens: v.pipe(v.number(), v.integer(), v.minValue(1)),
  messages: v.pipe(v.array(v.unknown()), v.minLength(1)),
  stream: v.nullish(v.boolean()),
});
const TEXT = "Hello.";

const countSchema = v.looseObject({ messages: v.pipe(v.array(v.unknown()), v.minLength(1)) });

const MODELS = [
  { id: "claude-sonnet-5", display_name: "Claude Sonnet 5", created_at: "2026-06-02T00:00:00Z" },
  { id: "claude-haiku-3-5", display_name: "Claude Haiku 3.5", created_at: "2024-10-22T00:00:00Z" },
];

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<World>> = [
  {
    endpoint: "GET /v1/organizations/api_keys",
    handle({ state }, { query }) {
      const workspaceId = query.get("workspace_id");
      const status = query.get("status");
      if (status !== null && !STATUSES.some((known) => known === status)) throw new Refusal(400, "status: unknown");
      const all = [...state.keys.values()]
        .reverse()
        .filter((key) => workspaceId === null || key.workspaceId === workspaceId)
        .filter((key) => status === null || state.statusOf(key) === status);
      return ok(page(all, query, (key) => state.shown(key)));
    },
  },
  {
    endpoint: "GET /v1/organizations/api_keys/{id}",
    handle: ({ state }, call) => ok(state.shown(keyIn(state, call))),
  },
  {
    endpoint: "POST /v1/organizations/api_keys/{id}",
    handle({ state, settings }, call) {
      const key = keyIn(state, call);
      const given = readJson(updateSchema, call.body);
      if (state.statusOf(key) === "expired" || key.status === "archived") {
        throw new Refusal(400, `an API key that is ${state.statusOf(key)} cannot be changed`);
      }
      if (given.status === "active" && key.status !== "active") checkRoom(state, settings);
      if (given.name != null) key.name = given.name;
      if (given.status != null) key.status = given.status;
      return ok(state.shown(key));
    },
  },
];

/** What the Console does at a click; not Anthropic's API, and not there under its host. */
export function makeInConsole({ state, settings }: World, body: string): SimulatorResponse {
  const given = readJson(consoleKeySchema, body);
  if (given.workspaceId !== undefined && !state.workspaceIds.includes(given.workspaceId)) {
    throw new Refusal(404, "Workspace not found");
  }
  checkRoom(state, settings);
  const { id, value } = state.addKey(given);
  return ok({ id, value });
}

export const DATA_ROUTES: ReadonlyArray<ApiRoute<KeyWorld>> = [
  {
    endpoint: "GET /v1/models",
    handle: (_, { query }) => ok(page(MODELS, query, (model) => ({ type: "model", ...model }))),
  },
  {
    endpoint: "GET /v1/models/{id}",
    handle(_, { ids }) {
      const found = MODELS.find(({ id }) => id === ids["id"]);
      if (found === undefined) throw new Refusal(404, `model: ${ids["id"]}`);
      return ok({ type: "model", ...found });
    },
  },
  {
    endpoint: "POST /v1/messages/count_tokens",
    handle: (_, { body }) => ok({ input_tokens: tokensOf(JSON.stringify(readJson(countSchema, body).messages)) }),
  },
  {
    endpoint: "POST /v1/messages",
    handle({ state, key }, { body }) {
      const { model, messages, stream } = readJson(messageSchema, body);
      const usage = { input_tokens: tokensOf(JSON.stringify(messages)), output_tokens: tokensOf(TEXT) };
      const group = state.rateGroups.find(({ models }) => models?.includes(model) ?? false);
      state.workspaces.get(key.workspaceId)?.use(group, usage.input_tokens, usage.output_tokens, state.clock.now());
      const message = messageOf(model, usage);
      return stream ? streamed(message) : ok(message);
    },
  },
];

interface TokenUse {
  readonly input_tokens: number;
  readonly output_tokens: number;
}

function messageOf(model: string, usage: TokenUse) {
  return {
    id: "msg_01",
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: TEXT }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { ...usage, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, service_tier: "standard" },
  };
}

/** The output's tokens are told in the last event but one, the input's in the first. */
function streamed(message: ReturnType<typeof messageOf>): SimulatorResponse {
  const { usage, stop_reason, stop_sequence } = message;
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const events: ReadonlyArray<{ readonly type: string; readonly [member: string]: unknown }> = [
    { type: "message_start", message: start },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...piecesOf(TEXT).map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence },
      usage: { output_tokens: usage.output_tokens },
    },
    { type: "message_stop" },
  ];
  return eventStream(events.map((event) => sse(event, event.type)));
}

function checkRoom(state: AnthropicState, { activeKeysMax }: Settings): void {
  if (activeKeysMax == null || state.active < activeKeysMax) return;
  throw new DetailedRefusal(
    400,
    "The organization has reached its limit of active API keys.",
    "org_api_key_limit_exceeded",
  );
}

function keyIn(state: AnthropicState, { ids }: ApiCall): StoredKey {
  const key = state.keys.get(ids["id"] ?? "");
  if (key === undefined) throw new Refusal(404, "API key not found");
  return key;
}

function page<Item extends { readonly id: string }>(
  all: readonly Item[],
  query: URLSearchParams,
  shown: (item: Item) => object,
): object {
  const limit = Number(query.get("limit") ?? "20");
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new Refusal(400, `limit: must be from 1 to ${LIMIT_MAX}`);
  }
  const at = (cursor: string) => {
    const index = all.findIndex(({ id }) => id === query.get(cursor));
    if (query.has(cursor) && index < 0) throw new Refusal(400, `${cursor}: no such object`);
    return index;
  };
  const before = at("before_id");
  const start = query.has("before_id") ? Math.max(0, before - limit) : at("after_id") + 1;
  const end = query.has("before_id") ? before : start + limit;
  const data = all.slice(start, end);
  return {
    data: data.map(shown),
    has_more: query.has("before_id") ? start > 0 : end < all.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}
