import { noRoom } from "../model/errors";
import { secretName } from "../model/names";
import { isoTime } from "../model/units";
import { kept } from "./kept";
import { nowSeconds } from "./ports";
import { isLive, isOfKey } from "./vendor-keys";
import type { Workbench } from "./workbench";

/**
 * Before a mint, where a vendor lets a declared key have only so many vendor keys: what is due gives way, and in an emergency what is
 * doomed and not in use. What still has its overlap stays, and then there is no room. Answers the ids that must live on.
 */
export async function makeRoom(bench: Workbench): Promise<readonly string[]> {
  const { engine, key } = bench;
  const { vendorKeysMax, displayName } = engine.vendor.descriptor;
  if (vendorKeysMax === undefined) return [];
  const { signal } = engine.deadline;
  const now = nowSeconds(engine.clock);
  const { inUse, retained } = await kept(bench);
  const inService = new Set([inUse, bench.record.current?.keyId, ...retained]);
  const doomed = new Set(bench.record.revocation?.keyIds);
  for (const { keyId, revokeAfter } of bench.record.superseded) {
    if (inService.has(keyId) || (revokeAfter > now && !doomed.has(keyId))) continue;
    bench.checkTime();
    await engine.vendor.revoke({ keyId, signal });
    await bench.save({ superseded: bench.record.superseded.filter((k) => k.keyId !== keyId) });
  }
  const known = [...bench.record.superseded, ...bench.record.pending].map((k) => k.keyId);
  const needed = new Set([...inService, ...known].filter((keyId) => keyId !== undefined));
  const live = (await engine.vendor.list({ signal })).filter(
    (found) => isOfKey(engine, bench.record, found) && isLive(found, now) && needed.has(found.id),
  );
  if (live.length < vendorKeysMax) return live.map(({ id }) => id);
  const ends = bench.record.superseded.map((k) => k.revokeAfter);
  const free = ends.length === 0 ? undefined : isoTime(Math.min(...ends));
  throw noRoom(key, secretName(engine.prefix, key), displayName, vendorKeysMax, free);
}
