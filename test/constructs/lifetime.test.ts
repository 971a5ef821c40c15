import fc from "fast-check";
import * as v from "valibot";
import { Duration, Lifetime, ScopedKeyError } from "../../constructs";
import * as checks from "../../constructs/checks";
import { lifetimeSchema, retryMarginSeconds } from "../../src/model/key-policy";
import { rotationSchedule } from "../../src/model/rotation-schedule";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import { newStack } from "./support";

const at = newStack();

const duration = fc
  .tuple(fc.constantFrom(Duration.days, Duration.hours, Duration.minutes), fc.integer({ min: 0, max: 400 }))
  .map(([unit, amount]) => unit(amount));

function accepted(lifetime: Lifetime, maxExpirySeconds?: number) {
  try {
    return checks.lifetime(at, lifetime, { vendor: openAiDescriptor, issuer: "issuer", maxExpirySeconds });
  } catch (error) {
    if (error instanceof ScopedKeyError) return undefined;
    throw error;
  }
}

test("every rotating lifetime that is accepted leaves time for overlap and retries before the expiry", () => {
  let taken = 0;
  fc.assert(
    fc.property(duration, duration, duration, (every, overlap, expiry) => {
      const policy = accepted(Lifetime.rotating({ every, overlap, expiry }));
      if (policy === undefined) return;
      taken += 1;
      const rotateEverySeconds = policy.rotateEverySeconds ?? Number.NaN;
      const neededSeconds = rotateEverySeconds + policy.overlapSeconds + retryMarginSeconds(rotateEverySeconds);
      expect(neededSeconds).toBeLessThanOrEqual(policy.expirySeconds);
      expect(policy.overlapSeconds).toBeLessThan(rotateEverySeconds);
      expect(policy.expirySeconds).toBeLessThanOrEqual(openAiDescriptor.maxExpirySeconds);
      expect(rotationSchedule(rotateEverySeconds, "secret")).toBeDefined();
      expect(v.is(lifetimeSchema, policy)).toBe(true);
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("the shortest expiry that the rule allows is accepted, one second less is not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 86_399 }), (days, overlapSeconds) => {
      const every = Duration.days(days);
      const overlap = Duration.seconds(overlapSeconds);
      const leastSeconds = every.toSeconds() + overlapSeconds + retryMarginSeconds(every.toSeconds());
      const expiry = (seconds: number) => Lifetime.rotating({ every, overlap, expiry: Duration.seconds(seconds) });
      expect(accepted(expiry(leastSeconds))).toBeDefined();
      expect(accepted(expiry(leastSeconds - 1))).toBeUndefined();
    }),
  );
});

test("no accepted lifetime is longer than the issuer's maximum", () => {
  const maxExpirySeconds = 20 * SECONDS_PER_DAY;
  fc.assert(
    fc.property(duration, (after) => {
      const policy = accepted(Lifetime.expiring({ after }), maxExpirySeconds);
      expect(policy !== undefined).toBe(after.toSeconds() > 0 && after.toSeconds() <= maxExpirySeconds);
      if (policy !== undefined) expect(v.is(lifetimeSchema, policy)).toBe(true);
    }),
  );
});
