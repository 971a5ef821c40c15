/** What an order's answer means for whoever sent it. */
export interface Refusal {
  /** The function refused before it changed anything. */
  readonly unchanged?: true;
  /**
   * The same order gets the same answer, however often it is sent: the event, the configuration or
   * the key has to change first.
   */
  readonly final?: true;
  /** A person has to act at the vendor first. */
  readonly needsPerson?: true;
}

/** By code: Lambda carries an error's code and message to the caller, and nothing else of it. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  SK201: { final: true },
  SK202: { final: true, unchanged: true },
  SK203: { final: true, unchanged: true },
  SK207: { unchanged: true },
  SK213: { final: true, unchanged: true },
  SK216: { final: true },
  SK256: { final: true, unchanged: true, needsPerson: true },
  SK258: { final: true, unchanged: true },
  SK281: { final: true, unchanged: true },
  SK282: { final: true, unchanged: true },
};

export function refusalOf(code: string): Refusal {
  return REFUSALS[code] ?? {};
}
