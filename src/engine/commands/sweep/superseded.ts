import { INCIDENTS } from "../../../model/incidents";
import type { SupersededKey } from "../../../model/key-record";
import type { VendorKey } from "../../../vendors/vendor";
import { DISABLED_SECONDS } from "../../issuance/overlaps";
import type { KeySession } from "../../key-session";
import { endVendorKey, showVendorKey } from "../../vendor-keys/end-vendor-key";
import { protectedKeys } from "../../vendor-keys/protected";

export async function revokeDue(session: KeySession, listed: readonly VendorKey[], now: number): Promise<number> {
  const { engine, key } = session;
  const due = session.record.superseded.filter((k) => k.revokeAfter <= now);
  if (due.length === 0) {
    await session.resolve(INCIDENTS.notShownOurs);
    return 0;
  }
  const { inUse, retained, overlapping } = await protectedKeys(session);
  let revoked = 0;
  let strange = 0;
  let leftToPeople = 0;
  for (const entry of due) {
    const { keyId } = entry;
    session.checkTime();
    if (retained.has(keyId)) {
      engine.telemetry.info("superseded vendor key is due, and retained; left alone", { key, keyId });
      continue;
    }
    if (keyId !== session.record.current?.keyId) {
      if (keyId === inUse) {
        engine.telemetry.warn("superseded vendor key is AWSCURRENT again; left alone until an apply", { key, keyId });
        continue;
      }
      if (keyId === overlapping) {
        engine.telemetry.warn("superseded vendor key has its overlap by the secret's times; left alone", {
          key,
          keyId,
        });
        continue;
      }
      if (await disabled(session, entry, listed, now)) continue;
      const ending = await endVendorKey(session, keyId, listed);
      if (ending === "not_ours") {
        strange += 1;
        continue;
      }
      if (ending === "manual" || ending === "unconfirmed") {
        leftToPeople += 1;
        continue;
      }
      engine.effects.note(key, `superseded vendor key revoked: ${keyId}`);
      engine.telemetry.info("superseded vendor key revoked", { key, keyId });
      revoked += 1;
    }
    await session.save({ superseded: session.record.superseded.filter((k) => k.keyId !== keyId) });
  }
  // It is told of until a person has deleted them.
  if (leftToPeople > 0) await session.open(INCIDENTS.revokeManually);
  else await session.resolve(INCIDENTS.revokeManually);
  if (strange === 0) await session.resolve(INCIDENTS.notShownOurs);
  return revoked;
}

/**
 * Where the vendor can stop a key for the time being, that comes first: whoever still needs it has
 * a day to say so.
 */
async function disabled(
  session: KeySession,
  entry: SupersededKey,
  listed: readonly VendorKey[],
  now: number,
): Promise<boolean> {
  const { engine, key } = session;
  if (engine.vendor.disable === undefined || entry.disabled === true) return false;
  if ((await showVendorKey(session, entry.keyId, listed)) !== "ours") return false;
  const outcome = await engine.vendor.disable({ keyId: entry.keyId, signal: engine.deadline.signal });
  if (outcome === "gone") return false;
  engine.effects.note(key, `superseded vendor key disabled: ${entry.keyId}`);
  engine.telemetry.info("superseded vendor key disabled", { key, keyId: entry.keyId });
  const stopped = { ...entry, disabled: true as const, revokeAfter: now + DISABLED_SECONDS };
  await session.save({ superseded: session.record.superseded.map((k) => (k.keyId === entry.keyId ? stopped : k)) });
  return true;
}
