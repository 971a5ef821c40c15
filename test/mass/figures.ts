import * as v from "valibot";
import type { SweepResult } from "../../src/engine/commands/sweep/sweep-run";
import type { SecretPayload } from "../../src/model/secret-payload";
import { VendorError } from "../../src/model/vendor-error";

interface InUse {
  readonly keyId: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

const mintSchema = v.object({ id: v.string(), name: v.string() });

/**
 * What happened, as far as it is promised or of interest. Times are Unix milliseconds, lengths
 * milliseconds.
 */
export class Figures {
  /** What must not happen, in words. */
  readonly broken: string[] = [];
  readonly counts = new Map<string, number>();
  /** Times at which calls arrived, by endpoint. */
  readonly #calls = new Map<string, number[]>();
  readonly #statuses = new Map<number, number>();
  readonly #inUse = new Map<string, InUse>();
  readonly #superseded = new Map<string, number>();
  readonly #minted = new Map<string, number>();
  readonly promotions: Array<{ key: string; at: number; spareMillis: number }> = [];
  /** How long keys were dead until their successors came. */
  readonly deadMillis: number[] = [];
  readonly applies: number[] = [];
  readonly sweeps: SweepResult[] = [];
  overlapMillis = 0;
  /** Longest time that a superseded vendor key lived beyond its overlap. */
  overrunMillis = 0;
  /** A key that has less time left is in alarm. */
  alarmDays = 0;
  firstAlarmAt: number | undefined;
  refusals = 0;
  failures = 0;
  failedApplies = 0;
  failedSweeps = 0;
  runsAtOnce = 0;
  #running = 0;

  constructor(private readonly now: () => number) {}

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  issued(key: string, { keyId, expiresAt }: SecretPayload): void {
    this.#inUse.set(key, { keyId, expiresAt: Date.parse(expiresAt) });
  }

  began(driver: string): void {
    this.count(driver);
    this.#running += 1;
    this.runsAtOnce = Math.max(this.runsAtOnce, this.#running);
  }

  ended(): void {
    this.#running -= 1;
  }

  called(path: string, status: number, body: unknown, sent: string): void {
    const endpoint = path.replace(/(proj|svc_acct|user|key)[-_][A-Za-z0-9]+/g, "$1");
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (!endpoint.includes("/organization/")) return;
    const times = this.#calls.get(endpoint) ?? [];
    times.push(this.now());
    this.#calls.set(endpoint, times);
    if (status !== 200 && status !== 201) return;
    if (endpoint.startsWith("DELETE") && endpoint.endsWith("/api_keys/key"))
      this.#deleted(path.split("/").at(-1) ?? "");
    if (endpoint.startsWith("POST") && endpoint.endsWith("/svc_acct/api_keys") && sent !== "") {
      const minted = v.parse(mintSchema, body);
      const times = (this.#minted.get(minted.name) ?? 0) + 1;
      this.#minted.set(minted.name, times);
      if (times > 1) this.broken.push(`${minted.name} was minted ${times} times`);
    }
  }

  promoted(key: string, before: SecretPayload | undefined, after: SecretPayload, works: boolean): void {
    const at = this.now();
    if (!works) this.broken.push(`${key} was given a value that does not work`);
    const previous = this.#inUse.get(key);
    if (previous !== undefined && before !== undefined) {
      const spareMillis = previous.expiresAt - at;
      if (spareMillis <= 0) this.deadMillis.push(-spareMillis);
      this.promotions.push({ key, at, spareMillis });
      this.#superseded.set(previous.keyId, at);
    }
    this.issued(key, after);
  }

  refused(error: unknown): void {
    if (error instanceof VendorError && error.kind === "queue_timeout") this.refusals += 1;
    else {
      this.failures += 1;
      this.count(error instanceof Error ? error.message.replace(/"key-\d+"/, "…").slice(0, 60) : "an unknown error");
    }
  }

  applied(millis: number | undefined, error?: unknown): void {
    if (millis === undefined) {
      this.failedApplies += 1;
      this.count(`apply failed: ${String(error)}`);
    } else this.applies.push(millis);
  }

  swept(result: SweepResult | undefined): void {
    if (result === undefined) this.failedSweeps += 1;
    else this.sweeps.push(result);
  }

  /** What the sweep reports of a key. */
  daysUntilExpiry(days: number): void {
    if (days < this.alarmDays) this.firstAlarmAt ??= this.now();
  }

  /** At the end: whatever is in use has not expired. */
  finish(): void {
    for (const [key, { expiresAt }] of this.#inUse) {
      if (expiresAt <= this.now()) this.broken.push(`${key} is dead, and has no successor`);
    }
  }

  /** Admin calls that the vendor throttled. */
  get throttled(): number {
    return this.#statuses.get(429) ?? 0;
  }

  get mints(): number {
    return [...this.#minted.values()].reduce((a, b) => a + b, 0);
  }

  /** Keys whose current value was never replaced. */
  unrotated(keys: readonly string[]): string[] {
    const rotated = new Set(this.promotions.map(({ key }) => key));
    return keys.filter((key) => !rotated.has(key));
  }

  /** Most calls of one endpoint in any 60 seconds. */
  get callsPerMinuteMax(): number {
    let most = 0;
    for (const times of this.#calls.values()) {
      let first = 0;
      for (const [last, at] of times.entries()) {
        while (at - (times[first] ?? at) >= 60_000) first += 1;
        most = Math.max(most, last - first + 1);
      }
    }
    return most;
  }

  #deleted(keyId: string): void {
    for (const [key, { keyId: current }] of this.#inUse) {
      if (current === keyId) this.broken.push(`the vendor key in use of ${key} was revoked`);
    }
    const since = this.#superseded.get(keyId);
    if (since === undefined) return;
    const overrun = this.now() - since - this.overlapMillis;
    if (overrun < 0) this.broken.push(`${keyId} was revoked before its overlap was over`);
    this.overrunMillis = Math.max(this.overrunMillis, overrun);
  }
}
