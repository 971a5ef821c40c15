import { MILLIS_PER_SECOND, SECONDS_PER_DAY } from "../../../model/units";
import { invalidParameter, limitExceeded, tokenInUse, versionNotFound } from "./errors";
import { type SecretValue, sameValue } from "./value";

export const AWSCURRENT = "AWSCURRENT";
export const AWSPENDING = "AWSPENDING";
export const AWSPREVIOUS = "AWSPREVIOUS";

/** AWS: staging labels of one version. */
export const LABELS_MAX = 20;
/** AWS: above so many versions, those without a label are removed … */
export const VERSIONS_KEPT = 100;
/** … but never one created in the last 24 hours. */
export const VERSION_MIN_AGE_MILLIS = SECONDS_PER_DAY * MILLIS_PER_SECOND;

export interface Version {
  readonly id: string;
  readonly createdAt: number;
  /** Absent in the placeholder that a rotation makes before its first step. */
  value: SecretValue | undefined;
  /** In the order in which they were attached. */
  readonly labels: Set<string>;
  lastAccessedAt: number | undefined;
}

/**
 * The versions of one secret and the state machine of their labels: each label is on one version at
 * most.
 */
export class Versions {
  readonly #byId = new Map<string, Version>();

  constructor(readonly secretArn: string) {}

  /** The same versions for another secret, which go their own way from here. */
  copy(secretArn: string): Versions {
    const copied = new Versions(secretArn);
    for (const version of this.all()) copied.#byId.set(version.id, { ...version, labels: new Set(version.labels) });
    return copied;
  }

  /** In order of creation. */
  all(): Version[] {
    return [...this.#byId.values()];
  }

  get(id: string): Version | undefined {
    return this.#byId.get(id);
  }

  labelled(label: string): Version | undefined {
    return this.all().find((version) => version.labels.has(label));
  }

  /** The version of a rotation that has not ended: it has AWSPENDING and is not the current one. */
  pending(): Version | undefined {
    const version = this.labelled(AWSPENDING);
    return version?.labels.has(AWSCURRENT) ? undefined : version;
  }

  /** Version ids with their labels; versions without a label are left out. */
  stages(): Record<string, string[]> {
    const labelled = this.all().filter((version) => version.labels.size > 0);
    return Object.fromEntries(labelled.map((version) => [version.id, [...version.labels]]));
  }

  /**
   * Stores a value under a token, or does nothing where it is there already.
   * @param labels what to attach; the first version of a secret gets AWSCURRENT besides.
   */
  put(
    token: string,
    value: SecretValue,
    labels: readonly string[],
    now: number,
  ): { version: Version; stored: boolean } {
    const existing = this.#byId.get(token);
    if (existing?.value !== undefined) {
      if (!sameValue(existing.value, value)) throw tokenInUse(token, this.secretArn);
      return { version: existing, stored: false };
    }
    const wanted = new Set(this.#byId.size === 0 ? [...labels, AWSCURRENT] : labels);
    if (new Set([...(existing?.labels ?? []), ...wanted]).size > LABELS_MAX) throw tooManyLabels();
    const version = existing ?? this.#add(token, now);
    version.value = value;
    // AWSCURRENT last: AWSPREVIOUS follows it, whatever else was asked for.
    const current = wanted.delete(AWSCURRENT);
    for (const label of wanted) this.#attach(label, version);
    if (current) this.#attach(AWSCURRENT, version);
    this.prune(now);
    return { version, stored: true };
  }

  /** The AWSPENDING version that exists before a rotation's first step. */
  addPending(token: string, value: SecretValue | undefined, now: number): Version {
    const version = this.#byId.get(token) ?? this.#add(token, now);
    version.value ??= value;
    this.#attach(AWSPENDING, version);
    return version;
  }

  /**
   * UpdateSecretVersionStage: `removeFrom` must name the version that has the label now, which
   * makes it a compare-and-swap.
   */
  moveLabel(label: string, moveTo: string | undefined, removeFrom: string | undefined): void {
    const holder = this.labelled(label);
    if (removeFrom !== undefined && holder?.id !== removeFrom) {
      throw invalidParameter(`Staging label ${label} isn't currently attached to version ${removeFrom}.`);
    }
    if (moveTo === undefined) {
      if (removeFrom === undefined) {
        throw invalidParameter("You must provide MoveToVersionId, RemoveFromVersionId, or both.");
      }
      if (label === AWSCURRENT) {
        throw invalidParameter(
          "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        );
      }
      holder?.labels.delete(label);
      return;
    }
    const target = this.#byId.get(moveTo);
    if (target === undefined) throw versionNotFound(moveTo);
    if (holder === target) return;
    if (holder !== undefined && removeFrom === undefined) {
      throw invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    if (target.labels.size >= LABELS_MAX) throw tooManyLabels();
    this.#attach(label, target);
  }

  detach(label: string, id: string): void {
    this.#byId.get(id)?.labels.delete(label);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  /** Removes the oldest versions without a label above the number that AWS keeps. */
  prune(now: number): void {
    let surplus = this.#byId.size - VERSIONS_KEPT;
    for (const version of this.all()) {
      if (surplus <= 0) return;
      if (version.labels.size > 0 || now - version.createdAt < VERSION_MIN_AGE_MILLIS) continue;
      this.#byId.delete(version.id);
      surplus--;
    }
  }

  #add(id: string, now: number): Version {
    const version: Version = { id, createdAt: now, value: undefined, labels: new Set(), lastAccessedAt: undefined };
    this.#byId.set(id, version);
    return version;
  }

  #attach(label: string, version: Version): void {
    const holder = this.labelled(label);
    if (holder === version) return;
    holder?.labels.delete(label);
    version.labels.add(label);
    if (label === AWSCURRENT && holder !== undefined) {
      this.labelled(AWSPREVIOUS)?.labels.delete(AWSPREVIOUS);
      // Recorded on AWS: what a rotation left pending on the current version ends when that becomes
      // the previous one.
      holder.labels.delete(AWSPENDING);
      holder.labels.add(AWSPREVIOUS);
    }
  }
}

const tooManyLabels = () => limitExceeded(`A secret version can have at most ${LABELS_MAX} staging labels.`);
