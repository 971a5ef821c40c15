import fc from "fast-check";

/**
 * Looks like a vendor key; must be in no answer, error or log line that is about what was refused.
 */
export const CANARY = "sk-svcacct-CANARYcanary0123456789abcdefCANARY";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const number = fc.constantFrom(
  0,
  -1,
  1,
  0.5,
  -0,
  1e-300,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  1e21,
  1.7e308,
  -1e308,
  253_402_300_800,
);
const text = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    CANARY,
    `Bearer ${CANARY}`,
    "__proto__",
    "constructor",
    "toString",
    "null",
    "../../x",
    "a/b",
    "%00",
  ),
  fc.constantFrom(
    "\u0000",
    "\ud800",
    "\u202e",
    "\r\nX-Injected: 1",
    "9999-99-99T99:99:99Z",
    "2026-11-24T10:20:00.000Z",
    "NaN",
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.nat({ max: 3 }).map((n) => "x".repeat(10 ** (n + 1))),
);

/**
 * Any JSON, and what JSON text can make of an object: a field of its own named `__proto__`, for
 * one.
 */
export const anyJson: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(null, true, false) },
  { weight: 6, arbitrary: number },
  { weight: 8, arbitrary: text },
  { weight: 3, arbitrary: fc.array(fc.oneof(number, text), { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.dictionary(text, fc.oneof(number, text), { maxKeys: 4 }) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: fc.nat({ max: 400 }).map((depth) => nested(depth)) },
);

export const change = fc.record({
  /** Which of all places in the value, counted through. */
  at: fc.nat({ max: 200 }),
  how: fc.constantFrom("replace", "replace", "replace", "drop", "add", "wrap", "double", "swap"),
  name: text,
  value: anyJson,
});

export type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** What is valid, mostly with one to three places changed. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 1, arbitrary: anyJson },
    { weight: 2, arbitrary: valid },
    {
      weight: 12,
      arbitrary: fc
        .tuple(valid, fc.array(change, { minLength: 1, maxLength: 3 }))
        .map(([value, changes]) => changedBy(value, changes)),
    },
  );
}

/** A copy of JSON, with its places changed. */
export function changedBy(value: unknown, changes: readonly Change[]): unknown {
  return changes.reduce<unknown>(changed, JSON.parse(JSON.stringify(value) ?? "null"));
}

interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly name: string;
}

function changed(root: unknown, { at, how, name, value }: Change): unknown {
  const holder = { root };
  const places = placesIn(holder);
  const place = places[at % places.length];
  if (place === undefined) return root;
  const parent = place.parent as Record<string, unknown>;
  const before = parent[place.name];
  if (how === "drop") {
    if (Array.isArray(place.parent)) place.parent.splice(Number(place.name), 1);
    else delete parent[place.name];
  } else if (how === "add" && typeof before === "object" && before !== null) own(before, name, value);
  else if (how === "wrap") parent[place.name] = [before];
  else if (how === "double" && Array.isArray(before)) before.push(...before.slice(0, 50));
  else if (how === "swap") {
    const other = places[(at * 7 + 3) % places.length];
    parent[place.name] = other === undefined ? value : copy((other.parent as Record<string, unknown>)[other.name]);
  } else parent[place.name] = value;
  return holder.root;
}

/** As `JSON.parse` does: also `__proto__` is a field like any other. */
function own(target: object, name: string, value: unknown): void {
  if (Array.isArray(target)) {
    target.push(value);
    return;
  }
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function copy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function placesIn(parent: object): Place[] {
  const places: Place[] = [];
  for (const [name, value] of Object.entries(parent)) {
    places.push({ parent: parent as Place["parent"], name });
    if (typeof value === "object" && value !== null) places.push(...placesIn(value));
  }
  return places;
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}
