const DAY_MILLIS = 86_400_000;
const UNIT_MILLIS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MILLIS,
  w: 7 * DAY_MILLIS,
  mo: 30 * DAY_MILLIS,
};

/** `30s`, `30m`, `30h`, `30d`, `1w`, `1mo`; undefined where it is none. */
export function durationMillis(duration: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)(mo|[smhdw])$/.exec(duration) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MILLIS[unit] ?? 0);
}

/**
 * When a budget starts anew, in UTC: days at midnight, weeks on Monday, months on the first; all
 * else after its length. Unix millis.
 */
export function nextReset(duration: string, now: number): number {
  const date = new Date(now);
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const millis = durationMillis(duration) ?? DAY_MILLIS;
  if (millis === DAY_MILLIS) return midnight + DAY_MILLIS;
  if (millis === 7 * DAY_MILLIS)
    return midnight + (((8 - date.getUTCDay()) % 7) + (date.getUTCDay() === 1 ? 7 : 0)) * DAY_MILLIS;
  if (millis === 30 * DAY_MILLIS) return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return millis % DAY_MILLIS === 0 ? midnight + millis : now + millis;
}
