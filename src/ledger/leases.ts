import { type Clock, LEASE_MILLIS, type Lease } from "../engine/ports";
import { NO_TIME, type Table } from "./table";

const FREE = "attribute_not_exists(pk) OR body = :holder";
/**
 * A lease that ends later than any can was dated by a clock that was wrong, and by a run that died
 * before it knew; or by somebody who is no run at all, as one that has no time.
 */
const FREE_OR_ENDED = `${FREE} OR guard < :now OR guard > :latest OR ${NO_TIME.expression}`;
const CLOCK_TOLERANCE_MILLIS = LEASE_MILLIS / 4;

interface Renewal {
  /** Ends when nothing of it is under way. */
  stop(): Promise<unknown>;
}

/** One worker per key at a time: `lease#<name>`, short, and renewed while its process lives. */
export class Leases {
  readonly #renewals = new Map<string, Renewal>();

  constructor(
    private readonly table: Table,
    private readonly prefix: string,
    private readonly clock: Clock,
    private readonly holder: string,
    private readonly renewEveryMillis = LEASE_MILLIS / 4,
  ) {}

  async acquire(key: string): Promise<Lease | undefined> {
    // A machine's clock may be wrong; the answer to the first write tells the servers' time, by
    // which others' leases end.
    let until = (await this.#hold(key, FREE)) ?? (await this.#hold(key, FREE_OR_ENDED));
    if (until !== undefined && Math.abs(this.clock.now() + LEASE_MILLIS - until) > CLOCK_TOLERANCE_MILLIS) {
      until = await this.#hold(key, FREE_OR_ENDED);
    }
    if (until === undefined) return undefined;
    this.#renewals.get(key)?.stop();
    this.#renewals.set(key, this.#renew(key));
    return { key, holder: this.holder };
  }

  /** Until when the lease holds, in Unix milliseconds; undefined where another has it. */
  async #hold(key: string, expression: string): Promise<number | undefined> {
    const now = this.clock.now();
    const guard = now + LEASE_MILLIS;
    const times = { ":now": now, ":latest": guard + CLOCK_TOLERANCE_MILLIS, ...NO_TIME.values };
    const held = await this.table.put(
      { pk: this.prefix, sk: `lease#${key}`, guard, body: this.holder },
      { expression, values: { ":holder": this.holder, ...(expression === FREE ? {} : times) } },
    );
    return held ? guard : undefined;
  }

  /** Holds on until stopped; dies with the process. */
  #renew(key: string): Renewal {
    let underWay: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      // One that fails is followed by the next; a lease that is lost is met as a conflict of
      // revisions.
      underWay = underWay.then(() => this.#hold(key, FREE_OR_ENDED)).catch(() => undefined);
    }, this.renewEveryMillis);
    timer.unref();
    return {
      stop: () => {
        clearInterval(timer);
        return underWay;
      },
    };
  }

  async release({ key, holder }: Lease): Promise<void> {
    // A renewal that arrived after the release would hold the lease for nobody.
    await this.#renewals.get(key)?.stop();
    this.#renewals.delete(key);
    await this.table.delete(this.prefix, `lease#${key}`, {
      expression: "body = :holder",
      values: { ":holder": holder },
    });
  }
}
