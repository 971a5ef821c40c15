import * as v from "valibot";
import { EVENT_STREAM, jsonEvent } from "../../../sandbox/aws/event-stream";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { piecesOf } from "../../../sandbox/vendors/sse";

/** What models answer: through Converse all alike, through Invoke each family in its own words. */

const TEXT = "Hello.";
const USED = { input: 1, output: 2 };
const METRICS = {
  inputTokenCount: USED.input,
  outputTokenCount: USED.output,
  invocationLatency: 1,
  firstByteLatency: 1,
};

const conversation = v.array(v.looseObject({ role: v.string() }));
const converseSchema = v.looseObject({ messages: conversation });

interface Family {
  readonly name: RegExp;
  readonly request: v.GenericSchema<unknown, unknown>;
  readonly answer: object;
  readonly stream: readonly object[];
}

const claudeMessage = {
  id: "msg_bdrk_01",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: TEXT }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: USED.input, output_tokens: USED.output },
};

const FAMILIES: readonly Family[] = [
  {
    name: /anthropic\./,
    request: v.looseObject({
      anthropic_version: v.literal("bedrock-2023-05-31"),
      max_tokens: v.pipe(v.number(), v.integer(), v.minValue(1)),
      messages: conversation,
    }),
    answer: claudeMessage,
    stream: [
      { type: "message_start", message: { ...claudeMessage, content: [], stop_reason: null } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...piecesOf(TEXT).map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: USED.output },
      },
      { type: "message_stop", "amazon-bedrock-invocationMetrics": METRICS },
    ],
  },
  {
    name: /amazon\.nova/,
    request: converseSchema,
    answer: conversed(),
    stream: converseEvents().map(([type, event]) => ({ [type]: event })),
  },
  {
    name: /meta\.llama/,
    request: v.looseObject({ prompt: v.pipe(v.string(), v.minLength(1)) }),
    answer: {
      generation: TEXT,
      prompt_token_count: USED.input,
      generation_token_count: USED.output,
      stop_reason: "stop",
    },
    stream: [
      ...piecesOf(TEXT).map((generation) => ({ generation, stop_reason: null })),
      { generation: "", stop_reason: "stop", "amazon-bedrock-invocationMetrics": METRICS },
    ],
  },
  {
    name: /mistral\./,
    request: v.looseObject({ prompt: v.pipe(v.string(), v.minLength(1)) }),
    answer: { outputs: [{ text: TEXT, stop_reason: "stop" }] },
    stream: [
      ...piecesOf(TEXT).map((text) => ({ outputs: [{ text, stop_reason: null }] })),
      { outputs: [{ text: "", stop_reason: "stop" }], "amazon-bedrock-invocationMetrics": METRICS },
    ],
  },
];

export const OPERATIONS = ["converse", "converse-stream", "invoke", "invoke-with-response-stream"] as const;
export type Operation = (typeof OPERATIONS)[number];

export function isStream(operation: Operation): boolean {
  return operation === "converse-stream" || operation === "invoke-with-response-stream";
}

/**
 * In the model's words where it is invoked, in Bedrock's where it converses; undefined where
 * nothing is wrong.
 */
export function whyMalformed(operation: Operation, model: string, input: unknown): string | undefined {
  if (operation === "invoke" || operation === "invoke-with-response-stream") {
    return v.is(familyOf(model).request, input)
      ? undefined
      : "Malformed input request, please reformat your input and try again.";
  }
  const parsed = v.safeParse(converseSchema, input);
  if (parsed.success && parsed.output.messages[0]?.role === "user") return undefined;
  return "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
}

export function answerOf(operation: Operation, model: string): SimulatorResponse {
  switch (operation) {
    case "converse":
      return { status: 200, body: conversed() };
    case "converse-stream":
      return streamOf(converseEvents().map(([type, event]) => jsonEvent(type, { ...event, p: "abcd" })));
    case "invoke": {
      const headers = {
        "x-amzn-bedrock-invocation-latency": String(METRICS.invocationLatency),
        "x-amzn-bedrock-input-token-count": String(USED.input),
        "x-amzn-bedrock-output-token-count": String(USED.output),
      };
      return { status: 200, headers, body: familyOf(model).answer };
    }
    case "invoke-with-response-stream":
      return streamOf(
        familyOf(model).stream.map((part) =>
          jsonEvent("chunk", { bytes: Buffer.from(JSON.stringify(part)).toString("base64"), p: "abcd" }),
        ),
        { "x-amzn-bedrock-content-type": "application/json" },
      );
  }
}

function familyOf(model: string): Family {
  const found = FAMILIES.find(({ name }) => name.test(model));
  if (found === undefined) throw new Error(`Bedrock simulator: no family of models has ${model}`);
  return found;
}

function streamOf(events: readonly Buffer[], headers: Readonly<Record<string, string>> = {}): SimulatorResponse {
  return { status: 200, headers: { "content-type": EVENT_STREAM, ...headers }, body: undefined, events };
}

function usage() {
  return { inputTokens: USED.input, outputTokens: USED.output, totalTokens: USED.input + USED.output };
}

function conversed() {
  return {
    output: { message: { role: "assistant", content: [{ text: TEXT }] } },
    stopReason: "end_turn",
    usage: usage(),
    metrics: { latencyMs: METRICS.invocationLatency },
  };
}

function converseEvents(): Array<[type: string, event: object]> {
  return [
    ["messageStart", { role: "assistant" }],
    ...piecesOf(TEXT).map((text): [string, object] => ["contentBlockDelta", { delta: { text }, contentBlockIndex: 0 }]),
    ["contentBlockStop", { contentBlockIndex: 0 }],
    ["messageStop", { stopReason: "end_turn" }],
    ["metadata", { usage: usage(), metrics: { latencyMs: METRICS.invocationLatency } }],
  ];
}
