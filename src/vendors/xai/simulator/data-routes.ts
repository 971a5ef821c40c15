import { type ChatDialect, chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { responseAnswer, responseSchema } from "../../../sandbox/vendors/responses-api";
import { type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { MODELS, type StoredKey, type XAiState } from "./state";

/** What a call of a model takes here. */
const CALL_TOKENS = 20;
const MINUTE_MILLIS = 60_000;
const DIALECT: ChatDialect = {
  usage: "own event",
  message: { refusal: null },
  more: { system_fingerprint: "fp_sandbox" },
  moreUsage: {
    prompt_tokens_details: { text_tokens: 10, audio_tokens: 0, image_tokens: 0, cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    num_sources_used: 0,
  },
};
const MODELS_MADE = 1_783_468_800;

const TEXT = "Hello.";
const ID = "00000000-0000-4000-8000-000000000000";

export interface DataState {
  readonly state: XAiState;
  readonly key: StoredKey;
}

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

export const DATA: ReadonlyArray<ApiRoute<DataState>> = [
  // Answered to disabled and blocked keys as well: it says so of them.
  { endpoint: "GET /v1/api-key", handle: ({ state, key }) => ok(state.shownToItself(key)) },
  {
    endpoint: "GET /v1/models",
    handle({ state, key }) {
      checkOpen(state, key, "endpoint", "models");
      const open = MODELS.filter((model) => opens(key, "model", model));
      const data = open.map((id) => ({ id, created: MODELS_MADE, object: "model", owned_by: "xai" }));
      return ok({ data, object: "list" });
    },
  },
  {
    endpoint: "POST /v1/chat/completions",
    handle({ state, key }, { body }) {
      checkOpen(state, key, "endpoint", "chat");
      const request = readJson(chatSchema, body);
      const { model } = request;
      checkModel(state, key, model);
      use(state, key);
      const [promptTokens, completionTokens] = [CALL_TOKENS / 2, CALL_TOKENS / 2];
      const made = { id: ID, created: state.seconds, model, text: TEXT, promptTokens, completionTokens };
      return chatAnswer(request, made, DIALECT);
    },
  },
  {
    endpoint: "POST /v1/responses",
    handle({ state, key }, { body }) {
      checkOpen(state, key, "endpoint", "chat");
      const request = readJson(responseSchema, body);
      const { model } = request;
      checkModel(state, key, model);
      use(state, key);
      const tokens = { inputTokens: CALL_TOKENS / 2, outputTokens: CALL_TOKENS / 2 };
      const made = { id: ID, messageId: `msg_${ID}`, created: state.seconds, model, text: TEXT, ...tokens };
      return responseAnswer(request, { ...made, store: request.store ?? true });
    },
  },
];

function checkModel(state: XAiState, key: StoredKey, model: string): void {
  checkOpen(state, key, "model", model);
  if (!MODELS.includes(model)) throw new Refusal(404, `The model ${model} does not exist`);
}

function checkOpen(state: XAiState, key: StoredKey, kind: "model" | "endpoint", item: string): void {
  if (state.teamBlocked || key.blocked || key.disabled) throw new Refusal(403, "The API key or its team is blocked");
  if (!opens(key, kind, item)) throw new Refusal(403, `The API key may not use the ${kind} ${item}`);
}

function opens({ acls }: StoredKey, kind: string, item: string): boolean {
  const start = `api-key:${kind}:`;
  return acls.some((acl) => {
    if (!acl.startsWith(start)) return false;
    const pattern = acl.slice(start.length).split("*").map(escaped).join(".*");
    return new RegExp(`^${pattern}$`).test(item);
  });
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * Tokens of a call are known when it is over: the limit of tokens stops the calls after the one
 * that exceeded it.
 */
function use({ clock }: XAiState, key: StoredKey): void {
  const now = clock.now();
  key.uses = key.uses.filter(({ atMillis }) => atMillis > now - MINUTE_MILLIS);
  const lastSecond = key.uses.filter(({ atMillis }) => atMillis > now - 1_000).length;
  const tokens = key.uses.reduce((sum, each) => sum + each.tokens, 0);
  const exceeded =
    (key.qps !== null && lastSecond >= key.qps) ||
    (key.qpm !== null && key.uses.length >= key.qpm) ||
    (key.tpm !== null && tokens > key.tpm);
  if (exceeded) throw new Refusal(429, "Too many requests for this API key");
  key.uses = [...key.uses, { atMillis: now, tokens: CALL_TOKENS }];
}
