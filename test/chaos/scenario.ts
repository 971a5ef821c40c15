import { destroy } from "../../src/engine/commands/destroy";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { observe } from "../../src/engine/commands/observe/observe";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { retain } from "../../src/engine/commands/retain";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { submitKey } from "../../src/engine/commands/submit-key";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { Effects } from "../../src/engine/history/effects";
import { isMarked, isRevoked, isWritten, policyMark } from "../../src/engine/integrity/marks";
import { retryingAdapter } from "../../src/engine/middleware/retrying";
import { ServerClock } from "../../src/engine/middleware/server-clock";
import type { Engine } from "../../src/engine/ports";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { defined } from "../../src/model/defined";
import type { ReconcileEvent, RotationStep } from "../../src/model/events";
import { INCIDENTS } from "../../src/model/incidents";
import { type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { vendorKeyIds } from "../../src/model/key-record";
import { vendorKeyName } from "../../src/model/names";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_HOUR } from "../../src/model/units";
import { currentVersion, PENDING, previousVersion } from "../../src/secrets/labels";
import { ENABLED_KMS_KEYS } from "../support/kms-keys";
import { type Deed, type Mishap, POLICIES, type Step, UNDISTURBED } from "./deeds";
import { Invariants, WatchedTelemetry } from "./invariants";
import { LedgerTable } from "./ledger-table";
import { type LedgerWrite, madeUp, type Target, written } from "./ledger-writer";
import { ENDLESS, SecretModel, type StoredVendorKey, VendorModel } from "./models";
import type { Nature } from "./natures";
import { type Actor, BrokenInvariant, type Moment, type Outcome, World } from "./world";

const KEY = "summariser";
const PREFIX = "stack/openai";
const DEPLOYMENT = `${PREFIX}.0badcafe`;
const SECRET = `${PREFIX}/${KEY}`;
const BASE_URL = "https://api.openai.com/v1";
const HOUR_MILLIS = SECONDS_PER_HOUR * 1_000;
/**
 * Leases of living runs end as well, as if every renewal were lost: the ledger's revisions have to
 * do.
 */
const NEVER_MILLIS = 2 ** 31 - 1;
/** Longer than every overlap. */
const REST_MILLIS = 49 * HOUR_MILLIS;
const APPLIES_MAX = 4;
const ROTATIONS_MAX = 4;

const STEPS: readonly RotationStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/**
 * One key's life: Terraform, Secrets Manager, the schedule, an operator and people act on it as a
 * script says.
 */
export class Scenario {
  readonly world = new World();
  readonly vendor: VendorModel;
  readonly secret = new SecretModel();
  readonly table = new LedgerTable(KEY);
  readonly invariants: Invariants;
  readonly #telemetry: WatchedTelemetry;
  /** What Terraform has in its state. */
  #state: { policy: number; repair: string } | undefined;
  #terraformRuns = false;
  #lastEvent: ReconcileEvent | undefined;
  #declared = 0;
  #tokens = 0;
  /** A value that a person made and that is not in use yet. */
  #inHand: string | undefined;
  #handedOver = false;
  /** State that the last plan was told of. */
  #observed = "";
  /** Nothing happens beside what is under way. */
  #alone = true;
  /** Somebody wrote into the ledger. */
  #scribbled = false;
  #waits: Promise<void> = Promise.resolve();

