import * as v from "valibot";
import { type Clock, LEASE_MILLIS, type Lease, type Ledger, LedgerConflict } from "../engine/ports";
import { badConfiguration } from "../model/errors";
import type { Incident } from "../model/incidents";
import { type KeyRecord, keyRecordSchema } from "../model/key-record";
import type { Table } from "./table";

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
    // With a wrong clock, a lease that another run holds would look like one that has ended.
    if (this.clock.learned === false) await this.table.get(this.prefix, `lease#${key}`);
    if (!(await this.#hold(key))) return undefined;
    this.#renewals.get(key)?.stop();
    this.#renewals.set(key, this.#renew(key));
    return { key, holder: this.holder };
  }

  #hold(key: string): Promise<boolean> {
    const now = this.clock.now();
    return this.table.put(
      { pk: this.prefix, sk: `lease#${key}`, guard: now + LEASE_MILLIS, body: this.holder },
      {
        expression: "attribute_not_exists(pk) OR guard < :now OR body = :holder",
        values: { ":now": now, ":holder": this.holder },
      },
    );
  }

  /** Holds on until stopped; dies with the process. */
  #renew(key: string): Renewal {
    let underWay: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      // One that fails is followed by the next; a lease that is lost is met as a conflict of revisions.
      underWay = underWay.then(() => this.#hold(key)).catch(() => undefined);
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

  openIncident(kind: Incident): Promise<boolean> {
    return this.table.put(
      { pk: this.prefix, sk: `incident#${kind}`, guard: this.clock.now(), body: "" },
      { expression: "attribute_not_exists(pk)" },
    );
  }

  resolveIncident(kind: Incident): Promise<boolean> {
    return this.table.delete(this.prefix, `incident#${kind}`, { expression: "attribute_exists(pk)" });
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
