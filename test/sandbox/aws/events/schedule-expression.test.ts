import { parseScheduleExpression } from "../../../../src/sandbox/aws/events/schedule-expression";

/** A Tuesday. */
const FROM = Date.UTC(2026, 10, 24, 10, 30);

function firings(expression: string, count: number): string[] {
  const schedule = parseScheduleExpression(expression);
  const found: string[] = [];
  let at: number | undefined = FROM;
  for (let i = 0; i < count; i++) {
    at = schedule?.next(at ?? 0);
    found.push(at === undefined ? "never" : new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe("schedule expressions", () => {
  test.each([
    ["rate(1 hour)", ["2026-11-24T11:30", "2026-11-24T12:30"]],
    ["rate(10 minutes)", ["2026-11-24T10:40", "2026-11-24T10:50"]],
    ["rate(7 days)", ["2026-12-01T10:30", "2026-12-08T10:30"]],
    ["cron(0 12 * * ? *)", ["2026-11-24T12:00", "2026-11-25T12:00"]],
    ["cron(30 10 * * ? *)", ["2026-11-25T10:30", "2026-11-26T10:30"]],
    ["cron(0/15 * * * ? *)", ["2026-11-24T10:45", "2026-11-24T11:00"]],
    ["cron(0 8,18 ? * MON-FRI *)", ["2026-11-24T18:00", "2026-11-25T08:00"]],
    ["cron(0 0 1 JAN,APR ? *)", ["2027-01-01T00:00", "2027-04-01T00:00"]],
    ["cron(0 0 L * ? *)", ["2026-11-30T00:00", "2026-12-31T00:00"]],
    ["cron(0 0 ? * 6L *)", ["2026-11-27T00:00", "2026-12-25T00:00"]],
    ["cron(0 0 ? * 3#2 *)", ["2026-12-08T00:00", "2027-01-12T00:00"]],
    ["cron(0 0 28W * ? *)", ["2026-11-27T00:00", "2026-12-28T00:00"]],
    ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["cron(0 0 * * ? 2025)", ["never", "never"]],
  ])("%s fires at %p", (expression, expected) => {
    expect(firings(expression, 2)).toEqual(expected);
  });

  test.each([
    "rate(0 hours)",
    "rate(1 week)",
    "cron(* * * * *)",
    "cron(60 * * * ? *)",
    "cron(0 0 1 * MON *)",
    "cron(5-1 * * * ? *)",
    "every day",
  ])("%s is none", (expression) => {
    expect(parseScheduleExpression(expression)).toBeUndefined();
  });
});
