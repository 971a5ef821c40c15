import * as v from "valibot";
import {
  type Clock,
  type IssuerIncident,
  LEASE_MILLIS,
  type Lease,
  type Ledger,
  LedgerConflict,
} from "../engine/ports";
import { badConfiguration } from "../model/errors";
import { INCIDENTS, type Incident } from "../model/incidents";
import { type KeyRecord, keyRecordSchema } from "../model/key-record";
import type { Item, Table } from "./table";

/** Text of an incident's item when it has been told; until then it names the run that is to tell. */
const TOLD = "told";

const FREE = "attribute_not_exists(pk) OR body = :holder";
/** A lease that ends later than any can was dated by a clock that was wrong, and by a run that died before it knew. */
const FREE_OR_ENDED = `${FREE} OR guard < :now OR guard > :latest`;
const CLOCK_TOLERANCE_MILLIS = LEASE_MILLIS / 4;

interface Renewal {
  /** Ends when nothing of it is under way. */
  stop(): Promise<unknown>;
}

/** Records, leases and incidents of one issuer: `pk` is its prefix; `sk` is `key#<name>`, `lease#<name>` or `incident#<kind>`. */
export class DynamoLedger implements Ledger {
  readonly #renewals = new Map<string, Renewal>();

  constructor(
    private readonly table: Table,
    private readonly prefix: string,
    private readonly clock: Clock,
    /** Names this run in leases. */
    private readonly holder: string,
    private readonly renewEveryMillis = LEASE_MILLIS / 4,
  ) {}

  async get(key: string): Promise<KeyRecord | undefined> {
    const item = await this.table.get(this.prefix, `key#${key}`);
    return item === undefined ? undefined : recordOf(item.body, key);
  }

  async list(): Promise<KeyRecord[]> {
    const items = await this.table.query(this.prefix, "key#");
    return items.map((item) => recordOf(item.body, item.sk.slice("key#".length)));
  }

  async put(record: KeyRecord): Promise<KeyRecord> {
    const next = { ...record, rev: record.rev + 1 };
    const written = await this.table.put(
      { pk: this.prefix, sk: `key#${record.key}`, guard: next.rev, body: JSON.stringify(next) },
      record.rev === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "guard = :rev", values: { ":rev": record.rev } },
    );
    // The client re-sends a write whose answer was lost: then the stored text is this very one.
    if (!written && (await this.table.get(this.prefix, `key#${record.key}`))?.body !== JSON.stringify(next)) {
      throw new LedgerConflict(`revision ${record.rev} of key "${record.key}" is not the stored one`);
    }
    return next;
  }

  async remove(key: string): Promise<void> {
    await this.table.delete(this.prefix, `key#${key}`);
  }

  async acquire(key: string): Promise<Lease | undefined> {
    // A machine's clock may be wrong; the answer to the first write tells the servers' time, by which others' leases end.
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
    const times = { ":now": now, ":latest": guard + CLOCK_TOLERANCE_MILLIS };
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
      // One that fails is followed by the next; a lease that is lost is met as a conflict of revisions.
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

  async incidents(): Promise<IssuerIncident[]> {
    const items = await this.table.query(this.prefix, "incident#");
    return items.flatMap(({ sk, body }) => {
      const kind = Object.values(INCIDENTS).find((known) => sk === `incident#${known}`);
      return kind === undefined ? [] : [{ kind, told: body === TOLD }];
    });
  }

  openIncident(kind: Incident): Promise<boolean> {
    return this.table.put(this.#incident(kind, this.holder), {
      // The client re-sends a write whose answer was lost: then it is this run's own.
      expression: "attribute_not_exists(pk) OR body = :holder",
      values: { ":holder": this.holder },
    });
  }

  async confirmIncident(kind: Incident): Promise<void> {
    await this.table.put(this.#incident(kind, TOLD), {
      expression: "body = :holder",
      values: { ":holder": this.holder },
    });
  }

  async resolveIncident(kind: Incident): Promise<void> {
    await this.table.delete(this.prefix, `incident#${kind}`);
  }

  #incident(kind: Incident, body: string): Item {
    return { pk: this.prefix, sk: `incident#${kind}`, guard: this.clock.now(), body };
  }
}

function recordOf(body: string, key: string): KeyRecord {
  try {
    return v.parse(keyRecordSchema, JSON.parse(body));
  } catch (error) {
    const why = v.isValiError(error) ? (v.getDotPath(error.issues[0]) ?? "its shape") : "no JSON";
    throw badConfiguration(`the ledger's record of key "${key}" cannot be read (${why})`);
  }
}
