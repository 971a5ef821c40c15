import { type ObservedKey, type ObservedState, REPAIR_MAX_LENGTH, REPAIR_NONE } from "../model/events";
import { INCIDENTS } from "../model/incidents";
import { policyDigest } from "../model/key-policy";
import type { KeyRecord } from "../model/key-record";
import { vendorKeyName } from "../model/names";
import { shorten } from "../model/redact";
import { restoreWords, type ScheduledDeletion, scheduledWords } from "../model/scheduled-deletion";
import { isoTime } from "../model/units";
import type { ScopeChange, VendorDescriptor, VendorKey } from "../vendors/vendor";
import { asStale, type Comparison, compare, tampering } from "./compare";
import { dueSentences } from "./due";
import type { Encryption } from "./encryption";
import { EXPIRY_TOLERANCE_SECONDS, shortLife } from "./expiry";
import { type Difference, grantDifferences } from "./granted";
import { emergencyIn, isRevoked, isWritten, type Stop, stopOf } from "./marks";
import { currentVersion, isUnissued, type SecretState } from "./ports";
import type { Reading } from "./reading";
import { isForeign, isLive, isOfKey } from "./vendor-keys";

/** What the observer knows when it judges one key. */
export interface Evidence {
  readonly key: string;
  readonly prefix: string;
  /** Digest of the policy that the stack declares. */
  readonly declared: string;
  readonly deployment: string;
  readonly vendor: { readonly descriptor: VendorDescriptor };
  readonly record: KeyRecord | undefined;
  readonly secret: Reading<SecretState | undefined>;
  readonly encryption: Encryption;
  /** Of a secret that is not there; undefined where nobody asked. */
  readonly deletion?: Reading<ScheduledDeletion | undefined> | undefined;
  readonly vendorKeys: Reading<readonly VendorKey[]>;
  /** Newest first. */
  readonly scopeChanges: Reading<readonly ScopeChange[]>;
  readonly nowMillis: number;
}

/** Judges one key. Undefined: nothing to say, and nothing was ever repaired. */
export function judge(evidence: Evidence): ObservedKey | undefined {
  if (evidence.record === undefined) return judgeUnrecorded(evidence);
  const record = asPromoted(evidence.record, evidence.secret);
  const stop = stopIn(evidence) ?? record.stopped;
  const drift = stop === undefined ? differences(evidence, record) : [stopSentence(stop)];
  drift.unshift(...unforeseenSentences(record));
  const { unfinished } = record;
  if (unfinished !== undefined) {
    drift.unshift(`the last ${unfinished.action} did not finish: ${unfinished.reason}`);
  }
  const isApplied = record.policy !== undefined && policyDigest(record.policy) === evidence.declared;
  // Who reads a plan that changes no policy learns from it what somebody else has applied.
  const applied = isApplied || record.policy === undefined ? {} : { applied: record.policy };
  if (drift.length > 0) return { ...repairOf(evidence, drift, "drift"), ...applied };
  if (!isApplied) {
    // An apply that failed before it reached the ledger looks the same as a change not applied yet.
    const behind = repairOf(
      evidence,
      [`policy ${evidence.declared} is to be applied, or its last apply did not finish`],
      "behind",
    );
    return { ...behind, ...applied };
  }
  const unknown = unknowns(evidence);
  if (unknown.length > 0) return { repair: record.repair, state: "unknown", drift: unknown };
  if (isByHand(evidence)) {
    const due = dueSentences(evidence, record, listedOf(evidence, record), evidence.nowMillis / 1_000);
    if (due.length > 0) return { repair: record.repair, state: "due", drift: due };
  }
  if (record.current !== undefined && record.current.testedAt === undefined) {
    const { keyId } = record.current;
    const untested = `vendor key ${keyId} is in the secret and was not tested yet; the next sweep or apply tests it`;
    return { repair: record.repair, state: "unknown", drift: [untested] };
  }
  if (isExpired(evidence, record)) {
    return {
      repair: record.repair,
      state: "expired",
      drift: [`it expired on ${isoTime(record.current?.expiresAt ?? 0)}`],
    };
  }
  return record.repair === REPAIR_NONE ? undefined : { repair: record.repair, state: "in_sync", drift: [] };
}

/** Also of a policy that was put back since: this is the one plan that shows it, and its apply says that it was seen. */
function unforeseenSentences({ incidents = [] }: KeyRecord): string[] {
  return incidents
    .filter(({ kind }) => kind === INCIDENTS.unforeseenPolicy)
    .map(({ since, detail = "another policy", cause }) => {
      const request = cause === undefined ? "" : `, in request ${cause.requestId}`;
      return `${detail} was set on ${isoTime(since)}${request}, and no plan had asked about it`;
    });
}

