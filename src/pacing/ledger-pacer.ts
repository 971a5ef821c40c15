import type { Clock } from "../engine/ports";
import type { Table } from "../ledger/table";
import { SECONDS_PER_MINUTE } from "../model/units";
import type { Pacer } from "../vendors/vendor";

/** A 429 without `Retry-After`: OpenAI's throttle refills within about a minute. */
const COOLDOWN_SECONDS = 60;
/** Two runs reached for the same turn; the loser tries again after a moment of its own. */
const CONTENTION_PAUSE_MILLIS = 25;
const CONTENTION_MAX = 200;

/**
 * One token bucket per issuer and endpoint, kept in the ledger so that all drivers share it. It stores a single time: when the
 * bucket would be full again (the generic cell rate algorithm). A bucket holds one minute's worth of calls.
 */
export class LedgerPacer implements Pacer {
  readonly #pk: string;
  readonly #gapMillis: number;
  readonly #burstMillis: number;

  constructor(
    private readonly table: Table,
    prefix: string,
    private readonly clock: Clock,
    callsPerMinute: number,
  ) {
    this.#pk = `${prefix}#pace`;
    this.#gapMillis = (SECONDS_PER_MINUTE * 1_000) / callsPerMinute;
    this.#burstMillis = this.#gapMillis * (callsPerMinute - 1);
  }

  async turn(endpoint: string, signal?: AbortSignal): Promise<void> {
    if (await this.#takeFromFull(endpoint)) return;
    const sendAt = await this.#move(endpoint, (fullAt, now) => Math.max(fullAt, now) + this.#gapMillis);
    const waitMillis = sendAt - this.#gapMillis - this.#burstMillis - this.clock.now();
    if (waitMillis > 0) await this.clock.sleep(waitMillis, signal);
  }

  async throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void> {
    const pauseMillis = (retryAfterSeconds ?? COOLDOWN_SECONDS / 2) * 1_000;
    // Empty bucket, and nothing before the pause is over.
    await this.#move(endpoint, (fullAt, now) => Math.max(fullAt, now + pauseMillis + this.#burstMillis));
  }

  /** Mostly nobody has called for a while: then one write is enough. */
  #takeFromFull(endpoint: string): Promise<boolean> {
    const now = this.clock.now();
    return this.table.put(
      { pk: this.#pk, sk: endpoint, guard: Math.ceil(now + this.#gapMillis), body: "" },
      { expression: "attribute_not_exists(pk) OR guard <= :now", values: { ":now": now } },
    );
  }

  /** Compare-and-swap on the stored time; answers the new one. */
  async #move(endpoint: string, next: (fullAt: number, now: number) => number): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      const stored = await this.table.get(this.#pk, endpoint);
      const fullAt = Math.ceil(next(stored?.guard ?? 0, this.clock.now()));
      const moved = await this.table.put(
        { pk: this.#pk, sk: endpoint, guard: fullAt, body: "" },
        stored === undefined
          ? { expression: "attribute_not_exists(pk)" }
          : { expression: "guard = :was", values: { ":was": stored.guard } },
      );
      if (moved) return fullAt;
      if (tries >= CONTENTION_MAX) throw new Error(`no turn for ${endpoint}: too many runs at once`);
      await this.clock.sleep(Math.random() * CONTENTION_PAUSE_MILLIS);
    }
  }
}
