import { type Cron, EVENTBRIDGE_CRON, parseCron } from "../cron";

/**
 * EventBridge's schedule expressions, in UTC: `rate(5 minutes)` and
 * `cron(minutes hours day-of-month month day-of-week year)`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
const UNIT_MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const DAY_MILLIS = 86_400_000;
/** A cron expression without a match in so many days has none. */
const MAX_DAYS = 8 * 366;

export interface Schedule {
  /** First moment after another; Unix milliseconds. Undefined when there is none any more. */
  next(afterMillis: number): number | undefined;
}

/** @returns undefined for what is no schedule expression. */
export function parseScheduleExpression(expression: string): Schedule | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression.trim());
  if (rate !== null) {
    const periodMillis = Number(rate[1]) * (UNIT_MILLIS[rate[2] ?? ""] ?? 0);
    return periodMillis > 0 ? { next: (after) => after + periodMillis } : undefined;
  }
  const cron = parseCron(expression.trim(), EVENTBRIDGE_CRON);
  return cron && { next: (after) => nextOf(cron, after) };
}

function nextOf({ minutes, hours, matchesDay }: Cron, afterMillis: number): number | undefined {
  const today = Math.floor(afterMillis / DAY_MILLIS) * DAY_MILLIS;
  for (let days = 0; days <= MAX_DAYS; days++) {
    const midnight = today + days * DAY_MILLIS;
    if (!matchesDay(new Date(midnight))) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const millis = midnight + hour * 3_600_000 + minute * 60_000;
        if (millis > afterMillis) return millis;
      }
    }
  }
  return undefined;
}
