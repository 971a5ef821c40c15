import type { SecretState, SecretStore, StageRequest } from "../../src/engine/ports";
import { defined } from "../../src/model/defined";
import { VendorError } from "../../src/model/vendor-error";
import type { VerifyResult } from "../../src/model/verify-result";
import { CURRENT, PENDING } from "../../src/secrets/labels";
import type { MintedKey, MintRequest, UpdateRequest, VendorAdapter, VendorKey } from "../../src/vendors/vendor";
import { NATURES, type Nature } from "./natures";
import { type Actor, BrokenInvariant, type EffectFailure, type World } from "./world";

/** Unix seconds; of what has no expiry. */
export const ENDLESS = 1e12;

/**
 * State of the outside, shared by all actors of a run. Plain and synchronous; actors reach it
 * through effects.
 */

export interface StoredVendorKey extends VendorKey {
  value: string;
  scopes: readonly string[];
  expiresAt: number;
  /** From when on it works; minted keys may take a while. */
  readonly activeAt?: number;
  /** Values that a rotation in place has replaced, with the time until which each works on. */
  former?: ReadonlyArray<{ readonly value: string; readonly until: number }>;
  disabled?: boolean;
  /** What is in a slot, and nobody knows. */
  readonly unknown?: boolean;
}

export class VendorModel {
  readonly keys = new Map<string, StoredVendorKey>();
  readonly owners = new Map<string, string>();
  readonly scopeChanges: Array<{ keyId: string; scopes: readonly string[]; at: number }> = [];
  minted = 0;
  /** World time until which a look with a key gets no verdict. */
  speechlessUntil = 0;
  /** The vendor gives no key a longer life. */
  maxLifeSeconds = Number.POSITIVE_INFINITY;
  /** World time until which the admin API answers nothing. */
  outageUntil = 0;
  /**
   * Nothing in the account opens, and no admin call is answered; the vendor says so where it is
   * asked.
   */
  closed = false;
  /** World time at which a closed account was opened again. */
  reopenedAt = 0;
  /** Called with a value that a look has shown to work as it was asked for. */
  tested: (value: string) => void = () => {};
  /** How long a new key takes until it works. */
  activationSeconds = 0;
  /** How long the value of a key that is gone works on. */
  revocationSeconds = 0;
  /** Values of keys that are gone, and that work on. */
  readonly #lingering = new Map<string, { readonly keyId: string; readonly until: number }>();
  /** Called before a key is minted, and before one is gone; throw where that must not be. */
  beforeMint: (actor: Actor, request: MintRequest) => void = () => {};
  beforeRevoke: (actor: Actor, keyId: string) => void = () => {};
  /** Called before a key's grant or life is changed, and before an account is deleted. */
  beforeUpdate: (actor: Actor, request: UpdateRequest) => void = () => {};
  beforeDeleteOwner: (actor: Actor, ownerId: string) => void = () => {};
  /** Called before a value is replaced; throws where its grace is too short. */
  beforeRotate: (actor: Actor, graceSeconds: number) => void = () => {};
  #next = 1;

  constructor(
    private readonly now: () => number,
    readonly nature: Nature = NATURES.additive,
  ) {
    if (nature.slots) for (const slot of ["Key1", "Key2"]) this.#fill(slot);
  }

  id(kind: string): string {
    this.#next += 1;
    return `${kind}_${this.#next}`;
  }

