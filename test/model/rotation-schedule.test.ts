import fc from "fast-check";
import { retryMarginSeconds } from "../../src/model/key-policy";
import { rotationSchedule } from "../../src/model/rotation-schedule";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { momentIn, nextWindow, parseSchedule } from "../../src/sandbox/aws/secrets-manager/schedule";

const DAY = SECONDS_PER_DAY;
const HOUR = SECONDS_PER_HOUR;
const SECRET = "ai-keys/openai/reader";
const NAMES = Array.from({ length: 1_000 }, (_, n) => `ai-keys/openai/key-${n}`);

const everySeconds = fc.oneof(
  fc.integer({ min: 4, max: 23 }).map((hours) => hours * HOUR),
  fc.constantFrom(1, 7).map((days) => days * DAY),
  fc.integer({ min: 1, max: 1_000 }).map((days) => days * DAY),
);
const secret = fc.string({ minLength: 1, maxLength: 40 });

test.each([
  [4 * HOUR, "cron(0 3/4 * * ? *)", undefined],
  [6 * HOUR, "cron(0 1/6 * * ? *)", undefined],
  [7 * HOUR, "rate(7 hours)", undefined],
  [12 * HOUR, "cron(0 7/12 * * ? *)", undefined],
  [23 * HOUR, "rate(23 hours)", undefined],
  [DAY, "cron(0 7 * * ? *)", "1h"],
  [2 * DAY, "rate(2 days)", undefined],
  [7 * DAY, "cron(0 7 ? * WED *)", "1h"],
  [1_000 * DAY, "rate(1000 days)", undefined],
])("an interval of %d seconds is %s, and stays so over releases", (every, expression, duration) => {
  const schedule = rotationSchedule(every, SECRET);
  expect(schedule?.expression).toBe(expression);
  expect(schedule?.duration).toBe(duration);
});

test.each([0, 1, 3 * HOUR, 1_001 * DAY, 25 * HOUR, 36 * HOUR, DAY + 1])(
  "an interval of %d seconds has no schedule",
  (every) => {
    expect(rotationSchedule(every, SECRET)).toBeUndefined();
  },
);

/**
 * Whenever a key is issued, and wherever in its windows Secrets Manager rotates it: each rotation,
 * the first too, is in time.
 */
test("no rotation begins later than interval and window after the one before, nor sooner than four hours after it", () => {
  fc.assert(
    fc.property(
      everySeconds,
      secret,
      fc.integer({ min: 1_796_000_000, max: 1_996_000_000 }),
      fc.array(fc.nat({ max: 0xffff }), { minLength: 4, maxLength: 4 }),
      (every, name, issuedAt, arns) => {
        const schedule = rotationSchedule(every, name);
        if (schedule === undefined) throw new Error(`no schedule for ${every}`);
        const parsed = parseSchedule({ ScheduleExpression: schedule.expression, Duration: schedule.duration });
        if (parsed === undefined) throw new Error(`AWS would not take ${schedule.expression}`);
        let previous = issuedAt * 1_000;
        let from = previous;
        for (const [n, arn] of arns.entries()) {
          const window = nextWindow(parsed, `arn${arn}`, from, previous);
          const at = momentIn(window, `arn${arn}`);
          expect(at - previous).toBeLessThanOrEqual((every + schedule.windowSeconds) * 1_000);
          if (n > 0) expect(window.startsAt - from).toBeGreaterThanOrEqual(4 * HOUR * 1_000);
          from = window.startsAt;
          previous = at;
        }
        // The margin that synthesis asks for holds the window, and a try more.
        expect(schedule.windowSeconds + Math.min(DAY, every)).toBeLessThanOrEqual(retryMarginSeconds(every));
      },
    ),
    { numRuns: 3_000 },
  );
});

describe("a thousand keys of one interval", () => {
  const keysPerHour = (every: number) => {
    const slots = new Map<string, number>();
    for (const name of NAMES) {
      const expression = rotationSchedule(every, name)?.expression ?? "";
      slots.set(expression, (slots.get(expression) ?? 0) + 1);
    }
    return [...slots.values()];
  };

  test.each([
    [4 * HOUR, 4, 300],
    [12 * HOUR, 12, 120],
    [DAY, 24, 70],
    [7 * DAY, 168, 20],
  ])(
    "of %d seconds fall into %d slots, none with more than %d: an hour takes 420 at 7 calls a minute",
    (every, slots, most) => {
      const perSlot = keysPerHour(every);
      expect(perSlot).toHaveLength(slots);
      expect(Math.max(...perSlot)).toBeLessThanOrEqual(most);
    },
  );
});
