import { INCIDENTS } from "../model/incidents";
import { type KeyRecord, type PendingKey, vendorKeyIds } from "../model/key-record";
import { METRICS } from "../model/metrics";
import { keyOfVendorName, secretName, vendorKeyName } from "../model/names";
import { parseSecretPayload } from "../model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../model/units";
import type { VendorKey } from "../vendors/vendor";
import { discard, supersede } from "./issue";
import { resolveForIssuer } from "./issuer-incidents";
import { kept } from "./kept";
import { CURRENT, type Engine, type IssuerIncident, nowSeconds, PENDING } from "./ports";
import { reasonOf } from "./reason";
import { isForeign } from "./reconcile";
import { looksGone, reissueGone } from "./reissue";
import { resumeRevocation } from "./revoke";
import { Workbench, withLease } from "./workbench";

/** No run of a function lasts longer, so what is older belongs to nobody who is still at work. */
const GRACE_SECONDS = SECONDS_PER_HOUR;
/** Secrets Manager has given up on a rotation that is still pending after this long. */
const STUCK_SECONDS = SECONDS_PER_DAY;
/** A listing gone wrong must not take many keys with it; the rest waits for the next sweep. */
export const RECLAIM_MAX = 10;
export const REISSUE_MAX = 10;

export interface SweepResult {
  readonly revoked: number;
  readonly reclaimed: number;
  /** Keys that got a successor because the vendor no longer had theirs. */
  readonly reissued: number;
  readonly failed: number;
}

