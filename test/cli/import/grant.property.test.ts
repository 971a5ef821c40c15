import fc from "fast-check";
import { declaredGrant } from "../../../src/cli/import/grant";
import { defined } from "../../../src/model/defined";
import type { Limits } from "../../../src/model/grant";
import type { Granted } from "../../../src/model/granted";
import type { VendorDescriptor } from "../../../src/model/vendor-descriptor";
import { vendorDescriptors } from "../../../src/vendors/descriptors";
import { ShownLimits, WINDOW_SECONDS } from "../../../src/vendors/shown-limits";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/**
 * Stretches of time over which what may be used is compared: half a year, in steps that no window
 * divides.
 */
const STRETCHES = Array.from({ length: 200 }, (_, at) => 1 + at * 23 * HOUR);
const MINUTES = Array.from({ length: 100 }, (_, at) => 1 + at * 7);

interface Window {
  readonly amount: number;
  readonly seconds?: number;
}

/** The most that fits into a stretch of time that begins with a window. */
function most(windows: readonly Window[], stretch: number): number {
  return Math.min(
    ...windows.map(({ amount, seconds }) => (seconds === undefined ? amount : amount * Math.ceil(stretch / seconds))),
  );
}

const PERIODS = ["day", "week", "month", "lifetime"] as const;
const usd = fc.oneof(
  fc.integer({ min: -300, max: 200_000 }).map((cents) => cents / 100),
  fc.double({ min: -5, max: 2_000_000, noNaN: true }),
);
const budget = fc.record({
  usd,
  window: fc.oneof(
    fc.constantFrom(...PERIODS).map((per) => ({ per })),
    fc.constantFrom(1, 30, 61, HOUR, 7 * HOUR, 36 * HOUR, 2 * DAY, 14 * DAY, 45 * DAY, 90 * DAY).map((seconds) => ({
      seconds,
    })),
    fc.constant({}),
  ),
});
const rate = fc.record({
  amount: fc.oneof(fc.integer({ min: -2, max: 5_000 }), fc.double({ min: -1, max: 3e9, noNaN: true })),
  seconds: fc.constantFrom(undefined, 1, 60, 90, HOUR, DAY),
});

function spendWindow({ usd: amount, window }: typeof budget extends fc.Arbitrary<infer T> ? T : never): Window {
  const seconds = "per" in window ? WINDOW_SECONDS[window.per] : "seconds" in window ? window.seconds : undefined;
  return { amount, ...defined({ seconds }) };
}

describe.each(vendorDescriptors.map((vendor) => [vendor.displayName, vendor] as const))("%s", (_, vendor) => {
  const enforced = (name: keyof VendorDescriptor["enforcement"]) => vendor.enforcement[name] === "key";

  test("no declared limit is wider than those that the vendor shows, and none of those goes unsaid", () => {
    fc.assert(
      fc.property(
        fc.array(budget, { maxLength: 3 }),
        fc.array(rate, { maxLength: 2 }),
        fc.constantFrom("unset" as const, "nothing" as const),
        (budgets, rates, zero) => {
          // GIVEN
          const shown = new ShownLimits();
          for (const { usd: amount, window } of budgets) shown.budget(`budget ${amount}`, amount, window, zero);
          for (const { amount, seconds } of rates) {
            shown.amount("requestsPerMinute", `rate ${amount}`, amount, zero, seconds);
          }

          // WHEN
          const { grant, comments } = declaredGrant(vendor, shown.shown);

          // THEN
          const limiting = (amount: number) => amount > 0 || (zero === "nothing" && Object.is(Math.abs(amount), 0));
          const spends = budgets.map(spendWindow).filter(({ amount }) => limiting(amount));
          const { spend, requestsPerMinute } = grant.limits ?? {};
          if (enforced("spend") && spends.length > 0) {
            expectNoWider(spend === undefined ? undefined : spendOf(spend), spends, STRETCHES);
          } else expect(spend).toBeUndefined();
          const perMinute = rates
            .filter(({ amount }) => limiting(amount))
            .map(({ amount, seconds = 60 }) => ({ amount, seconds }));
          if (enforced("requestsPerMinute") && perMinute.length > 0) {
            const declared = requestsPerMinute === undefined ? undefined : { amount: requestsPerMinute, seconds: 60 };
            expectNoWider(declared, perMinute, MINUTES);
          } else expect(requestsPerMinute).toBeUndefined();
          for (const { shown: words } of shown.shown.others ?? []) expect(comments.join("\n")).toContain(words);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a limit that can be declared is declared whatever stands beside it", () => {
    const granted: Granted = new ShownLimits()
      .budget("budget 0", 0, { per: "month" }, "unset")
      .amount("tokensPerMinute", "tokens -1", -1, "unset")
      .amount("requestsPerMinute", "requests 60", 60, "unset").shown;
    expect(declaredGrant(vendor, granted).grant.limits).toEqual(
      enforced("requestsPerMinute") ? { requestsPerMinute: 60 } : undefined,
    );
  });

  test("a list of which one item is none for a policy is not left out: synthesis refuses it until it is filled in", () => {
    const names = { scopes: "permissions", models: "models", endpoints: "endpoints", networks: "sourceIp" } as const;
    for (const [name, dimension] of Object.entries(names)) {
      const { grant, comments } = declaredGrant(vendor, { [name]: ["with blanks", "other"] });
      if (!enforced(dimension)) continue;
      expect(grant).toMatchObject({ [name]: [] });
      expect(comments.join("\n")).toMatch(new RegExp(`FILL IN ${name}: .*with blanks`));
    }
  });
});

function spendOf({ usd: amount, per }: NonNullable<Limits["spend"]>): Window {
  const seconds = WINDOW_SECONDS[per];
  return { amount, ...defined({ seconds }) };
}

/** Zero is refused by synthesis: then nothing is declared. */
function expectNoWider(declared: Window | undefined, shown: readonly Window[], stretches: readonly number[]): void {
  expect(declared).toBeDefined();
  if (declared === undefined || declared.amount === 0) return;
  const wider = stretches.find((stretch) => most([declared], stretch) > most(shown, stretch) * (1 + 1e-9) + 1e-6);
  expect(wider).toBeUndefined();
}
