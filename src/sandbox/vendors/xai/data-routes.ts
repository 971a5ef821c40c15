import * as v from "valibot";
import type { SimulatorResponse } from "../../simulator";
import { type ApiRoute, Refusal, readJson } from "../router";
import { MODELS, type StoredKey, type XAiState } from "./state";

/** What a call of a model takes here. */
const CALL_TOKENS = 20;
const MINUTE_MILLIS = 60_000;
const MODELS_MADE = 1_783_468_800;

const chatSchema = v.looseObject({
  model: v.string(),
  messages: v.pipe(v.array(v.looseObject({ role: v.string() })), v.minLength(1)),
});

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
      const { model } = readJson(chatSchema, body);
      checkOpen(state, key, "model", model);
      if (!MODELS.includes(model)) throw new Refusal(404, `The model ${model} does not exist`);
      use(state, key);
      return ok({
        id: "00000000-0000-4000-8000-000000000000",
        object: "chat.completion",
        created: state.seconds,
        model,
        choices: [
          { index: 0, message: { role: "assistant", content: "Hello.", refusal: null }, finish_reason: "stop" },
        ],
        usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: CALL_TOKENS },
      });
    },
  },
];

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

/** Tokens of a call are known when it is over: the limit of tokens stops the calls after the one that exceeded it. */
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
