import type { Strategy } from "./strategy";

/**
 * Two slots in turn: each rotation gives the slot that is not in use a new value. A slot cannot be
 * revoked, only overwritten.
 */
export const slotPair: Strategy = {
  issues: true,
  setsExpiry: true,
  ownsUnknownKeys: true,
  revokesAbandoned: true,
  // There is no third slot to take the place of either.
  endsOneByOne: false,
  valuesEnd: false,
  slots: true,
};
