import type { KeyPolicy } from "../../../model/key-policy";
import type { VendorKey } from "../../../vendors/vendor";
import type { KeySession } from "../../key-session";
import { nowSeconds } from "../../ports";
import { endVendorKey, showVendorKey } from "../../vendor-keys/end-vendor-key";
import { shownOwner } from "../../vendor-keys/owner";
import { isForeign, isLive } from "../../vendor-keys/ownership";
import { protectedKeys } from "../../vendor-keys/protected";

/**
 * Vendor keys that the ledger would have revoked, and that nothing shows to be the key's, are no
 * concern of it.
 */
export async function forgetStrangers(session: KeySession): Promise<string[]> {
  const changes: string[] = [];
  const doomed = [...session.record.superseded.map(({ keyId }) => keyId), ...(session.record.revocation?.keyIds ?? [])];
  for (const keyId of new Set(doomed)) {
    if ((await showVendorKey(session, keyId)) !== "not_ours") continue;
    const { superseded, revocation } = session.record;
    await session.save({
      superseded: superseded.filter((k) => k.keyId !== keyId),
      ...(revocation === undefined
        ? {}
        : { revocation: { ...revocation, keyIds: revocation.keyIds.filter((id) => id !== keyId) } }),
    });
    changes.push(`forgot vendor key ${keyId}, which nothing but the ledger called this key's`);
  }
  return changes;
}

/**
 * By the secret it has its overlap, and the ledger does not know it: programs may still have its
 * value.
 */
async function accountFor(session: KeySession, { id, expiresAt }: VendorKey, revokeAfter: number): Promise<void> {
  const entry = { keyId: id, revokeAfter, expiresAt: expiresAt ?? revokeAfter };
  await session.save({ superseded: [...session.record.superseded.filter((k) => k.keyId !== id), entry] });
}

export async function revokeForeign(
  session: KeySession,
  { lifetime: { overlapSeconds } }: KeyPolicy,
): Promise<string[]> {
  const { engine, key } = session;
  const { signal } = engine.deadline;
  const now = nowSeconds(engine.clock);
  const changes: string[] = [];
  await shownOwner(session);
  const listed = await engine.vendor.list({ signal });
  const foreign = listed.filter((found) => isForeign(engine, session.record, found) && isLive(found, now));
  if (foreign.length === 0) return changes;
  // A ledger from a backup does not know the key in use: that one gives way to a new one first.
  const { inUse, retained, overlapping } = await protectedKeys(session);
  for (const found of foreign) {
    if (found.id === inUse || retained.has(found.id)) continue;
    if (found.id === overlapping) {
      await accountFor(session, found, now + overlapSeconds);
      continue;
    }
    if ((await endVendorKey(session, found.id, listed)) === "not_ours") continue;
    engine.effects.note(key, `foreign vendor key revoked: ${found.id}`);
    engine.telemetry.warn("foreign vendor key revoked", { key, keyId: found.id });
    changes.push(`revoked vendor key ${found.id}, which nobody declared`);
  }
  return changes;
}
