import { redact, shorten } from "../../src/model/redact";

/** What an OpenAPI document and an exchange disagree about. */
export interface Difference {
  /** Id. */
  readonly vendor: string;
  /**
   * As the document names it: `POST /keys`; where it does not know it, with the path that was
   * called.
   */
  readonly operation: string;
  /** `operation`, `query limit`, `body /name`, `status 404`, `answer 200 /data/N/id`. */
  readonly at: string;
  readonly problem: string;
  /** As it was sent or answered; shortened, and free of secrets. */
  readonly found: string;
  /** What the document allows there. */
  readonly allowed: string;
}

/** A difference in which the document is known to be behind. */
export interface Exception {
  readonly vendor: string;
  /** `*`: whichever has it. */
  readonly operation: string;
  readonly at: string;
  /** Who knows better than the document. */
  readonly reason: string;
}

export function isExcepted(difference: Difference, exception: Exception): boolean {
  return (
    exception.vendor === difference.vendor &&
    (exception.operation === "*" || exception.operation === difference.operation) &&
    exception.at === difference.at
  );
}

const SHOWN_MAX_LENGTH = 120;

export function shown(value: unknown, secrets: readonly string[]): string {
  return value === undefined ? "nothing" : shorten(redact(JSON.stringify(value), secrets), SHOWN_MAX_LENGTH);
}
