import { INCIDENTS } from "../../model/incidents";
import type { KeyPolicy } from "../../model/key-policy";
import type { KeyRecord, PendingKey } from "../../model/key-record";
import { secretName } from "../../model/names";
import { SECONDS_PER_HOUR } from "../../model/units";
import { VendorError, type VendorErrorKind } from "../../model/vendor-error";
import { currentVersion } from "../../secrets/labels";
import type { MintedKey } from "../../vendors/vendor";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { protectedKeys } from "../vendor-keys/protected";

/**
 * Rotation in place: the vendor key gets a new value, and its old one works on for a grace period
 * that cannot be changed any more. So from the call on the key in use has an end, whatever becomes
 * of the new value; the ledger knows it before the vendor does. Where the new value is lost or
 * fails, a second vendor key takes over within the grace.
 */

/**
 * Beyond the overlap: time for a rotation's retries, and for the sweep, which comes every hour at
 * least and waits an hour for them, to put another vendor key into use.
 */
export const RESERVE_SECONDS = 3 * SECONDS_PER_HOUR;

interface InPlaceRequest {
  readonly policy: KeyPolicy;
  readonly origin: PendingKey["origin"];
}

/** How long the old value is to work on; undefined where a second vendor key is the better way. */
export async function inPlaceGrace(
  session: KeySession,
  { policy, origin }: InPlaceRequest,
): Promise<number | undefined> {
  const { engine, key, record } = session;
  const { current, revocation } = record;
  const { grace } = engine.vendor.descriptor;
  if (engine.vendor.rotate === undefined || grace === undefined) return undefined;
  // All else issues because something is wrong with the vendor key.
  if (origin !== "rotation" || current === undefined || revocation !== undefined) return undefined;
  if (current.valueEndsAt !== undefined || current.expiresAt <= nowSeconds(engine.clock)) return undefined;
  const graceSeconds = Math.max(grace.minSeconds, policy.lifetime.overlapSeconds + RESERVE_SECONDS);
  if (graceSeconds > grace.maxSeconds) return undefined;
  const { inUse, retained } = await protectedKeys(session);
  if (inUse !== current.keyId || retained.has(current.keyId)) return undefined;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  return currentVersion(versions) === current.versionId ? graceSeconds : undefined;
}

/** For the `save` that records the intent. */
export function valueEnds({ current }: KeyRecord, valueEndsAt: number): Pick<KeyRecord, "current"> {
  return current === undefined ? {} : { current: { ...current, valueEndsAt } };
}

/** Failures after which the old value has no end. */
const NOTHING_ROTATED: ReadonlySet<VendorErrorKind> = new Set([
  "queue_timeout",
  "throttled",
  "admin_refused",
  "invalid",
  "not_found",
  "conflict",
]);

/**
 * Undefined where the vendor says for certain that it did nothing, and a second vendor key may do.
 */
export async function rotateInPlace(
  session: KeySession,
  token: string,
  graceSeconds: number,
  policy: KeyPolicy,
): Promise<MintedKey | undefined> {
  const { engine } = session;
  const { current } = session.record;
  if (current === undefined || engine.vendor.rotate === undefined) return undefined;
  session.checkTime();
  try {
    return await engine.vendor.rotate({
      keyId: current.keyId,
      graceSeconds,
      expiresInSeconds: policy.lifetime.expirySeconds,
      signal: engine.deadline.signal,
    });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    if (NOTHING_ROTATED.has(error.kind)) {
      const { valueEndsAt: _, ...endless } = current;
      if (error.kind !== "not_found" && error.kind !== "conflict") {
        await session.saveReason({ current: endless, pending: session.withoutPending(token) });
        throw error;
      }
      await session.save({ current: endless });
      return undefined;
    }
    // It may have happened all the same: nobody knows the new value, and the old one has an end.
    if (error.kind === "unavailable") await session.saveReason(session.opening(INCIDENTS.lostMint));
    throw error;
  }
}
