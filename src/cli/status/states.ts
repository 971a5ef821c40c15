/** In the order in which the first that holds is a key's state. */
export const KEY_STATES = [
  "unknown",
  "unreadable",
  "lost",
  "stopped",
  "revoking",
  "unfinished",
  "not_issued",
  "no_secret",
  "expired",
  "due",
  "rotating",
  "in_use",
] as const;
export type KeyState = (typeof KEY_STATES)[number];
