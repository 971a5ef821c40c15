import { destroyIn, emergencyIn, isRevoked, isWritten, stopOf } from "../../src/engine/integrity/marks";
import type { Fields, SecretState, Telemetry } from "../../src/engine/ports";
import type { RevokeResult } from "../../src/model/events";
import type { Grant } from "../../src/model/grant";
import type { KeyPolicy } from "../../src/model/key-policy";
import { vendorKeyName } from "../../src/model/names";
import { parseSecretPayload, type SecretPayload } from "../../src/model/secret-payload";
import { currentVersion, previousVersion, RETAINED } from "../../src/secrets/labels";
import type { MintRequest, UpdateRequest } from "../../src/vendors/vendor";
import type { LedgerTable } from "./ledger-table";
import { FORGED_STOP } from "./ledger-writer";
import { ENDLESS, type SecretModel, type StoredVendorKey, type VendorModel, type Version } from "./models";
import { type Actor, BrokenInvariant, type World } from "./world";

/**
 * An end counts from when the request arrived, and clocks differ; a fault may make an answer slow.
 */
const END_TOLERANCE_SECONDS = 900;

/** Start of every value that the vendor model mints. */
const VALUE = "sk-svcacct-";

/** What must hold after every effect, whoever acts and whatever fails. */
export class Invariants {
  /** Somebody broke the key by hand; until it is healed, nobody can expect it to work. */
  excused = false;
  /** Vendor keys of somebody else in the same project. */
  readonly strangers = new Set<string>();
  /** The value that AWSCURRENT was seen to hold last. */
  #promoted: string | undefined;
  /** Superseded values and the time until which each must work. */
  readonly #protected = new Map<string, { readonly since: number; readonly until: number }>();
  #seen: { readonly text: string; readonly payload: SecretPayload | undefined } | undefined;
  #stop: { readonly id: string; readonly since: number; readonly intents: ReadonlySet<string> } | undefined;
  /** Names of the vendor keys that are being minted, as the ledger says. */
  #intents: ReadonlySet<string> = new Set();
  #emergency: number | undefined;

