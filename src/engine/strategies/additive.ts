import type { Strategy } from "./strategy";

/** A second vendor key beside the first, which is revoked after the overlap. */
export const additive: Strategy = {
  issues: true,
  setsExpiry: true,
  ownsUnknownKeys: true,
  revokesAbandoned: true,
  endsOneByOne: true,
  valuesEnd: false,
  slots: false,
};
