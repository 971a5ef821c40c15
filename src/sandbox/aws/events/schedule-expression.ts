/**
 * EventBridge's schedule expressions, in UTC: `rate(5 minutes)` and `cron(minutes hours day-of-month month day-of-week year)`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
const UNIT_MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const DAY_MILLIS = 86_400_000;
/** A cron expression without a match in so many days has none. */
const MAX_DAYS = 8 * 366;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

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
  const cron = /^cron\((.+)\)$/.exec(expression.trim())?.[1]?.trim().split(/\s+/);
  return cron === undefined || cron.length !== 6 ? undefined : parseCron(cron);
}

function parseCron(fields: readonly string[]): Schedule | undefined {
  const [minuteField = "", hourField = "", dayField = "", monthField = "", weekdayField = "", yearField = ""] = fields;
  const minutes = values(minuteField, 0, 59);
  const hours = values(hourField, 0, 23);
  const months = values(monthField, 1, 12, MONTHS, 1);
  const years = values(yearField, 1970, 2199);
  const day = dayMatcher(dayField, weekdayField);
  if (!minutes || !hours || !months || !years || !day) return undefined;
  return {
    next(afterMillis) {
      const from = new Date(Math.floor(afterMillis / DAY_MILLIS) * DAY_MILLIS);
      for (let days = 0; days <= MAX_DAYS; days++) {
        const date = new Date(from.getTime() + days * DAY_MILLIS);
        if (!years.includes(date.getUTCFullYear()) || !months.includes(date.getUTCMonth() + 1) || !day(date)) continue;
        for (const hour of hours) {
          for (const minute of minutes) {
            const millis = date.getTime() + hour * 3_600_000 + minute * 60_000;
            if (millis > afterMillis) return millis;
          }
        }
      }
      return undefined;
    },
  };
}

/** `*`, `?`, `5`, `1-5`, `MON-FRI`, `0/15`, `1-31/2` and lists of them, in order; undefined for anything else. */
function values(
  field: string,
  minimum: number,
  maximum: number,
  names: string[] = [],
  firstName = 0,
): number[] | undefined {
  const number = (text: string) => {
    const name = names.indexOf(text.toUpperCase());
    return name >= 0 ? name + firstName : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    const [first = "", last, ...rest] = range.split("-");
    const any = first === "*" || first === "?";
    const start = any ? minimum : number(first);
    const end = last !== undefined ? number(last) : any || step !== undefined ? maximum : start;
    const stride = step === undefined ? 1 : Number(step);
    const valid = start >= minimum && end <= maximum && start <= end && Number.isInteger(stride) && stride > 0;
    if (!valid || more.length > 0 || rest.length > 0) return undefined;
    for (let value = start; value <= end; value += stride) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function dayMatcher(dayField: string, weekdayField: string): ((date: Date) => boolean) | undefined {
  if (weekdayField === "?" || weekdayField === "*") return monthDayMatcher(dayField);
  if (dayField !== "?" && dayField !== "*") return undefined;
  return weekdayMatcher(weekdayField);
}

function monthDayMatcher(field: string): ((date: Date) => boolean) | undefined {
  if (field === "L") return (date) => date.getUTCDate() === lastDay(date);
  const nearest = /^(\d+)W$/.exec(field)?.[1];
  if (nearest !== undefined) return (date) => date.getUTCDate() === nearestWeekday(date, Number(nearest));
  const days = values(field, 1, 31);
  return days && ((date) => days.includes(date.getUTCDate()));
}

/** Sunday is 1. `6L`: the month's last Friday; `3#2`: its second Tuesday. */
function weekdayMatcher(field: string): ((date: Date) => boolean) | undefined {
  const last = /^([1-7])?L$/.exec(field);
  if (last !== null) {
    const weekday = Number(last[1] ?? 7);
    return (date) =>
      date.getUTCDay() + 1 === weekday && (last[1] === undefined || date.getUTCDate() + 7 > lastDay(date));
  }
  const nth = /^([1-7])#([1-5])$/.exec(field);
  if (nth !== null) {
    return (date) => date.getUTCDay() + 1 === Number(nth[1]) && Math.ceil(date.getUTCDate() / 7) === Number(nth[2]);
  }
  const weekdays = values(field, 1, 7, WEEKDAYS, 1);
  return weekdays && ((date) => weekdays.includes(date.getUTCDay() + 1));
}

function lastDay(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The working day nearest to a day of the month, never in another month. */
function nearestWeekday(date: Date, day: number): number {
  const wanted = Math.min(day, lastDay(date));
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), wanted)).getUTCDay();
  if (weekday === 6) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 0) return wanted < lastDay(date) ? wanted + 1 : wanted - 2;
  return wanted;
}
