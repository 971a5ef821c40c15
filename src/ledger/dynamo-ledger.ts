import * as v from "valibot";
import {
  type Clock,
  type IssuerIncident,
  type Lease,
  type Ledger,
  LedgerConflict,
  type LedgerList,
} from "../engine/ports";
import { unreadableRecord } from "../model/errors";
import { INCIDENTS, type Incident } from "../model/incidents";
import { type KeyRecord, keyRecordSchema } from "../model/key-record";
import { Leases } from "./leases";
import type { Item, Table } from "./table";

/** Text of an incident's item when it has been told; until then it names the run that is to tell. */
const TOLD = "told";

/** Records, leases and incidents of one issuer: `pk` is its prefix; `sk` is `key#<name>`, `lease#<name>` or `incident#<kind>`. */
export class DynamoLedger implements Ledger {
  readonly #leases: Leases;

  constructor(
    private readonly table: Table,
    private readonly prefix: string,
    private readonly clock: Clock,
    /** Names this run in leases and incidents. */
    private readonly holder: string,
    renewEveryMillis?: number,
  ) {
    this.#leases = new Leases(table, prefix, clock, holder, renewEveryMillis);
  }

  async get(key: string): Promise<KeyRecord | undefined> {
    const item = await this.table.get(this.prefix, `key#${key}`);
    return item === undefined ? undefined : recordOf(item.body, key);
  }

  async list(): Promise<LedgerList> {
    const items = await this.table.query(this.prefix, "key#");
    const records: KeyRecord[] = [];
    const unreadable = new Map<string, Error>();
    for (const { sk, body } of items) {
      const key = sk.slice("key#".length);
      const parsed = parseRecord(body, key);
      if ("record" in parsed) records.push(parsed.record);
      else unreadable.set(key, parsed.error);
    }
    return { records, unreadable };
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

  acquire(key: string): Promise<Lease | undefined> {
    return this.#leases.acquire(key);
  }

  release(lease: Lease): Promise<void> {
    return this.#leases.release(lease);
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
  const parsed = parseRecord(body, key);
  if ("error" in parsed) throw parsed.error;
  return parsed.record;
}

function parseRecord(body: string, key: string): { record: KeyRecord } | { error: Error } {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), keyRecordSchema), body);
  if (!parsed.success) return { error: unreadableRecord(key, v.getDotPath(parsed.issues[0]) ?? "no JSON") };
  // It would be written back under the other key's name.
  return parsed.output.key === key ? { record: parsed.output } : { error: unreadableRecord(key, "key") };
}