  /** An organisation's maximum, also for the keys that are there where it is so said. */
  shortenLives(maxSeconds: number, existing: boolean): void {
    this.maxLifeSeconds = maxSeconds;
    if (!existing) return;
    for (const key of this.keys.values()) {
      if (key.expiresAt !== ENDLESS) key.expiresAt = Math.min(key.expiresAt, this.#seconds() + maxSeconds);
    }
  }

  works(value: string): boolean {
    if (this.closed) return false;
    const now = this.#seconds();
    for (const k of this.keys.values()) {
      if (k.value === value) return k.expiresAt > now && k.disabled !== true && (k.activeAt ?? 0) <= now;
      if (k.former?.some((f) => f.value === value && f.until > now)) return k.expiresAt > now;
    }
    return false;
  }

  /** Whether a value of a key that is gone works on. */
  lingers(isIt: (entry: { readonly value: string; readonly keyId: string }) => boolean): boolean {
    const now = this.#seconds();
    return [...this.#lingering].some(([value, { keyId, until }]) => until > now && isIt({ value, keyId }));
  }

  /** Whether it would open something, were it not for its expiry. */
  holds(value: string): boolean {
    const now = this.#seconds();
    return [...this.keys.values()].some(
      (k) => (k.value === value && k.disabled !== true) || k.former?.some((f) => f.value === value && f.until > now),
    );
  }

  /**
   * World time in seconds until which a value that was replaced works on; undefined where it was
   * not.
   */
  endOf(value: string): number | undefined {
    return [...this.keys.values()].flatMap(({ former = [] }) => former).find((f) => f.value === value)?.until;
  }

  /** What somebody may have the value of. */
  live(): StoredVendorKey[] {
    const now = this.#seconds();
    return [...this.keys.values()].filter((k) => k.expiresAt > now && k.disabled !== true && k.unknown !== true);
  }

  /** A person makes one in the vendor's console. */
  makeManually(name: string, expiresInSeconds: number): string {
    const id = this.id("key");
    const value = `sk-svcacct-${this.id("value")}-${"x".repeat(20)}`;
    const createdAt = this.#seconds();
    this.keys.set(id, { id, name, scopes: [], value, createdAt, expiresAt: createdAt + expiresInSeconds });
    return value;
  }

  /** Gone at the vendor; a slot gets another value. */
  remove(keyId: string): boolean {
    const gone = this.keys.get(keyId);
    if (gone !== undefined && this.revocationSeconds > 0 && gone.expiresAt > this.#seconds()) {
      const until = this.#seconds() + this.revocationSeconds;
      const values = [gone.value, ...(gone.former ?? []).filter((f) => f.until > this.#seconds()).map((f) => f.value)];
      for (const value of values) this.#lingering.set(value, { keyId, until });
    }
    const existed = this.keys.delete(keyId);
    const [slot = ""] = keyId.split("-");
    if (existed && this.nature.slots) this.#fill(slot);
    return existed;
  }

  #fill(slot: string): void {
    const id = `${slot}-${this.id("v")}`;
    this.keys.set(id, {
      id,
      name: slot,
      scopes: [],
      value: `unknown-${id}`,
      createdAt: 0,
      expiresAt: ENDLESS,
      unknown: true,
    });
  }

  #seconds(): number {
    return Math.floor(this.now() / 1_000);
  }

  adapter(world: World, actor: Actor): VendorAdapter {
    const { nature } = this;
    const effect = <T>(name: string, run: () => T) =>
      world.effect(
        actor,
        `vendor.${name}`,
        () => {
          if (this.now() < this.outageUntil) throw vendorFailure(name, "unavailable");
          if (this.closed && name !== "accountGone" && name !== "verify") {
            throw new VendorError("admin_refused", name, "the account is closed", { status: 403 });
          }
          return run();
        },
        vendorFailure,
      );
    const remove = (keyId: string) => {
      const key = this.keys.get(keyId);
      if (key !== undefined && key.expiresAt > seconds() && !key.unknown) this.beforeRevoke(actor, keyId);
      return this.remove(keyId);
    };
    const seconds = () => this.#seconds();
    const shown = ({ id, name, ownerId, createdAt, expiresAt, disabled }: StoredVendorKey): VendorKey => ({
      id,
      ...(disabled ? { disabled } : {}),
      name: nature.descriptor.nameless ? "" : name,
      createdAt,
      ...(expiresAt === ENDLESS ? {} : { expiresAt }),
      ...defined({ ownerId }),
    });
    const value = () => `sk-svcacct-${this.id("value")}-${"x".repeat(20)}`;
    const account = (ownerId: string | undefined) => {
      if (ownerId === undefined || !nature.owners) return {};
      if (!this.owners.has(ownerId)) throw new VendorError("not_found", "mint", "no such account", { status: 404 });
      const held = this.live().filter((k) => k.ownerId === ownerId);
      if (held.length >= (nature.descriptor.vendorKeysMax ?? Number.POSITIVE_INFINITY)) {
        throw new VendorError("conflict", "mint", "the account has as many keys as it can", { status: 409 });
      }
      return { ownerId };
    };
    const mint = (request: MintRequest) =>
      effect("mint", (): MintedKey => {
        const { ownerId, name, grant, expiresInSeconds, value: chosen, keep = [] } = request;
        const { scopes = [] } = grant;
        const owner = account(ownerId);
        const again = [...this.keys.values()].find((k) => chosen !== undefined && k.value === chosen);
        if (again !== undefined) return { ...shown(again), value: again.value };
        this.beforeMint(actor, request);
        const slot = [...this.keys.values()].find((k) => nature.slots && !keep.includes(k.id));
        if (nature.slots && slot === undefined) throw new VendorError("conflict", "mint", "both slots are kept");
        actor.minted += 1;
        this.minted += 1;
        const minted = chosen ?? value();
        const made = chosen === undefined ? this.id("key") : `hash_of_${chosen.slice("sk-svcacct-".length, -21)}`;
        const id = slot === undefined ? made : `${slot.name}-${made}`;
        if (slot !== undefined) this.keys.delete(slot.id);
        const key: StoredVendorKey = {
          id,
          name: slot?.name ?? name,
          ...owner,
          scopes,
          value: minted,
          createdAt: nature.slots ? 0 : seconds(),
          expiresAt: nature.slots ? ENDLESS : seconds() + Math.min(expiresInSeconds, this.maxLifeSeconds),
          activeAt: seconds() + this.activationSeconds,
        };
        this.keys.set(id, key);
        return { ...shown(key), createdAt: seconds(), value: minted };
      });
    return {
      descriptor: nature.descriptor,
      ...(nature.owners
        ? {
            findOwner: ({ name }) => effect("findOwner", () => [...this.owners].find(([, n]) => n === name)?.[0]),
            createOwner: ({ name }) =>
              effect("createOwner", () => {
                const id = this.id("owner");
                this.owners.set(id, name);
                return id;
              }),
            deleteOwner: ({ ownerId }) =>
              effect("deleteOwner", () => {
                this.beforeDeleteOwner(actor, ownerId);
                for (const key of [...this.keys.values()]) if (key.ownerId === ownerId) remove(key.id);
                return this.owners.delete(ownerId) ? ("deleted" as const) : ("gone" as const);
              }),
          }
        : {}),
      ...(nature.chosen
        ? {
            chooseValue: () => {
              const chosen = value();
              return { value: chosen, id: `hash_of_${chosen.slice("sk-svcacct-".length, -21)}` };
            },
          }
        : {}),
      ...(nature.manual ? {} : { mint }),
      ...(nature.manual || nature.slots
        ? {
            identify: ({ value }) =>
              effect("identify", () => {
                const key = [...this.keys.values()].find((k) => k.value === value);
                return key === undefined ? undefined : shown(key);
              }),
          }
        : {}),
      ...(nature.manual
        ? {
            disable: ({ keyId }) =>
              effect("disable", () => {
                const key = this.keys.get(keyId);
                if (key === undefined) return "gone" as const;
                this.beforeRevoke(actor, keyId);
                key.disabled = true;
                return "disabled" as const;
              }),
          }
        : {}),
      ...(nature.rotates
        ? {
            rotate: ({ keyId, graceSeconds }) =>
              effect("rotate", (): MintedKey => {
                // Its end stays where it was: that is another call.
                const key = this.keys.get(keyId);
                if (key === undefined) throw new VendorError("not_found", "rotate", "no such key", { status: 404 });
                this.beforeRotate(actor, graceSeconds);
                actor.minted += 1;
                this.minted += 1;
                key.former = [...(key.former ?? []), { value: key.value, until: seconds() + graceSeconds }];
                key.value = value();
                return { ...shown(key), createdAt: seconds(), value: key.value };
              }),
          }
        : {}),
      list: () => effect("list", () => [...this.keys.values()].map(shown)),
      read: ({ keyId }) =>
        effect("read", () => {
          const key = this.keys.get(keyId);
          return key === undefined ? undefined : shown(key);
        }),
      ...(nature.descriptor.inPlace.grant
        ? {
            update: (request: UpdateRequest) =>
              effect("update", () => {
                const { keyId, grant, expiresInSeconds } = request;
                const key = this.keys.get(keyId);
                if (key === undefined) throw new VendorError("not_found", "update", "no such key", { status: 404 });
                if (key.expiresAt <= seconds()) {
                  throw new VendorError("invalid", "update", "key is expired", { status: 400 });
                }
                this.beforeUpdate(actor, request);
                if (grant?.scopes !== undefined) {
                  const { scopes } = grant;
                  key.scopes = scopes;
                  this.scopeChanges.unshift({ keyId, scopes, at: seconds() });
                }
                if (expiresInSeconds !== undefined) {
                  key.expiresAt = seconds() + Math.min(expiresInSeconds, this.maxLifeSeconds);
                }
                return shown(key);
              }),
          }
        : {}),
      revoke: ({ keyId }) => effect("revoke", () => (remove(keyId) ? ("revoked" as const) : ("gone" as const))),
      verify: ({ value, grant: { scopes = [] } }) =>
        effect("verify", (): VerifyResult => {
          if (this.closed) throw new VendorError("no_verdict", "verify", "the vendor answered 403: account closed");
          if (this.now() < this.speechlessUntil) {
            throw new VendorError("no_verdict", "verify", "the vendor answered 403 to verify: not in this region");
          }
          if (this.lingers((entry) => entry.value === value)) {
            return { outcome: "works", evidence: "", scopeProven: true };
          }
          const key = this.works(value) ? [...this.keys.values()].find((k) => k.value === value) : undefined;
          if (key === undefined) return { outcome: "refused", evidence: "unknown key", scopeProven: false };
          const same = [...key.scopes].sort().join() === [...scopes].sort().join();
          if (same) this.tested(value);
          if (same) return { outcome: "works", evidence: "", scopeProven: true };
          const more = key.scopes.some((scope) => !scopes.includes(scope));
          return { outcome: more ? "wider" : "narrower", evidence: "", scopeProven: true };
        }),
      accountGone: () => effect("accountGone", () => (this.closed ? "the vendor has closed the account" : undefined)),
      scopeChanges: ({ since }) => effect("scopeChanges", () => this.scopeChanges.filter((c) => c.at >= since)),
    };
  }
}

const vendorFailure: EffectFailure = (name, kind) =>
  new VendorError(kind === "throttled" ? "throttled" : "unavailable", name, `no answer to ${name} (${kind})`);

/** A key that nobody declared has no secret. */
export const UNDECLARED = "/made-up";

const awsFailure: EffectFailure = (name, kind) => new Error(`no answer to ${name} (${kind})`);

export interface Version {
  value: string | undefined;
  labels: Set<string>;
  /** Which came to be before which. */
  readonly number: number;
  readonly byPerson?: boolean;
  /** World time at which the engine put a label of its own on it. */
  labelledAt?: number;
}

/**
 * Secrets Manager as far as the engine uses it; the sandbox's own is held against AWS's documents
 * elsewhere.
 */
export class SecretModel {
  readonly versions = new Map<string, Version>();
  exists = false;
  rotationEnabled = false;
  /** Called before AWSCURRENT moves; throws where that must not be. */
  beforePromote: (actor: Actor, from: Version | undefined, to: Version | undefined) => void = () => {};
  #made = 0;

  labelled(label: string): string | undefined {
    return [...this.versions].find(([, v]) => v.labels.has(label))?.[0];
  }

  /** As DescribeSecret shows them. */
  labels(): SecretState["versions"] {
    const labelled: Record<string, string[]> = Object.create(null);
    for (const [id, { labels }] of this.versions) if (labels.size > 0) labelled[id] = [...labels];
    return labelled;
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
    this.versions.set(id, { value, labels: new Set(), number: this.next(), byPerson: true });
    this.move(CURRENT, id);
    const pending = this.labelled(PENDING);
    if (pending !== undefined) this.versions.get(pending)?.labels.delete(PENDING);
  }

  /** AWS: over all versions of a secret. */
  #checkQuota(): void {
    const labels = [...this.versions.values()].reduce((sum, v) => sum + v.labels.size, 0);
    if (labels > 20) throw new BrokenInvariant(`the secret has ${labels} staging labels`);
  }

  next(): number {
    this.#made += 1;
    return this.#made;
  }

  remove(): void {
    this.exists = false;
    this.versions.clear();
    this.rotationEnabled = false;
  }

  /** `answered` is called with each answer, which tells the servers' time. */
  store(world: World, actor: Actor, answered: () => void = () => {}): SecretStore {
    const effect = <T>(name: string, run: () => T) =>
      world.effect(
        actor,
        `secret.${name}`,
        () => {
          answered();
          return run();
        },
        awsFailure,
      );
    return {
      describe: (name) =>
        effect("describe", (): SecretState | undefined => {
          if (!this.exists || name.endsWith(UNDECLARED)) return undefined;
          return { arn: "arn", rotationEnabled: this.rotationEnabled, versions: this.labels() };
        }),
      // What this world deletes is gone at once.
      scheduledDeletion: () => effect("scheduledDeletion", () => undefined),
      value: (_name, id) => effect("value", () => (this.exists ? this.versions.get(id)?.value : undefined)),
      stage: ({ versionId, value, label, marks = [] }: StageRequest) =>
        effect("stage", () => {
          if (!this.exists) throw new Error("ResourceNotFoundException");
          const found = this.versions.get(versionId);
          if (found?.value !== undefined && found.value !== value) return "other" as const;
          if (found === undefined) this.versions.set(versionId, { value, labels: new Set(), number: this.next() });
          else found.value = value;
          for (const one of [label, ...marks]) this.move(one, versionId);
          this.#checkQuota();
          if (this.labelled(CURRENT) === undefined) this.move(CURRENT, versionId);
          return "stored" as const;
        }),
      promote: (_name, id, from) =>
        effect("promote", () => {
          if (!this.exists) throw new Error("ResourceNotFoundException");
          const at = this.labelled(CURRENT);
          if (at === id) return "promoted" as const;
          if (at !== from) return "moved" as const;
          this.beforePromote(actor, at === undefined ? undefined : this.versions.get(at), this.versions.get(id));
          this.move(CURRENT, id);
          return "promoted" as const;
        }),
      label: (_name, id, label) =>
        effect("label", () => {
          const version = this.versions.get(id);
          if (version === undefined) throw new Error("ResourceNotFoundException");
          version.labelledAt = world.now();
          this.move(label, id);
          this.#checkQuota();
        }),
      unlabel: (_name, id, label) => effect("unlabel", () => void this.versions.get(id)?.labels.delete(label)),
    };
  }
}
