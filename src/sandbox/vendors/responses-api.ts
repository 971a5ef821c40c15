import * as v from "valibot";
import type { SimulatorResponse } from "./simulator";
import { eventStream, piecesOf, sse } from "./sse";

/**
 * `POST /responses`, which OpenAI defined and xAI answers too: whole, or as a stream of typed
 * events.
 */

export const responseSchema = v.looseObject({
  model: v.pipe(v.string(), v.minLength(1)),
  input: v.union([v.string(), v.array(v.looseObject({}))]),
  store: v.nullish(v.boolean()),
  stream: v.nullish(v.boolean()),
});

export interface ModelResponse {
  readonly id: string;
  readonly messageId: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly store: boolean;
}

export function responseBody(response: ModelResponse): object {
  return shown(response, "completed");
}

export function responseAnswer(request: { readonly stream?: boolean | null | undefined }, response: ModelResponse) {
  return request.stream ? streamed(response) : { status: 200, body: responseBody(response) };
}

function streamed(response: ModelResponse): SimulatorResponse {
  const { messageId, text } = response;
  const at = { item_id: messageId, output_index: 0, content_index: 0 };
  const part = (shownText: string) => ({ type: "output_text", text: shownText, annotations: [], logprobs: [] });
  const item = (status: string, content: readonly object[]) => ({
    id: messageId,
    type: "message",
    status,
    role: "assistant",
    content,
  });
  const events: Array<{ readonly type: string; readonly [member: string]: unknown }> = [
    { type: "response.created", response: shown(response, "in_progress") },
    { type: "response.in_progress", response: shown(response, "in_progress") },
    { type: "response.output_item.added", output_index: 0, item: item("in_progress", []) },
    { type: "response.content_part.added", ...at, part: part("") },
    ...piecesOf(text).map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [] })),
    { type: "response.output_text.done", ...at, text, logprobs: [] },
    { type: "response.content_part.done", ...at, part: part(text) },
    { type: "response.output_item.done", output_index: 0, item: item("completed", [part(text)]) },
    { type: "response.completed", response: shown(response, "completed") },
  ];
  return eventStream(
    events.map(({ type, ...event }, sequence_number) => sse({ type, sequence_number, ...event }, type)),
  );
}

function shown(response: ModelResponse, status: "in_progress" | "completed"): object {
  const { id, messageId, created, model, text, inputTokens, outputTokens, store } = response;
  const isDone = status === "completed";
  const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return {
    id,
    object: "response",
    created_at: created,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model,
    output: isDone ? [{ type: "message", id: messageId, status, role: "assistant", content }] : [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: isDone
      ? {
          input_tokens: inputTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: inputTokens + outputTokens,
        }
      : null,
    user: null,
    metadata: {},
  };
}