  constructor(
    private readonly world: World,
    private readonly vendor: VendorModel,
    private readonly secret: SecretModel,
    private readonly table: LedgerTable,
    private readonly deployment: string,
    private readonly declaredOverlapSeconds: () => number,
  ) {
    world.afterEffect = (name, actor) => this.check(name, actor);
    vendor.tested = (value) => this.#tested.add(value);
    vendor.beforeMint = (actor, request) => this.#beforeMint(actor, request);
    vendor.beforeUpdate = (actor, request) => this.#beforeUpdate(actor, request);
    vendor.beforeDeleteOwner = (actor, ownerId) => this.#checkOwner(actor, ownerId);
    vendor.beforeRotate = (actor, graceSeconds) => this.#beforeRotate(actor, graceSeconds);
    vendor.beforeRevoke = (actor, keyId) => this.#beforeRevoke(actor, keyId);
    secret.beforePromote = (actor, from, to) => {
      this.#mayBePutIntoUse(actor, to);
      if (this.#emergency === undefined) beforePromote(actor, from, to);
    };
  }

  get promoted(): string | undefined {
    return this.#promoted;
  }

  /** Whoever read the old values has lost them together with the secret, or they were to die. */
  forget(): void {
    this.#promoted = undefined;
    this.#protected.clear();
  }

  /** Nobody can know any more which values have their overlap. */
  overlapsUnknown = false;

  /** Policies that Terraform has ordered since its last apply that ended, with that one's. */
  ordered: readonly KeyPolicy[] = [];

  /** Values that were seen to work since the ledger was lost, if it was. */
  readonly #tested = new Set<string>();
  /** Vendor keys of which an operator was told that they are dead. */
  readonly #condemned = new Set<string>();

  /** Policies that were ordered before, and until when. */
  readonly #formerly: Array<{ readonly policy: KeyPolicy; readonly until: number }> = [];

  /** Names of vendor keys that a run which stood still minted by such a policy. */
  readonly #outdated = new Set<string>();

  #written = false;
  /** Values that somebody has written of: the secret alone knows how long each must work. */
  readonly #doubtful = new Set<string>();

  /** Somebody wrote into the ledger: nothing need be minted until an apply. */
  ledgerWritten(): void {
    this.#written = true;
    for (const { value, former = [] } of this.vendor.live()) {
      for (const one of [value, ...former.map((f) => f.value)]) this.#doubtful.add(one);
    }
    this.check("a write into the ledger");
  }

  applied(policy: KeyPolicy): void {
    const until = this.world.now();
    this.#formerly.push(...this.ordered.filter((p) => p !== policy).map((former) => ({ policy: former, until })));
    this.ordered = [policy];
    this.#written = false;
  }

  /** Somebody deleted it at the vendor. */
  gone(key: StoredVendorKey): void {
    for (const value of [key.value, ...(key.former ?? []).map((f) => f.value)]) this.#protected.delete(value);
  }

  /**
   * A shorter overlap, once declared, may also end keys that were superseded under a longer one and
   * not yet written down.
   */
  shortenOverlaps(overlapSeconds: number): void {
    for (const [value, { since, until }] of this.#protected) {
      this.#protected.set(value, { since, until: Math.min(until, since + overlapSeconds) });
    }
  }

  check(after: string, actor?: Actor): void {
    const now = this.#seconds();
    if (this.table.body?.includes(VALUE)) throw new BrokenInvariant("leak: the ledger holds a value");
    const labels = this.secret.labels();
    this.#watchStop(actor, labels);
    this.#watchEmergency(labels);
    const payload = this.#current();
    if (payload !== undefined && payload.apiKey !== this.#promoted) this.#watchPromotion(payload.apiKey, now);
    if (this.overlapsUnknown) this.#protected.clear();
    // As long as such an order stands, it is for what comes into use as well.
    const order = this.table.record?.revocation?.since;
    const isForged = order !== undefined && emergencyIn(labels)?.since !== order;
    if (isForged) for (const value of this.#protected.keys()) this.#doubtful.add(value);
    for (const [value, promised] of this.#protected) {
      const until = this.#doubtful.has(value) ? this.#untilBySecret(value, promised) : promised.until;
      if (now < until && !this.vendor.holds(value)) {
        throw new BrokenInvariant(`early revocation of ${value}, after ${after}`);
      }
    }
    for (const id of this.strangers) {
      if (!this.vendor.keys.has(id)) throw new BrokenInvariant(`a stranger's key ${id} was revoked, after ${after}`);
    }
    if (this.excused || payload === undefined) return;
    // Nothing was minted by the word of such a ledger, and nobody has applied in time.
    if (this.#written && Date.parse(payload.expiresAt) <= this.world.now()) return;
    // A person's copy of a value that was replaced in place ends with it, and no sweep replaces
    // what a person has put there.
    const version = this.secret.versions.get(currentVersion(labels) ?? "");
    if (version?.byPerson === true && (this.vendor.endOf(payload.apiKey) ?? ENDLESS) <= now) return;
    // What a closed account opens is nobody's outage but the account's.
    if (this.vendor.closed) return;
    if (!this.vendor.works(payload.apiKey)) {
      throw new BrokenInvariant(`outage: the AWSCURRENT key does not work, after ${after}`);
    }
  }

  /** What a caller is told. */
  checkText(where: string, text: string): void {
    if (text.includes(VALUE)) throw new BrokenInvariant(`leak: ${where} holds a value: ${text}`);
  }

  /** After createSecret has succeeded for a token. */
  checkOnlyOne(name: string): void {
    if (this.#written) return;
    // A lost mint that a rebuilt ledger took for superseded is accounted for.
    const superseded = new Set(this.table.record?.superseded.map(({ keyId }) => keyId));
    const named = this.vendor.live().filter((k) => k.name === name && !superseded.has(k.id));
    if (named.length > 1) throw new BrokenInvariant(`${named.length} live vendor keys for one token: ${name}`);
  }

  ledgerLost(): void {
    this.#tested.clear();
  }

  /** What a plan calls in sync. */
  checkInSync({ keyId, apiKey, issuedAt }: SecretPayload, policy: KeyPolicy | undefined): void {
    if (this.#condemned.has(keyId)) throw new BrokenInvariant(`${keyId} was said to be dead, and is called in sync`);
    if (!this.#tested.has(apiKey)) {
      throw new BrokenInvariant(`${keyId} was not tested since the ledger was lost, and is called in sync`);
    }
    const found = this.vendor.keys.get(keyId);
    const { strategy, enforcement } = this.vendor.nature.descriptor;
    if (policy === undefined || found === undefined || strategy === "manual" || enforcement.expiry !== "key") return;
    if (this.table.record?.current?.valueEndsAt !== undefined) return;
    const declared = Date.parse(issuedAt) / 1_000 + policy.lifetime.expirySeconds;
    if (found.expiresAt < declared - END_TOLERANCE_SECONDS) {
      throw new BrokenInvariant(`${keyId} ends before the policy says, and is called in sync`);
    }
  }

  /** Where the vendor ends a key sooner, whoever reads the secret learns of it. */
  checkEndTold({ keyId, expiresAt }: SecretPayload): void {
    const found = this.vendor.keys.get(keyId);
    if (found === undefined || this.vendor.nature.descriptor.enforcement.expiry !== "key") return;
    if (this.table.record?.current?.valueEndsAt !== undefined) return;
    if (found.expiresAt < Date.parse(expiresAt) / 1_000 - END_TOLERANCE_SECONDS) {
      throw new BrokenInvariant(`the vendor ends ${keyId} sooner than its secret says, and a sweep has left it so`);
    }
  }

  /**
   * @param since world time at which the order began; `gone`: the vendor's word was that the
   * account is
   */
  checkRevoked({ dead, done, accountGone }: RevokeResult, since: number): void {
    const now = this.#seconds();
    for (const keyId of dead) this.#condemned.add(keyId);
    if (accountGone !== undefined) {
      if (!this.vendor.closed && this.vendor.reopenedAt < since) {
        throw new BrokenInvariant("keys of an account that is open were taken for dead");
      }
      return;
    }
    for (const keyId of dead) {
      const found = this.vendor.keys.get(keyId);
      if (found !== undefined && found.expiresAt > now) {
        throw new BrokenInvariant(`${keyId} was said to be dead, and lives`);
      }
      if (this.vendor.lingers((entry) => entry.keyId === keyId)) {
        throw new BrokenInvariant(`${keyId} was said to be dead, and its value works on`);
      }
    }
    if (done && this.#stop !== undefined) {
      const live = this.vendor
        .live()
        .filter(({ id }) => !this.strangers.has(id) && this.#retainedAt(id) === undefined)
        // Somebody may make one by hand after the vendor's list was read.
        .filter(({ id }) => !id.startsWith("foreign"));
      if (live.length > 0) throw new BrokenInvariant("a vendor key lives after everything was to die");
    }
  }

  #beforeMint(actor: Actor, { name, ownerId, grant, expiresInSeconds }: MintRequest): void {
    if (actor.minted > 0) throw new BrokenInvariant(`${actor.name} mints a second vendor key`);
    if (ownerId !== undefined) this.#checkOwner(actor, ownerId);
    // A run that stood still since its intent may mint by what was ordered then. What comes of it
    // is never put into use: see below.
    const then = this.#formerly.filter(({ until }) => until >= actor.startedAt).map(({ policy }) => policy);
    this.#checkOrdered(actor, grant, expiresInSeconds, [...this.ordered, ...then]);
    if (!isOrdered(this.ordered, grant, expiresInSeconds)) this.#outdated.add(name);
    if (this.#stop === undefined) return;
    // Nothing lies between an intent and its mint; what comes of it is never put into use, see
    // below, and is an orphan if it stays.
    const underWay = actor.startedAt < this.#stop.since && this.#stop.intents.has(name);
    if (!underWay) throw new BrokenInvariant(`${actor.name} mints for a key that is stopped`);
  }

  /**
   * Nothing may do more, or live longer, than Terraform has ordered since the last apply that
   * ended.
   */
  #checkOrdered(
    actor: Actor,
    grant: Grant | undefined,
    expiresInSeconds: number | undefined,
    ordered = this.ordered,
  ): void {
    if (!isOrdered(ordered, grant, expiresInSeconds))
      throw new BrokenInvariant(`${actor.name} gives ${String(grant?.scopes)}, which nobody has ordered`);
  }

  #beforeUpdate(actor: Actor, { keyId, grant, expiresInSeconds }: UpdateRequest): void {
    if (this.strangers.has(keyId)) throw new BrokenInvariant(`${actor.name} changes a stranger's key`);
    this.#checkOrdered(actor, grant, expiresInSeconds);
  }

  #checkOwner(actor: Actor, ownerId: string): void {
    const name = this.vendor.owners.get(ownerId);
    if (name === undefined || name.startsWith(`${this.deployment}/`)) return;
    throw new BrokenInvariant(`${actor.name} mints on a stranger's account, or deletes it`);
  }

  #beforeRotate(actor: Actor, graceSeconds: number): void {
    if (actor.minted > 0) throw new BrokenInvariant(`${actor.name} mints a second time`);
    if (graceSeconds < Math.min(...this.ordered.map(({ lifetime }) => lifetime.overlapSeconds))) {
      throw new BrokenInvariant(`${actor.name} rotates with a grace shorter than the overlap`);
    }
  }

  #mayBePutIntoUse(actor: Actor, version: Version | undefined): void {
    const keyId = parseSecretPayload(version?.value ?? "")?.keyId;
    if (keyId === undefined) return;
    if (this.#outdated.has(this.vendor.keys.get(keyId)?.name ?? "")) {
      throw new BrokenInvariant(`${keyId}, which was minted for what is not ordered any more, is put into use`);
    }
    if (this.#stop === undefined) return;
    // Between a look at the secret and the call that follows it, an order may come that the ledger
    // does not have yet: who gave it is told that it failed.
    if (actor.startedAt < this.#stop.since && this.table.record?.stopped === undefined) return;
    const doomed = this.table.record?.revocation?.keyIds.includes(keyId);
    if (doomed || this.vendor.live().every(({ id }) => id !== keyId)) return;
    throw new BrokenInvariant(`${keyId} is put into use for a key that is stopped`);
  }

  #beforeRevoke(actor: Actor, keyId: string): void {
    if (actor.name.startsWith("revokeOthers#") && this.#isKnownInUse(keyId)) {
      throw new BrokenInvariant(`${actor.name} revokes ${keyId}, which is to stay`);
    }
    if (this.#isInUse(keyId) && /^(sweep|\w+Secret)#/.test(actor.name)) {
      throw new BrokenInvariant(`${actor.name} revokes ${keyId}, which is in use, and nobody has ordered it`);
    }
    const since = this.#retainedAt(keyId);
    // A mark that comes while somebody is at work may come too late.
    if (since === undefined || since >= actor.startedAt) return;
    throw new BrokenInvariant(`vendor key ${keyId} is retained, and was revoked`);
  }

  /**
   * By the word of both the ledger and the version that it names, whatever somebody has put into
   * use since.
   */
  #isKnownInUse(keyId: string): boolean {
    const { current } = this.table.record ?? {};
    if (current?.keyId !== keyId || !isWritten(this.secret.labels(), current.versionId)) return false;
    return parseSecretPayload(this.secret.versions.get(current.versionId)?.value ?? "")?.keyId === keyId;
  }

  /**
   * By the word of the secret: its AWSCURRENT is the controller's, no order is on it, and its end
   * has not come.
   */
  #isInUse(keyId: string): boolean {
    const labels = this.secret.labels();
    const versionId = currentVersion(labels);
    const payload = this.#current();
    if (versionId === undefined || payload?.keyId !== keyId || !isWritten(labels, versionId)) return false;
    const ordered = isRevoked(labels) || destroyIn(labels) !== undefined;
    return !ordered && Date.parse(payload.expiresAt) > this.world.now();
  }

  /** World time of the operator's mark. */
  #retainedAt(keyId: string): number | undefined {
    for (const [id, { labels, value, labelledAt }] of this.secret.versions) {
      if (labels.has(RETAINED + id) && parseSecretPayload(value ?? "")?.keyId === keyId) return labelledAt;
    }
    return undefined;
  }

