import { noRoom } from "../../model/errors";
import { secretName } from "../../model/names";
import { isoTime } from "../../model/units";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { endVendorKey } from "../vendor-keys/end-vendor-key";
import { isLive, isOfKey } from "../vendor-keys/ownership";
import { protectedKeys } from "../vendor-keys/protected";
import { abandon } from "./abandon";

/**
 * Before a mint, where a vendor lets a declared key have only so many vendor keys: what is due
 * gives way, in an emergency what is doomed and not in use, and at last what was minted for another
 * token and is not in use yet. What still has its overlap stays, and then there is no room. Answers
 * the ids that must live on.
 */
export async function freeQuota(session: KeySession, token: string): Promise<readonly string[]> {
  const { vendorKeysMax } = session.engine.vendor.descriptor;
  if (vendorKeysMax === undefined) return [];
  const inService = await serving(session);
  await revokeSuperseded(session, inService);
  let live = await needed(session, inService);
  if (live.length < vendorKeysMax) return live;
  for (const entry of session.record.pending) {
    if (entry.token === token || inService.has(entry.keyId)) continue;
    await abandon(session, entry.token, entry.keyId);
  }
  live = await needed(session, inService);
  if (live.length < vendorKeysMax) return live;
  const { engine, key, record } = session;
  const ends = record.superseded.map((k) => k.revokeAfter);
  const free = ends.length === 0 ? undefined : isoTime(Math.min(...ends));
  throw noRoom(key, secretName(engine.prefix, key), engine.vendor.descriptor.displayName, vendorKeysMax, free);
}

/** Ids of what programs may be using, or somebody wants kept. */
async function serving(session: KeySession): Promise<ReadonlySet<string | undefined>> {
  const { inUse, retained, overlapping } = await protectedKeys(session);
  const current = session.record.current?.keyId;
  const doomed = current !== undefined && session.record.revocation?.keyIds.includes(current) === true;
  return new Set([inUse, overlapping, ...(doomed ? [] : [current]), ...retained]);
}

async function revokeSuperseded(session: KeySession, inService: ReadonlySet<string | undefined>): Promise<void> {
  const { engine, record } = session;
  const now = nowSeconds(engine.clock);
  const doomed = new Set(record.revocation?.keyIds);
  const over = record.superseded
    .filter((k) => k.revokeAfter <= now || k.expiresAt <= now || doomed.has(k.keyId))
    .map((k) => k.keyId);
  const current = record.current?.keyId;
  if (current !== undefined && doomed.has(current)) over.push(current);
  for (const keyId of over) {
    if (inService.has(keyId)) continue;
    session.checkTime();
    const ending = await endVendorKey(session, keyId);
    if (ending === "manual" || ending === "unconfirmed" || ending === "not_ours") continue;
    await session.save({ superseded: session.record.superseded.filter((k) => k.keyId !== keyId) });
  }
}

/** Ids of those that live and are not to be lost. */
async function needed(session: KeySession, inService: ReadonlySet<string | undefined>): Promise<string[]> {
  const { engine, record } = session;
  const now = nowSeconds(engine.clock);
  const ids = new Set([...inService, ...[...record.superseded, ...record.pending].map((k) => k.keyId)]);
  const listed = await engine.vendor.list({ signal: engine.deadline.signal });
  return listed.filter((k) => ids.has(k.id) && isOfKey(engine, record, k) && isLive(k, now)).map(({ id }) => id);
}
