import type { Clock } from "../engine/ports";
import { type Condition, type Item, NO_TIME, type Table } from "../ledger/table";
import { pacePartition } from "../model/names";
import { MILLIS_PER_SECOND, SECONDS_PER_MINUTE } from "../model/units";
import { VendorError } from "../model/vendor-error";
import { PAUSE_MAX_SECONDS, pauseOf } from "./pause";
import type { RateLimiter } from "./rate-limiter";

/** A 429 without `Retry-After`: OpenAI's throttle refills within about a minute. */
const COOLDOWN_SECONDS = 60;
/**
 * Of the vendor's bucket one call is never used: calls arrive closer together than they were sent,
 * and clocks differ by some seconds.
 */
const RESERVED_CALLS = 1;
/** Two runs reached for the same turn; the loser tries again after a moment of its own. */
const CONTENTION_PAUSE_MILLIS = 25;
const CONTENTION_MAX = 200;
const PAUSE_MAX_MILLIS = PAUSE_MAX_SECONDS * MILLIS_PER_SECOND;
/** Clocks of two machines differ by less. */
const CLOCK_TOLERANCE_MILLIS = SECONDS_PER_MINUTE * MILLIS_PER_SECOND;

/** Told of pauses that are not kept as they were asked for. */
export type ReportPause = (message: string, fields: Readonly<Record<string, string | number>>) => void;

/**
 * One token bucket per issuer and endpoint, kept in the ledger so that all drivers share it. It
 * stores a single time: when the bucket would be full again (the generic cell rate algorithm). A
 * bucket holds one minute's worth of calls but one. A turn that would come later than the run can
 * wait for is refused before it is booked: what a dead run has booked, nobody else can use. A
 * stored time that no pacer can have written is ignored, and the next booking replaces it.
 */
export class LedgerRateLimiter implements RateLimiter {
  readonly #pk: string;
  readonly #gapMillis: number;
  readonly #burstMillis: number;

  /** @param patienceMillis how long the run can wait for a turn, asked anew for each */
  constructor(
    private readonly table: Table,
    prefix: string,
    private readonly clock: Clock,
    callsPerMinute: number,
    private readonly queueTimeoutMillis: () => number = () => Number.POSITIVE_INFINITY,
    private readonly tell: ReportPause = () => {},
  ) {
    this.#pk = pacePartition(prefix);
    this.#gapMillis = (SECONDS_PER_MINUTE * MILLIS_PER_SECOND) / callsPerMinute;
    this.#burstMillis = this.#gapMillis * Math.max(0, callsPerMinute - 1 - RESERVED_CALLS);
  }

  async permit(endpoint: string, signal?: AbortSignal): Promise<void> {
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
    const { seconds, cutFrom } = pauseOf(retryAfterSeconds, COOLDOWN_SECONDS / 2);
    if (cutFrom !== undefined) this.tell("pause cut", { endpoint, askedSeconds: cutFrom, seconds });
    await this.#change(endpoint, (stored, now) => {
      const until = now + seconds * MILLIS_PER_SECOND;
      // Empty bucket, and nothing before the pause is over. Always another time than before: it
      // guards the write of the pause, too.
      const fullAt = Math.max(stored.fullAt + 1, until + this.#burstMillis);
      return { fullAt, until: Math.max(stored.until, until) };
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
      const next = Math.max(stored.fullAt, now) + this.#gapMillis;
      const waitMillis = sendAtOf(next) - now;
      if (waitMillis > Math.min(PAUSE_MAX_MILLIS, Math.max(0, this.queueTimeoutMillis())))
        throw queueTimeout(endpoint, waitMillis);
      return { fullAt: next, until: stored.until };
    });
    return sendAtOf(fullAt);
  }

  async #pausedUntil(endpoint: string): Promise<number> {
    return this.#paceIn(await this.table.get(this.#pk, endpoint), this.clock.now()).until;
  }

  /** Compare-and-swap on the stored times; answers the new `fullAt`. */
  async #change(endpoint: string, next: (stored: Pace, now: number) => Pace): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      const item = await this.table.get(this.#pk, endpoint);
      const now = this.clock.now();
      const stored = this.#paceIn(item, now);
      const { fullAt, until } = next(stored, now);
      const guard = Math.ceil(fullAt);
      const moved = await this.table.put(
        { pk: this.#pk, sk: endpoint, guard, body: until > now ? String(until) : "" },
        this.#unchanged(item, now),
      );
      if (moved) {
        if (item !== undefined && !this.#isTrue(item, now)) this.tell("stored pace ignored and reset", { endpoint });
        return guard;
      }
      if (tries >= CONTENTION_MAX) throw queueTimeout(endpoint);
      await this.clock.sleep(Math.random() * CONTENTION_PAUSE_MILLIS);
    }
  }

  #unchanged(item: Item | undefined, now: number): Condition {
    if (item === undefined) return { expression: "attribute_not_exists(pk)" };
    if (this.#isTime(item, now)) return { expression: "guard = :was", values: { ":was": item.guard } };
    return {
      expression: `guard > :latest OR ${NO_TIME.expression}`,
      values: { ":latest": this.#latest(now), ...NO_TIME.values },
    };
  }

  #paceIn(item: Item | undefined, now: number): Pace {
    if (item === undefined) return { fullAt: 0, until: 0 };
    return { fullAt: this.#isTime(item, now) ? item.guard : 0, until: isPause(item, now) ? pauseIn(item) : 0 };
  }

  #isTrue(item: Item, now: number): boolean {
    return this.#isTime(item, now) && isPause(item, now);
  }

  #isTime({ guard }: Item, now: number): boolean {
    return Number.isFinite(guard) && guard <= this.#latest(now);
  }

  /** The latest time at which a bucket can be full again. */
  #latest(now: number): number {
    return Math.ceil(now + PAUSE_MAX_MILLIS + this.#burstMillis + this.#gapMillis + CLOCK_TOLERANCE_MILLIS);
  }
}

/** Unix milliseconds. */
interface Pace {
  /** When the bucket is full again. */
  readonly fullAt: number;
  /** Until when the vendor wants no call. */
  readonly until: number;
}

/** A bucket that is not paused has none. */
function pauseIn({ body }: Item): number {
  return Number(body);
}

function isPause(item: Item, now: number): boolean {
  // Never NaN: what compares with nothing is no time.
  return pauseIn(item) <= now + PAUSE_MAX_MILLIS + CLOCK_TOLERANCE_MILLIS;
}

function queueTimeout(endpoint: string, waitMillis?: number): VendorError {
  const wait = waitMillis === undefined ? "" : `; the next turn is in ${Math.ceil(waitMillis / MILLIS_PER_SECOND)} s`;
  return new VendorError("queue_timeout", endpoint, `too many admin calls are waiting for ${endpoint}${wait}`);
}
