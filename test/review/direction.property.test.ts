import fc from "fast-check";
import { defined } from "../../src/model/defined";
import { SPEND_PERIODS } from "../../src/model/grant";
import { GUARDRAIL_SEVERITIES } from "../../src/model/guardrail-rules";
import { canonical } from "../../src/review/attributes";
import type { Within } from "../../src/review/direction";
import * as order from "../../src/review/direction";
import { keyChanges } from "../../src/review/fields";
import type { KeyFacts } from "../../src/review/inventory-facts";

const RUNS = 300;
const HOUR = 3_600;

const few = <T>(...items: T[]) => fc.uniqueArray(fc.constantFrom(...items), { maxLength: 4 });
const some = <T>(...items: T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 4 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const small = fc.integer({ min: 1, max: 3 });

const lists = some("a", "b", "c", "d");
const patterns = some("a", "a/*", "a/b", "a/b*", "a/bc", "*", "b");
const networks = some(
  "10.0.0.0/8",
  "10.0.0.0/9",
  "10.128.0.0/9",
  "10.1.0.0/16",
  "0.0.0.0/0",
  "11.0.0.0/8",
  "::/0",
  "2001:db8::/32",
  "2001:db8:8000::/33",
  "2001:db8::/33",
);
const spend = fc.record({
  usd: fc.constantFrom(0.01, 0.1, 1, 2, 6, 7, 31, 42),
  per: fc.constantFrom(...SPEND_PERIODS),
});
const lifetime = fc
  .record({ every: maybe(small), overlap: small, expiry: small })
  .map(({ every, overlap, expiry }) => ({
    ...(every === undefined ? {} : { rotateEverySeconds: every * 4 * HOUR }),
    overlapSeconds: overlap * HOUR,
    expirySeconds: (20 + expiry) * HOUR,
  }));
const kms = maybe(fc.constantFrom("arn:1", "arn:2"));
const replicas = fc.uniqueArray(
  fc.record({ region: fc.constantFrom("eu-west-1", "eu-west-2"), kmsKey: kms }).map(({ region, kmsKey }) => ({
    region,
    ...defined({ kmsKey }),
  })),
  { selector: ({ region }) => region },
);
const rights = fc.record({ allow: few("x", "y"), deny: few("z", "w") });
const demands = fc.uniqueArray(
  fc.record({
    severity: fc.constantFrom(...GUARDRAIL_SEVERITIES),
    demand: fc.constantFrom("", "at most 1", "at most 2"),
  }),
  { selector: ({ demand }) => demand },
);
const exceptions = fc.array(fc.record({ until: fc.constantFrom("2026-12-31", "2027-01-01", "2027-12-31") }), {
  maxLength: 2,
});
const limits = maybe(
  fc.record(
    { requestsPerMinute: small, tokensPerMinute: small, charactersPerMonth: small, spend },
    { requiredKeys: [] },
  ),
);
const reach: fc.Arbitrary<order.Reach> = fc.record({
  vendor: fc.constantFrom("openai", "litellm"),
  scopes: maybe(lists),
  models: maybe(patterns),
  endpoints: maybe(patterns),
  limits,
  networks: maybe(networks),
  lifetime,
  kmsKey: kms,
  replicas,
  readers: few("role a", "role b"),
  resourcePolicy: rights,
  rotated: fc.boolean(),
});

function laws<T>(
  name: string,
  values: fc.Arbitrary<T>,
  within: Within<T>,
  same: (value: T) => unknown = (value) => value,
) {
  describe(name, () => {
    test("is reflexive", () => {
      fc.assert(
        fc.property(values, (a) => within(a, structuredClone(a))),
        { numRuns: RUNS },
      );
    });

    test("is transitive", () => {
      // Chance rarely finds three in a row: each is also taken in the order in which the first two
      // stand.
      fc.assert(
        fc.property(values, values, values, (a, b, c) => {
          for (const [x, y, z] of [
            [a, b, c],
            [a, c, b],
            [b, a, c],
            [b, c, a],
            [c, a, b],
            [c, b, a],
          ] as const) {
            if (within(x, y) && within(y, z)) expect(within(x, z)).toBe(true);
          }
        }),
        { numRuns: RUNS * 3 },
      );
    });

    test("is antisymmetric, but for other spellings of the same", () => {
      fc.assert(
        fc.property(values, values, (a, b) => {
          if (within(a, b) && within(b, a)) expect(canonical(same(a))).toBe(canonical(same(b)));
        }),
        { numRuns: RUNS * 3 },
      );
    });

    test("a change undone has the opposite direction", () => {
      const opposite = { looser: "tighter", tighter: "looser", same: "same", incomparable: "incomparable" } as const;
      fc.assert(
        fc.property(values, values, (a, b) => {
          expect(order.directionOf(within, b, a)).toBe(opposite[order.directionOf(within, a, b)]);
        }),
        { numRuns: RUNS },
      );
    });
  });
}

const sorted = (list: readonly string[] | undefined) => (list === undefined ? undefined : [...list].sort());
/** What the patterns cover, of all texts that can be told apart by them. */
const covered = (list: readonly string[] | undefined) =>
  list === undefined
    ? "all"
    : ["a", "b", "a/", "a/b", "a/bc", "a/bd", "a/x", "z", "*", "a/*", "a/b*"].filter((text) =>
        order.patterns([text], list),
      );
/**
 * Which of some addresses are in; no two sets of the blocks above have the same ones in, but for
 * what they cover.
 */
const probed = (list: readonly string[] | undefined) =>
  list === undefined
    ? "all"
    : [
        "9.0.0.0/32",
        "10.0.0.0/32",
        "10.1.2.3/32",
        "10.127.0.1/32",
        "10.128.0.1/32",
        "11.0.0.1/32",
        "::1/128",
        "2001:db8::1/128",
        "2001:db8:8000::1/128",
      ].filter((address) => order.networks([address], list));
const lasting = ({ rotateEverySeconds, overlapSeconds, expirySeconds }: order.Reach["lifetime"]) => [
  rotateEverySeconds,
  rotateEverySeconds === undefined ? 0 : overlapSeconds,
  expirySeconds,
];

describe("the order of looser", () => {
  laws("scopes", maybe(lists), order.orUnlimited(order.listed), sorted);
  laws("models and endpoints", maybe(patterns), order.orUnlimited(order.patterns), covered);
  laws("networks", maybe(networks), order.orUnlimited(order.networks), probed);
  laws("rates", maybe(small), order.orUnlimited(order.atMost));
  laws("spend", maybe(spend), order.orUnlimited(order.spends));
  laws("rotation", lifetime, order.rotation, (value) => value.rotateEverySeconds);
  laws("overlap", lifetime, order.overlap, (value) => lasting(value)[1] === 0 || lasting(value)[1]);
  laws("expiry", lifetime, order.expiry, (value) => value.expirySeconds);
  laws("encryption", kms, order.encryption);
  laws("replicas", replicas, order.replicas, (list) => [...list].sort((a, b) => (a.region < b.region ? -1 : 1)));
  laws("rights", rights, order.rights, ({ allow, deny }) => [sorted(allow), sorted(deny)]);
  laws("guards", few("a", "b"), order.guards, sorted);
  laws("guardrails", demands, order.demands, (list) => [...list].sort((a, b) => (a.demand < b.demand ? -1 : 1)));
  laws("exceptions", exceptions, order.exceptions, (list) =>
    list
      .map(({ until }) => until)
      .sort()
      .at(-1),
  );
  laws("days of logs", small, order.atLeast);
  laws("all of a key", reach, order.reach, (value) => ({
    ...value,
    scopes: sorted(value.scopes),
    models: covered(value.models),
    endpoints: covered(value.endpoints),
    limits: Object.keys(value.limits ?? {}).length === 0 ? undefined : value.limits,
    networks: probed(value.networks),
    lifetime: lasting(value.lifetime),
    readers: sorted(value.readers),
    replicas: [...value.replicas].sort((a, b) => (a.region < b.region ? -1 : 1)),
    resourcePolicy: [sorted(value.resourcePolicy.allow), sorted(value.resourcePolicy.deny)],
  }));

  test.each([
    ["10 USD a day is within 310 a month", { usd: 10, per: "day" }, { usd: 310, per: "month" }, "looser"],
    ["and not within 309", { usd: 10, per: "day" }, { usd: 309, per: "month" }, "incomparable"],
    ["a week may lie in two months", { usd: 10, per: "month" }, { usd: 19, per: "week" }, "incomparable"],
    ["what never starts anew is within what does", { usd: 10, per: "day" }, { usd: 10, per: "lifetime" }, "tighter"],
  ] as const)("%s", (_, before, after, direction) => {
    expect(order.directionOf(order.spends, before, after)).toBe(direction);
  });
});

/** A key as a snapshot has it. */
const factsOf = ({
  vendor,
  lifetime,
  kmsKey,
  replicas,
  readers,
  resourcePolicy,
  rotated,
  ...grant
}: order.Reach): KeyFacts => {
  const policy = { vendor, owner: "a@example.com", purpose: "x", ...grant, lifetime };
  return {
    stack: "",
    name: "ai-keys/openai/x",
    address: "aws_lambda_invocation.x",
    controllerName: "ai-keys-openai-controller",
    policy,
    policyText: JSON.stringify(policy),
    description: undefined,
    kmsKey,
    replicas,
    readers,
    resourcePolicy,
    schedule: rotated ? "rate(7 days)" : undefined,
    tags: {},
    repair: undefined,
  };
};

describe("fields of a review", () => {
  test("tell any two keys apart that differ, and none that do not", () => {
    fc.assert(
      fc.property(reach, reach, (a, b) => {
        const told = keyChanges(factsOf(a), factsOf(b)).length > 0;
        expect(told).toBe(canonical(withoutEmpty(a)) !== canonical(withoutEmpty(b)));
        expect(keyChanges(factsOf(a), factsOf(structuredClone(a)))).toEqual([]);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("say together what the order of whole keys says", () => {
    fc.assert(
      fc.property(reach, reach, (a, b) => {
        const went = new Set(keyChanges(factsOf(a), factsOf(b)).map(({ direction }) => direction));
        const looser = went.has("looser") || went.has("incomparable");
        const tighter = went.has("tighter") || went.has("incomparable");
        expect({ looser: !looser, tighter: !tighter }).toEqual({
          looser: order.reach(b, a),
          tighter: order.reach(a, b),
        });
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test.each([
    "vendor",
    "scopes",
    "models",
    "endpoints",
    "limits",
    "networks",
    "lifetime",
    "kmsKey",
    "replicas",
    "readers",
    "resourcePolicy",
    "rotated",
  ] as const)("tell a difference in %s alone", (dimension) => {
    fc.assert(
      fc.property(reach, reach, (a, other) => {
        const b = { ...a, [dimension]: other[dimension] };
        fc.pre(canonical(withoutEmpty(a)) !== canonical(withoutEmpty(b)));
        expect(keyChanges(factsOf(a), factsOf(b)).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});

/** Limits without any are none; no policy has such. */
function withoutEmpty(value: order.Reach): unknown {
  return Object.keys(value.limits ?? {}).length === 0 ? { ...value, limits: undefined } : value;
}
