import { type CronDialect, EVENTBRIDGE_CRON, parseCron, ROTATION_CRON } from "../../../src/sandbox/aws/cron";

/** A Tuesday. */
const FROM = Date.UTC(2026, 10, 24);
const DAY_MILLIS = 86_400_000;

function firings(expression: string, dialect: CronDialect, count: number): string[] {
  const cron = parseCron(expression, dialect);
  const found: string[] = [];
  for (let at = FROM; cron !== undefined && found.length < count && at < FROM + 800 * DAY_MILLIS; at += DAY_MILLIS) {
    if (!cron.matchesDay(new Date(at))) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        found.push(new Date(at + (hour * 60 + minute) * 60_000).toISOString().slice(0, 16));
      }
    }
  }
  return found.slice(0, count);
}

/** The examples of the Secrets Manager user guide, "Rotation schedules". */
const ROTATIONS: Array<[expression: string, firings: string[]]> = [
  ["cron(0 /8 * * ? *)", ["2026-11-24T00:00", "2026-11-24T08:00", "2026-11-24T16:00"]],
  ["cron(0 8/8 * * ? *)", ["2026-11-24T08:00", "2026-11-24T16:00", "2026-11-25T08:00"]],
  ["cron(0 2/10 * * ? *)", ["2026-11-24T02:00", "2026-11-24T12:00", "2026-11-24T22:00", "2026-11-25T02:00"]],
  ["cron(0 4/12 * * ? *)", ["2026-11-24T04:00", "2026-11-24T16:00", "2026-11-25T04:00"]],
  ["cron(0 10 * * ? *)", ["2026-11-24T10:00", "2026-11-25T10:00"]],
  ["cron(0 18 ? * SAT *)", ["2026-11-28T18:00", "2026-12-05T18:00"]],
  ["cron(0 8 1 * ? *)", ["2026-12-01T08:00", "2027-01-01T08:00"]],
  ["cron(0 1 ? 1/3 SUN#1 *)", ["2027-01-03T01:00", "2027-04-04T01:00"]],
  ["cron(0 17 L * ? *)", ["2026-11-30T17:00", "2026-12-31T17:00"]],
  ["cron(0 8 ? * MON-FRI *)", ["2026-11-24T08:00", "2026-11-25T08:00", "2026-11-26T08:00", "2026-11-27T08:00"]],
  ["cron(0 16 1,15 * ? *)", ["2026-12-01T16:00", "2026-12-15T16:00"]],
  ["cron(0 0 ? * SUN#1 *)", ["2026-12-06T00:00", "2027-01-03T00:00"]],
  ["cron(0 0 ? 1/11 2#1 *)", ["2026-12-07T00:00", "2027-01-04T00:00"]],
  // Of its table of wildcards.
  ["cron(0 9 1/2 * ? *)", ["2026-11-25T09:00", "2026-11-27T09:00", "2026-11-29T09:00", "2026-12-01T09:00"]],
  ["cron(0 9 ? JAN,APR,JUL,OCT TUE#3 *)", ["2027-01-19T09:00", "2027-04-20T09:00"]],
  ["cron(0 9 ? * SUNL *)", ["2026-11-29T09:00", "2026-12-27T09:00"]],
  ["cron(0 9 ? * L *)", ["2026-11-28T09:00", "2026-12-05T09:00"]],
  ["cron(0 9 ? * 1/2 *)", ["2026-11-24T09:00", "2026-11-26T09:00", "2026-11-28T09:00", "2026-11-29T09:00"]],
];