type Tally = { -readonly [count in keyof SweepResult]: SweepResult[count] };

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
  let touched = false;
  for (const record of records) {
    const orphans = listed.filter((k) => isOrphan(engine, record, k, now));
    if (orphans.length === 0 && !looksGone(record, listed, now) && !hasWork(record, now)) continue;
    touched = true;
    try {
      // Who works on the key may be busy for long; the other keys should not wait for that.
      await withLease(engine, record.key, () => sweepKey(engine, record.key, listed, tally), { waitMillis: 0 });
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

function hasWork(record: KeyRecord, now: number): boolean {
  return (
    record.revocation !== undefined ||
    record.superseded.some((k) => k.revokeAfter <= now) ||
    record.pending.some((p) => p.startedAt + GRACE_SECONDS <= now)
  );
}

function isOrphan(engine: Engine, record: KeyRecord, found: VendorKey, now: number): boolean {
  return (
    found.createdAt + GRACE_SECONDS <= now &&
    (found.expiresAt ?? Number.POSITIVE_INFINITY) > now &&
    isForeign(engine, record, found)
  );
}

async function sweepKey(engine: Engine, key: string, listed: readonly VendorKey[], tally: Tally): Promise<void> {
  // Read again: the list of the sweep's start may be older than the lease.
  const record = await engine.ledger.get(key);
  if (record === undefined) return;
  const bench = new Workbench(engine, record);
  const now = nowSeconds(engine.clock);
  if (record.revocation !== undefined) {
    await resumeRevocation(bench, record.revocation);
    return;
  }
  // By the record as it was: what is revoked below leaves the record, and stays in the list.
  const orphans = listed.filter((k) => isOrphan(engine, record, k, now));
  tally.revoked += await revokeDue(bench, now);
  for (const entry of record.pending) {
    if (entry.startedAt + GRACE_SECONDS <= now) await settlePending(bench, entry, listed, now);
  }
  if (looksGone(bench.record, listed, now)) {
    if (tally.reissued >= REISSUE_MAX) {
      engine.telemetry.warn("more keys are gone than one sweep issues again; the rest waits", {
        key,
        limit: REISSUE_MAX,
      });
    } else if (await reissueGone(bench, now)) tally.reissued += 1;
  }
  if (orphans.length === 0) return;
  const { inUse, retained } = await kept(bench);
  if (inUse !== undefined && inUse !== bench.record.current?.keyId) {
    // A rebuild that was cut off, or a table from a backup: such a record does not know whom it accounts for.
    engine.telemetry.warn("AWSCURRENT is not what the ledger says; nothing is reclaimed until an apply", { key });
    return;
  }
  for (const orphan of orphans) {
    if (retained.has(orphan.id)) continue;
    if (tally.reclaimed >= RECLAIM_MAX) {
      engine.telemetry.warn("more orphans than one sweep reclaims; the rest waits", { key, limit: RECLAIM_MAX });
      break;
    }
    await engine.vendor.revoke({ keyId: orphan.id, signal: engine.deadline.signal });
    tally.reclaimed += 1;
    engine.telemetry.warn("orphan reclaimed", { key, keyId: orphan.id });
  }
}

async function revokeDue(bench: Workbench, now: number): Promise<number> {
  const { engine, key } = bench;
  const due = bench.record.superseded.filter((k) => k.revokeAfter <= now);
  if (due.length === 0) return 0;
  const { inUse, retained } = await kept(bench);
  let revoked = 0;
  for (const { keyId } of due) {
    bench.checkTime();
    if (retained.has(keyId)) {
      engine.telemetry.info("superseded vendor key is due, and retained; left alone", { key, keyId });
      continue;
    }
    if (keyId !== bench.record.current?.keyId) {
      if (keyId === inUse) {
        engine.telemetry.warn("superseded vendor key is AWSCURRENT again; left alone until an apply", { key, keyId });
        continue;
      }
      await engine.vendor.revoke({ keyId, signal: engine.deadline.signal });
      engine.telemetry.info("superseded vendor key revoked", { key, keyId });
      revoked += 1;
    }
    await bench.save({ superseded: bench.record.superseded.filter((k) => k.keyId !== keyId) });
  }
  return revoked;
}

/** What became of a token that nobody has worked on for the grace period. */
async function settlePending(
  bench: Workbench,
  entry: PendingKey,
  listed: readonly VendorKey[],
  now: number,
): Promise<void> {
  const { engine, key, record } = bench;
  const name = secretName(engine.prefix, key);
  const labels = (await engine.secrets.describe(name))?.versions[entry.token] ?? [];
  if (labels.includes(CURRENT)) {
    // The run ended between moving the label and writing it down.
    const payload = parseSecretPayload((await engine.secrets.value(name, entry.token)) ?? "");
    if (payload !== undefined)
      await supersede(bench, entry.token, payload, record.policy?.lifetime.overlapSeconds ?? 0);
    return;
  }
  if (labels.includes(PENDING) && entry.startedAt + STUCK_SECONDS > now) {
    if (entry.keyId === undefined) await clearIntent(bench, entry, listed);
    return;
  }
  const incident = entry.origin === "rotation" ? INCIDENTS.abandonedRotation : undefined;
  if (incident !== undefined) await bench.open(incident);
  await reclaimListed(bench, entry, listed);
  await discard(bench, entry.token, entry.keyId);
  await bench.resolve(INCIDENTS.abandonedRotation, INCIDENTS.lostMint);
  engine.telemetry.warn("abandoned rotation cleared", { key, token: entry.token });
}

/** Secrets Manager may still come back to the token. With nothing lost under its name it starts anew, and need not search. */
async function clearIntent(bench: Workbench, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = bench;
  if ((await engine.secrets.value(secretName(engine.prefix, key), entry.token)) !== undefined) return;
  await reclaimListed(bench, entry, listed);
  await bench.save({
    pending: bench.record.pending.filter((p) => p.token !== entry.token),
    ...bench.resolving(INCIDENTS.lostMint),
  });
}

/** Revokes what was minted for the token, and is not the key that is known for it. */
async function reclaimListed(bench: Workbench, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = bench;
  const lost = vendorKeyName(engine.deployment, key, entry.token);
  for (const found of listed) {
    if (found.name !== lost || found.id === entry.keyId) continue;
    await bench.open(INCIDENTS.lostMint);
    await engine.vendor.revoke({ keyId: found.id, signal: engine.deadline.signal });
    engine.telemetry.warn("lost mint reclaimed", { key, keyId: found.id });
  }
}

function report(
  engine: Engine,
  records: readonly KeyRecord[],
  listed: readonly VendorKey[],
  tally: SweepResult,
  now: number,
): void {
  const { telemetry } = engine;
  for (const { key, current, policy, stopped } of records) {
    if (stopped !== undefined) continue;
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
