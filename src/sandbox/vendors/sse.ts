import type { SimulatorResponse } from "./simulator";

/** One server-sent event: data as JSON, or a text as it is. */
export function sse(data: unknown, event?: string): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`;
}

export function eventStream(events: readonly string[]): SimulatorResponse {
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return { status: 200, headers, body: undefined, events };
}

/** A text in the pieces in which models send them. */
export function piecesOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}