/** A run moved AWSCURRENT and has not written that down, or died before it could: the key in use is the one to judge. */
function asPromoted(record: KeyRecord, secret: Evidence["secret"]): KeyRecord {
  const labelled = "value" in secret && secret.value !== undefined ? currentVersion(secret.value.versions) : undefined;
  const promoted = record.pending.find((p) => p.token === labelled);
  if (record.current === undefined || promoted === undefined) return record;
  const { token, keyId, issuedAt, expiresAt, testedAt } = promoted;
  if (keyId === undefined || issuedAt === undefined || expiresAt === undefined) return record;
  const { keyId: previous, expiresAt: end } = record.current;
  return {
    ...record,
    current: { keyId, versionId: token, issuedAt, expiresAt, ...(testedAt === undefined ? {} : { testedAt }) },
    pending: record.pending.filter((p) => p !== promoted),
    superseded: [...record.superseded, { keyId: previous, revokeAfter: end, expiresAt: end }],
  };
}

function stopIn({ secret }: Evidence): Stop | undefined {
  return "value" in secret && secret.value !== undefined ? stopOf(secret.value.versions) : undefined;
}

/** Holds the stop's id: an apply that carries it was planned in knowledge of the stop. */
function stopSentence({ id, since }: Stop): string {
  return `an operator revoked it on ${isoTime(since)} (stop ${id}), and applying this issues a new vendor key`;
}

/** Whose value it is, only its text would tell, which the observer may not read. */
const UNRECORDED =
  "the ledger does not know the value in use: the secret is older than the key, or the ledger has lost it";

function judgeUnrecorded(evidence: Evidence): ObservedKey | undefined {
  const { secret } = evidence;
  if ("failed" in secret) return { repair: REPAIR_NONE, state: "unknown", drift: [secret.failed] };
  if (secret.value === undefined) {
    const kept = scheduledSentence(evidence);
    // Not made yet: the plan that makes it says so itself.
    return kept === undefined ? undefined : repairOf(evidence, [kept], "drift");
  }
  const stop = stopIn(evidence);
  if (stop !== undefined) return repairOf(evidence, [stopSentence(stop)], "drift");
  const isInUse = currentVersion(secret.value.versions) !== undefined && !isUnissued(secret.value.versions);
  const { broken } = evidence.encryption;
  if (isInUse || broken.length > 0) {
    const unrecorded = isInUse ? [UNRECORDED, ...emergencySentences(secret.value)] : [];
    return repairOf(evidence, [...unrecorded, ...broken], "drift");
  }
  // A secret without a value: its first apply is under way, or secret and ledger were made again while Terraform knew the key.
  return repairOf(evidence, ["no vendor key was issued yet"], "behind");
}

function repairOf({ nowMillis }: Evidence, drift: string[], state: ObservedState): ObservedKey {
  return repairWith(drift, state, nowMillis);
}

/** A token that no apply has stored yet, so that the plan shows it, until one has succeeded. */
export function repairWith(drift: readonly string[], state: ObservedState, nowMillis: number): ObservedKey {
  const seen = ` (seen ${new Date(nowMillis).toISOString()})`;
  return { repair: shorten(drift.join("; "), REPAIR_MAX_LENGTH - seen.length) + seen, state, drift };
}

function isByHand({ vendor }: Evidence): boolean {
  return vendor.descriptor.strategy === "manual";
}

function listedOf(evidence: Evidence, record: KeyRecord): readonly VendorKey[] | undefined {
  if (!("value" in evidence.vendorKeys)) return undefined;
  return evidence.vendorKeys.value.filter((found) => isOfKey(evidence, record, found));
}

function differences(evidence: Evidence, record: KeyRecord): string[] {
  // What is wrong at the vendor no apply can heal there: it is due, see below.
  if (isByHand(evidence)) return [...secretDifferences(evidence, record), ...strangers(evidence, record)];
  return [
    ...secretDifferences(evidence, record),
    ...strangers(evidence, record),
    ...vendorDifferences(evidence, record),
    ...grantDrift(evidence, record),
    ...putBack(evidence, record),
  ];
}

