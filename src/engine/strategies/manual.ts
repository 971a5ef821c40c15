import type { Strategy } from "./strategy";

/**
 * A person mints the vendor key in the vendor's console and submits it. `issuance/rotation-due.ts`
 * reminds them.
 */
export const manual: Strategy = {
  issues: false,
  // People may pick another date.
  setsExpiry: false,
  ownsUnknownKeys: false,
  revokesAbandoned: false,
  endsOneByOne: true,
  valuesEnd: false,
  slots: false,
};