  /**
   * Nothing but a plan that names the stop, or a revoke with a successor, may lift it. A lost
   * ledger has forgotten it.
   */
  #watchStop(actor: Actor | undefined, labels: SecretState["versions"]): void {
    const { record } = this.table;
    // Whoever writes into the ledger can neither lift a stop that the secret has as well, nor hide
    // it.
    const recorded = record?.stopped?.id === FORGED_STOP ? undefined : record?.stopped;
    const stop = (stopOf(labels) ?? stopByEmergency(labels) ?? recorded)?.id;
    // Until the ledger has the stop, a run that goes on may write its intent down.
    const isWrittenDown = record?.stopped !== undefined;
    if (stop !== undefined && this.#stop !== undefined && !isWrittenDown && record !== undefined) {
      const intents = record.pending.map(({ token }) => vendorKeyName(this.deployment, record.key, token));
      this.#stop = { ...this.#stop, intents: new Set(intents) };
    }
    if (stop === this.#stop?.id) {
      this.#intents = new Set(record?.pending.map(({ token }) => vendorKeyName(this.deployment, record.key, token)));
      return;
    }
    const lifted = this.#stop !== undefined && stop === undefined && record !== undefined;
    if (lifted && actor !== undefined && actor.may !== "successor" && !actor.may.includes(this.#stop?.id ?? "")) {
      throw new BrokenInvariant(`${actor.name} lifted a stop that it did not know of`);
    }
    this.#stop = stop === undefined ? undefined : { id: stop, since: this.world.now(), intents: this.#intents };
    if (stop !== undefined) this.excused = true;
  }

