/** Units that raw numbers in `src/` are given in; every such number's name ends in its unit. */
export const MILLIS_PER_SECOND = 1_000;
export const SECONDS_PER_MINUTE = 60;
export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;

/** "7 days", "36 hours", "90 seconds": the largest unit that divides the length. */
export function describeSeconds(seconds: number): string {
  const units: Array<[string, number]> = [
    ["day", SECONDS_PER_DAY],
    ["hour", SECONDS_PER_HOUR],
    ["minute", SECONDS_PER_MINUTE],
  ];
  for (const [unit, size] of units) {
    if (seconds !== 0 && seconds % size === 0) return count(seconds / size, unit);
  }
  return count(seconds, "second");
}

/** "1 key", "2 keys". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/**
 * The last second of the year 9999: later ones have no ISO 8601 text of the usual form. Unix
 * seconds.
 */
export const LATEST_SECONDS = 253_402_300_799;

/** ISO 8601 in UTC, to the millisecond. */
export function isoTime(seconds: number): string {
  return new Date(seconds * MILLIS_PER_SECOND).toISOString();
}

/** Unix seconds of an ISO 8601 text. */
export function unixSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / MILLIS_PER_SECOND);
}

/** ISO 8601 in UTC, to the second. */
export function isoSeconds(seconds: number): string {
  return `${new Date(seconds * MILLIS_PER_SECOND).toISOString().slice(0, 19)}Z`;
}
