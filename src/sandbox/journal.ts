import type { Clock } from "./simulator";

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
  /** HTTP status; absent where the reply was lost or there is none. */
  readonly status?: number;
  /** Lambda request id of the invocation in which the call was made. */
  readonly requestId?: string;
  /** `success`, `error`, `timeout`, `crash` of an invocation; what became of a firing or an advance. */
  readonly outcome?: string;
  /** Type of the fault that hit the call. */
  readonly fault?: string;
  readonly request?: unknown;
  readonly response?: unknown;
}

export type JournalRecord = Omit<JournalEntry, "seq" | "time">;

export const REDACTED = "[redacted]";
/** Shorter values are words that would blot out half of the journal. */
const MIN_SECRET_LENGTH = 8;

/** Remembers calls in order, and tells of them without any secret value. */
export class Journal {
  readonly #clock: Clock;
  readonly #secrets: () => readonly string[];
  #entries: JournalEntry[] = [];
  #seq = 0;

  /** @param secrets every value known by now; asked when the journal is read, so values minted later are covered. */
  constructor(clock: Clock, secrets: () => readonly string[]) {
    this.#clock = clock;
    this.#secrets = secrets;
  }

  record(record: JournalRecord): void {
    this.#entries.push({ seq: ++this.#seq, time: new Date(this.#clock.now()).toISOString(), ...record });
  }

  read(filter: { since?: number; kind?: string } = {}): JournalEntry[] {
    const chosen = this.#entries.filter(
      (entry) =>
        (filter.since === undefined || entry.seq > filter.since) &&
        (filter.kind === undefined || entry.kind === filter.kind),
    );
    const secrets = secretForms(this.#secrets());
    return chosen.map((entry) => ({
      ...entry,
      ...(entry.request === undefined ? {} : { request: redact(entry.request, secrets) }),
      ...(entry.response === undefined ? {} : { response: redact(entry.response, secrets) }),
      operation: redactText(entry.operation, secrets),
    }));
  }

  clear(): void {
    this.#entries = [];
  }
}

/** The value itself and the forms in which it would travel in a URL, a header or a zip of lines. */
function secretForms(secrets: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
    forms.add(Buffer.from(secret).toString("base64"));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

function redact(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [redactText(name, secrets), redact(item, secrets)]),
    );
  }
  return value;
}

function redactText(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) if (result.includes(secret)) result = result.replaceAll(secret, REDACTED);
  return result;
}
