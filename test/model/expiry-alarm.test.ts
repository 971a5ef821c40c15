import fc from "fast-check";
import { expiryAlarmDays } from "../../src/model/expiry-alarm";
import { retryMarginSeconds } from "../../src/model/key-policy";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";

test.each([
  ["weekly, 24 h overlap, 10 days", 7 * 24, 240, 2.46],
  ["daily, least expiry without overlap", 24, 72, 1.46],
  ["every 30 days, 40 days", 30 * 24, 960, 8.5],
  ["every 4 hours, least expiry without overlap", 4, 9, 0.08],
])("the alarm of a key: %s", (_, everyHours, expiryHours, days) => {
  const lifetime = {
    rotateEverySeconds: everyHours * SECONDS_PER_HOUR,
    overlapSeconds: 0,
    expirySeconds: expiryHours * SECONDS_PER_HOUR,
  };
  expect(expiryAlarmDays(lifetime)).toBe(days);
});

test("a key that does not rotate has none", () => {
  expect(expiryAlarmDays({ overlapSeconds: 0, expirySeconds: SECONDS_PER_DAY })).toBeUndefined();
});

test("however short the expiry is that synthesis accepts, two hours are left, and no rotation in its window sets it off", () => {
  const everySeconds = fc.oneof(
    fc.integer({ min: 4, max: 23 }).map((hours) => hours * SECONDS_PER_HOUR),
    fc.integer({ min: 1, max: 300 }).map((days) => days * SECONDS_PER_DAY),
  );
  fc.assert(
    fc.property(everySeconds, fc.nat({ max: 86_400 }), (rotateEverySeconds, overlapSeconds) => {
      const expirySeconds = rotateEverySeconds + overlapSeconds + retryMarginSeconds(rotateEverySeconds);
      const days = expiryAlarmDays({ rotateEverySeconds, overlapSeconds, expirySeconds }) ?? 0;
      // Rounded to a hundredth of a day.
      expect(days * 24).toBeGreaterThan(1.8);
      expect(days * SECONDS_PER_DAY).toBeLessThan(expirySeconds - rotateEverySeconds - SECONDS_PER_HOUR);
    }),
  );
});
