import { askedAt, PLAN_MAX_AGE_SECONDS, type Plans, withWords } from "../../src/model/plans";

const NOW = 1_800_000_000;

describe("what plans have asked about", () => {
  test("is bounded in number and in age, and the newest words stay", () => {
    // GIVEN
    let plans: Plans | undefined;
    for (let n = 0; n < 30; n += 1) {
      const asked = new Map(
        Array.from({ length: 100 }, (_, i) => [`${"k".repeat(58)}${n * 100 + i}`, { digest: "0123456789ab" }]),
      );
      plans = withWords(plans, asked, NOW + n);
    }
    // THEN
    expect(plans?.words).toHaveLength(2_000);
    expect(plans?.words.at(-1)?.[0]).toMatch(/k2999$/);
    expect(JSON.stringify(plans).length).toBeLessThan(300_000);

    // WHEN
    const later = withWords(plans, new Map([["late", { digest: "0123456789ab" }]]), NOW + 100 + PLAN_MAX_AGE_SECONDS);
    // THEN
    expect(later?.words).toEqual([["late", "0123456789ab", NOW + 100 + PLAN_MAX_AGE_SECONDS]]);
  });

  test("is known for 30 days, and told apart by key and policy", () => {
    const plans = withWords(undefined, new Map([["a", { digest: "0123456789ab" }]]), NOW) as Plans;
    expect(askedAt(plans, "a", "0123456789ab", NOW + PLAN_MAX_AGE_SECONDS)).toBe(NOW);
    expect(askedAt(plans, "a", "0123456789ab", NOW + PLAN_MAX_AGE_SECONDS + 1)).toBeUndefined();
    expect(askedAt(plans, "a", "ffffffffffff", NOW)).toBeUndefined();
    expect(askedAt(plans, "b", "0123456789ab", NOW)).toBeUndefined();
  });

  test("is begun by the first plan, also where it asks about nothing new; and is not written again within the hour", () => {
    const first = withWords(undefined, new Map(), NOW);
    expect(first).toEqual({ schema: 1, words: [] });
    expect(withWords(first, new Map(), NOW)).toBeUndefined();
    const asked = new Map([["a", { digest: "0123456789ab" }]]);
    const second = withWords(first, asked, NOW);
    expect(withWords(second, asked, NOW + 3_599)).toBeUndefined();
    // But where something has happened since.
    const seen = new Map([["a", { digest: "0123456789ab", after: NOW }]]);
    expect(withWords(second, seen, NOW + 5)?.words).toEqual([["a", "0123456789ab", NOW + 5]]);
    expect(withWords(second, asked, NOW + 3_600)?.words).toEqual([["a", "0123456789ab", NOW + 3_600]]);
  });
});
