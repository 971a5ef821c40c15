import { INCIDENTS } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { MILLIS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../../model/units";
import { VendorError } from "../../../model/vendor-error";
import type { VendorKey } from "../../../vendors/vendor";
import { errorSummary } from "../../error-summary";
import { openForIssuer, publishAgain, resolveForIssuer } from "../../incidents";
import { KeySession } from "../../key-session";
import { withLease } from "../../middleware/lease";
import { type Engine, type IssuerIncident, type LedgerList, nowSeconds } from "../../ports";
import { proveGone } from "../../vendor-keys/proven-gone";
import { isDestroyOrdered, isHalfDestroyed, resumeDestroy } from "../destroy";
import { resumeRevocation } from "../emergency-revoke/carry-out";
import { emergencyOf } from "../emergency-revoke/order";

/**
 * Between two looks at an account that is gone. Less than a day, so that a daily sweep does not
 * miss every other one.
 */
const LOOK_SECONDS = SECONDS_PER_DAY - SECONDS_PER_HOUR;

/** What is no statement of the vendor's about anything: the account need not be asked about. */
const PASSING: ReadonlySet<VendorError["kind"]> = new Set(["throttled", "queue_timeout", "unavailable"]);

/**
 * Whether the sweep has nothing to do, since the account is gone, as was told before. The vendor is
 * asked once a day, and by each sweep while a key in use would not outlive the rest; where it does
 * not say so any more, the incident is over, and the sweep goes on.
 */
export async function isStillGone(
  engine: Engine,
  open: readonly IssuerIncident[],
  { records, unreadable }: LedgerList,
): Promise<boolean> {
  const { vendor, clock, telemetry } = engine;
  const incident = open.find(({ kind }) => kind === INCIDENTS.accountGone);
  if (incident === undefined) return false;
  if (records.length + unreadable.size === 0) {
    // Nothing is left that anybody could be told about.
    await resolveForIssuer(engine, open, INCIDENTS.accountGone);
    return false;
  }
  if (vendor.accountGone !== undefined) {
    const sinceMillis = clock.now() - incident.at;
    // What was written down as of a time to come was written by no run.
    const isResting = sinceMillis >= 0 && sinceMillis < LOOK_SECONDS * MILLIS_PER_SECOND;
    if (isResting && records.every((record) => canWait(record, incident, clock.now()))) return true;
    let evidence: string | undefined;
    try {
      evidence = await vendor.accountGone({ signal: engine.deadline.signal });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      // It was seen to be gone, and nothing shows that it is open.
      telemetry.warn("the account was gone, and the vendor does not answer now", { reason: errorSummary(error) });
      await publishAgain(engine, incident);
      return true;
    }
    if (evidence !== undefined) {
      telemetry.info("the account is still gone", { evidence });
      await publishAgain(engine, incident);
      await carryOutOrders(engine);
      return true;
    }
  }
  telemetry.warn("the account is open again");
  await resolveForIssuer(engine, open, INCIDENTS.accountGone);
  return false;
}

/**
 * Whether nothing is lost where the sweep rests. A value that was issued since the last look was
 * issued in an account that is open again; one that ends soon may be in one, and nobody else would
 * replace it.
 */
function canWait({ current }: KeyRecord, { at }: IssuerIncident, nowMillis: number): boolean {
  if (current === undefined) return true;
  const endsInMillis =
    Math.min(current.expiresAt, current.valueEndsAt ?? current.expiresAt) * MILLIS_PER_SECOND - nowMillis;
  const endsSoon = endsInMillis > 0 && endsInMillis < LOOK_SECONDS * MILLIS_PER_SECOND;
  // Of one second nobody knows what came first.
  return !endsSoon && current.issuedAt < Math.floor(at / MILLIS_PER_SECOND);
}

/**
 * Asks the vendor where something has failed in a way that an account which is gone would explain.
 * Told once.
 */
export async function isShownGone(engine: Engine, error?: unknown): Promise<boolean> {
  const { vendor, telemetry } = engine;
  if (vendor.accountGone === undefined) return false;
  if (error !== undefined && !(error instanceof VendorError && !PASSING.has(error.kind))) return false;
  let evidence: string | undefined;
  try {
    evidence = await vendor.accountGone({ signal: engine.deadline.signal });
  } catch (reason) {
    if (!(reason instanceof VendorError)) throw reason;
    telemetry.info("the vendor does not say whether the account is gone", { reason: errorSummary(reason) });
  }
  if (evidence === undefined) return false;
  telemetry.warn("the account is gone; the sweep looks at it once a day", { evidence });
  await openForIssuer(engine, INCIDENTS.accountGone);
  await carryOutOrders(engine);
  return true;
}

/** Nothing of what is in use is in the list: the account may have gone with it. */
export function lacksAll(records: readonly KeyRecord[], listed: readonly VendorKey[]): boolean {
  const ids = new Set(listed.map(({ id }) => id));
  const inUse = records.flatMap(({ current, stopped }) => (stopped === undefined && current ? [current.keyId] : []));
  return inUse.length > 0 && !inUse.some((id) => ids.has(id));
}

/**
 * What people have ordered to end, and no run could: dead by the vendor's word. Where somebody can
 * bring the keys back to life with the account, an operator has to have said that it is gone. What
 * nobody ordered to end stays as it is.
 */
async function carryOutOrders(engine: Engine): Promise<void> {
  const { accountGone: facts } = engine.vendor.descriptor;
  const isFinal = facts !== undefined && "proof" in facts && facts.revivesKeys !== true;
  const { records } = await engine.ledger.list();
  const now = nowSeconds(engine.clock);
  for (const record of records) {
    const isOrdered = record.revocation?.successor === false || isHalfDestroyed(record, now);
    if (!isOrdered || !(isFinal || record.accountGone !== undefined)) continue;
    try {
      await withLease(engine, record.key, () => carryOut(engine, record.key), { waitMillis: 0 });
    } catch (error) {
      engine.telemetry.warn("an order in an account that is gone is not carried out", {
        key: record.key,
        reason: errorSummary(error),
      });
    }
  }
}

async function carryOut(around: Engine, key: string): Promise<void> {
  const record = await around.ledger.get(key);
  if (record === undefined) return;
  const { engine, evidence } = await proveGone(around, key);
  const session = new KeySession(engine, record);
  const { versions } = (await engine.secrets.describe(secretName(engine.prefix, key))) ?? { versions: {} };
  const emergency = emergencyOf(record, versions);
  const ends =
    emergency === undefined ? isDestroyOrdered({ versions }, nowSeconds(engine.clock)) : !emergency.successor;
  if (!ends) return;
  // A destroy that follows asks the vendor again, and meets no list that fails.
  await session.save({ accountGone: evidence });
  if (emergency === undefined) await resumeDestroy(session);
  else await resumeRevocation(session, emergency);
  engine.effects.note(key, `taken for dead, as the account is gone: ${evidence}`);
}
