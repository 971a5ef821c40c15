import { noRoom } from "../../model/errors";
import { secretName } from "../../model/names";
import { isoTime } from "../../model/units";
import type { Workbench } from "../key-session";
import { nowSeconds } from "../ports";
import { endVendorKey } from "../vendor-keys/end-vendor-key";
import { isLive, isOfKey } from "../vendor-keys/ownership";
import { kept } from "../vendor-keys/protected";
import { discard } from "./abandon";

/**
 * Before a mint, where a vendor lets a declared key have only so many vendor keys: what is due gives way, in an emergency what is doomed and
 * not in use, and at last what was minted for another token and is not in use yet. What still has its overlap stays, and then there is no
 * room. Answers the ids that must live on.
 */
export async function makeRoom(bench: Workbench, token: string): Promise<readonly string[]> {
  const { vendorKeysMax } = bench.engine.vendor.descriptor;
  if (vendorKeysMax === undefined) return [];
  const inService = await serving(bench);
  await revokeSuperseded(bench, inService);
  let live = await needed(bench, inService);
  if (live.length < vendorKeysMax) return live;
  for (const entry of bench.record.pending) {
    if (entry.token === token || inService.has(entry.keyId)) continue;
    await discard(bench, entry.token, entry.keyId);
  }
  live = await needed(bench, inService);
  if (live.length < vendorKeysMax) return live;
  const { engine, key, record } = bench;
  const ends = record.superseded.map((k) => k.revokeAfter);
  const free = ends.length === 0 ? undefined : isoTime(Math.min(...ends));
  throw noRoom(key, secretName(engine.prefix, key), engine.vendor.descriptor.displayName, vendorKeysMax, free);
}

/** Ids of what programs may be using, or somebody wants kept. */
async function serving(bench: Workbench): Promise<ReadonlySet<string | undefined>> {
  const { inUse, retained, overlapping } = await kept(bench);
  const current = bench.record.current?.keyId;
  const doomed = current !== undefined && bench.record.revocation?.keyIds.includes(current) === true;
  return new Set([inUse, overlapping, ...(doomed ? [] : [current]), ...retained]);
}

async function revokeSuperseded(bench: Workbench, inService: ReadonlySet<string | undefined>): Promise<void> {
  const { engine, record } = bench;
  const now = nowSeconds(engine.clock);
  const doomed = new Set(record.revocation?.keyIds);
  const over = record.superseded
    .filter((k) => k.revokeAfter <= now || k.expiresAt <= now || doomed.has(k.keyId))
    .map((k) => k.keyId);
  const current = record.current?.keyId;
  if (current !== undefined && doomed.has(current)) over.push(current);
  for (const keyId of over) {
    if (inService.has(keyId)) continue;
    bench.checkTime();
    const ending = await endVendorKey(bench, keyId);
    if (ending === "by_hand" || ending === "unconfirmed" || ending === "not_ours") continue;
    await bench.save({ superseded: bench.record.superseded.filter((k) => k.keyId !== keyId) });
  }
}

/** Ids of those that live and are not to be lost. */
async function needed(bench: Workbench, inService: ReadonlySet<string | undefined>): Promise<string[]> {
  const { engine, record } = bench;
  const now = nowSeconds(engine.clock);
  const ids = new Set([...inService, ...[...record.superseded, ...record.pending].map((k) => k.keyId)]);
  const listed = await engine.vendor.list({ signal: engine.deadline.signal });
  return listed.filter((k) => ids.has(k.id) && isOfKey(engine, record, k) && isLive(k, now)).map(({ id }) => id);
}
