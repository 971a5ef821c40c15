import type { Strategy } from "./strategy";

/**
 * One vendor key that gets a new value; the old value works on for a grace period.
 * `issuance/rotate-in-place.ts` does it.
 */
export const inPlace: Strategy = {
  issues: true,
  setsExpiry: true,
  ownsUnknownKeys: true,
  revokesAbandoned: true,
  // The value in use and the one before it are of one vendor key.
  endsOneByOne: false,
  valuesEnd: true,
  slots: false,
};
