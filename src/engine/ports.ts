import type { Attribution } from "../model/attribution";
import type { KeyEffect } from "../model/history";
import type { Incident, IncidentCause, IncidentChange } from "../model/incidents";
import type { KeyRecord } from "../model/key-record";
import type { MetricName } from "../model/metrics";
import type { Asked, Plans } from "../model/plans";
import type { ProjectLimitsRecord } from "../model/project-limits-record";
import type { ScheduledDeletion } from "../model/scheduled-deletion";
import type { PENDING, STAGED, UNISSUED, Versions } from "../secrets/labels";
import type { VendorAdapter } from "../vendors/vendor";

/**
 * The engine's view of the outside. Implementations: `src/ledger`, `src/secrets`, `src/handlers`,
 * `src/vendors`.
 */

/** Thrown by `Ledger.put` when the record is not the one that the write builds on. */
export class LedgerConflict extends Error {
  override readonly name = "LedgerConflict";
}

/** A run that died holds its leases for so long at the most. */
export const LEASE_MILLIS = 60_000;

/** A run tells at once of what it has written down; one that has not done so by then is dead. */
export const TELLING_MILLIS = 60_000;

export interface Lease {
  readonly key: string;
  readonly holder: string;
}

export interface LedgerList {
  readonly records: readonly KeyRecord[];
  /**
   * Keys whose records do not follow their schema, with what `get` throws of them. Nobody may take
   * them for unknown.
   */
  readonly unreadable: ReadonlyMap<string, Error>;
}

export interface Ledger {
  /** Undefined where the ledger does not know the key. Throws where its record cannot be read. */
  get(key: string): Promise<KeyRecord | undefined>;
  list(): Promise<LedgerList>;
  /**
   * Writes if the stored record still has `record.rev`; answers the record with the next one.
   * Throws `LedgerConflict`.
   */
  put(record: KeyRecord): Promise<KeyRecord>;
  remove(key: string): Promise<void>;
  /**
   * The issuer's project limits. Undefined where the ledger knows of none. Throws where its record
   * cannot be read.
   */
  projectLimits(): Promise<ProjectLimitsRecord | undefined>;
  /** As `put`. */
  putProjectLimits(record: ProjectLimitsRecord): Promise<ProjectLimitsRecord>;
  removeProjectLimits(): Promise<void>;
  /**
   * One worker per key at a time. Undefined while another holds it; held as long as its run lives,
   * and `LEASE_MILLIS` longer.
   */
  /** The key's last effects, oldest first; also of a key that is destroyed. */
  history(key: string): Promise<readonly KeyEffect[]>;
  /** Adds to it; by who holds the key's lease. */
  note(key: string, effects: readonly KeyEffect[]): Promise<void>;
  /** Policies that plans have asked about. Undefined where none was written down yet. */
  plans(): Promise<Plans | undefined>;
  /**
   * Leaves word of what a plan asks about, by key. The one thing that the observer writes beside
   * the pace.
   */
  foresee(asked: ReadonlyMap<string, Asked>): Promise<void>;
  acquire(key: string): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  /** Incidents of the issuer as a whole that are not over. */
  incidents(): Promise<IssuerIncident[]>;
  /**
   * True where it was not open before, or whoever opened it has not told of it within
   * `TELLING_MILLIS`: the caller tells of it, and then confirms that.
   */
  openIncident(kind: Incident): Promise<boolean>;
  confirmIncident(kind: Incident): Promise<void>;
  /** It was looked at now, and is still open. Nothing happens where it is not. */
  touchIncident(kind: Incident): Promise<void>;
  resolveIncident(kind: Incident): Promise<void>;
}

export interface IssuerIncident {
  readonly kind: Incident;
  readonly published: boolean;
  /** Unix milliseconds at which it was opened, or looked at last. */
  readonly at: number;
}