  /** From the beginning of an emergency on, what is superseded has no claim to its overlap. */
  #watchEmergency(labels: SecretState["versions"]): void {
    // Where the secret holds anything, the ledger's word alone is none.
    const unheard = this.#written && currentVersion(labels) !== undefined;
    const since = emergencyIn(labels)?.since ?? (unheard ? undefined : this.table.record?.revocation?.since);
    if (since !== undefined && since !== this.#emergency) this.#protected.clear();
    this.#emergency = since;
  }

  #watchPromotion(value: string, now: number): void {
    const applied = this.table.record?.policy?.lifetime.overlapSeconds ?? Number.POSITIVE_INFINITY;
    const overlapSeconds = Math.min(applied, this.declaredOverlapSeconds());
    if (this.#promoted !== undefined && !this.excused && this.#emergency === undefined) {
      // What was replaced in place has its end since then, whoever finished it and when.
      const until = Math.min(now + overlapSeconds, this.vendor.endOf(this.#promoted) ?? Number.POSITIVE_INFINITY);
      this.#protected.set(this.#promoted, { since: now, until });
    }
    this.#promoted = value;
  }

  #current(): SecretPayload | undefined {
    const text = this.secret.exists ? this.secret.currentValue() : undefined;
    if (text === undefined) return undefined;
    if (this.#seen?.text !== text) this.#seen = { text, payload: parseSecretPayload(text) };
    return this.#seen.payload;
  }

  /** Of all values before the one in use the secret knows one, and how old the one in use is. */
  #untilBySecret(value: string, { since, until }: { readonly since: number; readonly until: number }): number {
    const labels = this.secret.labels();
    const [current, previous] = [currentVersion(labels), previousVersion(labels)];
    if (previous === undefined || this.secret.versions.get(previous)?.value?.includes(value) !== true) return 0;
    const payload = this.#current();
    if (payload === undefined || current === undefined || !isWritten(labels, current)) return until;
    return Math.min(until, Date.parse(payload.issuedAt) / 1_000 + until - since);
  }

