import * as v from "valibot";
import type { SimulatorResponse } from "./simulator";
import { eventStream, piecesOf, sse } from "./sse";

/**
 * `POST /chat/completions`, which OpenAI defined and most others answer: whole, or as a stream that
 * ends with `[DONE]`.
 */

export const chatSchema = v.looseObject({
  model: v.pipe(v.string(), v.minLength(1)),
  messages: v.pipe(v.array(v.looseObject({ role: v.string() })), v.minLength(1)),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.looseObject({ include_usage: v.nullish(v.boolean()) })),
});
export type ChatRequest = Pick<v.InferOutput<typeof chatSchema>, "stream" | "stream_options">;

export interface Completion {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** In what vendors differ. */
export interface ChatDialect {
  /**
   * Which event of a stream says what was used: one of its own without choices, where the caller
   * asked for it (OpenAI's way) or always; or the one with the reason for the end.
   */
  readonly usage: "asked" | "own event" | "last choice";
  /** More members of every answer and event. */
  readonly more?: object;
  /** More members of the message of an answer. */
  readonly message?: object;
  readonly moreUsage?: object;
  /** Events before the first that has a choice. */
  readonly before?: readonly string[];
  /** More members of the last event with a choice. */
  readonly last?: (usage: object) => object;
}

const OPENAI: ChatDialect = { usage: "asked" };

export function chatAnswer(
  request: ChatRequest,
  completion: Completion,
  dialect: ChatDialect = OPENAI,
): SimulatorResponse {
  return request.stream ? streamed(request, completion, dialect) : whole(completion, dialect);
}

function whole(completion: Completion, dialect: ChatDialect): SimulatorResponse {
  const { id, created, model, text } = completion;
  const message = { role: "assistant", content: text, ...dialect.message };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }];
  const usage = usageOf(completion, dialect);
  return { status: 200, body: { id, object: "chat.completion", created, model, choices, usage, ...dialect.more } };
}

function streamed({ stream_options }: ChatRequest, completion: Completion, dialect: ChatDialect): SimulatorResponse {
  const { id, created, model, text } = completion;
  const isAsked = stream_options?.include_usage === true;
  const own = dialect.usage === "own event" || (dialect.usage === "asked" && isAsked);
  const usage = usageOf(completion, dialect);
  const chunk = (choices: readonly object[], more: object = {}) =>
    sse({
      id,
      object: "chat.completion.chunk",
      created,
      model,
      choices,
      // OpenAI: null in every event but the last, where usage was asked for.
      ...(dialect.usage === "asked" && isAsked ? { usage: null } : {}),
      ...dialect.more,
      ...more,
    });
  const choice = (delta: object, finish_reason: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason },
  ];
  const last = { ...(dialect.usage === "last choice" ? { usage } : {}), ...dialect.last?.(usage) };
  return eventStream([
    ...(dialect.before ?? []),
    chunk(choice({ role: "assistant", content: "" })),
    ...piecesOf(text).map((content) => chunk(choice({ content }))),
    chunk(choice({}, "stop"), last),
    ...(own ? [chunk([], { usage })] : []),
    sse("[DONE]"),
  ]);
}

function usageOf({ promptTokens, completionTokens }: Completion, { moreUsage }: ChatDialect): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...moreUsage,
  };
}
