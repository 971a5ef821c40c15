import type { KeyRecord } from "../../../model/key-record";
import { unixSeconds } from "../../../model/units";
import { currentVersion } from "../../../secrets/labels";
import {
  emergencyIn,
  hasStopMark,
  isRevoked,
  isWritten,
  revokedMark,
  type Stop,
  stopOf,
  stoppedMark,
} from "../../integrity/marks";
import { markVersion } from "../../issuance/seal";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { heldBy, payloadOf } from "../../vendor-keys/held";
import { isLive } from "../../vendor-keys/ownership";

export type Revocation = NonNullable<KeyRecord["revocation"]>;

export async function markStop(session: KeySession, versions: SecretState["versions"], stop: Stop): Promise<void> {
  if (hasStopMark(versions)) return;
  await markVersion(session, versions, currentVersion(versions), stoppedMark(stop));
}

/**
 * Whether the secret says so too, where it holds anything: the ledger's word alone ends nothing
 * that is in use.
 */
export function isOrdered(versions: SecretState["versions"], { since }: Revocation): boolean {
  return currentVersion(versions) === undefined || emergencyIn(versions)?.since === since;
}

/**
 * The emergency that is under way: where the secret has one, and the ledger none or another, the
 * secret's.
 */
export function emergencyOf({ revocation }: KeyRecord, versions: SecretState["versions"]): Revocation | undefined {
  const ordered = emergencyIn(versions);
  if (ordered === undefined || ordered.since === revocation?.since) return revocation;
  return { ...ordered, keyIds: [] };
}

/**
 * An apply's part, before it takes anything for the key in use: an order that the ledger has lost,
 * or a part of it, is written down again.
 */
export async function recallRevocation(session: KeySession, versions: SecretState["versions"]): Promise<void> {
  const revocation = emergencyOf(session.record, versions);
  if (revocation === undefined) return;
  const isKnown = revocation === session.record.revocation;
  const superseded = isKnown ? [] : session.record.superseded.map(({ keyId }) => keyId);
  const keyIds = new Set([...revocation.keyIds, ...(await markedKeyIds(session, versions)), ...superseded]);
  if (isKnown && keyIds.size === revocation.keyIds.length) return;
  await session.save({ revocation: { ...revocation, keyIds: [...keyIds] } });
}

/**
 * What an operator stopped does not come back: it may live again, where it was taken for dead
 * because its account was gone. Then it gets a successor, and dies. Answers the versions as they
 * are then.
 */
export async function condemnAgain(
  session: KeySession,
  versions: SecretState["versions"],
): Promise<SecretState["versions"]> {
  const { engine } = session;
  // Where somebody has put another value into use, it is in the version before, and might be put
  // back.
  const candidates = [currentVersion(versions), session.record.current?.versionId];
  const inUse = candidates.find((id) => id !== undefined && isWritten(versions, id));
  // The ledger's word alone condemns nothing.
  const since = stopOf(versions)?.since;
  if (since === undefined || emergencyIn(versions) !== undefined || inUse === undefined) return versions;
  const payload = await payloadOf(session, inUse);
  if (payload === undefined || unixSeconds(payload.issuedAt) > since) return versions;
  const found = await engine.vendor.read({ keyId: payload.keyId, signal: engine.deadline.signal });
  if (found === undefined || !isLive(found, nowSeconds(engine.clock))) return versions;
  return markVersion(session, versions, inUse, revokedMark({ since, successor: true }));
}

/** Vendor keys whose values the controller wrote into the versions that an emergency is for. */
async function markedKeyIds(session: KeySession, versions: SecretState["versions"]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const id of Object.keys(versions).filter((id) => isWritten(versions, id) && isRevoked(versions, id))) {
    const held = await heldBy(session, versions, id);
    if (held !== undefined) ids.add(held.keyId);
  }
  return ids;
}
