import { INCIDENTS } from "../model/incidents";
import { type KeyRecord, vendorKeyIds } from "../model/key-record";
import { METRICS } from "../model/metrics";
import { keyOfVendorName } from "../model/names";
import { SECONDS_PER_DAY } from "../model/units";
import type { VendorKey } from "../vendors/vendor";
import { resolveForIssuer } from "./issuer-incidents";
import { withLease } from "./lease";
import { type Engine, type IssuerIncident, nowSeconds } from "./ports";
import { reasonOf } from "./reason";
import { type Budget, needsSweep, REISSUE_MAX, type SweepResult, sweepKey, type Tally } from "./sweep-key";

/**
 * The scheduled run: revokes what is due, reclaims what belongs to nobody, reports days until expiry. It touches only vendor keys
 * of keys that the ledger knows: with a lost ledger it revokes nothing.
 */
export async function sweep(engine: Engine): Promise<SweepResult> {
  const records = await engine.ledger.list();
  const now = nowSeconds(engine.clock);
  const ofIssuer = await engine.ledger.incidents();
  const listed = records.length === 0 && ofIssuer.length === 0 ? [] : await listVendorKeys(engine, records, ofIssuer);
  await resolveForIssuer(engine, ofIssuer, INCIDENTS.adminKeyRefused);
  const tally: Tally = { revoked: 0, reclaimed: 0, reissued: 0, failed: 0 };
  const budget: Budget = { reissues: REISSUE_MAX };
  let touched = false;
  for (const record of records) {
    if (!needsSweep(engine, record, listed, now)) continue;
    touched = true;
    try {
      // Who works on the key may be busy for long; the other keys should not wait for that.
      await withLease(engine, record.key, () => sweepKey(engine, record.key, listed, tally, budget), { waitMillis: 0 });
    } catch (error) {
      tally.failed += 1;
      engine.telemetry.error("sweep of a key failed; the next sweep tries again", {
        key: record.key,
        reason: reasonOf(error),
      });
    }
  }
  report(engine, touched ? await engine.ledger.list() : records, listed, tally, now);
  return tally;
}

/** A sweep that ends here has counted what is open all the same. */
async function listVendorKeys(
  engine: Engine,
  records: readonly KeyRecord[],
  ofIssuer: readonly IssuerIncident[],
): Promise<VendorKey[]> {
  try {
    return await engine.vendor.list({ signal: engine.deadline.signal });
  } catch (error) {
    countIncidents(engine, records, ofIssuer);
    throw error;
  }
}

function countIncidents(
  { telemetry }: Engine,
  records: readonly KeyRecord[],
  ofIssuer: readonly IssuerIncident[] = [],
): void {
  const ofKeys = records.flatMap(({ incidents = [] }) => incidents);
  telemetry.metric(METRICS.openIncidents, ofKeys.length + ofIssuer.length);
}

function report(
  engine: Engine,
  records: readonly KeyRecord[],
  listed: readonly VendorKey[],
  tally: SweepResult,
  now: number,
): void {
  const { telemetry } = engine;
  for (const { key, current, policy, stopped, unfinished } of records) {
    if (stopped !== undefined || unfinished?.action === "destroy") continue;
    // A key without rotation is meant to end: it has no alarm.
    if (current === undefined || policy?.lifetime.rotateEverySeconds === undefined) continue;
    telemetry.metric(METRICS.daysUntilExpiry, (current.expiresAt - now) / SECONDS_PER_DAY, key);
  }
  const declared = new Set(records.map((r) => r.key));
  const known = new Set(records.flatMap((r) => [...vendorKeyIds(r)]));
  for (const found of listed) {
    const key = keyOfVendorName(engine.deployment, found.name);
    if (key !== undefined && !declared.has(key)) {
      telemetry.warn("a vendor key has this issuer's prefix, and no declared key; left alone", { keyId: found.id });
    }
  }
  telemetry.metric(
    METRICS.liveVendorKeys,
    listed.filter((k) => known.has(k.id) && (k.expiresAt ?? now + 1) > now).length,
  );
  telemetry.metric(METRICS.orphansReclaimed, tally.reclaimed);
  countIncidents(engine, records);
  if (tally.failed === 0) telemetry.metric(METRICS.sweepCompleted, 1);
  telemetry.info("sweep ended", { ...tally, keys: records.length });
}
