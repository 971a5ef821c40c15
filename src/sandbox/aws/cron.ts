/** Days, and moments of a day, in UTC. */
export interface Cron {
  /** Ascending. */
  readonly minutes: readonly number[];
  /** Ascending. */
  readonly hours: readonly number[];
  /** @param day midnight UTC of the day. */
  matchesDay(day: Date): boolean;
}

/** What a service takes of AWS's cron expressions, as its user guide says. */
export interface CronDialect {
  /** Minutes that the expression must name. */
  readonly minutes?: "0";
  /** Years that the expression must name. */
  readonly years?: "*";
  /** `15W` as a day of the month: the working day nearest to the 15th. */
  readonly nearestWeekday: boolean;
  /** `1/2` as a day of the week. */
  readonly weekdaySteps: boolean;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
export const EVENTBRIDGE_CRON: CronDialect = { nearestWeekday: true, weekdaySteps: false };
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html */
export const ROTATION_CRON: CronDialect = { minutes: "0", years: "*", nearestWeekday: false, weekdaySteps: true };

interface Field {
  readonly min: number;
  readonly max: number;
  /** Names of the values from 1 on. */
  readonly names?: readonly string[];
  /** AWS's own example has the hours `20-2`. */
  readonly wraps?: true;
}

const MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MINUTES: Field = { min: 0, max: 59 };
const HOURS: Field = { min: 0, max: 23, wraps: true };
const MONTH_DAYS: Field = { min: 1, max: 31 };
const MONTHS: Field = { min: 1, max: 12, names: MONTH_NAMES };
const WEEKDAYS: Field = { min: 1, max: 7, names: WEEKDAY_NAMES };
const YEARS: Field = { min: 1970, max: 2199 };

type DayTest = (day: Date) => boolean;

/**
 * `cron(minutes hours day-of-month month day-of-week year)`. One of the two day fields is `?`, as
 * AWS demands.
 * @returns undefined for what AWS refuses, or does not document.
 */
export function parseCron(expression: string, dialect: CronDialect): Cron | undefined {
  const fields = /^cron\((.*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  const [minuteField = "", hourField = "", dayField = "", monthField = "", weekdayField = "", yearField = ""] = fields;
  if (fields.length !== 6 || (dayField === "?") === (weekdayField === "?")) return undefined;
  if (dialect.minutes !== undefined && minuteField !== dialect.minutes) return undefined;
  if (dialect.years !== undefined && yearField !== dialect.years) return undefined;
  const minutes = valuesOf(minuteField, MINUTES);
  const hours = valuesOf(hourField, HOURS);
  const months = valuesOf(monthField, MONTHS);
  const years = valuesOf(yearField, YEARS);
  const matches = weekdayField === "?" ? monthDayTest(dayField, dialect) : weekdayTest(weekdayField, dialect);
  if (!minutes || !hours || !months || !years || !matches) return undefined;
  return {
    minutes,
    hours,
    matchesDay: (day) => years.includes(day.getUTCFullYear()) && months.includes(day.getUTCMonth() + 1) && matches(day),
  };
}

function monthDayTest(field: string, { nearestWeekday }: CronDialect): DayTest | undefined {
  if (field === "L") return (day) => day.getUTCDate() === lastDayOf(day);
  const nearest = nearestWeekday ? /^(\d{1,2})W$/.exec(field)?.[1] : undefined;
  if (nearest !== undefined) {
    const target = oneValue(nearest, MONTH_DAYS);
    if (target === undefined) return undefined;
    return (day) => target <= lastDayOf(day) && day.getUTCDate() === weekdayNearest(day, target);
  }
  const days = valuesOf(field, MONTH_DAYS);
  return days && ((day) => days.includes(day.getUTCDate()));
}

/**
 * `L`: Saturdays. `6L` or `FRIL`: the month's last Friday. `3#2` or `TUE#2`: its second Tuesday.
 */
function weekdayTest(field: string, { weekdaySteps }: CronDialect): DayTest | undefined {
  if (field === "L") return (day) => day.getUTCDay() === 6;
  const [, named, nth] = /^([A-Z]{3}|\d)(?:#([1-5])|L)$/i.exec(field) ?? [];
  if (named !== undefined) {
    const weekday = oneValue(named, WEEKDAYS);
    if (weekday === undefined) return undefined;
    return (day) =>
      day.getUTCDay() + 1 === weekday &&
      (nth === undefined ? day.getUTCDate() > lastDayOf(day) - 7 : Math.ceil(day.getUTCDate() / 7) === Number(nth));
  }
  const weekdays = weekdaySteps || !field.includes("/") ? valuesOf(field, WEEKDAYS) : undefined;
  return weekdays && ((day) => weekdays.includes(day.getUTCDay() + 1));
}

/**
 * `*`, `5`, `1-5`, `MON-FRI`, `0/15`, `/8`, `1-31/2` and lists of them.
 * @returns ascending; undefined for anything else.
 */
function valuesOf(text: string, field: Field): number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\*|\w*)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null || part === "") return undefined;
    const [, first = "", last, step] = match;
    const all = first === "*" || (first === "" && step !== undefined);
    if (all && last !== undefined) return undefined;
    const from = all ? field.min : oneValue(first, field);
    const to = last !== undefined ? oneValue(last, field) : all || step !== undefined ? field.max : from;
    const by = Number(step ?? 1);
    if (from === undefined || to === undefined || by < 1 || (from > to && field.wraps !== true)) return undefined;
    const size = field.max - field.min + 1;
    const end = from > to ? to + size : to;
    for (let value = from; value <= end; value += by) found.add(value > field.max ? value - size : value);
  }
  return [...found].sort((a, b) => a - b);
}

function oneValue(text: string, { min, max, names = [] }: Field): number | undefined {
  const name = names.indexOf(text.toUpperCase());
  const value = name >= 0 ? name + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function lastDayOf(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Day of the month of the working day nearest to the target, in the same month. */
function weekdayNearest(day: Date, target: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), target)).getUTCDay();
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === lastDayOf(day) ? target - 2 : target + 1;
  return target;
}
