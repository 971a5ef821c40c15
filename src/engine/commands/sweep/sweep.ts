import { INCIDENTS } from "../../../model/incidents";
import { type KeyRecord, vendorKeyIds } from "../../../model/key-record";
import { mapConcurrent } from "../../../model/map-concurrent";
import { METRICS } from "../../../model/metrics";
import { keyOfVendorName } from "../../../model/names";
import { SECONDS_PER_DAY } from "../../../model/units";
import { VendorError } from "../../../model/vendor-error";
import type { VendorKey } from "../../../vendors/vendor";
import { errorSummary } from "../../error-summary";
import { resolveForIssuer } from "../../incidents";
import { isRotationMissed } from "../../issuance/recover/missed-rotation";
import { withLease } from "../../middleware/lease";
import {
  type Engine,
  type IssuerIncident,
  type LedgerList,
  nowSeconds,
  type SecretState,
  type Telemetry,
} from "../../ports";
import { type Reading, readSecrets } from "../../reading";
import { isLive } from "../../vendor-keys/ownership";
import { VendorKeyIndex } from "../../vendor-keys/vendor-key-index";
import { isShownGone, isStillGone, lacksAll } from "./account-watch";
import { isStrange, needsSweep } from "./needs-sweep";
import { lookAtSecret, needsLook, sweepKey } from "./sweep-key";
import { REISSUE_MAX, type SweepResult, type SweepRun, type Tally } from "./sweep-run";

/**
 * A new vendor key may take some seconds until the vendor knows it; meanwhile the next one is
 * minted. Turns keep the pace.
 */
const OVERDUE_AT_ONCE = 3;
/**
 * With less time than this no other key is begun: room for a new key's slow start, and for the
 * report.
 */
const KEY_RESERVE_MILLIS = 60_000;

/**
 * The scheduled run: revokes what is due, reclaims what belongs to nobody, reports days until
 * expiry. It touches only vendor keys of keys that the ledger knows: with a lost ledger it revokes
 * nothing.
 */
export async function sweep(engine: Engine): Promise<SweepResult> {
  const held = await engine.ledger.list();
  const { records, unreadable } = held;
  const now = nowSeconds(engine.clock);
  const ofIssuer = await engine.ledger.incidents();
  if (await isStillGone(engine, ofIssuer, held)) return rest(engine);
  const list = () => engine.vendor.list({ signal: engine.deadline.signal });
  let listed: VendorKey[];
  try {
    const isIdle = records.length === 0 && ofIssuer.every(({ kind }) => kind === INCIDENTS.accountGone);
    listed = isIdle ? [] : await list();
  } catch (error) {
    if (await isShownGone(engine, error)) return rest(engine);
    // A sweep that ends here has counted what is open, and how old keys grow, all the same.
    countIncidents(engine, records, ofIssuer);
    reportLives(engine.telemetry, records, now);
    throw error;
  }
  // Before a successor is issued for each of them.
  if (lacksAll(records, listed) && (await isShownGone(engine))) return rest(engine);
  await resolveForIssuer(engine, ofIssuer, INCIDENTS.adminKeyRefused);
  const listing = new VendorKeyIndex(listed, engine);
  const secrets = await readSecrets(
    engine,
    records.map(({ key }) => key),
  );
  const tally = newTally(engine, unreadable);
  const round: SweepRun = { engine, listing, tally, budget: { reissues: REISSUE_MAX } };
  const { overdue, others } = worklists(engine, records, secrets, listing, now);
  // Apart, since what is revoked must not wait for what is rotated, nor the other way round: their
  // admin calls are not the same.
  const work = (key: string) => sweepKey(round, key);
  await Promise.all([inTurn(round, overdue, OVERDUE_AT_ONCE, work), inTurn(round, others, 1, work)]);
  if (tally.failed > unreadable.size) await isShownGone(engine);
  const touched = overdue.length + others.length > 0;
  const after = touched ? await engine.ledger.list() : { records, unreadable };
  report(engine, after, listed, tally, now);
  return tally;
}

/**
 * In an account that is gone there is nothing to list, to issue and to revoke. What people do to
 * the secrets is told all the same.
 */
async function rest(engine: Engine): Promise<SweepResult> {
  const { telemetry } = engine;
  const { records, unreadable } = await engine.ledger.list();
  const tally = newTally(engine, unreadable);
  const secrets = await readSecrets(
    engine,
    records.map(({ key }) => key),
  );
  const strange = records.filter((record) => {
    const secret = secrets.get(record.key);
    return secret === undefined || !("value" in secret) || needsLook(engine, record, secret.value);
  });
  await inTurn({ engine, tally }, strange, 1, (key) => lookAtSecret(engine, key));
  const after = strange.length > 0 ? (await engine.ledger.list()).records : records;
  countIncidents(engine, after, await engine.ledger.incidents());
  reportLives(telemetry, after, nowSeconds(engine.clock));
  if (tally.failed + tally.left === 0) telemetry.metric(METRICS.sweepCompleted, 1);
  telemetry.info("sweep ended: the account is gone", { keys: records.length });
  return tally;
}

