import { defined } from "../../../model/defined";
import { type ObservedKey, type ObservedState, REPAIR_MAX_LENGTH, REPAIR_NONE } from "../../../model/events";
import { INCIDENTS } from "../../../model/incidents";
import { policyDigest } from "../../../model/key-policy";
import type { KeyRecord } from "../../../model/key-record";
import { shorten } from "../../../model/redact";
import { isoTime } from "../../../model/units";
import { currentVersion, isUnissued } from "../../../secrets/labels";
import { type Stop, stopOf } from "../../integrity/marks";
import { rotationDueSentences } from "../../issuance/rotation-due";
import { strategyOf } from "../../strategies";
import { isExpired, type KeyObservation, listedOf } from "./key-observation";
import { emergencySentences, scheduledSentence, secretDifferences } from "./secret-differences";
import { grantDrift, putBack, strangers, vendorDifferences } from "./vendor-differences";

/** Judges one key. Undefined: nothing to say, and nothing was ever repaired. */
export function judge(evidence: KeyObservation): ObservedKey | undefined {
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
  if (!strategyOf(evidence.vendor.descriptor).issues) {
    const due = rotationDueSentences(evidence, record, listedOf(evidence, record), evidence.nowMillis / 1_000);
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

/**
 * Also of a policy that was put back since: this is the one plan that shows it, and its apply says
 * that it was seen.
 */
function unforeseenSentences({ incidents = [] }: KeyRecord): string[] {
  return incidents
    .filter(({ kind }) => kind === INCIDENTS.unforeseenPolicy)
    .map(({ since, detail = "another policy", cause }) => {
      const request = cause === undefined ? "" : `, in request ${cause.requestId}`;
      return `${detail} was set on ${isoTime(since)}${request}, and no plan had asked about it`;
    });
}

/**
 * A run moved AWSCURRENT and has not written that down, or died before it could: the key in use is
 * the one to judge.
 */
function asPromoted(record: KeyRecord, secret: KeyObservation["secret"]): KeyRecord {
  const labelled = "value" in secret && secret.value !== undefined ? currentVersion(secret.value.versions) : undefined;
  const promoted = record.pending.find((p) => p.token === labelled);
  if (record.current === undefined || promoted === undefined) return record;
  const { token, keyId, issuedAt, expiresAt, testedAt } = promoted;
  if (keyId === undefined || issuedAt === undefined || expiresAt === undefined) return record;
  const { keyId: previous, expiresAt: end } = record.current;
  return {
    ...record,
    current: { keyId, versionId: token, issuedAt, expiresAt, ...defined({ testedAt }) },
    pending: record.pending.filter((p) => p !== promoted),
    superseded: [...record.superseded, { keyId: previous, revokeAfter: end, expiresAt: end }],
  };
}

function stopIn({ secret }: KeyObservation): Stop | undefined {
  return "value" in secret && secret.value !== undefined ? stopOf(secret.value.versions) : undefined;
}

/** Holds the stop's id: an apply that carries it was planned in knowledge of the stop. */
function stopSentence({ id, since }: Stop): string {
  return `an operator revoked it on ${isoTime(since)} (stop ${id}), and applying this issues a new vendor key`;
}

/** Whose value it is, only its text would tell, which the observer may not read. */
const UNRECORDED =
  "the ledger does not know the value in use: the secret is older than the key, or the ledger has lost it";

function judgeUnrecorded(evidence: KeyObservation): ObservedKey | undefined {
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
  // A secret without a value: its first apply is under way, or secret and ledger were made again
  // while Terraform knew the key.
  return repairOf(evidence, ["no vendor key was issued yet"], "behind");
}

function repairOf({ nowMillis }: KeyObservation, drift: string[], state: ObservedState): ObservedKey {
  return repairWith(drift, state, nowMillis);
}

/** A token that no apply has stored yet, so that the plan shows it, until one has succeeded. */
export function repairWith(drift: readonly string[], state: ObservedState, nowMillis: number): ObservedKey {
  const seen = ` (seen ${new Date(nowMillis).toISOString()})`;
  return { repair: shorten(drift.join("; "), REPAIR_MAX_LENGTH - seen.length) + seen, state, drift };
}

function differences(evidence: KeyObservation, record: KeyRecord): string[] {
  // What is wrong at the vendor no apply can heal there: it is due, see below.
  if (!strategyOf(evidence.vendor.descriptor).issues)
    return [...secretDifferences(evidence, record), ...strangers(evidence, record)];
  return [
    ...secretDifferences(evidence, record),
    ...strangers(evidence, record),
    ...vendorDifferences(evidence, record),
    ...grantDrift(evidence, record),
    ...putBack(evidence, record),
  ];
}

function unknowns({ secret, vendorKeys, scopeChanges, encryption }: KeyObservation): string[] {
  const failed = [secret, vendorKeys, scopeChanges].flatMap((reading) => ("failed" in reading ? [reading.failed] : []));
  return [...failed, ...encryption.unknown];
}
