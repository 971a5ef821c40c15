import { retainedKeys } from "../model/errors";
import type { DeleteEvent, ReconcileResult } from "../model/events";
import { INCIDENTS } from "../model/incidents";
import { newKeyRecord, vendorKeyIds } from "../model/key-record";
import { ownerName, secretName } from "../model/names";
import { kept } from "./kept";
import { withLease } from "./lease";
import { type Engine, nowSeconds } from "./ports";
import { reasonOf } from "./reason";
import { isLive, isOfKey } from "./vendor-keys";
import { Workbench } from "./workbench";

const OTHER_OWNERS_MAX = 5;

/**
 * Revokes everything of a key; Terraform calls it on destroy. The list comes first: where it succeeds, the admin key and the
 * project are right, and a 404 that follows means that a vendor key is gone. Throws where anything may still be live.
 */
export async function retire(engine: Engine, event: DeleteEvent): Promise<ReconcileResult> {
  const { key } = event;
  return withLease(engine, key, async () => {
    const stored = await engine.ledger.get(key);
    const bench = new Workbench(engine, stored ?? newKeyRecord(key));
    const began = { action: "destroy", since: nowSeconds(engine.clock) } as const;
    await bench.save({ unfinished: { ...began, reason: "it was cut off" } });
    try {
      const changes = await revokeAll(bench);
      // Told before the record that remembers them goes.
      bench.resolving(...Object.values(INCIDENTS));
      await engine.ledger.remove(key);
      engine.telemetry.info("retired", { key, changes });
      return done(key, changes);
    } catch (error) {
      await bench.saveReason({
        unfinished: { ...began, reason: reasonOf(error) },
        ...bench.opening(INCIDENTS.unfinishedDestroy),
      });
      throw error;
    }
  });
}

async function revokeAll(bench: Workbench): Promise<string[]> {
  const { engine, key, record } = bench;
  const { signal } = engine.deadline;
  const name = ownerName(engine.deployment, key);
  const listed = await engine.vendor.list({ signal });
  const ids = vendorKeyIds(record);
  for (const found of listed) if (isOfKey(engine, record, found)) ids.add(found.id);
  const { retained } = await kept(bench);
  const now = nowSeconds(engine.clock);
  const marked = listed.filter((k) => retained.has(k.id) && isLive(k, now)).map(({ id }) => id);
  if (marked.length > 0) throw retainedKeys(key, secretName(engine.prefix, key), marked);
  const changes: string[] = [];
  for (const keyId of ids) {
    if ((await engine.vendor.revoke({ keyId, signal })) === "revoked") changes.push(`revoked vendor key ${keyId}`);
  }
  if (record.ownerId !== undefined) await engine.vendor.deleteOwner({ ownerId: record.ownerId, signal });
  // Accounts of that name that the ledger knows nothing of: made by a run whose record was lost.
  for (let others = 0; others < OTHER_OWNERS_MAX; others += 1) {
    const ownerId = await engine.vendor.findOwner({ name, signal });
    if (ownerId === undefined) break;
    await engine.vendor.deleteOwner({ ownerId, signal });
  }
  return changes;
}

function done(key: string, changes: readonly string[]): ReconcileResult {
  return { key, policy: "", repair: "", changes };
}
