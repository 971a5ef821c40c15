import * as v from "valibot";
import { redact, shorten } from "../../model/redact";
import { MILLIS_PER_SECOND } from "../../model/units";
import { type Pacer, VendorError } from "../vendor";
import { errorSchema, pageSchema } from "./schemas";

/** No answer after this long counts as lost. Below the functions' own time limit, so that the loss can be recorded. */
export const CALL_TIMEOUT_MILLIS = 20_000;
const MESSAGE_MAX_LENGTH = 240;
/** Stops a listing that never ends: 100,000 objects. */
const PAGES_MAX = 1_000;
/** Ids go into paths; `..` or an empty one would name another resource. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** Of what `fetch` throws only the names are read. */
const lossSchema = v.object({
  name: v.string(),
  cause: v.fallback(v.optional(v.object({ code: v.pipe(v.string(), v.regex(/^[A-Z_]{1,64}$/)) })), undefined),
});

export interface Transport {
  readonly fetch: typeof fetch;
  readonly baseUrl: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Exchange {
  /** Method and path template: `GET /organization/projects/{project}/api_keys`. Also the name in errors and for pacing. */
  readonly endpoint: string;
  /** Values of the template's parts. */
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  /** Undefined where it is not JSON. */
  readonly body: unknown;
  /** Message and code of the error envelope, free of secrets; empty where there is none. */
  readonly message: string;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
}

export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/** Sends one request, once. Throws only where there is no answer; every status is an answer. */
export async function exchange(transport: Transport, bearer: string, request: Exchange): Promise<Answer> {
  const { endpoint, signal } = request;
  const [method = "", template = ""] = endpoint.split(" ");
  const url = new URL(transport.baseUrl + pathOf(endpoint, template, request.ids ?? {}));
  for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MILLIS);
  try {
    const response = await transport.fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        accept: "application/json",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      // A redirect would carry the key to a host that is not on the list.
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const body = parseJson(await response.text());
    const envelope = v.safeParse(errorSchema, body);
    return {
      status: response.status,
      body,
      message: envelope.success ? harmless(envelope.output.error.message, bearer) : "",
      code: envelope.success ? harmless(envelope.output.error.code ?? "", bearer) : "",
      retryAfterSeconds: retryAfter(response.headers.get("retry-after"), transport.now()),
    };
  } catch (error) {
    // Neither message nor cause is passed on: fetch quotes headers in some of its errors.
    throw new VendorError("unavailable", endpoint, `OpenAI gave no answer to ${endpoint} (${lossOf(error, signal)})`);
  }
}

/** What a status other than 2xx means on an admin call. */
export function failure(endpoint: string, answer: Answer): VendorError {
  const { status, retryAfterSeconds } = answer;
  const words = answer.message === "" ? "" : `: ${answer.message}`;
  return new VendorError(kindOf(status), endpoint, `OpenAI answered ${status} to ${endpoint}${words}`, {
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export interface AdminCall<Output> extends Exchange {
  readonly answer: v.GenericSchema<unknown, Output>;
}

/** Calls of the Admin API: paced, with the admin key, judged by status and parsed. */
export class AdminClient {
  readonly #transport: Transport;
  readonly #adminKey: () => Promise<string>;
  readonly #pacer: Pacer;

  constructor(transport: Transport, adminKey: () => Promise<string>, pacer: Pacer) {
    this.#transport = transport;
    this.#adminKey = adminKey;
    this.#pacer = pacer;
  }

  async call<Output>(request: AdminCall<Output>): Promise<Output> {
    const { endpoint } = request;
    const adminKey = (await this.#adminKey()).trim();
    if (!isToken(adminKey)) {
      throw new VendorError("admin_refused", endpoint, "the admin key is empty or holds characters that no key has");
    }
    await this.#pacer.turn(endpoint, request.signal);
    const answer = await exchange(this.#transport, adminKey, request);
    if (answer.status === 429) await this.#pacer.throttled(endpoint, answer.retryAfterSeconds);
    if (answer.status < 200 || answer.status > 299) throw failure(endpoint, answer);
    return parseAnswer(request.answer, answer.body, endpoint, answer.status);
  }

  /** All pages of a listing, 100 objects each. */
  async all<Item>(request: AdminCall<Item>, pagesMax: number = PAGES_MAX): Promise<Item[]> {
    const { endpoint } = request;
    const items: Item[] = [];
    const cursors = new Set<string>();
    let after: string | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const query = [...(request.query ?? []), ["limit", "100"] as const];
      const { data, has_more, last_id } = await this.call({
        ...request,
        query: after === undefined ? query : [...query, ["after", after] as const],
        answer: pageSchema,
      });
      for (const item of data) items.push(parseAnswer(request.answer, item, endpoint));
      if (!has_more) return items;
      if (last_id == null || cursors.has(last_id)) {
        throw new VendorError("unexpected", endpoint, `OpenAI's pages of ${endpoint} do not move on`);
      }
      cursors.add(last_id);
      after = last_id;
    }
    throw new VendorError("unexpected", endpoint, `OpenAI's ${endpoint} has more than ${pagesMax} pages`);
  }
}

function parseAnswer<Output>(
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  endpoint: string,
  status?: number,
): Output {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  // The path names a field; the issue's own message would quote what was received.
  const field = v.getDotPath(parsed.issues[0]) ?? "the answer";
  throw new VendorError(
    "unexpected",
    endpoint,
    `OpenAI's answer to ${endpoint} does not follow its schema at "${field}"`,
    status === undefined ? {} : { status },
  );
}

function pathOf(endpoint: string, template: string, ids: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, part: string) => {
    const id = ids[part] ?? "";
    if (!ID.test(id)) throw new VendorError("invalid", endpoint, `not an id of OpenAI for {${part}} in ${endpoint}`);
    return id;
  });
}

function kindOf(status: number): VendorError["kind"] {
  if (status === 401 || status === 403) return "admin_refused";
  if (status === 404) return "not_found";
  if (status === 409) return "conflict";
  if (status === 429) return "throttled";
  if (status === 408 || status >= 500) return "unavailable";
  return status >= 400 ? "invalid" : "unexpected";
}

/** OpenAI quotes part of the key in some messages, shortened in ways that change. */
function harmless(text: string, bearer: string): string {
  return shorten(redact(text, [bearer]).replace(/\bsk-[^\s"',;]+/g, "[redacted]"), MESSAGE_MAX_LENGTH);
}

function lossOf(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted === true) return "the caller ended the call";
  const loss = v.safeParse(lossSchema, error);
  if (!loss.success) return "unknown cause";
  const { name, cause } = loss.output;
  if (name === "TimeoutError") return `waited ${CALL_TIMEOUT_MILLIS / MILLIS_PER_SECOND} seconds`;
  return cause?.code ?? name;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds, or an HTTP date. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / MILLIS_PER_SECOND));
}
