import type { Lease, Ledger, SecretState, SecretStore, StageRequest } from "../../src/engine/ports";
import { CURRENT, LEASE_MILLIS, LedgerConflict, PENDING } from "../../src/engine/ports";
import type { Incident } from "../../src/model/incidents";
import type { KeyRecord } from "../../src/model/key-record";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import {
  type MintedKey,
  type VendorAdapter,
  VendorError,
  type VendorKey,
  type VerifyResult,
} from "../../src/vendors/vendor";
import type { Actor, EffectFailure, World } from "./world";

/** State of the outside, shared by all actors of a run. Plain and synchronous; actors reach it through effects. */

export interface StoredVendorKey extends VendorKey {
  readonly value: string;
  scopes: readonly string[];
  expiresAt: number;
}

export class VendorModel {
  readonly keys = new Map<string, StoredVendorKey>();
  readonly owners = new Map<string, string>();
  readonly scopeChanges: Array<{ keyId: string; scopes: readonly string[]; at: number }> = [];
  #next = 1;

  constructor(private readonly now: () => number) {}

  id(kind: string): string {
    this.#next += 1;
    return `${kind}_${this.#next}`;
  }

  works(value: string): boolean {
    const now = Math.floor(this.now() / 1_000);
    return [...this.keys.values()].some((k) => k.value === value && k.expiresAt > now);
  }

  live(): StoredVendorKey[] {
    const now = Math.floor(this.now() / 1_000);
    return [...this.keys.values()].filter((k) => k.expiresAt > now);
  }

  adapter(world: World, actor: Actor): VendorAdapter {
    const effect = <T>(name: string, run: () => T) => world.effect(actor, `vendor.${name}`, run, vendorFailure);
    const seconds = () => Math.floor(this.now() / 1_000);
    return {
      descriptor: openAiDescriptor,
      findOwner: ({ name }) => effect("findOwner", () => [...this.owners].find(([, n]) => n === name)?.[0]),
      createOwner: ({ name }) =>
        effect("createOwner", () => {
          const id = this.id("owner");
          this.owners.set(id, name);
          return id;
        }),
      deleteOwner: ({ ownerId }) =>
        effect("deleteOwner", () => {
          for (const key of [...this.keys.values()]) if (key.ownerId === ownerId) this.keys.delete(key.id);
          return this.owners.delete(ownerId) ? ("deleted" as const) : ("gone" as const);
        }),
      mint: ({ ownerId, name, scopes, expiresInSeconds }) =>
        effect("mint", (): MintedKey => {
          if (!this.owners.has(ownerId)) throw new VendorError("not_found", "mint", "no such account", { status: 404 });
          const id = this.id("key");
          const key = {
            id,
            name,
            ownerId,
            scopes,
            value: `sk-svcacct-${id}-${"x".repeat(20)}`,
            createdAt: seconds(),
            expiresAt: seconds() + expiresInSeconds,
          };
          this.keys.set(id, key);
          return { id, name, value: key.value, createdAt: key.createdAt, expiresAt: key.expiresAt };
        }),
      list: () => effect("list", () => [...this.keys.values()].map(shown)),
      read: ({ keyId }) =>
        effect("read", () => {
          const key = this.keys.get(keyId);
          return key === undefined ? undefined : shown(key);
        }),
      update: ({ keyId, scopes, expiresInSeconds }) =>
        effect("update", () => {
          const key = this.keys.get(keyId);
          if (key === undefined) throw new VendorError("not_found", "update", "no such key", { status: 404 });
          if (key.expiresAt <= seconds()) throw new VendorError("invalid", "update", "key is expired", { status: 400 });
          if (scopes !== undefined) {
            key.scopes = scopes;
            this.scopeChanges.unshift({ keyId, scopes, at: seconds() });
          }
          if (expiresInSeconds !== undefined) key.expiresAt = seconds() + expiresInSeconds;
          return shown(key);
        }),
      revoke: ({ keyId }) =>
        effect("revoke", () => (this.keys.delete(keyId) ? ("revoked" as const) : ("gone" as const))),
      verify: ({ value, scopes }) =>
        effect("verify", (): VerifyResult => {
          const key = [...this.keys.values()].find((k) => k.value === value && k.expiresAt > seconds());
          if (key === undefined) return { outcome: "refused", evidence: "unknown key", scopeProven: false };
          const same = [...key.scopes].sort().join() === [...scopes].sort().join();
          return { outcome: same ? "works" : "wrong_scope", evidence: "", scopeProven: true };
        }),
      scopeChanges: ({ since }) => effect("scopeChanges", () => this.scopeChanges.filter((c) => c.at >= since)),
    };
  }
}

function shown({ id, name, ownerId, createdAt, expiresAt }: StoredVendorKey): VendorKey {
  return { id, name, createdAt, expiresAt, ...(ownerId === undefined ? {} : { ownerId }) };
}

