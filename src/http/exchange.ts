import * as v from "valibot";
import { defined } from "../model/defined";
import { literal } from "../model/literal";
import { redact, shorten } from "../model/redact";
import { MILLIS_PER_SECOND } from "../model/units";
import { VendorError, type VendorErrorKind } from "../model/vendor-error";
import { boundedFetch, CALL_TIMEOUT_MILLIS } from "./bounded-fetch";

const MESSAGE_MAX_LENGTH = 240;
/** Ids go into paths; `..` or an empty one would name another resource. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** Of what `fetch` throws only the names are read. */
const lossSchema = v.object({
  name: v.string(),
  cause: v.fallback(v.optional(v.object({ code: v.pipe(v.string(), v.regex(/^[A-Z_]{1,64}$/)) })), undefined),
});
/** Told in our own words, by this copy of the class or another. */
const outOfBoundsSchema = v.object({
  name: v.literal("AnswerOutOfBounds"),
  bound: v.picklist(["time", "size"]),
  message: v.pipe(v.string(), v.maxLength(MESSAGE_MAX_LENGTH)),
});
const redirectSchema = v.object({ cause: v.object({ message: v.literal("unexpected redirect") }) });

const refusalSchema = v.object({ name: v.literal("VendorError") });

/** How one vendor's API is spoken. */
export interface Transport {
  readonly fetch: typeof fetch;
  readonly baseUrl: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly dialect: Dialect;
}

export interface Dialect {
  /** As errors name the vendor. */
  readonly displayName: string;
  /** Headers that carry a key, and whatever else each call needs. */
  readonly authorize: (key: string) => Readonly<Record<string, string>>;
  /** Headers that sign a request, where a key is not sent. */
  readonly sign?: (request: Outgoing) => Promise<Readonly<Record<string, string>>>;
  /** Body of an answer; undefined where it is none of the vendor's. @default JSON */
  readonly parse?: (text: string) => unknown;
  /** The vendor's error envelope; undefined where a body is none. */
  readonly errorIn: (body: unknown) => { readonly message: string; readonly code?: string } | undefined;
  /** Starts of the values of keys: vendors quote them, shortened in ways that change. */
  readonly valuePrefixes: readonly string[];
  /**
   * What a refusal of an admin call means, where its code or its message says other than its
   * status.
   */
  readonly kindOf?: (answer: Answer) => VendorErrorKind | undefined;
  /** Words in the place of the vendor's own, by code: what people can do about it. */
  readonly advice?: ReadonlyMap<string, string>;
  /** Ids as they go into paths. @default letters, digits, `_` and `-`, 128 at the most */
  readonly id?: RegExp;
}

/** A request as it is sent, without its signature. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is none. */
  readonly body: string;
}

