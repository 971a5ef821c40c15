import { createHash } from "node:crypto";
import { MILLIS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../../model/units";
import { type Cron, parseCron, ROTATION_CRON } from "../cron";
import { invalidParameter } from "./errors";

export const HOUR_MILLIS = SECONDS_PER_HOUR * MILLIS_PER_SECOND;
export const DAY_MILLIS = SECONDS_PER_DAY * MILLIS_PER_SECOND;
const HOURS_PER_DAY = 24;

/** AWS: a secret can be rotated as often as every four hours … */
const MIN_HOURS = 4;
/** … and at least every 1,000 days. */
const MAX_DAYS = 1_000;
/** 29 February on a given weekday comes once in 28 years at least, or in 40 around a century. */
const CRON_HORIZON_DAYS = 40 * 366;
/** Enough days to see every distance between neighbouring windows of a yearly pattern. */
const CRON_CHECKED_DAYS = 2 * 366;

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

/** Span of a rotation, in Unix milliseconds; the end is not part of it. */
export interface RotationWindow {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The window of a secret's next rotation, and the moment in it at which it comes. */
export interface PlannedRotation extends RotationWindow {
  readonly at: number;
}

export type Schedule =
  | { readonly kind: "days"; readonly every: number; readonly durationHours: number | undefined }
  | { readonly kind: "hours"; readonly every: number; readonly durationHours: number | undefined }
  | { readonly kind: "cron"; readonly cron: Cron; readonly durationHours: number | undefined };

/**
 * @throws InvalidParameterException for what AWS refuses. Undefined where the rules set no
 * schedule.
 */
export function parseSchedule(rules: RotationRules): Schedule | undefined {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules;
  const durationHours = parseDuration(rules.Duration);
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
  }
  if (days !== undefined) {
    if (days < 1 || days > MAX_DAYS) {
      throw invalidParameter(`RotationRules.AutomaticallyAfterDays must be within 1-${MAX_DAYS}.`);
    }
    return { kind: "days", every: days, durationHours };
  }
  if (expression === undefined) {
    if (durationHours !== undefined) throw invalidParameter("Duration needs a rotation schedule.");
    return undefined;
  }
  return expression.startsWith("cron(")
    ? checkedCron(cronOf(expression), durationHours)
    : parseRate(expression, durationHours);
}

/**
 * The window in which the next rotation falls.
 * @param from the previous rotation, or the start of its window: what the interval of `rate()` and
 * of days counts from.
 * @param now the rotation's moment in the window lies after it.
 */
export function nextWindow(schedule: Schedule, secretArn: string, from: number, now: number): PlannedRotation {
  if (schedule.kind === "cron") {
    for (const startsAt of cronStarts(schedule.cron, from, CRON_HORIZON_DAYS)) {
      const planned = plannedIn(windowAt(schedule, startsAt), secretArn);
      if (startsAt > from && planned.at > now) return planned;
    }
    throw invalidParameter("ScheduleExpression names no day that comes.");
  }
  const unit = schedule.kind === "days" ? DAY_MILLIS : HOUR_MILLIS;
  let startsAt = floorTo(from, unit) + schedule.every * unit;
  if (startsAt < now - DAY_MILLIS) startsAt = floorTo(now, unit);
  for (;;) {
    const planned = plannedIn(windowAt(schedule, startsAt), secretArn);
    if (planned.at > now) return planned;
    startsAt += unit;
  }
}

function plannedIn(window: RotationWindow, secretArn: string): PlannedRotation {
  return { ...window, at: momentIn(window, secretArn) };
}

/**
 * When in its window a secret rotates. AWS calls it random, with the minute weighted towards the
 * top of the hour; here it depends on the ARN alone, so that rotations of one secret are exactly an
 * interval apart.
 */
export function momentIn(window: RotationWindow, secretArn: string): number {
  const hash = createHash("sha256").update(secretArn).digest();
  const hours = Math.max(1, Math.floor((window.endsAt - window.startsAt) / HOUR_MILLIS));
  const weighted = (hash.readUInt32BE(4) / 2 ** 32) ** 2;
  const minute = Math.floor(weighted * 60);
  return window.startsAt + (hash.readUInt32BE(0) % hours) * HOUR_MILLIS + minute * 60 * MILLIS_PER_SECOND;
}

function windowAt(schedule: Schedule, startsAt: number): RotationWindow {
  const endOfDay = floorTo(startsAt, DAY_MILLIS) + DAY_MILLIS;
  const hours = schedule.durationHours ?? (inHours(schedule) ? 1 : HOURS_PER_DAY);
  return { startsAt, endsAt: Math.min(endOfDay, startsAt + hours * HOUR_MILLIS) };
}

function inHours(schedule: Schedule): boolean {
  return schedule.kind === "hours" || (schedule.kind === "cron" && schedule.cron.hours.length > 1);
}

function cronOf(expression: string): Cron {
  const cron = parseCron(expression, ROTATION_CRON);
  if (cron === undefined) throw invalidExpression(expression);
  return cron;
}

function parseRate(expression: string, durationHours: number | undefined): Schedule {
  const match = /^rate\((\d{1,5}) (hours?|days?)\)$/.exec(expression);
  if (match === null) throw invalidExpression(expression);
  const every = Number(match[1]);
  const kind = match[2]?.startsWith("day") ? "days" : "hours";
  const hours = kind === "days" ? every * HOURS_PER_DAY : every;
  if (hours < MIN_HOURS) throw tooOften(expression);
  if (hours > MAX_DAYS * HOURS_PER_DAY) {
    throw invalidParameter(`The rotation interval can't be longer than ${MAX_DAYS} days: ${expression}`);
  }
  if (durationHours !== undefined && durationHours > hours) throw durationTooLong();
  return { kind, every, durationHours };
}

function checkedCron(cron: Cron, durationHours: number | undefined): Schedule {
  const schedule: Schedule = { kind: "cron", cron, durationHours };
  // A fixed year keeps the answer to one expression the same on every day; 2024 has a 29 February.
  const epoch = Date.UTC(2024, 0, 1);
  let previous: number | undefined;
  for (const startsAt of cronStarts(cron, epoch, CRON_CHECKED_DAYS)) {
    const gap = previous === undefined ? Number.POSITIVE_INFINITY : startsAt - previous;
    if (gap < MIN_HOURS * HOUR_MILLIS) throw tooOften("cron()");
    if (durationHours !== undefined) {
      const endOfDay = floorTo(startsAt, DAY_MILLIS) + DAY_MILLIS;
      if (startsAt + durationHours * HOUR_MILLIS > endOfDay || durationHours * HOUR_MILLIS > gap) {
        throw durationTooLong();
      }
    }
    previous = startsAt;
  }
  if (cronStarts(cron, epoch, CRON_HORIZON_DAYS).next().done) {
    throw invalidParameter("ScheduleExpression names no day that comes.");
  }
  return schedule;
}

function* cronStarts(cron: Cron, from: number, days: number): Generator<number> {
  const first = floorTo(from, DAY_MILLIS);
  for (let day = 0; day < days; day++) {
    const midnight = first + day * DAY_MILLIS;
    if (!cron.matchesDay(new Date(midnight))) continue;
    for (const hour of cron.hours) yield midnight + hour * HOUR_MILLIS;
  }
}

function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hours = Number(/^(\d{1,2})h$/.exec(text)?.[1]);
  if (!Number.isInteger(hours) || hours < 1) throw invalidParameter(`Invalid Duration: ${text.slice(0, 64)}`);
  if (hours > HOURS_PER_DAY) throw durationTooLong();
  return hours;
}

function floorTo(millis: number, unit: number): number {
  return Math.floor(millis / unit) * unit;
}

const invalidExpression = (expression: string) =>
  invalidParameter(`Invalid ScheduleExpression: ${expression.slice(0, 256)}`);
const tooOften = (expression: string) =>
  invalidParameter(`A secret can be rotated at most every ${MIN_HOURS} hours: ${expression}`);
const durationTooLong = () =>
  invalidParameter("The rotation window must not extend into the next UTC day or into the next rotation window.");