function secretDifferences(evidence: Evidence, record: KeyRecord): string[] {
  const { secret } = evidence;
  if (!("value" in secret)) return [];
  const applied = record.current !== undefined || record.policy !== undefined;
  if (secret.value === undefined) {
    const kept = scheduledSentence(evidence);
    if (kept !== undefined) return [kept];
    const { deletion } = evidence;
    const whether =
      deletion !== undefined && "failed" in deletion ? ", or scheduled for deletion: which is not known" : "";
    return applied ? [`its secret is gone${whether}`] : [];
  }
  // The record as it is, without what `asPromoted` made of it.
  const compared = compare(evidence.record ?? record, secret.value, evidence.vendor.descriptor);
  const drift = markDifferences(
    compared.elsewhere && isMintedSince(evidence, record, secret.value) ? asStale(compared) : compared,
  );
  // Where people mint, no apply can issue the successor: it is due, see below.
  if (!isByHand(evidence)) drift.push(...emergencySentences(secret.value));
  if (record.current === undefined) return [...drift, ...evidence.encryption.broken];
  const moved = currentVersion(secret.value.versions) !== record.current.versionId;
  if (moved && drift.length === 0) drift.push("the secret's value was edited by hand");
  const rotates = record.policy?.lifetime.rotateEverySeconds !== undefined && !isByHand(evidence);
  if (rotates && !secret.value.rotationEnabled) {
    drift.push("rotation of the secret is switched off");
  }
  return [...drift, ...evidence.encryption.broken];
}

/** The vendor lists what the version in use was minted as, and it is younger than what the ledger knows; its value the observer may not read. */
function isMintedSince(evidence: Evidence, { current }: KeyRecord, { versions }: SecretState): boolean {
  const { vendorKeys, deployment, key } = evidence;
  const inUse = currentVersion(versions);
  if (current === undefined || inUse === undefined || inUse === current.versionId) return false;
  if (!("value" in vendorKeys) || !isWritten(versions, inUse)) return false;
  const name = vendorKeyName(deployment, key, inUse);
  return vendorKeys.value.some((found) => found.name === name && found.createdAt > current.issuedAt);
}

/** Names the way out, as an apply alone would fail after minutes with AWS's words. */
function scheduledSentence({ key, prefix, deletion }: Evidence): string | undefined {
  const kept = deletion !== undefined && "value" in deletion ? deletion.value : undefined;
  if (kept === undefined) return undefined;
  return `its secret ${scheduledWords(kept)}: ${restoreWords(prefix, key, kept)}`;
}

/** An order with a successor that nobody has carried out yet: what is in use is called leaked. */
function emergencySentences({ versions }: SecretState): string[] {
  const emergency = emergencyIn(versions);
  const current = currentVersion(versions);
  if (emergency === undefined || current === undefined) return [];
  if (!isWritten(versions, current) || !isRevoked(versions, current)) return [];
  const since = isoTime(emergency.since);
  return [`an operator revoked the vendor key in use on ${since}, and its successor is not in use yet`];
}

/** Each names what an apply writes anew. */
function markDifferences({ edited, leftover, owner, ...compared }: Comparison): string[] {
  return [
    ...(edited === undefined ? [] : ["the secret's value was edited by hand"]),
    ...tampering(compared).map((reason) => `the ledger does not fit the secret: ${reason}`),
    ...(owner ? ["the ledger does not fit the secret: it names another account of the key"] : []),
    ...(leftover ? ["an earlier apply did not finish, and the ledger does not say so"] : []),
  ];
}

function vendorDifferences(evidence: Evidence, record: KeyRecord): string[] {
  const { vendorKeys, nowMillis } = evidence;
  const { displayName: vendor, enforcement } = evidence.vendor.descriptor;
  if (!("value" in vendorKeys) || record.current === undefined) return [];
  const { current } = record;
  const now = nowMillis / 1_000;
  const drift: string[] = [];
  const found = vendorKeys.value.find((k) => k.id === current.keyId);
  if (found === undefined) {
    if (!isExpired(evidence, record)) drift.push(`vendor key ${current.keyId} was deleted at ${vendor}`);
  } else if (found.disabled === true) {
    drift.push(`vendor key ${current.keyId} was disabled at ${vendor}`);
  } else if (found.expiresAt !== undefined && found.expiresAt <= now) {
    if (!isExpired(evidence, record)) {
      drift.push(`vendor key ${current.keyId} was disabled by expiry at ${vendor} on ${isoTime(found.expiresAt)}`);
    }
  } else if (enforcement.expiry !== "key" || current.valueEndsAt !== undefined) {
    // The sweep ends it; or a rotation in place that is under way has moved it.
  } else if (found.expiresAt === undefined) {
    drift.push(
      `expiry of vendor key ${current.keyId} was removed at ${vendor}; applied was ${isoTime(current.expiresAt)}`,
    );
  } else if (Math.abs(found.expiresAt - current.expiresAt) > EXPIRY_TOLERANCE_SECONDS) {
    drift.push(
      `expiry of vendor key ${current.keyId} changed at ${vendor} from ${isoTime(current.expiresAt)} to ${isoTime(found.expiresAt)}`,
    );
  } else if (record.policy !== undefined) {
    const short = shortLife(evidence.vendor, current, record.policy);
    if (short !== undefined) {
      drift.push(
        `${vendor} ends vendor key ${current.keyId} on ${isoTime(short.ends)}, and the policy declares ${isoTime(short.declared)}`,
      );
    }
  }
  for (const foreign of vendorKeys.value) {
    if (!isLive(foreign, now) || !isForeign(evidence, record, foreign)) continue;
    drift.push(`vendor key ${foreign.id} "${shorten(foreign.name, 80)}" at ${vendor} was made by somebody else`);
  }
  return drift;
}

