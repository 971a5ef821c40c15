/**
 * How a declared key gets its next value, and what follows from it. The engine asks the strategy
 * and never compares its name: a new one is one file beside these, with an answer to each question.
 */
export interface Strategy {
  /**
   * The engine can issue a successor at any time, and knows what it was minted with. Where it
   * cannot, a person is reminded.
   */
  readonly issues: boolean;
  /**
   * The engine asked for the end of each vendor key: it compares that end with the policy, and
   * changes it where the vendor can.
   */
  readonly setsExpiry: boolean;
  /**
   * A vendor key in the key's name that the ledger does not know is an orphan. Where it is none, it
   * waits to be submitted.
   */
  readonly ownsUnknownKeys: boolean;
  /**
   * A vendor key that an attempt gave up is revoked. Where it is not, a person may submit it again.
   */
  readonly revokesAbandoned: boolean;
  /** The vendor key in use and the one before it are two, and one can end without the other. */
  readonly endsOneByOne: boolean;
  /** A value can end while its vendor key lives on. */
  readonly valuesEnd: boolean;
  /**
   * Vendor keys are slots that the account has for ever: a new value goes into the slot that is not
   * in use.
   */
  readonly slots: boolean;
}
