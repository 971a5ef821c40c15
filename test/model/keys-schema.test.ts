import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import fc from "fast-check";
import * as v from "valibot";
import { parse } from "yaml";
import { KEYS_MAX, keysFileSchema } from "../../src/model/keys-file";
import { vendorDescriptors } from "../../src/vendors/descriptors";

const ROOT = join(__dirname, "..", "..");
const published: unknown = JSON.parse(readFileSync(join(ROOT, "schemas/keys.schema.json"), "utf8"));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
const accepts = ajv.compile(published as object);

const FULL = `
$schema: ./keys.schema.json
defaults: { issuer: openai, owner: a@example.com, tags: { team: search }, replicas: [{ region: eu-west-1, kmsKeyArn: "arn:x" }] }
keys:
  a:
    purpose: x
    keyName: b
    scopes: [api.model.read, { custom: api.new }]
    models: [gpt-5.2, a/b]
    endpoints: [/v1/x]
    limits: { requestsPerMinute: 60, tokensPerMinute: 1000, charactersPerMonth: 5, spend: { usd: 25.5, per: month } }
    networks: [203.0.113.0/24]
    lifetime: { every: 7 days, overlap: 24 hours, expiry: 10 days }
    kmsKeyArn: "arn:y"
  c: { purpose: z, lifetime: { after: 1 day } }
environments:
  production:
    defaults: { lifetime: { after: 3 days } }
    keys: { a: { limits: { requestsPerMinute: 1 } }, d: { purpose: w } }
`;

type Path = ReadonlyArray<string | number>;

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Array.isArray(value) ? value.map((item, i) => [i, item] as const) : Object.entries(value);
  return [path, ...inside.flatMap(([name, item]) => pathsIn(item, [...path, name]))];
}

/** A copy in which the value at the path is another, or gone, or beside a field more. */
function changed(value: unknown, [first, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? changed(item, rest, change) : item));
  return Object.fromEntries(
    Object.entries(value as object)
      .map(([name, item]) => [name, name === first ? changed(item, rest, change) : item])
      .filter(([, item]) => item !== undefined),
  );
}

test("the published schema is a JSON Schema that takes the example and a file with every field", () => {
  for (const text of [FULL, readFileSync(join(ROOT, "examples/keys-as-data/keys.yaml"), "utf8")]) {
    expect(accepts(parse(text))).toBe(true);
    expect(v.is(keysFileSchema, parse(text))).toBe(true);
  }
});

test("it offers every scope that a vendor is known to have", () => {
  const text = JSON.stringify(published);
  const scopes = vendorDescriptors.flatMap((descriptor) => Object.keys(descriptor.scopes));
  expect(scopes.length).toBeGreaterThan(100);
  for (const scope of scopes) expect(text).toContain(JSON.stringify(scope));
});

test("every field has a description, which is what an editor shows", () => {
  const { definitions } = published as { definitions: Record<string, { description?: string }> };
  expect(Object.keys(definitions).length).toBeGreaterThan(10);
  for (const definition of Object.values(definitions)) expect(definition.description).toMatch(/^[A-Z].*\.$/);
});

test("property: schema and reader agree on what is in a file, whatever is changed in it", () => {
  // GIVEN
  const full: unknown = parse(FULL);
  const values = fc.constantFrom<unknown>(
    ...[0, -1, 1, 1.5, 2_000_000_000, "", " ", "x y", "7 days", "0 hours", "07 days", "no@x", "a@example.com"],
    ...[
      "x".repeat(129),
      "x".repeat(300),
      "day",
      "constructor",
      null,
      true,
      [],
      {},
      ["a", "a"],
      [{ region: "x" }],
      { custom: "x" },
    ],
    ...[
      { a: 1 },
      { a: "x" },
      { "aws:x": "x" },
      { after: "3 days" },
      { every: "3 days" },
      { spend: {} },
      { usd: 1, per: "lifetime" },
    ],
    ...[
      Array.from({ length: 101 }, (_, i) => `m${i}`),
      Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, "x"])),
    ],
    undefined,
  );
  const change = fc.oneof(
    values.map((value) => () => value),
    // A field more.
    values.map(
      (value) => (old: unknown) =>
        typeof old === "object" && old !== null && !Array.isArray(old) ? { ...old, more: value } : value,
    ),
  );
  // JSON Schema has no word for the spelling of a network, nor for whole cents.
  const paths = pathsIn(full).filter((path) => !path.includes("networks"));
  const verdicts = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...paths), change, (path, how) => {
      // WHEN
      const file = changed(full, path, how);
      if (file === undefined) return;
      const taken = accepts(file);
      // THEN
      expect({ path, taken: v.is(keysFileSchema, file) }).toEqual({ path, taken });
      verdicts[taken ? "taken" : "refused"] += 1;
    }),
    { numRuns: 5_000, seed: 3 },
  );
  expect(verdicts.taken).toBeGreaterThan(300);
  expect(verdicts.refused).toBeGreaterThan(1_000);
});

test("both take as many keys as there may be, and not one more", () => {
  const keys = (count: number) => ({
    keys: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, { purpose: "x" }])),
  });
  for (const [count, taken] of [
    [KEYS_MAX, true],
    [KEYS_MAX + 1, false],
  ] as const) {
    expect([accepts(keys(count)), v.is(keysFileSchema, keys(count))]).toEqual([taken, taken]);
  }
});

test("what JSON Schema has no words for, the reader refuses", () => {
  const file = (key: object) => ({ keys: { a: { purpose: "x", ...key } } });
  for (const key of [{ networks: ["203.0.113.7/24"] }, { limits: { spend: { usd: 1.005, per: "day" } } }]) {
    expect([accepts(file(key)), v.is(keysFileSchema, file(key))]).toEqual([true, false]);
  }
});