  constructor(private readonly nature: Nature) {
    this.vendor = new VendorModel(() => this.world.now(), nature);
    const { world, vendor, secret, table } = this;
    this.invariants = new Invariants(world, vendor, secret, table, DEPLOYMENT, () => this.#overlapSeconds);
    this.#telemetry = new WatchedTelemetry(this.invariants);
    // Of slots the account has no more than the two.
    if (!nature.slots) this.#addStrangers();
  }

  async step({
    deeds,
    faults,
    order,
    skewsMillis,
    peopleAt,
    activationSeconds,
    revocationSeconds,
  }: Step): Promise<void> {
    this.vendor.revocationSeconds = revocationSeconds;
    this.vendor.activationSeconds = activationSeconds;
    this.#alone = deeds.length === 1;
    await this.world.run(
      deeds.map((deed) => () => this.#perform(deed, peopleAt)),
      { faults, order, skewsMillis },
    );
    this.invariants.check("step");
  }

  /**
   * Nothing goes wrong any more: everything must come to rest by itself, and destroy must leave
   * nothing.
   */
  async calm(): Promise<void> {
    this.world.advance(HOUR_MILLIS);
    this.vendor.outageUntil = 0;
    this.vendor.speechlessUntil = 0;
    this.#openAccount();
    // What a plan says before any sweep has come.
    await this.#planIsEmpty();
    await this.#quiet({ do: "retain", version: "current", retain: false });
    await this.#quiet({ do: "sweep" });
    if (Number.isFinite(this.vendor.maxLifeSeconds)) await this.#liveShort();
    this.#checkEditTold();
    // Where the first one had an emergency to finish, the next one has the rest.
    await this.#quiet({ do: "sweep" });
    for (let applies = 1; ; applies += 1) {
      await this.#quiet({ do: "apply", policy: this.#declared });
      if (await this.#planIsEmpty()) break;
      await this.#restIfFull();
      if (applies === APPLIES_MAX) throw new BrokenInvariant(`stuck: the plan is not empty after ${applies} applies`);
    }
    if (this.nature.manual) await this.#quiet({ do: "rotate" });
    this.invariants.excused = false;
    this.invariants.overlapsUnknown = false;
    this.invariants.check("after apply");
    this.#checkInUse();
    const before = this.invariants.promoted;
    for (let tries = 1; this.invariants.promoted === before; tries += 1) {
      if (tries > ROTATIONS_MAX) throw new BrokenInvariant(`stuck: ${ROTATIONS_MAX} rotations in a row failed`);
      await this.#quiet({ do: "rotate" });
      await this.#restIfFull();
    }
    for (let hours = 0; hours < 60; hours += 5) {
      this.world.advance(5 * HOUR_MILLIS);
      await this.#quiet({ do: "sweep" });
    }
    if (this.nature.manual) this.#tidyConsole();
    const live = this.#ours();
    if (live.length !== 1) throw new BrokenInvariant(`orphans: ${live.length} live vendor keys, 1 expected`);
    // What somebody wrote may wait behind an emergency that a person had to end.
    if (this.#scribbled && !(await this.#planIsEmpty())) await this.#quiet({ do: "apply", policy: this.#declared });
    if (!(await this.#planIsEmpty())) throw new BrokenInvariant("the plan is not empty at rest");
    const ofKey = (this.table.record?.incidents ?? []).map(({ kind }) => kind);
    const open = [...ofKey, ...this.table.issuerIncidents];
    if (open.length > 0) throw new BrokenInvariant(`incidents open at rest: ${open.join()}`);
    await this.#quiet({ do: "destroy" });
    this.#checkDestroyed();
  }

  /**
   * The vendor gives shorter lives than are declared: the plan says so, sweeps replace each key in
   * time, and when lives are as declared again they come back to rest by themselves.
   */
  async #liveShort(): Promise<void> {
    const hours = Math.ceil(this.vendor.maxLifeSeconds / SECONDS_PER_HOUR) + 2;
    for (let applies = 0; applies < APPLIES_MAX; applies += 1) {
      await this.#quiet({ do: "apply", policy: this.#declared });
      await this.#restIfFull();
    }
    await this.#planIsEmpty();
    await this.#sweepServed(hours);
    await this.#planIsEmpty();
    // Now the keys that are there end sooner than anybody was told.
    this.vendor.shortenLives(Math.ceil(this.vendor.maxLifeSeconds / 2), true);
    await this.#sweepServed(hours);
    this.vendor.maxLifeSeconds = Number.POSITIVE_INFINITY;
    await this.#sweepServed(hours);
  }

  /** A key that a sweep can replace is not dead after it. */
  async #sweepServed(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour += 1) {
      this.world.advance(HOUR_MILLIS);
      // An emergency comes first, and takes the whole sweep of its key.
      const could = this.#isReplaceable();
      await this.#quiet({ do: "sweep" });
      const payload = parseSecretPayload(this.secret.currentValue() ?? "");
      if (payload === undefined || !could || !this.#isReplaceable()) continue;
      this.invariants.checkEndTold(payload);
      if (this.vendor.works(payload.apiKey)) continue;
      throw new BrokenInvariant(
        `the key in use is dead, and a sweep has left it so, ${hour + 1} hours after the applies`,
      );
    }
  }

  /**
   * A sweep may give the key in use a successor: its rotation is on, nobody stopped it, and there
   * is room.
   */
  #isReplaceable(): boolean {
    const { record } = this.table;
    const labels = this.secret.labels();
    const current = currentVersion(labels);
    if (this.nature.manual || this.nature.descriptor.vendorKeysMax !== undefined) return false;
    // For a day after an account was seen to be gone, sweeps rest where no key in use is about to end.
    if (this.table.issuerIncidents.includes(INCIDENTS.accountGone)) return false;
    if (!this.secret.rotationEnabled || current === undefined || record?.current?.versionId !== current) return false;
    const { policy, stopped, revocation, unfinished } = record;
    const isOrdered = policy !== undefined && isMarked(labels, policyMark(policy)) && isWritten(labels, current);
    return isOrdered && stopped === undefined && revocation === undefined && unfinished?.action !== "destroy";
  }

  /** Within one sweep; a destroy that it finishes ends all incidents. */
  #checkEditTold(): void {
    const { record } = this.table;
    const current = this.secret.labelled("AWSCURRENT");
    const edited = current !== undefined && this.secret.versions.get(current)?.byPerson === true;
    if (!edited || record?.current === undefined || record.unfinished?.action === "destroy") return;
    if ((record.incidents ?? []).some(({ kind }) => kind === INCIDENTS.secretEdited)) return;
    throw new BrokenInvariant("somebody edited the secret, and a sweep has not told of it");
  }

  /** What is said to be in sync is what the vendor has. */
  #checkInUse(): void {
    const payload = parseSecretPayload(this.secret.currentValue() ?? "");
    const found = this.vendor.keys.get(payload?.keyId ?? "");
    const { scopes = [] } = this.#policy(this.#declared) ?? {};
    if (payload?.baseUrl !== BASE_URL)
      throw new BrokenInvariant("the plan is empty, and the secret sends keys elsewhere");
    if (this.nature.descriptor.enforcement.permissions !== "key" || found === undefined) return;
    if (String(found.scopes) !== String(scopes)) {
      throw new BrokenInvariant(`the plan is empty, and the key in use may do ${String(found.scopes)}`);
    }
  }

  /** A person deletes what they made and the plan calls not adopted. */
  #tidyConsole(): void {
    const { record } = this.table;
    const known = record === undefined ? new Set() : vendorKeyIds(record);
    for (const { id } of this.#ours()) if (!known.has(id)) this.vendor.remove(id);
  }

  /**
   * Where a key can have two vendor keys and no more, what is superseded must be gone before there
   * is another.
   */
  async #restIfFull(): Promise<void> {
    if (this.nature.descriptor.vendorKeysMax === undefined) return;
    this.world.advance(REST_MILLIS);
    await this.#quiet({ do: "sweep" });
  }