  #seconds(): number {
    return Math.floor(this.world.now() / 1_000);
  }
}

function isOrdered(
  ordered: readonly KeyPolicy[],
  grant: Grant | undefined,
  expiresInSeconds: number | undefined,
): boolean {
  return ordered.some(
    ({ scopes, lifetime }) =>
      (grant === undefined || String(grant.scopes ?? []) === String(scopes ?? [])) &&
      (expiresInSeconds ?? 0) <= lifetime.expirySeconds,
  );
}

/**
 * An order without a successor stops its key, whether or not it came to put the stop's own mark.
 */
function stopByEmergency(labels: SecretState["versions"]): { readonly id: string } | undefined {
  const emergency = emergencyIn(labels);
  return emergency === undefined || emergency.successor ? undefined : { id: `emergency-${emergency.since}` };
}

/**
 * A value that a person put while a run was under way is replaced by an apply, or in an emergency,
 * and by nothing else.
 */
function beforePromote(actor: Actor, from: Version | undefined, to: Version | undefined): void {
  if (from?.byPerson !== true || to === undefined || from.number < to.number) return;
  if (/^(reconcile|adopt)#/.test(actor.name)) return;
  throw new BrokenInvariant(`${actor.name} replaces a value that a person put meanwhile`);
}

/** Looks for values in all that is logged and measured. */
export class WatchedTelemetry implements Telemetry {
  constructor(private readonly invariants: Invariants) {}

  info = (message: string, fields: Fields = {}) => this.#look(message, fields);
  warn = (message: string, fields: Fields = {}) => this.#look(message, fields);
  error = (message: string, fields: Fields = {}) => this.#look(message, fields);
  metric = () => {};
  incident = () => {};

  #look(message: string, fields: Fields): void {
    this.invariants.checkText("a log line", message);
    for (const value of Object.values(fields)) {
      if (typeof value !== "number" && value !== undefined) this.invariants.checkText("a log line", String(value));
    }
  }
}
