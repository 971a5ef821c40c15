import fc from "fast-check";
import { anyJson, CANARY, type Change, change, changedBy } from "./mutate";
import type { Take } from "./tapes";

/** How an answer is changed on its way. */
export interface Treatment {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly how: "keep" | "error" | "lost" }
    | { readonly how: "change"; readonly changes: readonly Change[] }
    /** Of all that the vendor answers to anything. */
    | { readonly how: "other"; readonly at: number }
    | { readonly how: "json"; readonly value: unknown }
    | { readonly how: "text"; readonly text: string }
    /** From that hundredth on, so many characters are others. */
    | { readonly how: "splice"; readonly at: number; readonly drop: number; readonly text: string }
    | { readonly how: "repeat"; readonly times: number };
}

const STATUSES = [
  200, 201, 202, 204, 206, 301, 400, 401, 402, 403, 404, 405, 408, 409, 410, 418, 422, 429, 500, 503, 529, 599,
];
const headers = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("1", "0", "-1", "1.5", "999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "", "1e9")
      .map((text) => ({ "retry-after": text })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { location: "https://example.com/" },
      { "content-type": "text/html" },
      { "content-length": "3" },
      { link: '<https://example.com/keys?page=2>; rel="next"' },
    ),
  },
);
const text = fc.constantFrom(
  "",
  " ",
  "<html>",
  "{",
  "null",
  '""',
  "[]",
  "{}",
  `{"error":{"message":"${CANARY}`,
  "\u0000",
  "\ufeff{}",
);
const body: fc.Arbitrary<Treatment["body"]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ how: "keep" as const }) },
  {
    weight: 12,
    arbitrary: fc.record({
      how: fc.constant("change" as const),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ how: fc.constant("other" as const), at: fc.nat({ max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant("json" as const), value: anyJson }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant("text" as const), text }) },
  {
    weight: 2,
    arbitrary: fc.record({
      how: fc.constant("splice" as const),
      at: fc.nat({ max: 99 }),
      drop: fc.constantFrom(0, 1, 3, 1e9),
      text: fc.constantFrom("", '"', ",", "9", "1e999", ` ${CANARY}`, "\u0007", "\\ud800", "]]>", "<a>", "&#0;"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ how: fc.constant("repeat" as const), times: fc.constantFrom(2, 50, 250) }) },
  { weight: 2, arbitrary: fc.constant({ how: "error" as const }) },
  { weight: 1, arbitrary: fc.constant({ how: "lost" as const }) },
);

export const treatment: fc.Arbitrary<Treatment> = fc.record({
  status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined, freq: 2 }),
  headers,
  body,
});

/** What a vendor says, or quotes, in its own envelope. */
export type Envelope = (message: string) => unknown;

export function treated(
  take: Take,
  { status = take.status, headers, body }: Treatment,
  others: readonly Take[],
  envelope: () => unknown,
): Response | Error {
  if (body.how === "lost") return new TypeError(`fetch failed for Bearer ${CANARY}`);
  const text = textOf(take, body, others, envelope);
  const names = new Headers([...take.headers.map(([name, value]): [string, string] => [name, value])]);
  for (const [name, value] of Object.entries(headers)) names.set(name, value);
  return new Response(status === 204 ? null : text, { status, headers: names });
}

function textOf({ text }: Take, body: Treatment["body"], others: readonly Take[], envelope: () => unknown): string {
  if (body.how === "change") return jsonText(changedBy(json(text), body.changes));
  if (body.how === "json") return jsonText(body.value);
  if (body.how === "other") return others[body.at % others.length]?.text ?? "";
  if (body.how === "text") return body.text;
  if (body.how === "repeat") return jsonText(repeated(json(text), body.times));
  if (body.how === "error") return jsonText(envelope());
  if (body.how !== "splice") return text;
  const start = Math.floor((text.length * body.at) / 100);
  return text.slice(0, start) + body.text + text.slice(start + body.drop);
}

/** A page is a list in an object: it becomes so many times as long. */
function repeated(value: unknown, times: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  const longer = (field: unknown) => (Array.isArray(field) ? Array.from({ length: times }, () => field).flat() : field);
  if (Array.isArray(value)) return longer(value);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, longer(field)]));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonText(value: unknown): string {
  return typeof value === "string" && value.startsWith("<") ? value : (JSON.stringify(value) ?? "");
}
