import * as v from "valibot";
import { defined } from "../../../model/defined";
import { type ConsoleCall, ConsoleSimulator } from "../../../sandbox/vendors/console-simulator";
import { readJson } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { eventStream, piecesOf, sse } from "../../../sandbox/vendors/sse";
import { tokensOf } from "../../../sandbox/vendors/usage";
import { cohereDescriptor } from "../descriptor";

const TEXT = "Hello.";
const ID = "c14c80c3-18eb-4519-9460-6c92edd8cfb4";
const MODEL = {
  name: "command-a-03-2025",
  is_deprecated: false,
  endpoints: ["chat"],
  finetuned: false,
  context_length: 288_000,
  tokenizer_url: "https://storage.googleapis.com/cohere-public/tokenizers/command-a-03-2025.json",
  default_endpoints: [],
  features: ["tools"],
};

const chatSchema = v.looseObject({
  model: v.string(),
  messages: v.pipe(v.array(v.looseObject({ role: v.string() })), v.minLength(1)),
  stream: v.nullish(v.boolean()),
});

/**
 * One account at Cohere, with the calls that a key is tried with; keys are made at
 * `POST /console/api_keys`, see `ConsoleSimulator`.
 */
export function createCohereSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...defined({ seed }),
    id: cohereDescriptor.id,
    hosts: ["api.cohere.com", "api.cohere.ai"],
    basePath: "/v1",
    valuePrefix: "",
    calls: {
      "GET /v1/models": () => ({ status: 200, body: { models: [MODEL] } }),
      "POST /v2/chat": chat,
    },
    unknownKey: "invalid api token",
    errorBody: (message) => ({ message }),
  });
}

function chat({ body }: ConsoleCall): SimulatorResponse {
  const { messages, stream } = readJson(chatSchema, body);
  const tokens = { input_tokens: tokensOf(JSON.stringify(messages)), output_tokens: tokensOf(TEXT) };
  const end = { finish_reason: "COMPLETE", usage: { billed_units: tokens, tokens } };
  if (!stream) {
    const message = { role: "assistant", content: [{ type: "text", text: TEXT }] };
    return { status: 200, body: { id: ID, ...end, message } };
  }
  const start = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  const content = (more: object) => ({ message: { content: more } });
  const events: ReadonlyArray<{ readonly type: string; readonly [member: string]: unknown }> = [
    { type: "message-start", id: ID, delta: { message: start } },
    { type: "content-start", index: 0, delta: content({ type: "text", text: "" }) },
    ...piecesOf(TEXT).map((text) => ({ type: "content-delta", index: 0, delta: content({ text }) })),
    { type: "content-end", index: 0 },
    { type: "message-end", delta: end },
  ];
  return eventStream(events.map((event) => sse(event, event.type)));
}
