import * as v from "valibot";
import { MILLIS_PER_SECOND } from "../../../model/units";
import { chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { info } from "./admin-routes";
import { isoOrNull, type LiteLlmState, type StoredKey } from "./state";
import { readBody, refusal } from "./wire";

/** What the proxy serves. */
export const MODELS = ["gpt-5.2", "gpt-5.2-mini", "claude-sonnet-5", "text-embedding-4"] as const;
/** What each call here costs, in US dollars, and its tokens. */
const CALL_USD = 0.01;
const CALL_TOKENS = 100;

const callSchema = v.looseObject({ model: v.string() });
const streamSchema = v.pick(chatSchema, ["stream", "stream_options"]);

interface DataCall {
  readonly state: LiteLlmState;
  /** Undefined: the master key. */
  readonly key: StoredKey | undefined;
  readonly body: string;
}

export const DATA_ROUTES: Readonly<Record<string, (call: DataCall) => SimulatorResponse>> = {
  ...both("GET", "/models", ({ key }) => {
    const listed = key === undefined || key.models.length === 0 ? MODELS : key.models;
    const data = listed.map((id) => ({ id, object: "model", created: 1_677_610_602, owned_by: "openai" }));
    return { status: 200, body: { object: "list", data } };
  }),
  ...both("POST", "/chat/completions", (call) => {
    const model = spend(call);
    const tokens = { promptTokens: CALL_TOKENS - 1, completionTokens: 1 };
    const created = Math.floor(call.state.now / MILLIS_PER_SECOND);
    const made = { id: "chatcmpl-1", created, model, text: "Hello.", ...tokens };
    return chatAnswer(readBody(streamSchema, call.body), made);
  }),
  ...both("POST", "/embeddings", (call) => {
    const model = spend(call);
    const data = [{ object: "embedding", index: 0, embedding: [0] }];
    return { status: 200, body: { object: "list", model, data, usage: { total_tokens: CALL_TOKENS } } };
  }),
  /** A key's own record. */
  "GET /key/info": ({ state, key }) => info(state, key?.token ?? state.masterKey),
};

function both(method: string, path: string, handle: (call: DataCall) => SimulatorResponse) {
  return { [`${method} ${path}`]: handle, [`${method} /v1${path}`]: handle };
}

/** The key of a value, where it opens anything now. */
export function keyOf(state: LiteLlmState, value: string, token: string): StoredKey {
  const key = state.keys.get(token);
  if (key === undefined) {
    const message =
      `Authentication Error, Invalid proxy server token passed. Received API Key = sk-...${value.slice(-4)}, Key Hash (Token) =${token}. ` +
      "Unable to find token in cache or `LiteLLM_VerificationTokenTable`";
    throw refusal(401, "token_not_found_in_db", message, { param: "key" });
  }
  state.refresh(key);
  if (key.blocked) {
    throw refusal(
      401,
      "auth_error",
      "Authentication Error, Key is blocked. Update via `/key/unblock` if you're an admin.",
    );
  }
  if (key.expires !== null && key.expires <= state.now) {
    const times = `Key Expiry time ${isoOrNull(key.expires)} and current time ${isoOrNull(state.now)}`;
    // `param` is the whole value, as it is at the proxy.
    throw refusal(401, "expired_key", `Authentication Error - Expired Key. ${times}`, { param: value });
  }
  return key;
}

/** Models, budget, then rates. @returns the model */
function spend({ state, key, body }: DataCall): string {
  const { model } = readBody(callSchema, body);
  if (key !== undefined) {
    if (key.models.length > 0 && !key.models.includes(model)) {
      const may = `This key can only access models=[${key.models.map((id) => `'${id}'`).join(", ")}]`;
      const message = `key not allowed to access model. ${may}. Tried to access ${model}`;
      throw refusal(403, "key_model_access_denied", message, { param: "model" });
    }
    if (key.max_budget !== null && key.spend >= key.max_budget) {
      const message = `Budget has been exceeded! Current cost: ${key.spend}, Max budget: ${key.max_budget}`;
      throw refusal(429, "budget_exceeded", message, { param: null });
    }
    const tokens = key.calls.reduce((sum, call) => sum + call.tokens, 0);
    checkRate("requests", key.calls.length, key.rpm_limit);
    checkRate("tokens", tokens, key.tpm_limit);
    key.spend = Math.round((key.spend + CALL_USD) * 100) / 100;
    key.calls = [...key.calls, { at: state.now, tokens: CALL_TOKENS }];
    key.lastActive = state.now;
  }
  if (!MODELS.some((known) => known === model)) {
    throw refusal(
      400,
      "invalid_request_error",
      `Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`,
    );
  }
  return model;
}

function checkRate(what: string, used: number, limit: number | null): void {
  if (limit === null || used < limit) return;
  const message = `Rate limit exceeded for api_key. Limit type: ${what}. Current limit: ${limit}, Remaining: 0.`;
  throw refusal(429, "None", message, { param: "None", headers: { "retry-after": "60" } });
}
