import * as v from "valibot";
import {
  type Clock,
  type IssuerIncident,
  type Lease,
  type Ledger,
  LedgerConflict,
  type LedgerList,
  TELLING_MILLIS,
} from "../engine/ports";
import { unreadableProjectLimits, unreadableRecord } from "../model/errors";
import { HISTORY_MAX, historySchema, type KeyEffect } from "../model/history";
import { INCIDENTS, type Incident } from "../model/incidents";
import { type KeyRecord, keyRecordSchema } from "../model/key-record";
import { pacePartition } from "../model/names";
import { type Asked, type Plans, plansSchema, withWords } from "../model/plans";
import { type ProjectLimitsRecord, projectLimitsRecordSchema } from "../model/project-limits-record";
import { strictJson } from "../model/strict-json";
import { Leases } from "./leases";
import type { Item, Table } from "./table";

/**
 * Text of an incident's item when it has been told; until then it names the run that is to tell.
 */
const TOLD = "told";
const ACCOUNT_ITEM = "account";
/** In the partition that the observer may write. */
const PLANS_ITEM = "plans";
/** Two runs reached for one item; the loser reads again. */
const WRITES_MAX = 4;

/**
 * Records, leases and incidents of one issuer: `pk` is its prefix; `sk` is `key#<name>`,
 * `history#<name>`, `account`, `lease#<name>` or `incident#<kind>`.
 */
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

  put(record: KeyRecord): Promise<KeyRecord> {
    return this.#put(`key#${record.key}`, record);
  }

  async remove(key: string): Promise<void> {
    await this.table.delete(this.prefix, `key#${key}`);
  }

  async projectLimits(): Promise<ProjectLimitsRecord | undefined> {
    const item = await this.table.get(this.prefix, ACCOUNT_ITEM);
    if (item === undefined) return undefined;
    const parsed = v.safeParse(v.pipe(v.string(), strictJson(), projectLimitsRecordSchema), item.body);
    if (parsed.success) return parsed.output;
    throw unreadableProjectLimits(ACCOUNT_ITEM, v.getDotPath(parsed.issues[0]) ?? "no JSON");
  }

  putProjectLimits(record: ProjectLimitsRecord): Promise<ProjectLimitsRecord> {
    return this.#put(ACCOUNT_ITEM, record);
  }

  async removeProjectLimits(): Promise<void> {
    await this.table.delete(this.prefix, ACCOUNT_ITEM);
  }

  async history(key: string): Promise<readonly KeyEffect[]> {
    return (await this.#history(key)).effects;
  }

  async note(key: string, effects: readonly KeyEffect[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { effects: before, guard } = await this.#history(key);
      const body = JSON.stringify({ schema: 1, effects: [...before, ...effects].slice(-HISTORY_MAX) });
      if (await this.#replace({ pk: this.prefix, sk: `history#${key}`, guard: guard + 1, body })) return;
      if (tries >= WRITES_MAX) throw new LedgerConflict(`the history of "${key}" is written by others`);
    }
  }

  async plans(): Promise<Plans | undefined> {
    return (await this.#plans()).plans;
  }

  async foresee(asked: ReadonlyMap<string, Asked>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { plans, guard } = await this.#plans();
      const next = withWords(plans, asked, Math.floor(this.clock.now() / 1_000));
      if (next === undefined) return;
      const item = { pk: pacePartition(this.prefix), sk: PLANS_ITEM, guard: guard + 1, body: JSON.stringify(next) };
      if (await this.#replace(item)) return;
      if (tries >= WRITES_MAX) throw new LedgerConflict("the list of plans is written by others");
    }
  }

  acquire(key: string): Promise<Lease | undefined> {
    return this.#leases.acquire(key);
  }

  release(lease: Lease): Promise<void> {
    return this.#leases.release(lease);
  }

  async incidents(): Promise<IssuerIncident[]> {
    const items = await this.table.query(this.prefix, "incident#");
    return items.flatMap(({ sk, body, guard }) => {
      const kind = Object.values(INCIDENTS).find((known) => sk === `incident#${known}`);
      return kind === undefined ? [] : [{ kind, published: body === TOLD, at: guard }];
    });
  }

  openIncident(kind: Incident): Promise<boolean> {
    return this.table.put(this.#incident(kind, this.holder), {
      // The client re-sends a write whose answer was lost: then it is this run's own. And a run
      // that died before it published leaves it to the next.
      expression: "attribute_not_exists(pk) OR body = :holder OR (body <> :published AND guard < :died)",
      values: { ":holder": this.holder, ":published": TOLD, ":died": this.clock.now() - TELLING_MILLIS },
    });
  }

  async confirmIncident(kind: Incident): Promise<void> {
    await this.table.put(this.#incident(kind, TOLD), {
      expression: "body = :holder",
      values: { ":holder": this.holder },
    });
  }

  async touchIncident(kind: Incident): Promise<void> {
    await this.table.put(this.#incident(kind, TOLD), { expression: "attribute_exists(pk)" });
  }

  async resolveIncident(kind: Incident): Promise<void> {
    await this.table.delete(this.prefix, `incident#${kind}`);
  }

  async #history(key: string): Promise<{ effects: readonly KeyEffect[]; guard: number }> {
    const item = await this.table.get(this.prefix, `history#${key}`);
    if (item === undefined) return { effects: [], guard: 0 };
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), historySchema), item.body);
    if (parsed.success) return { effects: parsed.output.effects, guard: item.guard };
    // What is written from now on is worth more than what nobody can read.
    const at = Math.floor(this.clock.now() / 1_000);
    const what = "what is older could not be read";
    return { effects: [{ at, door: "unknown", request: this.holder, what }], guard: item.guard };
  }

  async #plans(): Promise<{ plans: Plans | undefined; guard: number }> {
    const item = await this.table.get(pacePartition(this.prefix), PLANS_ITEM);
    if (item === undefined) return { plans: undefined, guard: 0 };
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), plansSchema), item.body);
    return { plans: parsed.success ? parsed.output : undefined, guard: item.guard };
  }

  /** False where somebody else has written since it was read. */
  #replace(item: Item): Promise<boolean> {
    return this.table.put(
      item,
      item.guard === 1
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "guard = :read", values: { ":read": item.guard - 1 } },
    );
  }

  async #put<Stored extends { rev: number }>(sk: string, record: Stored): Promise<Stored> {
    const next = { ...record, rev: record.rev + 1 };
    const body = JSON.stringify(next);
    const written = await this.table.put(
      { pk: this.prefix, sk, guard: next.rev, body },
      record.rev === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "guard = :rev", values: { ":rev": record.rev } },
    );
    // The client re-sends a write whose answer was lost: then the stored text is this very one.
    if (!written && (await this.table.get(this.prefix, sk))?.body !== body) {
      throw new LedgerConflict(`revision ${record.rev} of "${sk}" is not the stored one`);
    }
    return next;
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
  const parsed = v.safeParse(v.pipe(v.string(), strictJson(), keyRecordSchema), body);
  if (!parsed.success) return { error: unreadableRecord(key, v.getDotPath(parsed.issues[0]) ?? "no JSON") };
  // It would be written back under the other key's name.
  return parsed.output.key === key ? { record: parsed.output } : { error: unreadableRecord(key, "key") };
}
