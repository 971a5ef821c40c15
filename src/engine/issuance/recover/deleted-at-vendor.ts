import { INCIDENTS } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { CURRENT } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import type { KeySession } from "../../key-session";
import { isLive } from "../../vendor-keys/ownership";
import { issue } from "../issue";
import { checkApplied } from "./record-check";

/**
 * Whether the vendor's list lacks the key in use, or shows it disabled, before its time. The list
 * alone proves nothing.
 */
export function looksDeleted(record: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  const { current, stopped, unfinished } = record;
  if (current === undefined || stopped !== undefined || unfinished?.action === "destroy") return false;
  if (current.expiresAt <= now) return false;
  const found = listed.find((k) => k.id === current.keyId);
  return found === undefined || !isLive(found, now);
}

/** The key in use is there after all, or is not to be there any more. */
export function isDeletedNoMore(record: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  const { current, stopped, policy } = record;
  const ended = policy?.lifetime.rotateEverySeconds === undefined && (current?.expiresAt ?? 0) <= now;
  return stopped !== undefined || ended || listed.some((k) => k.id === current?.keyId && isLive(k, now));
}

/**
 * A key in use that somebody deleted at the vendor gets a successor at once, where its rotation is
 * on: whoever may rotate it may also do so early. Without rotation it waits for an apply. True
 * where one was issued.
 */
export async function replaceDeleted(session: KeySession, now: number): Promise<boolean> {
  const { engine, key, record } = session;
  const { current, policy } = record;
  if (current === undefined || policy === undefined) return false;
  const found = await engine.vendor.read({ keyId: current.keyId, signal: engine.deadline.signal });
  if (found !== undefined && isLive(found, now)) return false;
  await session.open(INCIDENTS.keyGone);
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  // A value that somebody put there, or a rotation that is switched off, is theirs to settle: the
  // plan shows it.
  if (secret?.versions[current.versionId]?.includes(CURRENT) !== true || !secret.rotationEnabled) return false;
  await checkApplied(session, policy, secret);
  await issue(session, policy, current.versionId);
  engine.telemetry.warn("vendor key was gone at the vendor; a successor is in use", { key, keyId: current.keyId });
  return true;
}
