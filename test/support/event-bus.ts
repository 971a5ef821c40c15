import * as v from "valibot";
import { LoopbackServer } from "../../src/sandbox/http";
import type { Reply } from "../../src/sandbox/messages";
import type { Clock } from "../../src/sandbox/vendors/simulator";
import { OPEN_DOOR } from "./open-door";

const entrySchema = v.object({
  Source: v.string(),
  DetailType: v.string(),
  Detail: v.pipe(v.string(), v.parseJson()),
  Time: v.number(),
});
const requestSchema = v.pipe(v.string(), v.parseJson(), v.object({ Entries: v.array(entrySchema) }));
export type BusEvent = v.InferOutput<typeof entrySchema>;

export interface EventBus {
  readonly url: string;
  /** Events that were taken, and the calls that brought them. */
  readonly events: BusEvent[];
  readonly calls: number[];
  /** In place of taking what comes. */
  answer: ((entries: readonly BusEvent[]) => Promise<Reply>) | undefined;
  close(): Promise<void>;
}

/** PutEvents, as EventBridge answers it. */
export async function startEventBus(clock: Clock): Promise<EventBus> {
  const server = await LoopbackServer.start(clock, OPEN_DOOR, async (request) => {
    const { Entries } = v.parse(requestSchema, request.body.toString("utf8"));
    bus.calls.push(Entries.length);
    if (bus.answer !== undefined) return bus.answer(Entries);
    bus.events.push(...Entries);
    return putEventsReply(Entries.map((_, index) => ({ EventId: String(index) })));
  });
  const bus: EventBus = { url: server.url, events: [], calls: [], answer: undefined, close: () => server.close() };
  return bus;
}

export function putEventsReply(entries: ReadonlyArray<{ EventId?: string; ErrorCode?: string }>): Reply {
  const failed = entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ FailedEntryCount: failed, Entries: entries }),
  };
}