/** What the ledger would have revoked, and nothing shows to be the key's. */
function strangers(evidence: Evidence, record: KeyRecord): string[] {
  const { vendorKeys, vendor } = evidence;
  // A value in the secret may show what the vendor does not; whether one does, a sweep has looked.
  const told = (record.incidents ?? []).some(({ kind }) => kind === INCIDENTS.notShownOurs);
  if (!told || !("value" in vendorKeys)) return [];
  const doomed = [...record.superseded.map(({ keyId }) => keyId), ...(record.revocation?.keyIds ?? [])];
  return [...new Set(doomed)]
    .filter((keyId) => vendorKeys.value.some((k) => k.id === keyId && !isOfKey(evidence, record, k)))
    .map(
      (keyId) =>
        `vendor key ${keyId}, which the ledger would have revoked, is not shown to be this key's at ${vendor.descriptor.displayName}`,
    );
}

function grantDrift(evidence: Evidence, record: KeyRecord): string[] {
  const { policy, current } = record;
  if (policy === undefined || current === undefined) return [];
  const sentence = ({ dimension, change }: Difference) =>
    `${dimension} of vendor key ${current.keyId} changed at ${evidence.vendor.descriptor.displayName}${change}`;
  const shown =
    "value" in evidence.vendorKeys ? evidence.vendorKeys.value.find((k) => k.id === current.keyId) : undefined;
  const drift = grantDifferences(policy, shown?.granted).map(sentence);
  if (shown?.granted?.scopes !== undefined || !("value" in evidence.scopeChanges)) return drift;
  const last = evidence.scopeChanges.value.find((change) => change.keyId === current.keyId);
  if (last === undefined) return drift;
  const by = last.actor === undefined ? "" : ` by ${shorten(last.actor, 80)}`;
  const audited = grantDifferences(policy, { scopes: last.scopes }).map(sentence);
  return [...drift, ...audited.map((text) => `${text}, on ${isoTime(last.at)}${by} as its audit log says`)];
}

/** The end of a repair token. */
const SEEN = / \(seen (\d{4}-\d\d-\d\dT[\d:.]+Z)\)$/;

/**
 * What the vendor's audit log knows of since the plan whose apply was the last, and what is as declared again: shown by one plan, since
 * its repair token tells the next one from when on to look.
 */
function putBack(evidence: Evidence, record: KeyRecord): string[] {
  const { policy, current } = record;
  if (policy === undefined || current === undefined || !("value" in evidence.scopeChanges)) return [];
  const seen = SEEN.exec(record.repair)?.[1];
  const since = Math.max(current.issuedAt, seen === undefined ? 0 : Date.parse(seen) / 1_000);
  const [last, ...before] = evidence.scopeChanges.value.filter(
    ({ keyId, at }) => keyId === current.keyId && at > since,
  );
  // What differs now is said as that.
  if (last === undefined || grantDifferences(policy, { scopes: last.scopes }).length > 0) return [];
  return before.flatMap(({ scopes, at, actor }) =>
    grantDifferences(policy, { scopes }).map(({ dimension, change }) => {
      const by = actor === undefined ? "" : ` by ${shorten(actor, 80)}`;
      return `${dimension} of vendor key ${current.keyId} changed at ${evidence.vendor.descriptor.displayName}${change}, on ${isoTime(at)}${by} as its audit log says, and changed back since`;
    }),
  );
}

function unknowns({ secret, vendorKeys, scopeChanges, encryption }: Evidence): string[] {
  const failed = [secret, vendorKeys, scopeChanges].flatMap((reading) => ("failed" in reading ? [reading.failed] : []));
  return [...failed, ...encryption.unknown];
}

/** Only a key without rotation is meant to reach its end. */
function isExpired(evidence: Evidence, record: KeyRecord): boolean {
  if (record.policy === undefined || record.policy.lifetime.rotateEverySeconds !== undefined) return false;
  return (record.current?.expiresAt ?? Number.POSITIVE_INFINITY) <= evidence.nowMillis / 1_000;
}
