import type { Clock } from "../engine/ports";
import type { Item, Table } from "../ledger/table";
import { pacePartition } from "../model/names";
import { MILLIS_PER_SECOND, SECONDS_PER_MINUTE } from "../model/units";
import { type Pacer, VendorError } from "../vendors/vendor";

/** A 429 without `Retry-After`: OpenAI's throttle refills within about a minute. */
const COOLDOWN_SECONDS = 60;
/** Of the vendor's bucket one call is never used: calls arrive closer together than they were sent, and clocks differ by some seconds. */
const RESERVED_CALLS = 1;
/** Two runs reached for the same turn; the loser tries again after a moment of its own. */
const CONTENTION_PAUSE_MILLIS = 25;
const CONTENTION_MAX = 200;

/**
 * One token bucket per issuer and endpoint, kept in the ledger so that all drivers share it. It stores a single time: when the
 * bucket would be full again (the generic cell rate algorithm). A bucket holds one minute's worth of calls but one. A turn that would come
 * later than the run can wait for is refused before it is booked: what a dead run has booked, nobody else can use.
 */
export class LedgerPacer implements Pacer {
  readonly #pk: string;
  readonly #gapMillis: number;
  readonly #burstMillis: number;

  /** @param patienceMillis how long the run can wait for a turn, asked anew for each */
  constructor(
    private readonly table: Table,
    prefix: string,
    private readonly clock: Clock,
    callsPerMinute: number,
    private readonly patienceMillis: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#pk = pacePartition(prefix);
    this.#gapMillis = (SECONDS_PER_MINUTE * MILLIS_PER_SECOND) / callsPerMinute;
    this.#burstMillis = this.#gapMillis * Math.max(0, callsPerMinute - 1 - RESERVED_CALLS);
  }

  async turn(endpoint: string, signal?: AbortSignal): Promise<void> {
    if (await this.#takeFromFull(endpoint)) return;
    for (;;) {
      const sendAt = await this.#book(endpoint);
      const waitMillis = sendAt - this.clock.now();
      if (waitMillis <= 0) return;
      await this.clock.sleep(waitMillis, signal);
      if ((await this.#pausedUntil(endpoint)) <= this.clock.now()) return;
      // While it waited, another run was told to pause: the turn is worth nothing any more.
    }
  }

  async throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void> {
    const pauseMillis = (retryAfterSeconds ?? COOLDOWN_SECONDS / 2) * MILLIS_PER_SECOND;
    await this.#change(endpoint, (stored, now) => {
      const until = now + pauseMillis;
      // Empty bucket, and nothing before the pause is over. Always another time than before: it guards the write of the pause, too.
      const fullAt = Math.max(fullAtOf(stored) + 1, until + this.#burstMillis);
      return { fullAt, until: Math.max(untilOf(stored), until) };
    });
  }

  /** Mostly nobody has called for a while: then one write is enough. */
  #takeFromFull(endpoint: string): Promise<boolean> {
    const now = this.clock.now();
    return this.table.put(
      { pk: this.#pk, sk: endpoint, guard: Math.ceil(now + this.#gapMillis), body: "" },
      { expression: "attribute_not_exists(pk) OR guard <= :now", values: { ":now": now } },
    );
  }

  /** Takes the next turn and answers its time, or refuses and takes nothing. */
  async #book(endpoint: string): Promise<number> {
    const sendAtOf = (fullAt: number) => fullAt - this.#gapMillis - this.#burstMillis;
    const fullAt = await this.#change(endpoint, (stored, now) => {
      const next = Math.max(fullAtOf(stored), now) + this.#gapMillis;
      const waitMillis = sendAtOf(next) - now;
      if (waitMillis > Math.max(0, this.patienceMillis())) throw noTurn(endpoint, waitMillis);
      return { fullAt: next, until: untilOf(stored) };
    });
    return sendAtOf(fullAt);
  }

  async #pausedUntil(endpoint: string): Promise<number> {
    return untilOf(await this.table.get(this.#pk, endpoint));
  }

  /** Compare-and-swap on the stored times; answers the new `fullAt`. */
  async #change(endpoint: string, next: (stored: Item | undefined, now: number) => Pace): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      const stored = await this.table.get(this.#pk, endpoint);
      const now = this.clock.now();
      const { fullAt, until } = next(stored, now);
      const guard = Math.ceil(fullAt);
      const moved = await this.table.put(
        { pk: this.#pk, sk: endpoint, guard, body: until > now ? String(until) : "" },
        stored === undefined
          ? { expression: "attribute_not_exists(pk)" }
          : { expression: "guard = :was", values: { ":was": stored.guard } },
      );
      if (moved) return guard;
      if (tries >= CONTENTION_MAX) throw noTurn(endpoint);
      await this.clock.sleep(Math.random() * CONTENTION_PAUSE_MILLIS);
    }
  }
}

/** Unix milliseconds. */
interface Pace {
  /** When the bucket is full again. */
  readonly fullAt: number;
  /** Until when the vendor wants no call. */
  readonly until: number;
}

function fullAtOf(stored: Item | undefined): number {
  return stored?.guard ?? 0;
}

/** A table that an earlier release wrote has none. */
function untilOf(stored: Item | undefined): number {
  const until = Number(stored?.body ?? "");
  return Number.isFinite(until) ? until : 0;
}

function noTurn(endpoint: string, waitMillis?: number): VendorError {
  const wait = waitMillis === undefined ? "" : `; the next turn is in ${Math.ceil(waitMillis / MILLIS_PER_SECOND)} s`;
  return new VendorError("no_turn", endpoint, `too many admin calls are waiting for ${endpoint}${wait}`);
}
