import { shown } from "./characters";
import { KEY_PREFIXES } from "./key-formats";
import { isRandomTail } from "./key-value";
import { literal } from "./literal";

/**
 * Shapes of values that must never be printed, whoever put them into a text: vendor keys, bearer
 * tokens.
 */
// What stands before it may be an underscore or the end of `%20`; a letter would make it part of a
// word, such as "task-force".
const KEY_LIKE = /(?<![A-Za-z])sk-[A-Za-z0-9_-]{6,}/g;
/** Other starts stand before words as well: there, what follows has to look like a value. */
const OTHERS = new RegExp(
  `(?<![A-Za-z0-9])(?:${KEY_PREFIXES.filter((prefix) => !prefix.startsWith("sk-"))
    .map(literal)
    .join("|")})([A-Za-z0-9_.+/=-]{16,})`,
  "g",
);
const BEARER = /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi;

export const REDACTED = "[redacted]";

/** Removes what looks like a key, and the given values in every form, from a text. */
export function redact(text: string, values: Iterable<string> = []): string {
  return withoutValues(text, values)
    .replace(KEY_LIKE, REDACTED)
    .replace(OTHERS, (found, tail: string) => (isRandomTail(tail) ? REDACTED : found))
    .replace(BEARER, `Bearer ${REDACTED}`);
}

/**
 * Removes the given values in every form, and leaves the rest as it is: names that look like keys
 * are names.
 */
export function withoutValues(text: string, values: Iterable<string>): string {
  let clean = text;
  for (const value of values) {
    // No form of a value is shorter than the value.
    if (value.length < 8 || value.length > clean.length) continue;
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString("base64")]) {
      clean = clean.replaceAll(form, REDACTED);
    }
  }
  return clean;
}

/** Plain data with each of its texts cleaned; names of fields stay. */
export function cleaned<Data>(data: Data, clean: (text: string) => string): Data;
export function cleaned(data: unknown, clean: (text: string) => string): unknown {
  if (typeof data === "string") return clean(data);
  if (Array.isArray(data)) return data.map((item) => cleaned<unknown>(item, clean));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, item]) => [name, cleaned(item, clean)]));
}

/**
 * Cuts a text that came from outside, so that it fits into a log line or a plan: one line, in which
 * every character is seen.
 */
export function shorten(text: string, maxLength: number): string {
  return cut(shown(text.replace(/\s+/g, " ").trim()), maxLength);
}

/** The same length, and nothing of it replaced. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // Half of a surrogate pair would come back from Terraform as another text.
  return `${text.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
