import { createHash } from "node:crypto";
import { type KeyPolicy, mintedFacts, policySeal } from "../../model/key-policy";
import type { SecretState } from "../ports";

/**
 * What the engine remembers in staging labels of a key's secret. Nobody but the controller may set
 * a label, so they hold what a writer of the ledger must not choose. A version's value cannot be
 * changed: a mark of a version is a mark of its value. A label is on one version of its secret at
 * the most, and AWS lets all versions of a secret have 20; decision 0023 counts them.
 */

/** The policy that the last apply was for; two while an apply is under way. */
const POLICY = "SCOPED_KEYS_POLICY_";
/** The key's account, as the vendor named it. */
const OWNER = "SCOPED_KEYS_OWNER_";
/**
 * A value that the controller wrote: of which vendor key, with which times, and, after the
 * underscore, minted with which facts.
 */
const KEY = "SCOPED_KEYS_KEY_";
/**
 * Ordered by an operator in an emergency: the version's vendor key is to die, and the time of the
 * order follows.
 */
const REVOKED = "SCOPED_KEYS_REVOKED_";
/** Without a successor: it is a stop as well. */
const WITHOUT_SUCCESSOR = "_alone";
/** A stop, which outlives its emergency: its id and time follow. */
const STOPPED = "SCOPED_KEYS_STOPPED_";
/** A destroy that began; its time follows. */
const DESTROY = "SCOPED_KEYS_DESTROY_";
const CARRIED_OUT = "_done";
/** A value that somebody else put into use while one of ours was; the version's id follows. */
const EDITED = "SCOPED_KEYS_EDITED_";

export const policyMark = (policy: KeyPolicy) => POLICY + policySeal(policy);
export const ownerMark = (ownerId: string) => OWNER + digest(ownerId);

