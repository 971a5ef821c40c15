import type { KeyRecord } from "../../model/key-record";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import { currentVersion, isUnissued } from "../../secrets/labels";
import type { SecretState } from "../ports";
import { strategyOf } from "../strategies";
import type { Strategy } from "../strategies/strategy";
import { destroyIn, holds, isApplied, isMarked, isWritten, ownerMark, policyMarks, stopOf } from "./marks";

/**
 * Ledger and secret side by side, where both speak of the same. The marks are the truth: who writes
 * into the ledger cannot set them.
 */
export interface Comparison {
  /** Version in use that somebody else wrote, in the place of one of ours. */
  readonly edited?: string;
  /** The version in use is the controller's, and the ledger knows another, or none. */
  readonly elsewhere?: true;
  /**
   * The version in use is the controller's, and of later than what the ledger knows; by the
   * version's value, or the vendor's list.
   */
  readonly stale?: true;
  /** What the ledger says of the key in use is not what was put into use. */
  readonly current?: true;
  /** The ledger's policy is not what an apply was for. */
  readonly policy?: true;
  /** The ledger's account is not the one that the vendor named. */
  readonly owner?: true;
  /** An apply that the ledger knows nothing of did not end. */
  readonly leftover?: true;
  /** Orders of the ledger that nobody gave, in words. */
  readonly orders?: readonly string[];
}

export function compare(
  record: KeyRecord,
  secret: SecretState,
  descriptor: Pick<VendorDescriptor, "strategy">,
): Comparison {
  const { versions } = secret;
  const current = currentVersion(versions);
  if (current === undefined) return {};
  const ours = Object.keys(versions).some((id) => isWritten(versions, id));
  const { policy, ownerId, unfinished } = record;
  const orders = isWritten(versions, current) ? forgedOrders(record, versions) : [];
  return {
    ...(isUnissued(versions) && record.current === undefined
      ? {}
      : inUse(record, secret, current, strategyOf(descriptor))),
    ...((policy === undefined ? isPolicyLost(record) : !isApplied(secret, policy)) && ours ? { policy: true } : {}),
    ...(orders.length > 0 ? { orders } : {}),
    ...(ownerId !== undefined && isWritten(versions, current) && !isMarked(versions, ownerMark(ownerId))
      ? { owner: true }
      : {}),
    ...(policyMarks(versions).length > 1 && unfinished === undefined ? { leftover: true } : {}),
  };
}

/** An apply that has ended leaves both. */
function isPolicyLost({ current, unfinished }: KeyRecord): boolean {
  return current !== undefined && unfinished === undefined;
}

/**
 * Each order is put on the secret before it is written down, wherever there is a value to bear it.
 */
function forgedOrders({ stopped, unfinished }: KeyRecord, versions: SecretState["versions"]): string[] {
  const isStopOrdered = stopOf(versions) !== undefined;
  const destroy = destroyIn(versions);
  const isDestroyOrdered = destroy !== undefined && (destroy.done || unfinished?.revoked === undefined);
  return [
    ...(stopped !== undefined && !isStopOrdered ? ["it has a stop that nobody ordered"] : []),
    ...(unfinished?.action === "destroy" && !isDestroyOrdered ? ["it has a destroy that nobody began or ended"] : []),
  ];
}

function inUse(
  record: KeyRecord,
  { versions }: SecretState,
  versionId: string,
  { issues, valuesEnd }: Strategy,
): Comparison {
  const { current, pending } = record;
  // A run has moved AWSCURRENT and died before it wrote that down.
  const promoted = pending.find(({ token }) => token === versionId);
  if (!isWritten(versions, versionId)) {
    // The version of the key that was in use has its mark until another one of ours is.
    const ours = Object.keys(versions).some((id) => isWritten(versions, id));
    // An apply has put one into use, and the ledger knows none; what a person handed over may be
    // lost, and waits for another.
    const lost = current === undefined && record.policy !== undefined && issues;
    const wrong = promoted !== undefined || (ours && (lost || (current !== undefined && !holds(versions, current))));
    return {
      ...(current === undefined ? {} : { edited: versionId }),
      ...(wrong ? { current: true } : {}),
    };
  }
  if (promoted !== undefined) {
    const { keyId, issuedAt, expiresAt } = promoted;
    if (keyId === undefined || issuedAt === undefined || expiresAt === undefined) return {};
    return holds(versions, { versionId, keyId, issuedAt, expiresAt }) ? {} : { current: true };
  }
  if (current?.versionId !== versionId) return { elsewhere: true };
  // Elsewhere no value gets an end of its own.
  if (current.valueEndsAt !== undefined && !valuesEnd) return { current: true };
  return holds(versions, current) ? {} : { current: true };
}

const STALE = "it is older than the value in use, as after a restore of its table from a backup";

/** Takes the unknown value in use for one that came after the ledger's. */
export function asStale({ elsewhere: _, ...rest }: Comparison): Comparison {
  return { ...rest, stale: true };
}

/** Whether the ledger is behind, and nothing else is wrong with it. */
export function isMerelyStale(compared: Comparison): boolean {
  return compared.stale === true && tampering(compared).length === 1;
}

/** Why nothing may be minted, or revoked, by the ledger's word; empty where it may. */
export function tampering({ elsewhere, stale, current, policy, orders = [] }: Comparison): string[] {
  return [
    ...(policy ? ["its policy is not the one that was last applied"] : []),
    ...(current ? ["what it says of the vendor key in use is not what was put into use"] : []),
    ...(elsewhere
      ? ["it does not know the value in use: somebody moved AWSCURRENT, or the ledger is older than that value"]
      : []),
    ...(stale ? [STALE] : []),
    ...orders,
  ];
}
