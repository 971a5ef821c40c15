import fc from "fast-check";
import * as v from "valibot";
import {
  canonicalPolicy,
  type KeyPolicy,
  keyPolicySchema,
  mintedFacts,
  OWNER,
  policyDigest,
  retryMarginSeconds,
} from "../../src/model/key-policy";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { policyOf } from "../support/engine";

const scopes = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z._]{0,20}$/), { minLength: 1, maxLength: 8 });
const policy: fc.Arbitrary<KeyPolicy> = fc.record({
  vendor: fc.constantFrom("openai", "openrouter"),
  owner: fc.constantFrom("team@example.com", "ops@example.com"),
  purpose: fc.string({ minLength: 1, maxLength: 40 }),
  scopes,
  lifetime: fc
    .record({
      interval: fc.option(fc.integer({ min: 4 * SECONDS_PER_HOUR, max: 90 * SECONDS_PER_DAY })),
      overlapSeconds: fc.integer({ min: 0, max: 4 * SECONDS_PER_HOUR - 1 }),
      spare: fc.integer({ min: 1, max: SECONDS_PER_DAY }),
    })
    .map(({ interval, overlapSeconds, spare }) => ({
      ...(interval === null ? {} : { rotateEverySeconds: interval }),
      overlapSeconds,
      expirySeconds: (interval ?? 0) + overlapSeconds + spare,
    })),
});

const scopesOf = ({ scopes = [] }: KeyPolicy) => scopes;

/** The same meaning in another order: scopes shuffled, fields reversed. */
const rewritten = (original: KeyPolicy): fc.Arbitrary<KeyPolicy> =>
  fc.shuffledSubarray([...scopesOf(original)], { minLength: scopesOf(original).length }).map((shuffled) => {
    const reversed = Object.entries({ ...original, scopes: shuffled }).reverse();
    return v.parse(keyPolicySchema, Object.fromEntries(reversed));
  });
const twice = policy.chain((original) => fc.tuple(fc.constant(original), rewritten(original)));

describe("the canonical policy", () => {
  test("is one text for everything that means the same", () => {
    fc.assert(
      fc.property(twice, ([a, b]) => {
        expect(JSON.stringify(canonicalPolicy(a))).toBe(JSON.stringify(canonicalPolicy(b)));
        expect(policyDigest(a)).toBe(policyDigest(b));
        expect(mintedFacts(a)).toBe(mintedFacts(b));
      }),
    );
  });

  test("means what the policy means, and is canonical itself", () => {
    fc.assert(
      fc.property(policy, (original) => {
        const canonical = canonicalPolicy(original);
        expect(canonical).toEqual({ ...original, scopes: [...scopesOf(original)].sort() });
        expect(JSON.stringify(canonicalPolicy(canonical))).toBe(JSON.stringify(canonical));
        expect(v.parse(keyPolicySchema, canonical)).toEqual(canonical);
      }),
    );
  });

  test("leaves what it was given alone", () => {
    const given = policyOf({ scopes: ["b", "a"] });
    canonicalPolicy(given);
    expect(given.scopes).toEqual(["b", "a"]);
  });
});

describe("the digest", () => {
  test("is twelve hexadecimal digits, and differs where the meaning does", () => {
    fc.assert(
      fc.property(policy, policy, (a, b) => {
        expect(policyDigest(a)).toMatch(/^[0-9a-f]{12}$/);
        const same = JSON.stringify(canonicalPolicy(a)) === JSON.stringify(canonicalPolicy(b));
        expect(policyDigest(a) === policyDigest(b)).toBe(same);
      }),
    );
  });

  test("does not take two scopes for one that is written like both", () => {
    expect(policyDigest(policyOf({ scopes: ["a", "b"] }))).not.toBe(policyDigest(policyOf({ scopes: ["a,b"] })));
  });

  test("stays the same from release to release: a change of it would show in every plan", () => {
    expect(policyDigest(policyOf())).toBe("ae0ba5910053");
  });
});

describe("what a vendor key is minted with", () => {
  test("is scopes and expiry, and nothing else", () => {
    fc.assert(
      fc.property(policy, policy, (a, b) => {
        const other = { ...b, scopes: a.scopes, lifetime: { ...b.lifetime, expirySeconds: a.lifetime.expirySeconds } };
        expect(mintedFacts(other)).toBe(mintedFacts(a));
        const same = mintedFacts(a) === mintedFacts(b);
        const sameScopes = [...scopesOf(a)].sort().join(" ") === [...scopesOf(b)].sort().join(" ");
        expect(same).toBe(sameScopes && a.lifetime.expirySeconds === b.lifetime.expirySeconds);
      }),
    );
  });
});

describe("time for retries before a key expires", () => {
  test.each([
    [4 * SECONDS_PER_HOUR, SECONDS_PER_HOUR + 4 * SECONDS_PER_HOUR],
    [36 * SECONDS_PER_HOUR, SECONDS_PER_HOUR + SECONDS_PER_DAY],
    [SECONDS_PER_DAY, 2 * SECONDS_PER_DAY],
    [7 * SECONDS_PER_DAY, 2 * SECONDS_PER_DAY],
  ])("of a rotation every %d seconds is %d: its window, and another day or interval", (interval, margin) => {
    expect(retryMarginSeconds(interval)).toBe(margin);
  });

  test("holds the window and at least one further attempt, and never more than two days", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4 * SECONDS_PER_HOUR, max: 1_000 * SECONDS_PER_DAY }), (interval) => {
        const margin = retryMarginSeconds(interval);
        expect(margin).toBeGreaterThanOrEqual(SECONDS_PER_HOUR + Math.min(interval, SECONDS_PER_DAY));
        expect(margin).toBeLessThanOrEqual(2 * SECONDS_PER_DAY);
      }),
    );
  });
});

describe("an owner", () => {
  test.each(["team@example.com", "a.b+c@sub.example.co.uk", "o'neil@x-y.org"])("may be %s", (owner) => {
    expect(owner).toMatch(OWNER);
  });

  test.each([
    "team",
    "@example.com",
    "team@",
    "team@example",
    "a b@example.com",
    "a@b@example.com",
    "a@-x.com",
    "a@x-.com",
    "a@x..com",
    "a@x.com\n",
  ])("may not be %j", (owner) => {
    expect(owner).not.toMatch(OWNER);
  });

  test("is judged at once, however long the text", () => {
    const long = `${"a".repeat(64)}@${"a-".repeat(50_000)}`;
    expect(OWNER.test(long)).toBe(false);
  });
});
