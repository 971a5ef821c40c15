import { MILLIS_PER_SECOND } from "../model/units";

/**
 * No answer after this long counts as lost. Below the functions' own time limit, so that the loss
 * can be recorded.
 */
export const CALL_TIMEOUT_MILLIS = 20_000;
const MIB = 1_048_576;

export interface AnswerLimits {
  /** From the request to the end of the body. */
  readonly millis: number;
  /** Of the body, decompressed. */
  readonly bodyBytes: number;
  /**
   * Of all headers. Node's own limit, 16 KiB unless the process was started with another, comes
   * first.
   */
  readonly headerBytes: number;
  /** Objects and lists inside of each other. */
  readonly jsonDepth: number;
  /** Objects and lists in one answer: in memory, an empty one takes thirty times its text. */
  readonly jsonNodes: number;
}

export const ANSWER_LIMITS: AnswerLimits = {
  millis: CALL_TIMEOUT_MILLIS,
  bodyBytes: 8 * MIB,
  headerBytes: 64 * 1_024,
  jsonDepth: 100,
  jsonNodes: 500_000,
};

/**
 * An answer that is late, or too large. Its message tells the limit and what came, and nothing of
 * the text.
 */
export class AnswerOutOfBounds extends Error {
  override readonly name = "AnswerOutOfBounds";

  constructor(
    readonly bound: "time" | "size",
    message: string,
  ) {
    super(message);
  }
}

/** Those that this module has made: one inside of another would read each answer twice. */
const bounded = new WeakSet<typeof fetch>();

/**
 * A `fetch` that answers once the body is read, within time and size. Nothing of it rests on a
 * signal that arrives: the timer, which holds everything, ends the wait itself, and cancels the
 * body. The request that `fetch` makes of a signal follows it by weak references only, and forgets
 * it in a garbage collection (nodejs/undici issues 4068 and 3644).
 * @param until ends every call as well, whatever signal a caller gives or forgets
 */
export function boundedFetch(
  send: typeof fetch,
  limits: AnswerLimits = ANSWER_LIMITS,
  until?: AbortSignal,
): typeof fetch {
  if (bounded.has(send) && until === undefined) return send;
  const guarded: typeof fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const controller = new AbortController();
      const own = init?.signal ?? (typeof input === "object" && "signal" in input ? input.signal : undefined);
      const outer = [own, until].filter((signal) => signal != null);
      const received: Received = { bytes: 0 };
      const end = (error: unknown) => {
        stop();
        controller.abort(error);
        received.reader?.cancel(error).catch(() => undefined);
        reject(error);
      };
      const outerEnded = () => end(outer.find(({ aborted }) => aborted)?.reason);
      const timer = setTimeout(() => end(late(limits, received)), limits.millis);
      const stop = () => {
        clearTimeout(timer);
        for (const signal of outer) signal.removeEventListener("abort", outerEnded);
      };
      if (outer.some(({ aborted }) => aborted)) return outerEnded();
      for (const signal of outer) signal.addEventListener("abort", outerEnded, { once: true });
      send(input, { ...init, signal: controller.signal })
        .then((response) => readAll(response, limits, received))
        .then((response) => {
          stop();
          resolve(response);
        })
        .catch(end);
    });
  bounded.add(guarded);
  return guarded;
}

interface Received {
  status?: number;
  reader?: ReadableStreamDefaultReader<Uint8Array>;
  bytes: number;
}

function late({ millis }: AnswerLimits, { status, bytes }: Received): AnswerOutOfBounds {
  const came = status === undefined ? "" : `; status ${status} and ${bytes} bytes of the body had come`;
  return new AnswerOutOfBounds("time", `waited ${millis / MILLIS_PER_SECOND} seconds${came}`);
}

/** The same answer with its body in memory. */
async function readAll(response: Response, limits: AnswerLimits, received: Received): Promise<Response> {
  const { status, statusText, headers } = response;
  received.status = status;
  if (status < 200 || status > 599) throw tooLarge(`the status ${status}, which HTTP does not have`);
  checkHeaders(headers, limits);
  const chunks: Uint8Array[] = [];
  const reader = response.body?.getReader();
  if (reader !== undefined) {
    received.reader = reader;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      received.bytes += part.value.byteLength;
      if (received.bytes > limits.bodyBytes) {
        throw tooLarge(`a body of more than ${limits.bodyBytes / MIB} MiB, with status ${status}`);
      }
      chunks.push(part.value);
    }
  }
  const body = Buffer.concat(chunks);
  chunks.length = 0;
  checkJson(body, limits);
  // Statuses such as 204 take no body, not even an empty one.
  const read = new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
  // A `Response` that is made has none.
  Object.defineProperty(read, "url", { value: response.url });
  return read;
}

function tooLarge(what: string): AnswerOutOfBounds {
  return new AnswerOutOfBounds("size", what);
}

function checkHeaders(headers: Headers, { headerBytes }: AnswerLimits): void {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length;
  if (bytes > headerBytes) throw tooLarge(`headers of more than ${headerBytes / 1_024} KiB`);
}

const [QUOTE = 0, ESCAPE = 0, OBJECT = 0, LIST = 0, OBJECT_END = 0, LIST_END = 0] = Buffer.from('"\\{[}]');
const BLANKS: ReadonlySet<number> = new Set(Buffer.from(" \t\r\n"));

/**
 * Looks at JSON before it is parsed. What begins as neither object nor list is none, and what is
 * malformed is seen later.
 */
function checkJson(body: Uint8Array, { jsonDepth, jsonNodes }: AnswerLimits): void {
  let at = 0;
  while (at < body.length && BLANKS.has(body[at] ?? 0)) at += 1;
  if (body[at] !== OBJECT && body[at] !== LIST) return;
  let depth = 0;
  let nodes = 0;
  let inText = false;
  for (; at < body.length; at += 1) {
    const sign = body[at];
    if (inText) {
      if (sign === ESCAPE) at += 1;
      else if (sign === QUOTE) inText = false;
    } else if (sign === QUOTE) inText = true;
    else if (sign === OBJECT || sign === LIST) {
      depth += 1;
      nodes += 1;
      if (depth > jsonDepth) throw tooLarge(`JSON that nests deeper than ${jsonDepth}`);
      if (nodes > jsonNodes) throw tooLarge(`JSON of more than ${jsonNodes} objects and lists`);
    } else if (sign === OBJECT_END || sign === LIST_END) depth -= 1;
  }
}
