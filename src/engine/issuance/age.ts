import type { PendingKey } from "../../model/key-record";

/** The servers' clocks agree better than that. */
const CLOCK_TOLERANCE_SECONDS = 900;

/**
 * Seconds since somebody began to work on it: for ever, where it has a time that is still to come,
 * which no run can have written.
 */
export function ageOf({ startedAt }: Pick<PendingKey, "startedAt">, now: number): number {
  return startedAt > now + CLOCK_TOLERANCE_SECONDS ? Number.POSITIVE_INFINITY : now - startedAt;
}
