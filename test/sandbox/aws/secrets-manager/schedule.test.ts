import * as fc from "fast-check";
import {
  DAY_MILLIS,
  HOUR_MILLIS,
  momentIn,
  nextWindow,
  parseSchedule,
  type RotationRules,
} from "../../../../src/sandbox/aws/secrets-manager/schedule";

const ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf";
/** A Tuesday. */
const NOW = Date.UTC(2026, 10, 24, 10, 20);

function windowsOf(
  rules: RotationRules,
  count: number,
  arn = ARN,
): Array<{ startsAt: number; endsAt: number; at: number }> {
  const schedule = parseSchedule(rules);
  if (schedule === undefined) throw new Error("the rules set no schedule");
  const windows: Array<{ startsAt: number; endsAt: number; at: number }> = [];
  let [from, now] = [NOW, NOW];
  for (let i = 0; i < count; i++) {
    const window = nextWindow(schedule, arn, from, now);
    from = window.startsAt;
    now = momentIn(window, arn);
    windows.push({ ...window, at: now });
  }
  return windows;
}

const iso = (millis: number) => new Date(millis).toISOString().slice(0, 13);

test.each<[RotationRules, string[]]>([
  [{ AutomaticallyAfterDays: 10 }, ["2026-12-04T00", "2026-12-14T00"]],
  [{ ScheduleExpression: "rate(1 day)" }, ["2026-11-25T00", "2026-11-26T00"]],
  [{ ScheduleExpression: "rate(36 hours)" }, ["2026-11-25T22", "2026-11-27T10"]],
  [{ ScheduleExpression: "cron(0 8 1 * ? *)" }, ["2026-12-01T08", "2027-01-01T08"]],
  [{ ScheduleExpression: "cron(0 */8 * * ? *)" }, ["2026-11-24T16", "2026-11-25T00", "2026-11-25T08"]],
  [{ ScheduleExpression: "cron(0 0 ? * SUN#1 *)" }, ["2026-12-06T00", "2027-01-03T00"]],
  [
    { ScheduleExpression: "cron(0 10 ? * MON-FRI *)" },
    ["2026-11-25T10", "2026-11-26T10", "2026-11-27T10", "2026-11-30T10"],
  ],
  [{ ScheduleExpression: "cron(0 17 L * ? *)" }, ["2026-11-30T17", "2026-12-31T17"]],
  [{ ScheduleExpression: "cron(0 17 ? JAN,JUL 6L *)" }, ["2027-01-29T17", "2027-07-30T17"]],
  [{ ScheduleExpression: "cron(0 0 29 2 ? *)" }, ["2028-02-29T00", "2032-02-29T00"]],
])("the windows of %j", (rules, starts) => {
  expect(windowsOf(rules, starts.length).map(({ startsAt }) => iso(startsAt))).toEqual(starts);
});

test.each<[RotationRules, number]>([
  [{ AutomaticallyAfterDays: 10 }, 24],
  [{ AutomaticallyAfterDays: 10, Duration: "3h" }, 3],
  [{ ScheduleExpression: "rate(4 hours)" }, 1],
  [{ ScheduleExpression: "rate(4 hours)", Duration: "2h" }, 2],
  [{ ScheduleExpression: "cron(0 8 * * ? *)" }, 16],
  [{ ScheduleExpression: "cron(0 8,20 * * ? *)" }, 1],
])("the window of %j is open for %d hours", (rules, hours) => {
  const [window] = windowsOf(rules, 1);
  expect(((window?.endsAt ?? 0) - (window?.startsAt ?? 0)) / HOUR_MILLIS).toBe(hours);
});

const rules: fc.Arbitrary<RotationRules> = fc.oneof(
  fc.record({ AutomaticallyAfterDays: fc.integer({ min: 1, max: 1_000 }) }),
  fc.integer({ min: 4, max: 300 }).map((hours) => ({ ScheduleExpression: `rate(${hours} hours)` })),
  fc.record({
    ScheduleExpression: fc.integer({ min: 0, max: 20 }).map((hour) => `cron(0 ${hour} * * ? *)`),
    Duration: fc.integer({ min: 1, max: 4 }).map((hours) => `${hours}h`),
  }),
);

test("a rotation lies in its window, the window in its UTC day, and two of one secret are exactly an interval apart", () => {
  fc.assert(
    fc.property(rules, fc.string(), (given, suffix) => {
      const windows = windowsOf(given, 4, `${ARN}${suffix}`);
      for (const { startsAt, endsAt, at } of windows) {
        expect(at).toBeGreaterThanOrEqual(startsAt);
        expect(at).toBeLessThan(endsAt);
        expect(Math.floor(startsAt / DAY_MILLIS)).toBe(Math.floor((endsAt - 1) / DAY_MILLIS));
      }
      const gaps = windows.slice(1).map(({ at }, i) => at - (windows[i]?.at ?? 0));
      expect(new Set(gaps).size).toBe(1);
      expect(gaps[0]).toBeGreaterThanOrEqual(4 * HOUR_MILLIS);
    }),
  );
});

test("secrets of one schedule are spread over the window", () => {
  const window = { startsAt: 0, endsAt: DAY_MILLIS };
  const hours = Array.from({ length: 200 }, (_, i) => Math.floor(momentIn(window, `${ARN}${i}`) / HOUR_MILLIS));
  expect(new Set(hours).size).toBe(24);
});
