import { createHash } from "node:crypto";
import { ROTATION_INTERVAL_MAX_SECONDS, ROTATION_INTERVAL_MIN_SECONDS } from "./key-policy";
import { count, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "./units";

/** What Secrets Manager is told, and what that means for how late a rotation may begin. */
export interface RotationSchedule {
  /** UTC. */
  readonly expression: string;
  /** Length of the window in which it rotates, as AWS writes it. Absent: AWS's default. */
  readonly duration?: string;
  /** A rotation begins this long after the interval is over at the latest. */
  readonly windowSeconds: number;
}

const HOURS_PER_DAY = 24;
const DAYS_PER_WEEK = 7;
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * When a key rotates. With `rate()` every window begins at midnight UTC, so the keys of an issuer
 * would fall due together. Where an interval has an exact `cron()`, a hash of the secret's name
 * chooses the hour and the weekday; the first interval may then be a shorter one, and none is
 * longer. Other intervals of days keep `rate()`, whose window is a whole day that Secrets Manager
 * spreads rotations over. Undefined where AWS has no expression: `rate(N hours)` for 4 to 23 hours,
 * `rate(N days)` for 1 to 1,000 days; nothing between.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function rotationSchedule(everySeconds: number, secret: string): RotationSchedule | undefined {
  const hours = everySeconds / SECONDS_PER_HOUR;
  const days = everySeconds / SECONDS_PER_DAY;
  if (everySeconds < ROTATION_INTERVAL_MIN_SECONDS || everySeconds > ROTATION_INTERVAL_MAX_SECONDS) return undefined;
  if (!Number.isInteger(hours) || (hours > HOURS_PER_DAY && !Number.isInteger(days))) return undefined;
  const hour = share(`hour of ${secret}`, Math.min(hours, HOURS_PER_DAY));
  if (hours < HOURS_PER_DAY) {
    // AWS: increments begin anew each day.
    const expression = HOURS_PER_DAY % hours === 0 ? `cron(0 ${hour}/${hours} * * ? *)` : rate(hours, "hour");
    return { expression, windowSeconds: SECONDS_PER_HOUR };
  }
  if (days === 1) return oneHour(`cron(0 ${hour} * * ? *)`);
  if (days === DAYS_PER_WEEK) {
    return oneHour(`cron(0 ${hour} ? * ${WEEKDAYS[share(`weekday of ${secret}`, DAYS_PER_WEEK)]} *)`);
  }
  return { expression: rate(days, "day"), windowSeconds: SECONDS_PER_DAY };
}

/**
 * Without a duration the window would reach to the end of the day, and most keys would meet there.
 */
function oneHour(expression: string): RotationSchedule {
  return { expression, duration: "1h", windowSeconds: SECONDS_PER_HOUR };
}

/** From 0 to `parts` - 1, each for as many texts as any other. */
function share(text: string, parts: number): number {
  return createHash("sha256").update(text).digest().readUInt32BE() % parts;
}

function rate(n: number, unit: string): string {
  return `rate(${count(n, unit)})`;
}
