import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import type { Caller } from "../journal/callers";
import { DROP, type Piece, type Pieces, type Reply } from "../messages";
import { matchesGlob } from "./glob";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(512));
const whole = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

const kindSchema = v.variant("type", [
  v.strictObject({ type: v.literal("latency"), millis: whole(0, 600_000) }),
  v.strictObject({
    type: v.literal("status"),
    status: whole(400, 599),
    retryAfterSeconds: v.optional(whole(0, 86_400)),
  }),
  /** The effect happens, and the connection breaks before the answer. */
  v.strictObject({ type: v.literal("lost_reply") }),
  /** The connection breaks before anything happens. */
  v.strictObject({ type: v.literal("drop") }),
  /** The connection breaks in the midst of the answer: of a stream, after so many events. */
  v.strictObject({ type: v.literal("hang_up"), afterEvents: v.optional(whole(0, 10_000), 1) }),
  /** The answer stops for a while in its midst: that of a stream, after so many events. */
  v.strictObject({ type: v.literal("stall"), afterEvents: v.optional(whole(0, 10_000), 1), millis: whole(0, 600_000) }),
  /**
   * The Lambda process that makes the call is killed, before the effect or after it; other callers
   * are not hit.
   */
  v.strictObject({ type: v.literal("crash"), when: v.picklist(["before", "after"]) }),
]);

export const faultSchema = v.strictObject({
  match: v.strictObject({
    /** `openai`, `secretsmanager`, `dynamodb`, … */
    service: text,
    /** Glob over the operation: `PutSecretValue`, `POST /v1/organization/projects/*` */
    operation: v.optional(text),
    /** Glob over the caller: `terraform`, `command`, `lambda:*-controller`. */
    caller: v.optional(text),
  }),
  fault: kindSchema,
  times: v.optional(whole(1, 1_000_000), 1),
  /** Matching calls that pass unharmed first. */
  skip: v.optional(whole(0, 1_000_000), 0),
});
export type Fault = v.InferOutput<typeof faultSchema>;
export type FaultKind = Fault["fault"];
export const faultsSchema = v.union([v.pipe(v.array(faultSchema), v.minLength(1)), faultSchema]);

export interface FaultyCall {
  readonly service: string;
  readonly operation: string;
  readonly caller: Caller;
}

/** Faults that are waiting for their calls, in the order in which they were given. */
export class Faults {
  #pending: Fault[] = [];

  add(faults: readonly Fault[]): void {
    this.#pending.push(...faults.map((fault) => ({ ...fault })));
  }

  list(): readonly Fault[] {
    return this.#pending.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#pending = [];
  }

  /** What hits this call: any latency, and at most one other fault. Counts down. */
  take(call: FaultyCall): FaultKind[] {
    const hits: FaultKind[] = [];
    for (const pending of this.#pending) {
      if (!applies(pending, call)) continue;
      if (pending.skip > 0) {
        pending.skip--;
        continue;
      }
      pending.times--;
      hits.push(pending.fault);
      if (pending.fault.type !== "latency" && pending.fault.type !== "stall") break;
    }
    if (hits.length > 0) this.#pending = this.#pending.filter((pending) => pending.times > 0);
    return hits;
  }
}

function applies({ match, fault }: Fault, call: FaultyCall): boolean {
  return (
    match.service === call.service &&
    (match.operation === undefined || matchesGlob(match.operation, call.operation)) &&
    (match.caller === undefined || matchesGlob(match.caller, call.caller.name)) &&
    (fault.type !== "crash" || call.caller.kill !== undefined)
  );
}

/** Performs a call as the faults let it. `refusal` words an error status as the service would. */
export async function withFaults(
  hits: readonly FaultKind[],
  caller: Caller,
  perform: () => Promise<Reply>,
  refusal: (status: number) => Reply,
): Promise<Reply | typeof DROP> {
  const spoils: Spoil[] = [];
  for (const hit of hits) {
    switch (hit.type) {
      case "hang_up":
      case "stall":
        spoils.push(hit);
        break;
      case "latency":
        await sleep(hit.millis);
        break;
      case "status": {
        const reply = refusal(hit.status);
        if (hit.retryAfterSeconds === undefined) return reply;
        return { ...reply, headers: { ...reply.headers, "retry-after": String(hit.retryAfterSeconds) } };
      }
      case "drop":
        return DROP;
      case "lost_reply":
        await perform();
        return DROP;
      case "crash":
        if (hit.when === "after") await perform();
        caller.kill?.();
        return DROP;
    }
  }
  return spoils.reduce(spoiled, await perform());
}

type Spoil = Extract<FaultKind, { readonly type: "hang_up" | "stall" }>;

/** An answer that breaks off, or stops for a while, in its midst. */
function spoiled(reply: Reply, fault: Spoil): Reply {
  const { body, ...rest } = reply;
  const spoil = fault.type === "hang_up" ? DROP : { waitMillis: fault.millis };
  if (reply.pieces !== undefined) return { ...rest, pieces: withPieceAfter(reply.pieces, fault.afterEvents, spoil) };
  const bytes = Buffer.from(body ?? "");
  return { ...rest, pieces: withPieceAfter(halves(bytes), 1, spoil) };
}

function halves(bytes: Buffer): Buffer[] {
  const middle = Math.ceil(bytes.length / 2);
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}

async function* withPieceAfter(pieces: Pieces, count: number, piece: Piece): AsyncGenerator<Piece> {
  let passed = 0;
  let isDone = false;
  for await (const each of pieces) {
    if (!isDone && passed === count) {
      isDone = true;
      yield piece;
    }
    yield each;
    if (typeof each === "string" || each instanceof Uint8Array) passed++;
  }
  if (!isDone) yield piece;
}