function newTally({ telemetry }: Engine, unreadable: LedgerList["unreadable"]): Tally {
  for (const [key, error] of unreadable) telemetry.error("sweep of a key failed", { key, reason: errorSummary(error) });
  return { revoked: 0, reclaimed: 0, reissued: 0, rotated: 0, failed: unreadable.size, left: 0 };
}

function countIncidents(
  { telemetry }: Engine,
  records: readonly KeyRecord[],
  ofIssuer: readonly IssuerIncident[] = [],
): void {
  const ofKeys = records.flatMap(({ incidents = [] }) => incidents);
  telemetry.metric(METRICS.openIncidents, ofKeys.length + ofIssuer.length);
}

/** Keys with something to do, the most urgent first. */
function worklists(
  engine: Engine,
  records: readonly KeyRecord[],
  secrets: ReadonlyMap<string, Reading<SecretState | undefined>>,
  listing: VendorKeyIndex,
  now: number,
) {
  const overdue: KeyRecord[] = [];
  const others: KeyRecord[] = [];
  for (const record of records) {
    const listed = listing.of(record);
    const secret = secrets.get(record.key);
    // One that could not be read is tried again with the key's lease, and fails there.
    const read = secret !== undefined && "value" in secret;
    if (read && !needsSweep(engine, record, listed, secret.value, now)) continue;
    // What is limited over all keys of a sweep is counted by one worker.
    const alone = isRotationMissed(engine, record, now) && !isStrange(engine, record, listed, now);
    (alone ? overdue : others).push(record);
  }
  const expiry = ({ current }: KeyRecord) => current?.expiresAt ?? 0;
  const due = ({ revocation, superseded }: KeyRecord) =>
    revocation === undefined ? Math.min(now, ...superseded.map((k) => k.revokeAfter)) : 0;
  overdue.sort((a, b) => expiry(a) - expiry(b));
  others.sort((a, b) => due(a) - due(b));
  return { overdue, others };
}

type Visits = Pick<SweepRun, "engine" | "tally">;
type Work = (key: string) => Promise<void>;

async function inTurn(visits: Visits, records: readonly KeyRecord[], atOnce: number, work: Work): Promise<void> {
  await mapConcurrent(records, atOnce, async ({ key }) => {
    if (visits.engine.deadline.remainingMillis() < KEY_RESERVE_MILLIS) visits.tally.left += 1;
    else await visit(visits, key, work);
  });
}

async function visit({ engine, tally }: Visits, key: string, work: Work): Promise<void> {
  try {
    // Who works on the key may be busy for long; the other keys should not wait for that.
    await withLease(engine, key, () => work(key), { waitMillis: 0 });
  } catch (error) {
    if (isShortOfTime(error)) {
      tally.left += 1;
      return;
    }
    tally.failed += 1;
    engine.telemetry.error("sweep of a key failed; the next sweep tries again", { key, reason: errorSummary(error) });
  }
}

/** The sweep waits for a turn as long as it lives: where none comes, its time is over. */
function isShortOfTime(error: unknown): boolean {
  return error instanceof VendorError && error.kind === "queue_timeout";
}

function report(
  engine: Engine,
  { records, unreadable }: LedgerList,
  listed: readonly VendorKey[],
  tally: SweepResult,
  now: number,
): void {
  const { telemetry } = engine;
  reportLives(telemetry, records, now);
  const declared = new Set([...records.map((r) => r.key), ...unreadable.keys()]);
  const known = new Set(records.flatMap((r) => [...vendorKeyIds(r)]));
  for (const found of listed) {
    const key = keyOfVendorName(engine.deployment, found.name);
    if (key !== undefined && !declared.has(key)) {
      telemetry.warn("a vendor key has this issuer's prefix, and no declared key; left alone", { keyId: found.id });
    }
  }
  telemetry.metric(METRICS.liveVendorKeys, listed.filter((k) => known.has(k.id) && isLive(k, now)).length);
  telemetry.metric(METRICS.orphansReclaimed, tally.reclaimed);
  countIncidents(engine, records);
  if (tally.failed + tally.left === 0) telemetry.metric(METRICS.sweepCompleted, 1);
  // Of no declared key, whoever made them, and however oddly the vendor shows them.
  const foreign = listed.filter((k) => isLive(k, now) && !known.has(k.id)).length;
  telemetry.info("sweep ended", { ...tally, keys: records.length, foreign });
}

function reportLives(telemetry: Telemetry, records: readonly KeyRecord[], now: number): void {
  for (const { key, current, policy, stopped, unfinished } of records) {
    if (stopped !== undefined || unfinished?.action === "destroy") continue;
    // A key without rotation is meant to end: it has no alarm.
    if (current === undefined || policy?.lifetime.rotateEverySeconds === undefined) continue;
    telemetry.metric(METRICS.daysUntilExpiry, (current.expiresAt - now) / SECONDS_PER_DAY, key);
  }
}
