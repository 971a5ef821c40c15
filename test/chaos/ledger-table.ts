import type { Condition, Item, Table } from "../../src/ledger/table";
import type { KeyRecord } from "../../src/model/key-record";
import { MemoryTable } from "../support/engine-memory-table";
import type { Actor, EffectFailure, World } from "./world";

const failure: EffectFailure = (name, kind) => new Error(`no answer to ${name} (${kind})`);

/**
 * The ledger's table, shared by all actors of a run; the one key's record can be read from it at
 * any time.
 */
export class LedgerTable extends MemoryTable {
  #parsed: { readonly body: string; readonly record: KeyRecord } | undefined;

  constructor(private readonly key: string) {
    super();
  }

  get record(): KeyRecord | undefined {
    const body = this.body;
    if (body === undefined) return undefined;
    if (this.#parsed?.body !== body) this.#parsed = { body, record: JSON.parse(body) };
    return this.#parsed.record;
  }

  /** Somebody writes into the table, past every lease and revision. */
  scribble(change: (record: KeyRecord) => KeyRecord | undefined): void {
    for (const [id, item] of this.items) {
      if (item.sk !== `key#${this.key}`) continue;
      const next = change(JSON.parse(item.body));
      if (next === undefined) this.items.delete(id);
      else this.items.set(id, { ...item, guard: next.rev, body: JSON.stringify(next) });
    }
  }

  /** Somebody writes the record of a key that is not there. */
  invent(record: KeyRecord): void {
    for (const { pk, sk } of [...this.items.values()]) {
      if (sk !== `key#${this.key}`) continue;
      const made = `key#${record.key}`;
      this.items.set(`${pk}\n${made}`, { pk, sk: made, guard: record.rev, body: JSON.stringify(record) });
    }
  }

  /** Kinds of the issuer's open incidents. */
  get issuerIncidents(): string[] {
    return [...this.items.values()].flatMap(({ sk }) =>
      sk.startsWith("incident#") ? [sk.slice("incident#".length)] : [],
    );
  }

  get body(): string | undefined {
    for (const item of this.items.values()) if (item.sk === `key#${this.key}`) return item.body;
    return undefined;
  }

  /** The table as one process reaches it: each call is an effect, and tells the servers' time. */
  reachedBy(world: World, actor: Actor, answered: () => void): Table {
    return new ReachedTable(this, async (name, run) => {
      const happen = () => {
        answered();
        return run();
      };
      return await world.effect(actor, `table.${name}`, happen, failure);
    });
  }
}

type Effect = <T>(name: string, run: () => Promise<T>) => Promise<T>;

class ReachedTable extends MemoryTable {
  constructor(
    private readonly shared: MemoryTable,
    private readonly effect: Effect,
  ) {
    super();
  }

  override get(pk: string, sk: string): Promise<Item | undefined> {
    return this.effect("get", () => this.shared.get(pk, sk));
  }

  override query(pk: string, skPrefix: string): Promise<Item[]> {
    return this.effect("query", () => this.shared.query(pk, skPrefix));
  }

  override put(item: Item, condition: Condition): Promise<boolean> {
    return this.effect(`put ${item.sk.split("#")[0]}`, () => this.shared.put(item, condition));
  }

  override delete(pk: string, sk: string, condition?: Condition): Promise<boolean> {
    return this.effect(`delete ${sk.split("#")[0]}`, () => this.shared.delete(pk, sk, condition));
  }
}