/** A secret without its values. */
export interface SecretState {
  readonly arn: string;
  readonly rotationEnabled: boolean;
  /** Prefix of the issuer whose it is, as its tag says. Absent where it has no such tag. */
  readonly issuer?: string;
  /**
   * KMS keys that the account has chosen for it and its replicas; absent where it has chosen none.
   */
  readonly encryptedWith?: readonly EncryptedWith[];
  /** Replicas that Secrets Manager could not make or keep in step; absent where there are none. */
  readonly failedReplicas?: ReadonlyArray<{ readonly region: string; readonly why: string }>;
  readonly versions: Versions;
}

export interface EncryptedWith {
  /** Id, ARN or alias, as Secrets Manager names it. */
  readonly kmsKey: string;
  /** Of a replica. */
  readonly region?: string;
}

/** What KMS says of a key. */
export interface KmsKey {
  readonly arn: string;
  /** As KMS names it: `Enabled`, `Disabled`, `PendingDeletion`, … */
  readonly state: string;
  /** Unix seconds. */
  readonly deletionAt?: number;
}

export interface KmsKeys {
  /**
   * Undefined where there is no such key. Throws where that is not known, as without the right to
   * ask.
   * @param region of a replica; the secret's own without it
   */
  describe(kmsKey: string, region?: string): Promise<KmsKey | undefined>;
}

export interface SecretStore {
  /** Undefined where the secret does not exist or is scheduled for deletion. */
  describe(name: string): Promise<SecretState | undefined>;
  /**
   * Of a secret that `describe` does not know; undefined where it is not scheduled for deletion
   * either.
   */
  scheduledDeletion(name: string): Promise<ScheduledDeletion | undefined>;
  /** Undefined where the version does not exist or holds no value. */
  value(name: string, versionId: string): Promise<string | undefined>;
  /** Stores a value under a version id. `other`: that version already holds another value. */
  stage(request: StageRequest): Promise<"stored" | "other">;
  /**
   * Moves AWSCURRENT to the version, if it is at `from` now (undefined: nowhere). `moved`: it is
   * elsewhere.
   */
  promote(name: string, versionId: string, from: string | undefined): Promise<"promoted" | "moved">;
  /** Puts a label, which no other version has, on the version. */
  label(name: string, versionId: string, label: string): Promise<void>;
  /** Takes a label off the version; nothing happens where it is not there. */
  unlabel(name: string, versionId: string, label: string): Promise<void>;
}

export interface StageRequest {
  readonly name: string;
  readonly versionId: string;
  readonly value: string;
  readonly label: typeof PENDING | typeof STAGED | typeof UNISSUED;
  /**
   * Further labels, which leave the versions that have them; stored with the value or not at all.
   */
  readonly marks?: readonly string[];
  readonly rotationToken?: string;
}

export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Telemetry {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** One value of a metric; with a key, also under the key's dimension. */
  metric(name: MetricName, value: number, key?: string): void;
  /** An incident begins or is over; without a key it is the issuer's. */
  incident(change: IncidentChange, kind: Incident, key?: string, cause?: IncidentCause): void;
}

export interface Clock {
  /** Server time in Unix milliseconds. */
  now(): number;
  sleep(millis: number, signal?: AbortSignal): Promise<void>;
}

/** What a run has done to keys, for their histories. */
export interface EffectLog {
  /** By whom this run was asked. */
  readonly attribution: Attribution;
  /** @param policy digest of the policy that was set, or that the key had */
  note(key: string, what: string, policy?: string): void;
  /** Called by who holds the key's lease. Never throws. */
  write(key: string, ledger: Ledger, telemetry: Telemetry): Promise<void>;
}

/** Time left to this run. */
export interface Deadline {
  readonly signal: AbortSignal;
  remainingMillis(): number;
}

export interface Engine {
  readonly prefix: string;
  readonly deployment: string;
  /** Base URL of the vendor's data API, for the secret's payload. */
  readonly baseUrl: string;
  readonly vendor: VendorAdapter;
  readonly ledger: Ledger;
  readonly secrets: SecretStore;
  readonly kmsKeys: KmsKeys;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly effects: EffectLog;
  /** Each plan asks the observer, so that what was planned can be known. */
  readonly plansAreObserved: boolean;
  /** A fresh version id. */
  readonly newToken: () => string;
}

/** Unix seconds. */
export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}
