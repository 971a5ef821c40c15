import { LEASE_MILLIS, type Lease, type Ledger, LedgerConflict, TELLING_MILLIS } from "../../src/engine/ports";
import type { KeyEffect } from "../../src/model/history";
import type { Incident } from "../../src/model/incidents";
import type { KeyRecord } from "../../src/model/key-record";
import { type Plans, withWords } from "../../src/model/plans";
import type { ProjectLimitsRecord } from "../../src/model/project-limits-record";
import type { Actor, EffectFailure, World } from "../chaos/world";

const failure: EffectFailure = (name, kind) => new Error(`no answer to ${name} (${kind})`);

/** The table: records with revisions, leases with an end. */
export class LedgerModel {
  readonly records = new Map<string, KeyRecord>();
  account: ProjectLimitsRecord | undefined;
  readonly histories = new Map<string, readonly KeyEffect[]>();
  plans: Plans | undefined;
  readonly unreadable = new Map<string, Error>();
  readonly leases = new Map<string, { holder: string; until: () => number }>();
  /** Kind -> whether it was told. */
  readonly incidents = new Map<Incident, { published: boolean; at: number }>();

  ledger(world: World, actor: Actor): Ledger {
    const effect = <T>(name: string, run: () => T) => world.effect(actor, `ledger.${name}`, run, failure);
    return {
      get: (key) => effect("get", () => structuredClone(this.records.get(key))),
      list: () =>
        effect("list", () => ({ records: structuredClone([...this.records.values()]), unreadable: this.unreadable })),
      put: (record) =>
        effect("put", () => {
          if ((this.records.get(record.key)?.rev ?? 0) !== record.rev) throw new LedgerConflict("rev");
          const next = structuredClone({ ...record, rev: record.rev + 1 });
          this.records.set(record.key, next);
          return structuredClone(next);
        }),
      remove: (key) => effect("remove", () => void this.records.delete(key)),
      projectLimits: () => effect("account", () => structuredClone(this.account)),
      putProjectLimits: (record) =>
        effect("putAccount", () => {
          if ((this.account?.rev ?? 0) !== record.rev) throw new LedgerConflict("rev");
          this.account = structuredClone({ ...record, rev: record.rev + 1 });
          return structuredClone(this.account);
        }),
      removeProjectLimits: () =>
        effect("removeAccount", () => {
          this.account = undefined;
        }),
      history: (key) => effect("history", () => structuredClone(this.histories.get(key) ?? [])),
      note: (key, effects) =>
        effect("note", () => void this.histories.set(key, [...(this.histories.get(key) ?? []), ...effects])),
      plans: () => effect("plans", () => structuredClone(this.plans)),
      foresee: (asked) =>
        effect("foresee", () => {
          this.plans = withWords(this.plans, asked, Math.floor(world.now() / 1_000)) ?? this.plans;
        }),
      acquire: async (key) => {
        const lease = await effect("acquire", (): Lease | undefined => {
          const held = this.leases.get(key);
          if (held !== undefined && held.until() > world.now() && held.holder !== actor.name) return undefined;
          const ends = world.now() + LEASE_MILLIS;
          this.leases.set(key, { holder: actor.name, until: () => ends });
          return { key, holder: actor.name };
        });
        // From here on the process renews it, as long as it lives.
        if (lease !== undefined) {
          this.leases.set(key, { holder: actor.name, until: () => (actor.diedAt ?? world.now()) + LEASE_MILLIS });
        }
        return lease;
      },
      release: ({ key, holder }) => {
        // Nothing renews it from here on, whether or not the release arrives.
        const ends = world.now() + LEASE_MILLIS;
        if (this.leases.get(key)?.holder === holder) this.leases.set(key, { holder, until: () => ends });
        return effect("release", () => {
          if (this.leases.get(key)?.holder === holder) this.leases.delete(key);
        });
      },
      openIncident: (kind) =>
        effect("openIncident", () => {
          const open = this.incidents.get(kind);
          if (open !== undefined && (open.published || open.at >= world.now() - TELLING_MILLIS)) return false;
          this.incidents.set(kind, { published: false, at: world.now() });
          return true;
        }),
      incidents: () =>
        effect("incidents", () => [...this.incidents].map(([kind, incident]) => ({ kind, ...incident }))),
      confirmIncident: (kind) =>
        effect("confirmIncident", () => void this.incidents.set(kind, { published: true, at: world.now() })),
      touchIncident: (kind) =>
        effect("touchIncident", () => {
          if (this.incidents.has(kind)) this.incidents.set(kind, { published: true, at: world.now() });
        }),
      resolveIncident: (kind) => effect("resolveIncident", () => void this.incidents.delete(kind)),
    };
  }
}
