import * as v from "valibot";
import { chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { contains } from "../../../sandbox/vendors/networks";
import { type ApiRoute, readJson } from "../../../sandbox/vendors/router";
import { eventStream, piecesOf, sse } from "../../../sandbox/vendors/sse";
import type { Account } from "./admin-routes";
import { CloudflareRefusal, ok } from "./envelope";
import type { CloudflareState, StoredToken } from "./state";

export interface DataRoute extends ApiRoute<Account> {
  /** Permission groups of which one is needed, by their names. */
  readonly openedBy: readonly string[];
}

const MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
const promptSchema = v.pipe(
  v.looseObject({
    prompt: v.optional(v.pipe(v.string(), v.minLength(1))),
    messages: v.optional(v.pipe(v.array(v.unknown()), v.minLength(1))),
    stream: v.nullish(v.boolean()),
  }),
  v.check((given) => given.prompt !== undefined || given.messages !== undefined),
);

const page = (items: readonly object[], query: URLSearchParams) => (Number(query.get("page") ?? 1) > 1 ? [] : items);

export const DATA_ROUTES: readonly DataRoute[] = [
  {
    endpoint: "GET /accounts/{account}/ai/models/search",
    openedBy: ["Workers AI Read", "Workers AI Write"],
    handle: (_, { query }) => ok(page([{ id: "429b9e8b-d99e-44de-91ad-706cf8183658", name: MODEL }], query)),
  },
  // Clients write a model's name with its slashes, or encoded.
  runRoute("{vendor}/{author}/{model}"),
  runRoute("{model}"),
  {
    // As OpenAI answers it: without the envelope.
    endpoint: "POST /accounts/{account}/ai/v1/chat/completions",
    openedBy: ["Workers AI Read", "Workers AI Write"],
    handle({ state }, { body }) {
      const request = readJson(chatSchema, body);
      const tokens = { promptTokens: 2, completionTokens: 2 };
      const made = { id: "chatcmpl-1", created: state.seconds, model: request.model, text: "Hello.", ...tokens };
      return chatAnswer(request, made, { usage: "own event" });
    },
  },
  {
    endpoint: "GET /accounts/{account}/ai-gateway/gateways",
    openedBy: ["AI Gateway Read", "AI Gateway Write"],
    handle: ({ state }, { query }) =>
      ok(page([{ id: "default", created_at: new Date(state.clock.now()).toISOString() }], query)),
  },
];

function runRoute(model: string): DataRoute {
  return {
    endpoint: `POST /accounts/{account}/ai/run/${model}`,
    openedBy: ["Workers AI Read", "Workers AI Write"],
    handle(_, { body }) {
      const usage = { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 };
      if (!readJson(promptSchema, body).stream) return ok({ response: "Hello.", usage });
      return eventStream([
        ...piecesOf("Hello.").map((response) => sse({ response, p: "ab" })),
        sse({ response: "", usage }),
        sse("[DONE]"),
      ]);
    },
  };
}

/** Throws where the token may not make the call. */
export function checkAllowed({ state }: Account, token: StoredToken, openedBy: readonly string[]): void {
  const account = `com.cloudflare.api.account.${state.accountId}`;
  const groupsWith = (effect: "allow" | "deny") =>
    token.policies
      .filter((policy) => policy.effect === effect && policy.resources[account] === "*")
      .flatMap(({ permission_groups }) => permission_groups.map(({ id }) => id));
  const needed = state.groups.filter(({ name }) => openedBy.includes(name)).map(({ id }) => id);
  const denied = groupsWith("deny");
  const isOpen = groupsWith("allow").some((id) => needed.includes(id) && !denied.includes(id));
  if (!isOpen) throw new CloudflareRefusal(403, 10_000, "Authentication error");
}

/** Throws where the token is used from an address that is not one of its own. */
export function checkAddress({ condition }: StoredToken, address: string): void {
  const { in: allowed, not_in: denied } = condition?.request_ip ?? {};
  const isInside = allowed === undefined || contains(allowed, address);
  if (isInside && !(denied !== undefined && contains(denied, address))) return;
  throw new CloudflareRefusal(403, 9_109, `Cannot use the access token from location: ${address}`);
}

/** Throws where the token is not good now. */
export function checkActive(state: CloudflareState, token: StoredToken): void {
  const isEarly = token.notBefore !== undefined && token.notBefore > state.seconds;
  if (isEarly || state.statusOf(token) !== "active") throw new CloudflareRefusal(401, 10_000, "Authentication error");
}
