import { Effects } from "../../src/engine/history/effects";
import type { Engine, Fields, Telemetry } from "../../src/engine/ports";
import type { Incident, IncidentChange } from "../../src/model/incidents";
import type { KeyPolicy } from "../../src/model/key-policy";
import { type KeyRecord, newKeyRecord } from "../../src/model/key-record";
import type { MetricName } from "../../src/model/metrics";
import { ownerName } from "../../src/model/names";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { SecretModel, VendorModel } from "../chaos/models";
import { NATURES, type NatureName } from "../chaos/natures";
import { Actor, World } from "../chaos/world";
import { ENABLED_KMS_KEYS } from "./kms-keys";
import { LedgerModel } from "./ledger-model";

export const PREFIX = "stack/openai";
export const DEPLOYMENT = `${PREFIX}.0badcafe`;

export function policyOf(change: Partial<KeyPolicy> = {}): KeyPolicy {
  return {
    vendor: "openai",
    owner: "team@example.com",
    purpose: "summaries",
    scopes: ["api.model.read", "api.model.request"],
    lifetime: {
      rotateEverySeconds: 7 * SECONDS_PER_DAY,
      overlapSeconds: SECONDS_PER_DAY,
      expirySeconds: 14 * SECONDS_PER_DAY,
    },
    ...change,
  };
}

/** A world in which every effect happens at once, and sleep is over as soon as it has begun. */
export class DirectWorld extends World {
  override async effect<T>(actor: Actor, name: string, run: () => T): Promise<T> {
    this.trace.push(`${actor.name} ${name}`);
    return run();
  }

  override async sleep(_actor: Actor, millis: number): Promise<void> {
    this.advance(millis);
  }
}

export class RecordingTelemetry implements Telemetry {
  readonly lines: Array<{ level: string; message: string } & Fields> = [];
  readonly metrics: Array<readonly [name: MetricName, value: number, key?: string]> = [];

  info(message: string, fields: Fields = {}): void {
    this.lines.push({ ...fields, level: "info", message });
  }

  warn(message: string, fields: Fields = {}): void {
    this.lines.push({ ...fields, level: "warn", message });
  }

  error(message: string, fields: Fields = {}): void {
    this.lines.push({ ...fields, level: "error", message });
  }

  readonly incidents: string[] = [];

  incident(change: IncidentChange, kind: Incident, key = "issuer"): void {
    this.incidents.push(`${change} ${kind} ${key}`);
  }

  metric(name: MetricName, value: number, key?: string): void {
    this.metrics.push(key === undefined ? [name, value] : [name, value, key]);
  }
}

/** An engine over the models of one vendor account, one table and one secret per key. */
export class EngineHarness {
  readonly world = new DirectWorld();
  readonly vendor: VendorModel;
  readonly table = new LedgerModel();
  readonly secret = new SecretModel();
  readonly telemetry = new RecordingTelemetry();
  readonly engine: Engine;
  #tokens = 0;

  constructor(nature: NatureName = "additive") {
    this.vendor = new VendorModel(() => this.world.now(), NATURES[nature]);
    const { world, telemetry } = this;
    const actor = new Actor("run");
    this.engine = {
      prefix: PREFIX,
      deployment: DEPLOYMENT,
      baseUrl: "https://api.openai.com/v1",
      vendor: this.vendor.adapter(world, actor),
      ledger: this.table.ledger(world, actor),
      secrets: this.secret.store(world, actor),
      kmsKeys: ENABLED_KMS_KEYS,
      telemetry,
      clock: { now: () => world.now(), sleep: (millis) => world.sleep(actor, millis) },
      deadline: { signal: new AbortController().signal, remainingMillis: () => 600_000 },
      effects: new Effects(
        () => ({ door: "terraform", requestId: "run" }),
        () => world.now(),
      ),
      plansAreObserved: false,
      newToken: () => this.token(),
    };
  }

  get seconds(): number {
    return Math.floor(this.world.now() / 1_000);
  }

  token(): string {
    this.#tokens += 1;
    return `token-${String(this.#tokens).padStart(32, "0")}`;
  }

  /** A vendor key that lives for 30 days. */
  addVendorKey(id: string, { name = id, ownerId = "owner_other", createdAt = this.seconds } = {}): void {
    this.vendor.keys.set(id, {
      id,
      name,
      ownerId,
      scopes: [],
      value: `sk-svcacct-${id}`,
      createdAt,
      expiresAt: this.seconds + 30 * SECONDS_PER_DAY,
    });
  }

  /**
   * A record as if it had been written by earlier runs; its account has the key's name at the
   * vendor.
   */
  addRecord(key: string, change: Partial<KeyRecord> = {}): void {
    const { current } = change;
    if (change.ownerId !== undefined) this.vendor.owners.set(change.ownerId, ownerName(DEPLOYMENT, key));
    this.table.records.set(key, {
      ...newKeyRecord(key),
      rev: 1,
      policy: policyOf(),
      ...change,
      ...(current === undefined ? {} : { current: { testedAt: this.seconds, ...current } }),
    });
  }
}