  #checkDestroyed(): void {
    if (this.#state !== undefined) throw new BrokenInvariant("destroy did not end");
    if (this.#ours().length > 0) throw new BrokenInvariant("a vendor key is live after destroy");
    if (this.vendor.owners.size > (this.nature.slots ? 0 : 1))
      throw new BrokenInvariant("an account is left after destroy");
    if (this.table.record !== undefined) throw new BrokenInvariant("a ledger record is left after destroy");
  }

  #quiet(deed: Deed): Promise<void> {
    return this.step({ ...UNDISTURBED, deeds: [deed] });
  }

  /** Where the vendor enforces no scopes, none are asked for. */
  #policy(n: number): KeyPolicy | undefined {
    const policy = POLICIES[n];
    if (policy === undefined || this.nature.descriptor.enforcement.permissions === "key") return policy;
    const { scopes: _, ...rest } = policy;
    return rest;
  }

  get #overlapSeconds(): number {
    return POLICIES[this.#declared]?.lifetime.overlapSeconds ?? 0;
  }

  #ours() {
    return this.vendor.live().filter(({ id }) => !this.invariants.strangers.has(id));
  }

  /**
   * In the same project: another deployment of the same prefix, another issuer, a key made by hand,
   * one with a longer name.
   */
  #addStrangers(): void {
    const other = `${PREFIX}.ffffffff/${KEY}`;
    const ownerId = this.vendor.id("owner");
    this.vendor.owners.set(ownerId, other);
    for (const name of [
      `${other}/0123456789ab`,
      `stack/other.0badcafe/${KEY}/0123456789ab`,
      "",
      `${DEPLOYMENT}/other/0`,
    ]) {
      const id = this.vendor.id("stranger");
      this.vendor.keys.set(id, { id, name, ownerId, scopes: [], value: id, createdAt: 0, expiresAt: 1e12 });
      this.invariants.strangers.add(id);
    }
  }

  async #perform(deed: Deed, peopleAt: Moment): Promise<void> {
    switch (deed.do) {
      case "apply":
        return this.#locked(() => this.#apply(deed.policy));
      case "destroy":
        return this.#locked(() => this.#destroy());
      case "resend":
        return this.#resend();
      case "rotate":
        return this.#rotate();
      case "sweep":
        await this.#invoke("sweep", (engine) => sweep(engine));
        return;
      case "revoke":
        return this.#revoke(deed);
      case "retain":
        return this.#retain(deed.version, deed.retain, deed.overEmergency === true);
      case "write_ledger":
        await this.world.later(peopleAt);
        this.#writeLedger(deed.writes);
        return;
      case "wait":
        return this.#wait(deed.hours);
      case "shorten_lives":
        this.invariants.excused = true;
        this.vendor.shortenLives((deed.maxHours ?? Number.POSITIVE_INFINITY) * SECONDS_PER_HOUR, deed.existing);
        return;
      case "speechless":
        if (this.nature.rotates) this.invariants.excused = true;
        this.vendor.speechlessUntil = this.world.now() + deed.hours * HOUR_MILLIS;
        return;
      case "outage":
        // A value that is replaced in place ends, and nothing can be done about it meanwhile.
        if (this.nature.rotates) this.invariants.excused = true;
        this.vendor.outageUntil = this.world.now() + deed.hours * HOUR_MILLIS;
        return;
      default:
        await this.world.later(peopleAt);
        this.#mishap(deed.do);
    }
  }

  /**
   * A rotation in place that is not finished counts on the sweep, which comes every hour: two waits
   * at once would let none end.
   */
  #wait(hours: number): Promise<void> {
    if (!this.nature.rotates) {
      this.world.advance(hours * HOUR_MILLIS);
      return Promise.resolve();
    }
    const waited = this.#waits.then(() => this.#sweepHourly(hours));
    this.#waits = waited.catch(() => {});
    return waited;
  }

  async #sweepHourly(hours: number): Promise<void> {
    for (let n = 0; n < hours; n += 1) {
      this.world.advance(HOUR_MILLIS);
      await this.#invoke("sweep", (engine) => sweep(engine));
    }
  }

  #mishap(mishap: Mishap): void {
    const { secret, vendor, invariants } = this;
    const now = Math.floor(this.world.now() / 1_000);
    const keyIn = (text: string | undefined) => {
      const keyId = parseSecretPayload(text ?? "")?.keyId ?? "";
      return invariants.strangers.has(keyId) ? undefined : vendor.keys.get(keyId);
    };
    const current = keyIn(secret.currentValue());
    switch (mishap) {
      case "edit_secret":
        if (!secret.exists || secret.currentValue() === undefined) return;
        invariants.excused = true;
        secret.edit(this.#token("hand"), "edited by hand");
        return;
      case "edit_payload": {
        const payload = parseSecretPayload(secret.currentValue() ?? "");
        if (!secret.exists || payload === undefined) return;
        secret.edit(this.#token("hand"), JSON.stringify({ ...payload, baseUrl: "https://elsewhere.example" }));
        return;
      }
      case "edit_pending": {
        const payload = parseSecretPayload(secret.currentValue() ?? "");
        const token = secret.labelled(PENDING);
        if (payload === undefined || token === undefined || secret.versions.get(token)?.value !== undefined) return;
        const [stranger = payload.keyId] = invariants.strangers;
        invariants.excused = true;
        // The value of another vendor key, or none that is known.
        secret.edit(token, JSON.stringify({ ...payload, keyId: stranger, apiKey: "of somebody" }));
        secret.move(PENDING, token);
        return;
      }
      case "delete_vendor_key":
        invariants.excused = true;
        if (current !== undefined) this.#deleteManually(current);
        return;
      case "delete_pending_vendor_key": {
        const pending = secret.labelled(PENDING);
        const key = keyIn(pending === undefined ? undefined : secret.versions.get(pending)?.value);
        if (key === undefined || key === current) return;
        // It may have passed its test already.
        invariants.excused = true;
        this.#deleteManually(key);
        return;
      }
      case "widen_scopes":
        if (current === undefined || !this.nature.descriptor.inPlace.grant) return;
        invariants.excused = true;
        current.scopes = ["api.files.write"];
        vendor.scopeChanges.unshift({ keyId: current.id, scopes: current.scopes, at: now });
        return;
      case "change_expiry":
        if (current === undefined || this.nature.slots) return;
        invariants.excused = true;
        current.expiresAt = now + SECONDS_PER_HOUR;
        return;
      case "add_foreign_key": {
        const ownerId = [...vendor.owners].find(([, name]) => name === `${DEPLOYMENT}/${KEY}`)?.[0];
        if (this.nature.slots || this.nature.manual || (this.nature.owners && ownerId === undefined)) return;
        const id = vendor.id("foreign");
        vendor.keys.set(id, {
          id,
          name: ownerId === undefined ? `${DEPLOYMENT}/${KEY}/by-hand` : "by hand",
          ...defined({ ownerId }),
          scopes: [],
          value: id,
          createdAt: now,
          expiresAt: now + 1e8,
        });
        return;
      }
      case "add_odd_key": {
        if (this.nature.slots) return;
        const id = vendor.id("odd");
        // Without a name, an account or an end, and from a time that is still to come.
        vendor.keys.set(id, { id, name: "", scopes: [], value: id, createdAt: now + 1e8, expiresAt: ENDLESS });
        invariants.strangers.add(id);
        return;
      }
      case "close_account":
        // A value that is replaced in place ends meanwhile.
        if (this.nature.rotates) invariants.excused = true;
        vendor.closed = true;
        return;
      case "open_account":
        this.#openAccount();
        return;
      case "cancel_rotation":
        secret.rotationEnabled = false;
        return;
      case "lose_ledger":
        // A value that has an end, and nobody who knows of it until an apply: that has to come
        // within the grace.
        if (this.table.record?.current?.valueEndsAt !== undefined) invariants.excused = true;
        this.table.items.clear();
        invariants.ledgerLost();
        // Slots have no names: which of them has its overlap is known from the ledger alone, unless
        // the other one is in use.
        if (this.nature.slots) invariants.overlapsUnknown = true;
        return;
      case "delete_secret":
        invariants.excused = true;
        // Who had the old values has lost the secret as well; the next apply starts afresh.
        invariants.forget();
        secret.remove();
        // Its marks are gone with it.
        invariants.check("deletion of the secret");
        return;
    }
  }

  #writeLedger(writes: readonly LedgerWrite[]): void {
    const { secret, vendor, table, invariants } = this;
    const labels = secret.labels();
    const versions = {
      in_use: currentVersion(labels) ?? "nowhere",
      previous: previousVersion(labels) ?? "nowhere",
      pending: secret.labelled(PENDING) ?? "nowhere",
      new: this.#token("somebody"),
    };
    const idIn = (version: string) => parseSecretPayload(secret.versions.get(version)?.value ?? "")?.keyId;
    const [stranger = "nobody"] = invariants.strangers;
    const ids = {
      in_use: idIn(versions.in_use),
      previous: idIn(versions.previous),
      pending: idIn(versions.pending),
      superseded: table.record?.superseded[0]?.keyId,
      stranger,
      nobody: "nobody",
    };
    // A value that has an end is known from the ledger alone.
    if (this.nature.rotates && table.record?.current?.valueEndsAt !== undefined) invariants.excused = true;
    const target: Target = {
      id: (whose) => ids[whose] ?? "nobody",
      version: (which) => versions[which],
      strangersOwner: vendor.keys.get(stranger)?.ownerId ?? "nobody",
      now: Math.floor(this.world.now() / 1_000),
    };
    const invented = table.record === undefined ? undefined : madeUp(table.record, writes, target);
    if (invented !== undefined) table.invent(invented);
    table.scribble((record) => written(record, writes, target));
    this.#scribbled = true;
    invariants.ledgerWritten();
  }

  #openAccount(): void {
    if (!this.vendor.closed) return;
    this.vendor.closed = false;
    this.vendor.reopenedAt = this.world.now();
  }

  #deleteManually(key: StoredVendorKey): void {
    this.vendor.remove(key.id);
    this.invariants.gone(key);
  }

  /** Terraform's state lock: a second run at the same time is refused. */
  async #locked(work: () => Promise<void>): Promise<void> {
    if (this.#terraformRuns) return;
    this.#terraformRuns = true;
    try {
      await work();
    } finally {
      this.#terraformRuns = false;
    }
  }

  async #resend(): Promise<void> {
    const event = this.#lastEvent;
    if (event === undefined || !this.#terraformRuns) return;
    await this.#invoke("reconcile", (engine) => reconcile(engine, event), event.repair);
  }

  /**
   * Terraform: refresh, observe, then create or update; a failed update counts as done, as the
   * provider does it.
   */
  async #apply(wanted: number): Promise<void> {
    this.#declared = wanted;
    this.invariants.shortenOverlaps(this.#overlapSeconds);
    const observed = await this.#observe();
    if (observed === undefined) return;
    this.secret.exists = true;
    const input = { policy: wanted, repair: observed };
    const changed = JSON.stringify(input) !== JSON.stringify(this.#state);
    if (changed) {
      const policy = this.#policy(wanted);
      if (policy === undefined) throw new Error(`no policy ${wanted}`);
      const creating = this.#state === undefined;
      if (!creating) this.#state = input;
      const event: ReconcileEvent = {
        key: KEY,
        secret: SECRET,
        policy,
        repair: input.repair,
        tf: { action: creating ? "create" : "update", prev_input: null },
      };
      this.#lastEvent = event;
      this.invariants.ordered = [...this.invariants.ordered, policy];
      const outcome = await this.#invoke("reconcile", (engine) => reconcile(engine, event), event.repair);
      this.#lastEvent = undefined;
      if (!("value" in outcome)) return;
      this.invariants.applied(policy);
      this.#state = input;
    }
    if (this.secret.currentValue() !== undefined && !this.nature.manual) this.secret.rotationEnabled = true;
  }

  async #observe(): Promise<string | undefined> {
    const policy = this.#policy(this.#declared);
    if (policy === undefined) return undefined;
    const outcome = await this.#invoke("observe", (engine) =>
      observe(engine, { action: "observe", keys: { [KEY]: policyDigest(policy) } }),
    );
    if (!("value" in outcome)) return undefined;
    this.#observed = outcome.value[KEY]?.state ?? "in_sync";
    if (this.#alone && this.#observed === "in_sync") this.#checkInSync();
    return outcome.value[KEY]?.repair ?? "none";
  }

  async #planIsEmpty(): Promise<boolean> {
    let repair: string | undefined;
    await this.world.run([
      async () => {
        repair = await this.#observe();
      },
    ]);
    return (
      this.#state?.policy === this.#declared &&
      this.#state.repair === repair &&
      this.secret.exists &&
      (this.secret.rotationEnabled || this.nature.manual)
    );
  }

  /** What a plan calls in sync is so, unless somebody did something meanwhile. */
  #checkInSync(): void {
    const { current } = this.table.record ?? {};
    const payload = parseSecretPayload(this.secret.currentValue() ?? "");
    if (current === undefined || payload === undefined) return;
    if (current.testedAt === undefined) throw new BrokenInvariant("a key that nobody has tested is called in sync");
    this.invariants.checkInSync(payload, this.#policy(this.#declared));
    if (this.#isDoomed()) throw new BrokenInvariant("a key that an operator revoked is called in sync");
  }

  /** The secret says that its value in use is to die. */
  #isDoomed(): boolean {
    const labels = this.secret.labels();
    const current = currentVersion(labels);
    return current !== undefined && isWritten(labels, current) && isRevoked(labels, current);
  }

  async #destroy(): Promise<void> {
    if (this.#state === undefined) return;
    this.secret.rotationEnabled = false;
    this.invariants.excused = true;
    const outcome = await this.#invoke("retire", (engine) => {
      this.invariants.forget();
      return destroy(engine, { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } });
    });
    if (!("value" in outcome)) return;
    this.#state = undefined;
    this.invariants.forget();
    this.secret.remove();
  }

  /**
   * Secrets Manager: the same token while it is AWSPENDING, else a new one; a failed step ends the
   * attempt.
   */
  async #rotate(): Promise<void> {
    const { secret } = this;
    if (this.nature.manual) return this.#adopt();
    if (!secret.exists || !secret.rotationEnabled) return;
    let token = secret.labelled(PENDING);
    if (token === undefined || secret.versions.get(token)?.labels.has("AWSCURRENT")) {
      token = this.#token("rotation");
      secret.versions.set(token, { value: undefined, labels: new Set(), number: secret.next() });
      secret.move(PENDING, token);
    }
    for (const step of STEPS) {
      const id = token;
      const before = this.vendor.minted;
      const outcome = await this.#invoke(step, (engine) => rotateStep(engine, { key: KEY, runStep: step, token: id }));
      if (!("value" in outcome)) return;
      const alone = this.world.running === 0 && this.vendor.minted === before + 1;
      if (alone) this.invariants.checkOnlyOne(vendorKeyName(DEPLOYMENT, KEY, token));
    }
  }

  /**
   * A person makes a vendor key and hands it over; one that was not taken is tried again, as long
   * as it lives.
   */
  async #adopt(): Promise<void> {
    const { vendor, secret } = this;
    if (!secret.exists || this.#handedOver) return;
    const inUse = () => parseSecretPayload(secret.currentValue() ?? "")?.apiKey;
    const { expirySeconds } = this.#policy(this.#declared)?.lifetime ?? { expirySeconds: 0 };
    const inHand = vendor.live().find(({ value }) => value === this.#inHand && value !== inUse());
    // One that would live longer than is declared by now is of no use any more.
    const fits = inHand !== undefined && inHand.expiresAt <= this.world.now() / 1_000 + expirySeconds;
    if (inHand !== undefined && !fits) vendor.remove(inHand.id);
    this.#inHand = fits ? inHand.value : vendor.makeManually(`${DEPLOYMENT}/${KEY}`, expirySeconds);
    this.#handedOver = true;
    const event = { action: "adopt", key: KEY, value: this.#inHand } as const;
    try {
      const outcome = await this.#invoke("adopt", (engine) => submitKey(engine, event));
      if ("value" in outcome || inUse() === event.value) this.#inHand = undefined;
    } finally {
      this.#handedOver = false;
    }
  }

  async #revoke({ successor, keepCurrent, accountGone }: Extract<Deed, { do: "revoke" }>): Promise<void> {
    const event = {
      action: "revoke",
      key: KEY,
      successor,
      ...(keepCurrent ? { keepCurrent } : {}),
      ...(accountGone ? { accountGone } : {}),
    } as const;
    const name = keepCurrent ? "revokeOthers" : "revoke";
    const since = this.world.now();
    const outcome = await this.#invoke(name, (engine) => emergencyRevoke(engine, event), successor ? "successor" : "");
    if ("value" in outcome) this.invariants.checkRevoked(outcome.value, since);
  }

  async #retain(version: "current" | "previous", marks: boolean, over: boolean): Promise<void> {
    const event = {
      action: "retain",
      key: KEY,
      version,
      retain: marks,
      ...(over ? { overEmergency: true as const } : {}),
    } as const;
    await this.#invoke("retain", (engine) => retain(engine, event));
  }

  async #invoke<T>(name: string, work: (engine: Engine) => Promise<T>, may = ""): Promise<Outcome<T>> {
    const outcome = await this.world.invoke(name, (actor) => {
      actor.may = may;
      return work(this.#engine(actor));
    });
    if ("error" in outcome) this.invariants.checkText("an error", String(outcome.error));
    else if ("value" in outcome) this.invariants.checkText("a result", JSON.stringify(outcome.value) ?? "");
    return outcome;
  }

  #engine(actor: Actor): Engine {
    const { world } = this;
    const serverClock = new ServerClock(() => world.now() + actor.skewMillis);
    const answered = () => serverClock.learn(new Date(world.now()).toUTCString());
    const clock = { now: () => serverClock.now(), sleep: (millis: number) => world.sleep(actor, millis) };
    const deadline = { signal: new AbortController().signal, remainingMillis: () => actor.endsAt - world.now() };
    const telemetry = this.#telemetry;
    return {
      prefix: PREFIX,
      deployment: DEPLOYMENT,
      baseUrl: BASE_URL,
      vendor: retryingAdapter(this.vendor.adapter(world, actor), { clock, deadline, telemetry }),
      ledger: new DynamoLedger(this.table.reachedBy(world, actor, answered), PREFIX, clock, actor.name, NEVER_MILLIS),
      secrets: this.secret.store(world, actor, answered),
      kmsKeys: ENABLED_KMS_KEYS,
      telemetry,
      clock,
      deadline,
      effects: new Effects(
        () => ({ door: "terraform", requestId: actor.name }),
        () => clock.now(),
      ),
      plansAreObserved: true,
      newToken: () => this.#token("reconcile"),
    };
  }

  #token(kind: string): string {
    this.#tokens += 1;
    return `${kind}-${String(this.#tokens).padStart(32, "0")}`;
  }
}
