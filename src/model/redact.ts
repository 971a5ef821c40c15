/** Shapes of values that must never be printed, whoever put them into a text: vendor keys, bearer tokens. */
// What stands before it may be an underscore or the end of `%20`; a letter would make it part of a word, such as "task-force".
const KEY_LIKE = /(?<![A-Za-z])sk-[A-Za-z0-9_-]{6,}/g;
const BEARER = /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi;

export const REDACTED = "[redacted]";

/** Removes what looks like a key, and the given values in every form, from a text. */
export function redact(text: string, values: Iterable<string> = []): string {
  return withoutValues(text, values).replace(KEY_LIKE, REDACTED).replace(BEARER, `Bearer ${REDACTED}`);
}

/** Removes the given values in every form, and leaves the rest as it is: names that look like keys are names. */
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

/** The same of plain data, in each of its texts; names of fields stay. */
export function dataWithoutValues<Data>(data: Data, values: readonly string[]): Data;
export function dataWithoutValues(data: unknown, values: readonly string[]): unknown {
  if (typeof data === "string") return withoutValues(data, values);
  if (Array.isArray(data)) return data.map((item) => dataWithoutValues<unknown>(item, values));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, item]) => [name, dataWithoutValues(item, values)]));
}

/** Blanks, and what a terminal would obey: control characters, changes of a text's direction. */
const UNPRINTABLE = /[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;

/** Cuts a text that came from outside, so that it fits into a log line or a plan. */
export function shorten(text: string, maxLength: number): string {
  const oneLine = text.replace(UNPRINTABLE, " ").trim();
  if (oneLine.length <= maxLength) return oneLine;
  // Half of a surrogate pair would come back from Terraform as another text.
  return `${oneLine.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
