import { INCIDENTS } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { SECONDS_PER_HOUR } from "../../../model/units";
import type { VendorKey } from "../../../vendors/vendor";
import { compare } from "../../integrity/compare";
import { destroyIn, isRevoked, stopOf } from "../../integrity/marks";
import { ageOf } from "../../issuance/age";
import { endsSooner } from "../../issuance/expiry";
import { isEndless } from "../../issuance/overlaps";
import { looksDeleted } from "../../issuance/recover/deleted-at-vendor";
import { isRotationMissed } from "../../issuance/recover/missed-rotation";
import { isUntested } from "../../issuance/recover/untested";
import { isRotationDueChanged } from "../../issuance/rotation-due";
import type { Engine, SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { isForeign, isLive } from "../../vendor-keys/ownership";
import { isDestroyForgotten, isHalfDestroyed } from "../destroy";

/** No run of a function lasts longer, so what is older belongs to nobody who is still at work. */
export const GRACE_SECONDS = SECONDS_PER_HOUR;

/** Incidents that nothing but a sweep may be there to end. */
const LEFT_TO_SWEEPS: ReadonlySet<string> = new Set([
  INCIDENTS.lostMint,
  INCIDENTS.stuckLabel,
  INCIDENTS.keyGone,
  INCIDENTS.ledgerTampered,
  INCIDENTS.staleLedger,
  INCIDENTS.notShownOurs,
  INCIDENTS.secretEdited,
  INCIDENTS.unfinishedRevocation,
]);

/**
 * Whether a key is worth its lease.
 * @param listed what the vendor lists of the key
 * @param secret the key's secret, where it was read and is there
 */
export function needsSweep(
  engine: Engine,
  record: KeyRecord,
  listed: readonly VendorKey[],
  secret: SecretState | undefined,
  now: number,
): boolean {
  return (
    (secret !== undefined && differs(engine, record, secret)) ||
    record.revocation !== undefined ||
    (record.accountGone !== undefined && listed.some((k) => isLive(k, now))) ||
    record.superseded.some((k) => k.revokeAfter <= now || isEndless(k, record.policy, now)) ||
    record.pending.some((p) => ageOf(p, now) >= GRACE_SECONDS) ||
    (record.incidents ?? []).some(({ kind, unpublished }) => unpublished || LEFT_TO_SWEEPS.has(kind)) ||
    isHalfDestroyed(record, now) ||
    isDestroyForgotten(record) ||
    isUntested(record) ||
    endsSooner(engine.vendor, record, listed) !== undefined ||
    isRotationMissed(engine, record, now) ||
    (!strategyOf(engine.vendor.descriptor).issues && isRotationDueChanged(engine, record, listed, now)) ||
    isPastItsEnd(engine, record, listed, now) ||
    isStrange(engine, record, listed, now)
  );
}

/**
 * Ledger and secret: an order that is known to one alone, a value of somebody else, anything that
 * was written into the ledger.
 */
export function differs({ vendor }: Engine, record: KeyRecord, secret: SecretState): boolean {
  const { versions } = secret;
  return (
    (destroyIn(versions) !== undefined && record.unfinished === undefined) ||
    Object.keys(compare(record, secret, vendor.descriptor)).length > 0 ||
    (isRevoked(versions) && record.revocation === undefined) ||
    stopOf(versions)?.id !== record.stopped?.id
  );
}

/** The vendor knows no expiry, and the key has reached the one that was declared. */
export function isPastItsEnd(
  engine: Engine,
  { current }: KeyRecord,
  listed: readonly VendorKey[],
  now: number,
): boolean {
  const { vendor } = engine;
  if (!strategyOf(engine.vendor.descriptor).issues) return false;
  if (vendor.descriptor.enforcement.expiry === "key" || current === undefined || current.expiresAt > now) return false;
  return listed.some((k) => k.id === current.keyId && isLive(k, now));
}

/** The vendor's list does not fit the record. */
export function isStrange(engine: Engine, record: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  if (!strategyOf(engine.vendor.descriptor).issues) return false;
  return looksDeleted(record, listed, now) || listed.some((k) => isOrphan(engine, record, k, now));
}

export function isOrphan(engine: Engine, record: KeyRecord, found: VendorKey, now: number): boolean {
  return found.createdAt + GRACE_SECONDS <= now && isLive(found, now) && isForeign(engine, record, found);
}
