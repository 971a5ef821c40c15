import type { KeyRecord } from "../../../model/key-record";
import { vendorKeyName } from "../../../model/names";
import { restoreWords, scheduledWords } from "../../../model/scheduled-deletion";
import { isoTime } from "../../../model/units";
import { currentVersion } from "../../../secrets/labels";
import { asStale, type Comparison, compare, tampering } from "../../integrity/compare";
import { emergencyIn, isRevoked, isWritten } from "../../integrity/marks";
import type { SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import type { KeyObservation } from "./key-observation";

export function secretDifferences(evidence: KeyObservation, record: KeyRecord): string[] {
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
  if (strategyOf(evidence.vendor.descriptor).issues) drift.push(...emergencySentences(secret.value));
  if (record.current === undefined) return [...drift, ...evidence.encryption.broken];
  const moved = currentVersion(secret.value.versions) !== record.current.versionId;
  if (moved && drift.length === 0) drift.push("the secret's value was edited by hand");
  const rotates =
    record.policy?.lifetime.rotateEverySeconds !== undefined && strategyOf(evidence.vendor.descriptor).issues;
  if (rotates && !secret.value.rotationEnabled) {
    drift.push("rotation of the secret is switched off");
  }
  return [...drift, ...evidence.encryption.broken];
}

/**
 * The vendor lists what the version in use was minted as, and it is younger than what the ledger
 * knows; its value the observer may not read.
 */
function isMintedSince(evidence: KeyObservation, { current }: KeyRecord, { versions }: SecretState): boolean {
  const { vendorKeys, deployment, key } = evidence;
  const inUse = currentVersion(versions);
  if (current === undefined || inUse === undefined || inUse === current.versionId) return false;
  if (!("value" in vendorKeys) || !isWritten(versions, inUse)) return false;
  const name = vendorKeyName(deployment, key, inUse);
  return vendorKeys.value.some((found) => found.name === name && found.createdAt > current.issuedAt);
}

/** Names the way out, as an apply alone would fail after minutes with AWS's words. */
export function scheduledSentence({ key, prefix, deletion }: KeyObservation): string | undefined {
  const kept = deletion !== undefined && "value" in deletion ? deletion.value : undefined;
  if (kept === undefined) return undefined;
  return `its secret ${scheduledWords(kept)}: ${restoreWords(prefix, key, kept)}`;
}

/** An order with a successor that nobody has carried out yet: what is in use is called leaked. */
export function emergencySentences({ versions }: SecretState): string[] {
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
