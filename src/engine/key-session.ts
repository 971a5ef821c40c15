import { defined } from "../model/defined";
import { ledgerConflict, outOfTime } from "../model/errors";
import { INCIDENTS, type Incident } from "../model/incidents";
import type { KeyPolicy } from "../model/key-policy";
import type { KeyRecord, PendingKey } from "../model/key-record";
import { errorSummary } from "./error-summary";
import { type Engine, LedgerConflict, nowSeconds } from "./ports";

/** Nothing with an effect is begun with less time than this. */
const EFFECT_RESERVE_MILLIS = 5_000;

type Change = Partial<Omit<KeyRecord, "schema" | "key" | "rev">>;

/** One key's record while a run holds its lease: every change is written before the next effect. */
export class KeySession {
  #record: KeyRecord;
  /** The key's account, once it was shown to be the key's. */
  shownOwner: string | undefined;
  /** What Terraform has just ordered; of an apply alone. */
  declared: KeyPolicy | undefined;
  /**
   * Terraform or an operator has ordered something of this very key; else the ledger alone says
   * that there is one.
   */
  named = false;

  constructor(
    readonly engine: Engine,
    record: KeyRecord,
  ) {
    this.#record = record;
  }

  get record(): KeyRecord {
    return this.#record;
  }

  get key(): string {
    return this.#record.key;
  }

  /** What the record says of a token that is not promoted yet. */
  pending(token: string): PendingKey | undefined {
    return this.#record.pending.find((p) => p.token === token);
  }

  withoutPending(token: string): PendingKey[] {
    return this.#record.pending.filter((p) => p.token !== token);
  }

  async save(change: Change): Promise<KeyRecord> {
    await this.#put(change);
    await this.tell();
    return this.#record;
  }

  async #put(change: Change): Promise<void> {
    const next: KeyRecord = { ...this.#record, ...change };
    for (const name of Object.keys(change) as Array<keyof Change>) {
      if (change[name] === undefined) delete next[name];
    }
    try {
      this.#record = await this.engine.ledger.put(next);
    } catch (error) {
      if (error instanceof LedgerConflict) throw ledgerConflict(this.key);
      throw error;
    }
  }

  /**
   * An incident that begins; spread the answer into the next `save`, which tells of it. Nothing
   * happens where it is open already.
   */
  opening(kind: Incident, detail?: string): Pick<KeyRecord, "incidents"> {
    const { incidents = [] } = this.#record;
    if (incidents.some((open) => open.kind === kind)) return {};
    const { clock, effects } = this.engine;
    const opened = { kind, since: nowSeconds(clock), cause: effects.attribution };
    return { incidents: [...incidents, { ...opened, ...defined({ detail }), unpublished: true }] };
  }

  /**
   * Tells of incidents that are over; spread the answer into the next `save`. Nothing happens for
   * those that are not open.
   */
  resolving(...kinds: readonly Incident[]): { incidents?: KeyRecord["incidents"] } {
    const { incidents = [] } = this.#record;
    const over = kinds.filter((kind) => incidents.some((open) => open.kind === kind));
    if (over.length === 0) return {};
    const { telemetry, effects } = this.engine;
    for (const kind of over) {
      const unpublished = incidents.find((open) => open.kind === kind && open.unpublished);
      if (unpublished !== undefined) telemetry.incident("opened", kind, this.key, unpublished.cause);
      telemetry.incident("resolved", kind, this.key, effects.attribution);
    }
    const left = incidents.filter(({ kind }) => !over.some((k) => k === kind));
    return { incidents: left.length === 0 ? undefined : left };
  }

  async open(kind: Incident): Promise<void> {
    const opened = this.opening(kind);
    if ("incidents" in opened) await this.save(opened);
  }

  async resolve(...kinds: readonly Incident[]): Promise<void> {
    const over = this.resolving(...kinds);
    if ("incidents" in over) await this.save(over);
  }

  /**
   * Tells of incidents that are written down and not told yet, and marks them then: so a run that
   * dies between leaves it to the next, and none is over that nobody heard of.
   */
  async tell(): Promise<void> {
    const { incidents = [] } = this.#record;
    const unpublished = Object.values(INCIDENTS).filter((kind) =>
      incidents.some((i) => i.kind === kind && i.unpublished),
    );
    if (unpublished.length === 0) return;
    for (const kind of unpublished) {
      const { cause } = incidents.find((open) => open.kind === kind) ?? {};
      this.engine.telemetry.incident("opened", kind, this.key, cause);
    }
    await this.#put({ incidents: incidents.map(({ unpublished: _, ...told }) => told) });
  }

  /**
   * For a run that failed: the record already says that it was cut off, and the error that is on
   * its way says more than one from here.
   */
  async saveReason(
    change: Partial<Pick<KeyRecord, "unfinished" | "incidents" | "pending" | "current">>,
  ): Promise<void> {
    try {
      await this.save(change);
    } catch (error) {
      this.engine.telemetry.warn("failure not written down", { key: this.key, reason: errorSummary(error) });
    }
  }

  /** Called before an effect that must not be cut off half-way. */
  checkTime(): void {
    const { deadline } = this.engine;
    if (deadline.signal.aborted || deadline.remainingMillis() < EFFECT_RESERVE_MILLIS) throw outOfTime(this.key);
  }
}
