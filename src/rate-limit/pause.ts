import { SECONDS_PER_MINUTE } from "../model/units";

/**
 * Longest pause that a vendor or a stored time may order. Both come from outside: one that lies, or
 * somebody who writes to the ledger's table, must not stop an issuer for longer than this at a
 * time. docs/decisions/0024-what-comes-from-outside-is-bounded.md
 */
export const PAUSE_MAX_SECONDS = 15 * SECONDS_PER_MINUTE;

export interface Pause {
  readonly seconds: number;
  /** What was asked for, where it was longer than `PAUSE_MAX_SECONDS`. Seconds. */
  readonly cutFrom?: number;
}

/**
 * The pause after a 429. @param fallbackSeconds where the vendor asked for none, or for what is no
 * length of time
 */
export function pauseOf(askedSeconds: number | undefined, fallbackSeconds: number): Pause {
  if (typeof askedSeconds !== "number" || Number.isNaN(askedSeconds) || askedSeconds < 0) {
    return { seconds: fallbackSeconds };
  }
  if (askedSeconds <= PAUSE_MAX_SECONDS) return { seconds: askedSeconds };
  return { seconds: PAUSE_MAX_SECONDS, cutFrom: askedSeconds };
}