export interface Exchange {
  /**
   * Method and path template: `GET /organization/projects/{project}/api_keys`. Also the name in
   * errors and for pacing.
   */
  readonly endpoint: string;
  /** Values of the template's parts. */
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: object;
  /** Sent in the place of `body`, as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  /** Undefined where it is not JSON, or what else the vendor speaks; null where there is none. */
  readonly body: unknown;
  /** Message and code of the error envelope, free of secrets; empty where there is none. */
  readonly message: string;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/** Sends one request, once. Throws only where there is no answer; every status is an answer. */
export async function exchange(transport: Transport, key: string, request: Exchange): Promise<Answer> {
  const { dialect } = transport;
  const { endpoint, signal } = request;
  const [method = "", template = ""] = endpoint.split(" ");
  const url = new URL(transport.baseUrl + pathOf(dialect, endpoint, template, request.ids ?? {}));
  for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
  const content = contentOf(request);
  const headers = {
    ...dialect.authorize(key),
    accept: "application/json",
    ...content?.headers,
    ...request.headers,
  };
  const signature = await dialect.sign?.({ method, url, headers, body: content?.body ?? "" });
  try {
    const response = await boundedFetch(transport.fetch)(url, {
      method,
      headers: { ...headers, ...signature },
      ...(content === undefined ? {} : { body: content.body }),
      // A redirect would carry the key to a host that is not on the list.
      redirect: "error",
      ...defined({ signal }),
    });
    const body = (dialect.parse ?? parseJson)(await response.text());
    const error = dialect.errorIn(body);
    return {
      status: response.status,
      body,
      message: harmless(dialect, error?.message ?? "", key),
      code: harmless(dialect, error?.code ?? "", key),
      retryAfterSeconds: retryAfter(response.headers.get("retry-after"), transport.now()),
    };
  } catch (error) {
    // Refused before it was sent, by a `fetch` that may know another copy of the class.
    if (v.is(refusalSchema, error)) throw error;
    // Neither message nor cause is passed on: fetch quotes headers in some of its errors.
    const outOfBounds = v.is(outOfBoundsSchema, error) ? error : undefined;
    if (outOfBounds?.bound === "size") {
      const why = `${dialect.displayName}'s answer to ${endpoint} is beyond what is read (${outOfBounds.message})`;
      throw new VendorError("unexpected", endpoint, why);
    }
    const why = `${dialect.displayName} gave no answer to ${endpoint} (${lossOf(error, signal)})`;
    throw new VendorError("unavailable", endpoint, why);
  }
}

/** What a status other than 2xx means on an admin call. */
export function failure(dialect: Dialect, endpoint: string, answer: Answer): VendorError {
  const { status, retryAfterSeconds } = answer;
  const words = dialect.advice?.get(answer.code) ?? answer.message;
  const why = `${dialect.displayName} answered ${status} to ${endpoint}${words === "" ? "" : `: ${words}`}`;
  return new VendorError(dialect.kindOf?.(answer) ?? kindOf(status), endpoint, why, {
    status,
    ...defined({ retryAfterSeconds }),
  });
}

export function parseAnswer<Output>(
  dialect: Dialect,
  schema: v.GenericSchema<unknown, Output>,
  body: unknown,
  endpoint: string,
  status?: number,
): Output {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  // The path names a field, which may be one of the answer's own; the issue's message would quote
  // what was received.
  const field = harmless(dialect, v.getDotPath(parsed.issues[0]) ?? "the answer", "");
  throw new VendorError(
    "unexpected",
    endpoint,
    `${dialect.displayName}'s answer to ${endpoint} does not follow its schema at "${field}"`,
    status === undefined ? {} : { status },
  );
}

function pathOf(dialect: Dialect, endpoint: string, template: string, ids: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, part: string) => checkedId(dialect, endpoint, part, ids[part] ?? ""));
}

/** The id, where it is one. Also for ids that go into a body. */
export function checkedId(dialect: Dialect, endpoint: string, part: string, id: string): string {
  if ((dialect.id ?? ID).test(id)) return id;
  throw new VendorError("invalid", endpoint, `not an id of ${dialect.displayName} for {${part}} in ${endpoint}`);
}

function contentOf({ body, form }: Exchange): { headers: Record<string, string>; body: string } | undefined {
  if (form !== undefined) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return { headers, body: new URLSearchParams(form).toString() };
  }
  if (body === undefined) return undefined;
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function kindOf(status: number): VendorErrorKind {
  if (status === 401 || status === 403) return "admin_refused";
  if (status === 404) return "not_found";
  if (status === 409) return "conflict";
  if (status === 429) return "throttled";
  if (status === 408 || status >= 500) return "unavailable";
  return status >= 400 ? "invalid" : "unexpected";
}

/** A text of the vendor's without keys, short enough to be shown. */
export function harmless({ valuePrefixes }: Dialect, text: string, ...keys: readonly string[]): string {
  const clean = valuePrefixes.reduce(
    (so, prefix) => so.replace(new RegExp(`(?<![A-Za-z0-9])${literal(prefix)}[^\\s"',;]+`, "g"), "[redacted]"),
    redact(text, keys),
  );
  return shorten(clean, MESSAGE_MAX_LENGTH);
}

function lossOf(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted === true) return "the caller ended the call";
  if (v.is(outOfBoundsSchema, error)) return error.message;
  if (v.is(redirectSchema, error)) return "a redirect, and none is followed";
  const loss = v.safeParse(lossSchema, error);
  if (!loss.success) return "unknown cause";
  const { name, cause } = loss.output;
  if (name === "TimeoutError") return `waited ${CALL_TIMEOUT_MILLIS / MILLIS_PER_SECOND} seconds`;
  return cause?.code ?? name;
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * `Sun, 06 Nov 1994 08:49:37 GMT`; what `Date.parse` takes besides is none, a negative number among
 * it.
 */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Seconds, or an HTTP date, as the vendor has it: who waits bounds it. Undefined where it is
 * neither.
 */
function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  if (!HTTP_DATE.test(text)) return undefined;
  const seconds = Math.max(0, Math.ceil((Date.parse(text) - now) / MILLIS_PER_SECOND));
  return Number.isFinite(seconds) ? seconds : undefined;
}
