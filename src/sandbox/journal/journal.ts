import type { Clock } from "../vendors/simulator";
import { Redactor } from "./redactor";

export type JournalKind = "aws" | "lambda" | "vendor" | "schedule" | "secretsmanager" | "clock" | "fault";

/** One thing that happened. Calls are entered when they end. */
export interface JournalEntry {
  /** Counts from 1 and never starts again. */
  readonly seq: number;
  /** Simulated time, ISO 8601. */
  readonly time: string;
  readonly kind: JournalKind;
  /** `dynamodb`, `lambda`, `openai`, … */
  readonly service: string;
  /** `PutItem`; for vendors method and path: `POST /v1/chat/completions`. */
  readonly operation: string;
  /** `terraform`, `command`, `lambda:<function>`, `events`, `secretsmanager`, `sandbox`. */
  readonly caller: string;
  /** Alias or version of an invocation that was not by the unqualified name. */
  readonly qualifier?: string;
  /** HTTP status; absent where the reply was lost or there is none. */
  readonly status?: number;
  /** Lambda request id of the invocation in which the call was made. */
  readonly requestId?: string;
  /**
   * `success`, `error`, `timeout`, `crash` of an invocation; what became of a firing or an advance.
   */
  readonly outcome?: string;
  /** Type of the fault that hit the call. */
  readonly fault?: string;
  readonly request?: unknown;
  readonly response?: unknown;
}

export type JournalRecord = Omit<JournalEntry, "seq" | "time">;

/** Remembers calls in order, and tells of them without any secret value. */
export class Journal {
  readonly #clock: Clock;
  readonly #secrets: () => readonly string[];
  readonly #withheld = new Set<string>();
  #entries: JournalEntry[] = [];
  #seq = 0;

  /**
   * @param secrets every value known by now; asked when the journal is read, so values minted later
   * are covered.
   */
  constructor(clock: Clock, secrets: () => readonly string[]) {
    this.#clock = clock;
    this.#secrets = secrets;
  }

  record(record: JournalRecord): void {
    this.#entries.push({ seq: ++this.#seq, time: new Date(this.#clock.now()).toISOString(), ...record });
  }

  /** Shows a value nowhere, in no entry before or after, whether or not anybody keeps it. */
  withhold(value: string): void {
    this.#withheld.add(value);
  }

  read(filter: { since?: number; kind?: string } = {}): JournalEntry[] {
    const chosen = this.#entries.filter(
      (entry) =>
        (filter.since === undefined || entry.seq > filter.since) &&
        (filter.kind === undefined || entry.kind === filter.kind),
    );
    const redactor = new Redactor([...this.#secrets(), ...this.#withheld]);
    return chosen.map((entry) => ({
      ...entry,
      ...(entry.request === undefined ? {} : { request: redactor.redact(entry.request) }),
      ...(entry.response === undefined ? {} : { response: redactor.redact(entry.response) }),
      operation: redactor.redactText(entry.operation),
    }));
  }

  clear(): void {
    this.#entries = [];
  }
}
