import { chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorRequest, SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { MISSING_SCOPE } from "./admin-routes";
import type { PortkeyState, StoredKey } from "./state";

/** What a call costs here. */
const CALL = { tokens: 100, usd: 0.5 };

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

/**
 * Lists, with the scopes each of which opens it. Those of the gateway are closed to keys of the
 * organisation, whatever their scopes.
 */
const LISTS: Readonly<
  Record<string, { readonly openedBy: readonly string[]; readonly gateway?: true; readonly data: readonly object[] }>
> = {
  "/models": {
    openedBy: ["completions.write", "virtual_keys.list"],
    gateway: true,
    data: [{ id: "@openai-prod/gpt-5.2", object: "model", slug: "gpt-5.2" }],
  },
  "/configs": { openedBy: ["configs.list"], data: [] },
  "/prompts": { openedBy: ["prompts.list"], data: [] },
  "/guardrails": { openedBy: ["guardrails.list"], data: [] },
  "/integrations": { openedBy: ["workspace_integrations.list", "organisation_integrations.list"], data: [] },
};

export function answerData(
  state: PortkeyState,
  caller: StoredKey,
  path: string,
  { method, body }: SimulatorRequest,
): SimulatorResponse {
  const list = method === "GET" ? LISTS[path] : undefined;
  if (list !== undefined) {
    if (list.gateway) forWorkspaces(caller);
    if (!list.openedBy.some((scope) => caller.scopes.includes(scope))) throw new Refusal(403, MISSING_SCOPE);
    return ok({ object: "list", total: list.data.length, data: list.data });
  }
  if (method !== "POST" || path !== "/chat/completions") throw new Refusal(404, "Resource not found");
  forWorkspaces(caller);
  if (!caller.scopes.includes("completions.write")) throw new Refusal(403, MISSING_SCOPE);
  const request = readJson(chatSchema, body);
  if (state.isExhausted(caller)) throw new Refusal(412, "The budget of this API key is exhausted");
  const limit = state.exceeded(caller);
  if (limit !== undefined) throw new Refusal(429, `Rate limit of ${limit.value} ${limit.type} (${limit.unit}) reached`);
  state.count(caller, CALL);
  const tokens = { promptTokens: CALL.tokens - 10, completionTokens: 10 };
  const made = { id: "chatcmpl-1", created: state.seconds, model: request.model, text: "Hello.", ...tokens };
  return chatAnswer(request, made, { usage: "asked", more: { provider: "openai" } });
}

function forWorkspaces({ type }: StoredKey): void {
  if (type === "organisation-service") throw new Refusal(403, MISSING_SCOPE);
}