/** What a version holds. Times are Unix seconds. */
export interface Held {
  readonly versionId: string;
  readonly keyId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export function keyMark(held: Held, policy: KeyPolicy): string {
  return `${keyMarkStart(held)}_${mintedFacts(policy)}`;
}

function keyMarkStart({ versionId, keyId, issuedAt, expiresAt }: Held): string {
  return KEY + digest([versionId, keyId, issuedAt, expiresAt]);
}

/** Whether the controller wrote the version's value. */
export function isWritten(versions: SecretState["versions"], versionId: string): boolean {
  return keyMarkOf(versions, versionId) !== undefined;
}

export function keyMarkOf(versions: SecretState["versions"], versionId: string): string | undefined {
  return versions[versionId]?.find((label) => label.startsWith(KEY));
}

/** Whether the version holds that, as the controller wrote it. */
export function holds(versions: SecretState["versions"], held: Held): boolean {
  return keyMarkOf(versions, held.versionId)?.startsWith(`${keyMarkStart(held)}_`) ?? false;
}

/** Whether the version's value was minted with what the policy says. */
export function isMintedWith(versions: SecretState["versions"], versionId: string, policy: KeyPolicy): boolean {
  return keyMarkOf(versions, versionId)?.endsWith(`_${mintedFacts(policy)}`) ?? false;
}

export function isMarked(versions: SecretState["versions"], label: string): boolean {
  return versionWith(versions, label) !== undefined;
}

export function versionWith(versions: SecretState["versions"], label: string): string | undefined {
  return Object.keys(versions).find((id) => versions[id]?.includes(label));
}

export const policyMarks = (versions: SecretState["versions"]) => marksFrom(versions, POLICY);

/** Marks of policies and accounts, with the versions that have them, other than those given. */
export function outdatedMarks({ versions }: SecretState, valid: readonly string[]): Mark[] {
  return [POLICY, OWNER].flatMap((start) => marksFrom(versions, start)).filter(({ label }) => !valid.includes(label));
}

/**
 * Whether the policy is what an apply was for. A secret without a value of ours has no mark to tell
 * by.
 */
export function isApplied({ versions }: SecretState, policy: KeyPolicy): boolean {
  return isMarked(versions, policyMark(policy));
}

export const revokedMark = ({ since, successor }: Emergency) =>
  `${REVOKED}${since}${successor ? "" : WITHOUT_SUCCESSOR}`;
export const stoppedMark = ({ id, since }: Stop) => `${STOPPED}${id}_${since}`;
export const destroyMark = ({ since, done }: Destroy) => `${DESTROY}${since}${done ? CARRIED_OUT : ""}`;
export const editedMark = (versionId: string) => EDITED + versionId;

export interface Emergency {
  /** Unix seconds of the order. */
  readonly since: number;
  /** False: nothing is to be issued. */
  readonly successor: boolean;
}

export interface Stop {
  readonly id: string;
  /** Unix seconds. */
  readonly since: number;
}

/** Whether an operator's emergency is under way, for one version or, without it, for any. */
export function isRevoked(versions: SecretState["versions"], versionId?: string): boolean {
  const ids = versionId === undefined ? Object.keys(versions) : [versionId];
  return ids.some((id) => versions[id]?.some((label) => label.startsWith(REVOKED)));
}

/** The stop that an operator has ordered; undefined where there is none. */
export function stopOf(versions: SecretState["versions"]): Stop | undefined {
  for (const { label } of marksFrom(versions, STOPPED)) {
    const [, id, since] = /^(.+)_(\d+)$/.exec(label.slice(STOPPED.length)) ?? [];
    if (id !== undefined) return { id, since: Number(since) };
  }
  // The order may have been cut off before it put the mark of its stop, and the ledger may be lost.
  const emergency = emergencyIn(versions);
  if (emergency === undefined || emergency.successor) return undefined;
  return { id: `emergency-${emergency.since}`, since: emergency.since };
}

/** Whether the stop has its own mark, by which it outlives its emergency. */
export function hasStopMark(versions: SecretState["versions"]): boolean {
  return marksFrom(versions, STOPPED).length > 0;
}

/** The emergency that an operator has ordered; undefined where there is none. */
export function emergencyIn(versions: SecretState["versions"]): Emergency | undefined {
  const ordered = marksFrom(versions, REVOKED).map(({ label }) => ({
    since: Number.parseInt(label.slice(REVOKED.length), 10),
    successor: !label.endsWith(WITHOUT_SUCCESSOR),
  }));
  // A new order is put on the secret before the one in whose place it comes is taken off.
  return ordered.sort((a, b) => b.since - a.since || Number(a.successor) - Number(b.successor))[0];
}

export interface Destroy {
  /** Unix seconds at which it began. */
  readonly since: number;
  /** Nothing of the key is live; Terraform has not come back. */
  readonly done: boolean;
}

/** The destroy that has begun, and that no apply has taken back; undefined where there is none. */
export function destroyIn(versions: SecretState["versions"]): Destroy | undefined {
  const labels = marksFrom(versions, DESTROY).map(({ label }) => label);
  const done = labels.find((label) => label.endsWith(CARRIED_OUT));
  const label = done ?? labels[0];
  if (label === undefined) return undefined;
  return { since: Number.parseInt(label.slice(DESTROY.length), 10), done: done !== undefined };
}

export interface Mark {
  readonly versionId: string;
  readonly label: string;
}

export const orders = {
  revoked: (versions: SecretState["versions"]) => marksFrom(versions, REVOKED),
  stopped: (versions: SecretState["versions"]) => marksFrom(versions, STOPPED),
  destroy: (versions: SecretState["versions"]) => marksFrom(versions, DESTROY),
  edited: (versions: SecretState["versions"]) => marksFrom(versions, EDITED),
};

function marksFrom(versions: SecretState["versions"], start: string): Mark[] {
  const marks: Mark[] = [];
  for (const versionId of Object.keys(versions)) {
    for (const label of versions[versionId] ?? []) if (label.startsWith(start)) marks.push({ versionId, label });
  }
  return marks;
}

function digest(what: unknown): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}