/** The examples of the EventBridge user guide, "Setting a schedule pattern for scheduled rules". */
const RULES: Array<[expression: string, firings: string[]]> = [
  ["cron(0 10 * * ? *)", ["2026-11-24T10:00", "2026-11-25T10:00"]],
  ["cron(15 12 * * ? *)", ["2026-11-24T12:15", "2026-11-25T12:15"]],
  ["cron(0 18 ? * MON-FRI *)", ["2026-11-24T18:00", "2026-11-25T18:00", "2026-11-26T18:00", "2026-11-27T18:00"]],
  ["cron(0 8 1 * ? *)", ["2026-12-01T08:00", "2027-01-01T08:00"]],
  ["cron(0/15 * * * ? *)", ["2026-11-24T00:00", "2026-11-24T00:15", "2026-11-24T00:30"]],
  ["cron(0/10 * ? * MON-FRI *)", ["2026-11-24T00:00", "2026-11-24T00:10", "2026-11-24T00:20"]],
  ["cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-24T08:00", "2026-11-24T08:05", "2026-11-24T08:10"]],
  ["cron(0/30 20-2 ? * MON-FRI *)", ["2026-11-24T00:00", "2026-11-24T00:30", "2026-11-24T01:00"]],
  // Of its list of wildcards.
  ["cron(1/10 0 * * ? *)", ["2026-11-24T00:01", "2026-11-24T00:11", "2026-11-24T00:21"]],
  ["cron(0 9 1-15 JAN,FEB,MAR ? *)", ["2027-01-01T09:00", "2027-01-02T09:00"]],
  ["cron(0 9 3W * ? *)", ["2026-12-03T09:00", "2027-01-04T09:00"]],
  ["cron(0 9 L * ? *)", ["2026-11-30T09:00", "2026-12-31T09:00"]],
  ["cron(0 9 ? * L *)", ["2026-11-28T09:00", "2026-12-05T09:00"]],
  ["cron(0 9 ? * 3#2 *)", ["2026-12-08T09:00", "2027-01-12T09:00"]],
  ["cron(0 9 ? * FRI#2 *)", ["2026-12-11T09:00", "2027-01-08T09:00"]],
  ["cron(0 9 1 1 ? 2028)", ["2028-01-01T09:00"]],
];

describe("AWS's cron expressions", () => {
  test.each(ROTATIONS)("of a rotation: %s is at %p", (expression, expected) => {
    expect(firings(expression, ROTATION_CRON, expected.length)).toEqual(expected);
  });

  test.each(RULES)("of an EventBridge rule: %s is at %p", (expression, expected) => {
    expect(firings(expression, EVENTBRIDGE_CRON, expected.length)).toEqual(expected);
  });

  test("EventBridge's hours that go past midnight are those of both days", () => {
    expect(parseCron("cron(0/30 20-2 ? * MON-FRI *)", EVENTBRIDGE_CRON)?.hours).toEqual([0, 1, 2, 20, 21, 22, 23]);
  });

  test.each([
    ["both day fields say something", "cron(0 9 * * MON *)"],
    ["both day fields say every day", "cron(0 9 * * * *)"],
    ["both day fields say nothing", "cron(0 9 ? * ? *)"],
    ["`?` stands elsewhere", "cron(0 ? * * ? *)"],
    ["there are five fields", "cron(0 9 * * ?)"],
    ["two instances of weekdays are named", "cron(0 9 ? * 3#1,6#3 *)"],
    ["a month has no sixth Friday", "cron(0 9 ? * FRI#6 *)"],
    ["a week has no eighth day", "cron(0 9 ? * 8 *)"],
    ["a weekday is named in full", "cron(0 9 ? * FRIDAY#2 *)"],
    ["a name is none", "cron(0 9 ? * ABC *)"],
    ["an hour is none", "cron(0 24 * * ? *)"],
    ["a range runs backwards", "cron(0 9 15-1 * ? *)"],
    ["a step is none", "cron(0 9/0 * * ? *)"],
    ["a part is empty", "cron(0 9, * * ? *)"],
    ["a range has no start", "cron(0 -5 * * ? *)"],
    ["a range of all", "cron(0 *-5 * * ? *)"],
  ])("neither service takes it where %s: %s", (_, expression) => {
    expect([parseCron(expression, ROTATION_CRON), parseCron(expression, EVENTBRIDGE_CRON)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test.each([
    ["minutes", "cron(30 9 * * ? *)", EVENTBRIDGE_CRON, ROTATION_CRON],
    ["a year", "cron(0 9 * * ? 2027)", EVENTBRIDGE_CRON, ROTATION_CRON],
    ["`W`", "cron(0 9 15W * ? *)", EVENTBRIDGE_CRON, ROTATION_CRON],
    ["steps of weekdays", "cron(0 9 ? * 1/2 *)", ROTATION_CRON, EVENTBRIDGE_CRON],
  ])("only one of the services documents %s", (_, expression, takes, refuses) => {
    expect(parseCron(expression, takes)).toBeDefined();
    expect(parseCron(expression, refuses)).toBeUndefined();
  });
});