const vendorFailure: EffectFailure = (name, kind) =>
  new VendorError(kind === "throttled" ? "throttled" : "unavailable", name, `no answer to ${name} (${kind})`);

const awsFailure: EffectFailure = (name, kind) => new Error(`no answer to ${name} (${kind})`);

interface Version {
  value: string | undefined;
  labels: Set<string>;
}

/** Secrets Manager as far as the engine uses it; the sandbox's own is held against AWS's documents elsewhere. */
export class SecretModel {
  readonly versions = new Map<string, Version>();
  exists = false;
  rotationEnabled = false;

  labelled(label: string): string | undefined {
    return [...this.versions].find(([, v]) => v.labels.has(label))?.[0];
  }

  currentValue(): string | undefined {
    const id = this.labelled(CURRENT);
    return id === undefined ? undefined : this.versions.get(id)?.value;
  }

  move(label: string, to: string): void {
    const from = this.labelled(label);
    if (from === to) return;
    if (from !== undefined) {
      this.versions.get(from)?.labels.delete(label);
      if (label === CURRENT) {
        for (const v of this.versions.values()) v.labels.delete("AWSPREVIOUS");
        this.versions.get(from)?.labels.add("AWSPREVIOUS");
      }
    }
    this.versions.get(to)?.labels.add(label);
  }

  /** Somebody writes a value by hand. A rotation that runs is abandoned. */
  edit(id: string, value: string): void {
    this.versions.set(id, { value, labels: new Set() });
    this.move(CURRENT, id);
    const pending = this.labelled(PENDING);
    if (pending !== undefined) this.versions.get(pending)?.labels.delete(PENDING);
  }

  remove(): void {
    this.exists = false;
    this.versions.clear();
    this.rotationEnabled = false;
  }

  store(world: World, actor: Actor): SecretStore {
    const effect = <T>(name: string, run: () => T) => world.effect(actor, `secret.${name}`, run, awsFailure);
    return {
      describe: () =>
        effect("describe", (): SecretState | undefined => {
          if (!this.exists) return undefined;
          const labelled = [...this.versions]
            .filter(([, v]) => v.labels.size > 0)
            .map(([id, v]) => [id, [...v.labels]]);
          return { arn: "arn", rotationEnabled: this.rotationEnabled, versions: Object.fromEntries(labelled) };
        }),
      value: (_name, id) => effect("value", () => (this.exists ? this.versions.get(id)?.value : undefined)),
      stage: ({ versionId, value, label }: StageRequest) =>
        effect("stage", () => {
          if (!this.exists) throw new Error("ResourceNotFoundException");
          const found = this.versions.get(versionId);
          if (found?.value !== undefined && found.value !== value) return "other" as const;
          if (found === undefined) this.versions.set(versionId, { value, labels: new Set() });
          else found.value = value;
          this.move(label, versionId);
          if (this.labelled(CURRENT) === undefined) this.move(CURRENT, versionId);
          return "stored" as const;
        }),
      promote: (_name, id, from) =>
        effect("promote", () => {
          if (!this.exists) throw new Error("ResourceNotFoundException");
          const at = this.labelled(CURRENT);
          if (at === id) return "promoted" as const;
          if (at !== from) return "moved" as const;
          this.move(CURRENT, id);
          return "promoted" as const;
        }),
      label: (_name, id, label) =>
        effect("label", () => {
          if (!this.versions.has(id)) throw new Error("ResourceNotFoundException");
          this.move(label, id);
        }),
      unlabel: (_name, id, label) => effect("unlabel", () => void this.versions.get(id)?.labels.delete(label)),
    };
  }
}

/** The table: records with revisions, leases with an end. */
export class LedgerModel {
  readonly records = new Map<string, KeyRecord>();
  readonly leases = new Map<string, { holder: string; until: () => number }>();
  /** Kind -> whether it was told. */
  readonly incidents = new Map<Incident, boolean>();

  ledger(world: World, actor: Actor): Ledger {
    const effect = <T>(name: string, run: () => T) => world.effect(actor, `ledger.${name}`, run, awsFailure);
    return {
      get: (key) => effect("get", () => structuredClone(this.records.get(key))),
      list: () => effect("list", () => structuredClone([...this.records.values()])),
      put: (record) =>
        effect("put", () => {
          if ((this.records.get(record.key)?.rev ?? 0) !== record.rev) throw new LedgerConflict("rev");
          const next = structuredClone({ ...record, rev: record.rev + 1 });
          this.records.set(record.key, next);
          return structuredClone(next);
        }),
      remove: (key) => effect("remove", () => void this.records.delete(key)),
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
          if (this.incidents.has(kind)) return false;
          this.incidents.set(kind, false);
          return true;
        }),
      incidents: () => effect("incidents", () => [...this.incidents].map(([kind, told]) => ({ kind, told }))),
      confirmIncident: (kind) => effect("confirmIncident", () => void this.incidents.set(kind, true)),
      resolveIncident: (kind) => effect("resolveIncident", () => void this.incidents.delete(kind)),
    };
  }
}
