import { observe } from "../../src/engine/observe";
import { CURRENT, type Engine, PENDING, type Telemetry } from "../../src/engine/ports";
import { reconcile } from "../../src/engine/reconcile";
import { resilientVendor } from "../../src/engine/resilient-vendor";
import { retire } from "../../src/engine/retire";
import { rotate } from "../../src/engine/rotate";
import { sweep } from "../../src/engine/sweep";
import type { ReconcileEvent, RotationStep } from "../../src/model/events";
import { canonicalPolicy, type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { LedgerModel, SecretModel, VendorModel } from "./models";
import { type Actor, BrokenInvariant, type Outcome, type PlannedFault, World } from "./world";

const KEY = "summariser";
const PREFIX = "stack/openai";
const SECRET = `${PREFIX}/${KEY}`;
const HOUR_MILLIS = SECONDS_PER_HOUR * 1_000;
const LAMBDA_MILLIS = 600_000;

/** Policies that a script switches between: scopes, a longer life, a shorter life, another overlap. */
export const POLICIES: readonly KeyPolicy[] = [
  policy(["api.model.read", "api.model.request"], 7, 24, 10),
  policy(["api.model.request"], 7, 24, 10),
  policy(["api.model.read", "api.model.request"], 30, 48, 40),
  policy(["api.files.read"], 5, 6, 8),
];

function policy(scopes: string[], everyDays: number, overlapHours: number, expiryDays: number): KeyPolicy {
  return canonicalPolicy({
    vendor: "openai",
    owner: "team@example.com",
    purpose: "chaos",
    scopes,
    lifetime: {
      rotateEverySeconds: everyDays * SECONDS_PER_DAY,
      overlapSeconds: overlapHours * SECONDS_PER_HOUR,
      expirySeconds: expiryDays * SECONDS_PER_DAY,
    },
  });
}

export type Deed =
  | { readonly do: "apply"; readonly policy: number }
  | { readonly do: "rotate" | "sweep" | "destroy" }
  /** The provider's SDK sends the last reconcile again, e.g. after a dropped connection, maybe while the first still runs. */
  | { readonly do: "resend" }
  /** What a person does at the wrong moment. */
  | {
      readonly do:
        | "edit_secret"
        | "delete_vendor_key"
        | "widen_scopes"
        | "change_expiry"
        | "add_foreign_key"
        | "cancel_rotation"
        | "lose_ledger"
        | "delete_secret";
    }
  | { readonly do: "wait"; readonly hours: number };

/** Deeds that happen together, with the faults and the order that the run gives them. */
export interface Step {
  readonly deeds: readonly Deed[];
  readonly faults: readonly PlannedFault[];
  readonly order: readonly number[];
}

const STEPS: readonly RotationStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const QUIET: Telemetry = { info() {}, warn() {}, error() {}, metric() {}, incident() {} };

/** One key's life: Terraform, Secrets Manager, the schedule and people act on it as a script says. */
export class Scenario {
  readonly world = new World();
  readonly vendor = new VendorModel(() => this.world.now());
  readonly secret = new SecretModel();
  readonly ledger = new LedgerModel();
  /** What Terraform has in its state. */
  #state: { policy: number; repair: string } | undefined;
  #terraformRuns = false;
  #lastEvent: ReconcileEvent | undefined;
  #declared = 0;
  #tokens = 0;
  /** Somebody broke the key by hand; until it is healed, nobody can expect it to work. */
  #excused = false;
  #promoted: { keyId: string } | undefined;
  /** Superseded keys and the time until which each must work. */
  readonly #protected = new Map<string, { since: number; until: number }>();

  constructor() {
    this.world.afterEffect = (name) => this.#check(name);
  }

  async step({ deeds, faults, order }: Step): Promise<void> {
    await this.world.run(
      deeds.map((deed) => () => this.#perform(deed)),
      faults,
      order,
    );
    this.#check("step");
  }

  /** Nothing goes wrong any more: everything must come to rest by itself, and destroy must leave nothing. */
  async calm(): Promise<void> {
    const quiet = (deed: Deed) => this.step({ deeds: [deed], faults: [], order: [] });
    this.world.advance(HOUR_MILLIS);
    let applies = 0;
    do {
      await quiet({ do: "apply", policy: this.#declared });
      applies += 1;
      if (applies > 4) throw new BrokenInvariant("stuck: the plan is not empty after four applies");
    } while (!(await this.#planIsEmpty()));
    this.#excused = false;
    this.#check("after apply");
    const before = this.#promoted?.keyId;
    for (let tries = 0; this.#promoted?.keyId === before; tries += 1) {
      if (tries > 3) throw new BrokenInvariant("stuck: three rotations in a row failed");
      await quiet({ do: "rotate" });
    }
    for (let hours = 0; hours < 60; hours += 5) {
      this.world.advance(5 * HOUR_MILLIS);
      await quiet({ do: "sweep" });
    }
    const live = this.vendor.live();
    if (live.length !== 1) throw new BrokenInvariant(`orphans: ${live.length} live vendor keys, 1 expected`);
    if (!(await this.#planIsEmpty())) throw new BrokenInvariant("the plan is not empty at rest");
    await quiet({ do: "destroy" });
    if (this.#state !== undefined) throw new BrokenInvariant("destroy did not end");
    if (this.vendor.live().length > 0) throw new BrokenInvariant("a vendor key is live after destroy");
    if (this.vendor.owners.size > 0) throw new BrokenInvariant("an account is left after destroy");
    if (this.ledger.records.size > 0) throw new BrokenInvariant("a ledger record is left after destroy");
  }

  async #perform(deed: Deed): Promise<void> {
    const currentId = () => parseSecretPayload(this.secret.currentValue() ?? "")?.keyId ?? "";
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
      case "wait":
        this.world.advance(deed.hours * HOUR_MILLIS);
        return;
      case "edit_secret":
        if (!this.secret.exists || this.secret.currentValue() === undefined) return;
        this.#excused = true;
        this.secret.edit(this.#token("hand"), "edited by hand");
        return;
      case "delete_vendor_key":
        this.#excused = true;
        this.vendor.keys.delete(currentId());
        return;
      case "widen_scopes": {
        const key = this.vendor.keys.get(currentId());
        if (key === undefined) return;
        this.#excused = true;
        key.scopes = ["api.files.write"];
        this.vendor.scopeChanges.unshift({
          keyId: key.id,
          scopes: key.scopes,
          at: Math.floor(this.world.now() / 1_000),
        });
        return;
      }
      case "change_expiry": {
        const key = this.vendor.keys.get(currentId());
        if (key === undefined) return;
        this.#excused = true;
        key.expiresAt = Math.floor(this.world.now() / 1_000) + SECONDS_PER_HOUR;
        return;
      }
      case "add_foreign_key": {
        const [ownerId] = this.vendor.owners.keys();
        if (ownerId === undefined) return;
        const now = Math.floor(this.world.now() / 1_000);
        const id = this.vendor.id("foreign");
        this.vendor.keys.set(id, {
          id,
          name: "by hand",
          ownerId,
          scopes: [],
          value: id,
          createdAt: now,
          expiresAt: now + 1e8,
        });
        return;
      }
      case "cancel_rotation":
        this.secret.rotationEnabled = false;
        return;
      case "lose_ledger":
        this.ledger.records.clear();
        this.ledger.leases.clear();
        return;
      case "delete_secret":
        this.#excused = true;
        this.#promoted = undefined;
        // Who had the old values has lost the secret as well; the next apply starts afresh.
        this.#protected.clear();
        this.secret.remove();
        return;
    }
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
    await this.#invoke("reconcile", (engine) => reconcile(engine, event));
  }

  /** Terraform: refresh, observe, then create or update; a failed update counts as done, as the provider does it. */
  async #apply(wanted: number): Promise<void> {
    this.#declared = wanted;
    // A shorter overlap, once declared, may also end keys that were superseded under a longer one and not yet written down.
    const overlapSeconds = POLICIES[wanted]?.lifetime.overlapSeconds ?? 0;
    for (const [keyId, { since, until }] of this.#protected) {
      this.#protected.set(keyId, { since, until: Math.min(until, since + overlapSeconds) });
    }
    const observed = await this.#observe();
    if (observed === undefined) return;
    this.secret.exists = true;
    const input = { policy: wanted, repair: observed };
    const changed = JSON.stringify(input) !== JSON.stringify(this.#state);
    if (changed) {
      const policy = POLICIES[wanted];
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
      const outcome = await this.#invoke("reconcile", (engine) => reconcile(engine, event));
      this.#lastEvent = undefined;
      if (!("value" in outcome)) return;
      this.#state = input;
    }
    if (this.secret.currentValue() !== undefined) this.secret.rotationEnabled = true;
  }

  async #observe(): Promise<string | undefined> {
    const policy = POLICIES[this.#declared];
    if (policy === undefined) return undefined;
    const outcome = await this.#invoke("observe", (engine) =>
      observe(engine, { action: "observe", keys: { [KEY]: policyDigest(policy) } }),
    );
    return "value" in outcome ? (outcome.value[KEY]?.repair ?? "none") : undefined;
  }

  async #planIsEmpty(): Promise<boolean> {
    let repair: string | undefined;
    await this.world.run(
      [
        async () => {
          repair = await this.#observe();
        },
      ],
      [],
      [],
    );
    return (
      this.#state?.policy === this.#declared &&
      this.#state.repair === repair &&
      this.secret.exists &&
      this.secret.rotationEnabled
    );
  }

  async #destroy(): Promise<void> {
    if (this.#state === undefined) return;
    this.secret.rotationEnabled = false;
    this.#excused = true;
    this.#protected.clear();
    const outcome = await this.#invoke("retire", (engine) =>
      retire(engine, { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } }),
    );
    if (!("value" in outcome)) return;
    this.#state = undefined;
    this.#promoted = undefined;
    this.secret.remove();
  }

  /** Secrets Manager: the same token while it is AWSPENDING, else a new one; a failed step ends the attempt. */
  async #rotate(): Promise<void> {
    const { secret } = this;
    if (!secret.exists || !secret.rotationEnabled) return;
    let token = secret.labelled(PENDING);
    if (token === undefined || secret.versions.get(token)?.labels.has(CURRENT)) {
      token = this.#token("rotation");
      secret.versions.set(token, { value: undefined, labels: new Set() });
      secret.move(PENDING, token);
    }
    for (const step of STEPS) {
      const id = token;
      const outcome = await this.#invoke(step, (engine) => rotate(engine, { key: KEY, step, token: id }));
      if (!("value" in outcome)) return;
    }
  }

  async #invoke<T>(name: string, work: (engine: Engine) => Promise<T>): Promise<Outcome<T>> {
    const outcome = await this.world.invoke(name, (actor) => work(this.#engine(actor)));
    if ("error" in outcome && String(outcome.error).includes("sk-svcacct-")) {
      throw new BrokenInvariant(`leak: an error holds a value: ${String(outcome.error)}`);
    }
    return outcome;
  }

  #engine(actor: Actor): Engine {
    const { world } = this;
    const endsAt = world.now() + LAMBDA_MILLIS;
    const clock = { now: () => world.now(), sleep: (millis: number) => world.sleep(actor, millis) };
    const deadline = { signal: new AbortController().signal, remainingMillis: () => endsAt - world.now() };
    return {
      prefix: PREFIX,
      deployment: `${PREFIX}.0badcafe`,
      baseUrl: "https://api.openai.com/v1",
      vendor: resilientVendor(this.vendor.adapter(world, actor), { clock, deadline, telemetry: QUIET }),
      ledger: this.ledger.ledger(world, actor),
      secrets: this.secret.store(world, actor),
      telemetry: QUIET,
      clock,
      deadline,
      newToken: () => this.#token("reconcile"),
    };
  }

  #token(kind: string): string {
    this.#tokens += 1;
    return `${kind}-${String(this.#tokens).padStart(32, "0")}`;
  }

  /** After every effect. */
  #check(after: string): void {
    if (JSON.stringify([...this.ledger.records.values()]).includes("sk-svcacct-")) {
      throw new BrokenInvariant("leak: the ledger holds a value");
    }
    const now = Math.floor(this.world.now() / 1_000);
    const text = this.secret.exists ? this.secret.currentValue() : undefined;
    const payload = text === undefined ? undefined : parseSecretPayload(text);
    if (payload !== undefined && payload.keyId !== this.#promoted?.keyId) {
      const policies = [this.ledger.records.get(KEY)?.policy, POLICIES[this.#declared]];
      const overlapSeconds = Math.min(...policies.map((p) => p?.lifetime.overlapSeconds ?? Number.POSITIVE_INFINITY));
      if (this.#promoted !== undefined && !this.#excused)
        this.#protected.set(this.#promoted.keyId, { since: now, until: now + overlapSeconds });
      this.#promoted = { keyId: payload.keyId };
    }
    for (const [keyId, { until }] of this.#protected) {
      if (now < until && !this.vendor.keys.has(keyId))
        throw new BrokenInvariant(`early revocation of ${keyId}, after ${after}`);
    }
    if (this.#excused || payload === undefined) return;
    if (!this.vendor.works(payload.apiKey))
      throw new BrokenInvariant(`outage: the AWSCURRENT key does not work, after ${after}`);
  }
}
