import { MILLIS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../model/units";

const DURATION = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
/** Ten years: far beyond any key's life, and small enough that a typing error ends soon. */
const MAX_SECONDS = 3_650 * SECONDS_PER_DAY;

/**
 * Milliseconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds; months and years
 * have no fixed length.
 */
export function parseDurationMillis(text: string): number {
  const parts = DURATION.exec(text);
  if (parts === null) {
    throw new RangeError(
      `"${text.slice(0, 40)}" is not an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as P10D or PT4H30M.`,
    );
  }
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const total =
    (weeks ?? 0) * 7 * SECONDS_PER_DAY +
    (days ?? 0) * SECONDS_PER_DAY +
    (hours ?? 0) * SECONDS_PER_HOUR +
    (minutes ?? 0) * SECONDS_PER_MINUTE +
    (seconds ?? 0);
  if (total > MAX_SECONDS) throw new RangeError(`"${text.slice(0, 40)}" is longer than ten years (P3650D).`);
  return total * MILLIS_PER_SECOND;
}
