import { invalidParameter } from "./errors";

/** The days and hours (UTC) at which a rotation window may start. */
export interface Cron {
  /** Ascending. */
  readonly hours: readonly number[];
  /** @param day midnight UTC of the day. */
  matchesDay(day: Date): boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * `cron(Minutes Hours Day-of-month Month Day-of-week Year)` as Secrets Manager takes it: minutes must be 0, the year `*`, and one of
 * the two day fields `?`.
 */
export function parseCron(expression: string): Cron {
  const inner = /^cron\((.*)\)$/.exec(expression)?.[1];
  const fields = inner?.trim().split(/\s+/) ?? [];
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (
    fields.length !== 6 ||
    hours === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined ||
    minutes !== "0" ||
    year !== "*" ||
    (dayOfMonth === "?") === (dayOfWeek === "?")
  ) {
    throw invalid(expression);
  }
  const months = numbers(month, 1, 12, MONTHS, expression);
  const monthDay = parseDayOfMonth(dayOfMonth, expression);
  const weekday = parseDayOfWeek(dayOfWeek, expression);
  return {
    hours: [...numbers(hours, 0, 23, [], expression)].sort((a, b) => a - b),
    matchesDay: (day) => months.has(day.getUTCMonth() + 1) && monthDay(day) && weekday(day),
  };
}

type DayTest = (day: Date) => boolean;

function parseDayOfMonth(field: string, expression: string): DayTest {
  if (field === "?" || field === "*") return () => true;
  if (field === "L") return (day) => day.getUTCDate() === lastDayOf(day);
  const weekday = /^(\d{1,2})W$/.exec(field)?.[1];
  if (weekday !== undefined) {
    const target = Number(weekday);
    if (target < 1 || target > 31) throw invalid(expression);
    return (day) => target <= lastDayOf(day) && day.getUTCDate() === nearestWeekday(day, target);
  }
  const days = numbers(field, 1, 31, [], expression);
  return (day) => days.has(day.getUTCDate());
}

function parseDayOfWeek(field: string, expression: string): DayTest {
  if (field === "?" || field === "*") return () => true;
  const special = /^([A-Za-z0-9]+)(?:#([1-5])|(L))$/.exec(field);
  if (special?.[1] !== undefined) {
    const [weekday] = numbers(special[1], 1, 7, WEEKDAYS, expression);
    const nth = special[2];
    return (day) =>
      day.getUTCDay() + 1 === weekday &&
      (nth === undefined ? day.getUTCDate() > lastDayOf(day) - 7 : Math.ceil(day.getUTCDate() / 7) === Number(nth));
  }
  const days = numbers(field === "L" ? "7" : field, 1, 7, WEEKDAYS, expression);
  return (day) => days.has(day.getUTCDay() + 1);
}

/** `*`, numbers or names, ranges, lists, and steps of them. */
function numbers(field: string, min: number, max: number, names: readonly string[], expression: string): Set<number> {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null) throw invalid(expression);
    const [, star, first, last, step] = match;
    const from = star === undefined ? numberOf(first ?? "", names, expression) : min;
    const to =
      last !== undefined ? numberOf(last, names, expression) : star !== undefined || step !== undefined ? max : from;
    const by = Number(step ?? 1);
    if (from < min || to > max || from > to || by < 1) throw invalid(expression);
    for (let n = from; n <= to; n += by) found.add(n);
  }
  return found;
}

function numberOf(text: string, names: readonly string[], expression: string): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + 1;
  if (!/^\d{1,2}$/.test(text)) throw invalid(expression);
  return Number(text);
}

function lastDayOf(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Day of the month of the weekday nearest to the target, in the same month. */
function nearestWeekday(day: Date, target: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), target)).getUTCDay();
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === lastDayOf(day) ? target - 2 : target + 1;
  return target;
}

const invalid = (expression: string) => invalidParameter(`Invalid ScheduleExpression: ${expression.slice(0, 256)}`);
