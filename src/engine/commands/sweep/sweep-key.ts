import { INCIDENTS, type Incident } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { unixSeconds } from "../../../model/units";
import { CURRENT, currentVersion } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import { type Comparison, isMerelyStale, tampering } from "../../integrity/compare";
import { isWritten, stopOf } from "../../integrity/marks";
import { ageOf } from "../../issuance/age";
import { rewriteExpiry } from "../../issuance/change-expiry";
import { endsSooner } from "../../issuance/expiry";
import { boundOverlaps } from "../../issuance/overlaps";
import { isDeletedNoMore, looksDeleted, replaceDeleted } from "../../issuance/recover/deleted-at-vendor";
import { recallDestroy } from "../../issuance/recover/lost-destroy";
import { catchUpRotation } from "../../issuance/recover/missed-rotation";
import { freeLabel } from "../../issuance/recover/pending";
import { checkApplied, checkRecord } from "../../issuance/recover/record-check";
import { catchUp } from "../../issuance/recover/stale-ledger";
import { sweepUntested } from "../../issuance/recover/untested";
import { remindOfRotation } from "../../issuance/rotation-due";
import { KeySession } from "../../key-session";
import { type Engine, nowSeconds, type SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { payloadOf } from "../../vendor-keys/held";
import { shownOwner } from "../../vendor-keys/owner";
import { isForeign, isLive } from "../../vendor-keys/ownership";
import { protectedKeys } from "../../vendor-keys/protected";
import { isDestroyForgotten, isDestroyOrdered, isHalfDestroyed, resumeDestroy } from "../destroy";
import { resumeRevocation } from "../emergency-revoke/carry-out";
import { revokeRevived } from "../emergency-revoke/emergency-revoke";
import { emergencyOf } from "../emergency-revoke/order";
import { differs, GRACE_SECONDS, isOrphan, isPastItsEnd } from "./needs-sweep";
import { reclaim } from "./orphans";
import { settlePending } from "./pending";
import { revokeDue } from "./superseded";
import { REISSUE_MAX, type SweepRun } from "./sweep-run";

/** Those that a look at ledger and secret may end. */
const LEFT_TO_LOOKS: ReadonlySet<string> = new Set([
  INCIDENTS.ledgerTampered,
  INCIDENTS.staleLedger,
  INCIDENTS.secretEdited,
]);

/**
 * Vendor keys that were taken for dead with their account live again. The ledger's word alone ends
 * nothing: the secret has the stop.
 */
async function isRevived(
  session: KeySession,
  { versions }: Pick<SecretState, "versions">,
  listed: readonly VendorKey[],
  now: number,
): Promise<boolean> {
  if (session.record.accountGone === undefined || stopOf(versions) === undefined) return false;
  const { retained } = await protectedKeys(session);
  const alive = listed.filter((k) => isLive(k, now) && !retained.has(k.id)).map(({ id }) => id);
  if (alive.length === 0) return false;
  session.engine.telemetry.warn("the account is open again, and vendor keys in it live", { key: session.key, alive });
  return true;
}

async function endCurrent(session: KeySession, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = session;
  const { current } = session.record;
  if (current === undefined) return;
  const { inUse, retained } = await protectedKeys(session);
  if (retained.has(current.keyId)) return;
  if (inUse === current.keyId && !(await hasEnded(session))) {
    engine.telemetry.warn("the ledger ends the key in use before its secret does; left alone", { key });
    return;
  }
  if ((await endVendorKey(session, current.keyId, listed)) === "not_ours") return;
  engine.effects.note(key, `vendor key revoked at its end: ${current.keyId}`);
  engine.telemetry.warn("vendor key reached its end and was revoked", { key, keyId: current.keyId });
}

/** By the times in the secret, which the ledger's may not outrun. */
async function hasEnded(session: KeySession): Promise<boolean> {
  const { engine, key } = session;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  const current = currentVersion(versions);
  if (current === undefined || !isWritten(versions, current)) return false;
  const payload = await payloadOf(session, current);
  return payload !== undefined && unixSeconds(payload.expiresAt) <= nowSeconds(engine.clock);
}

/** The sweep of one key; the caller holds its lease. */
export async function sweepKey({ engine, listing, tally, budget }: SweepRun, key: string): Promise<void> {
  // Read again: the list of the sweep's start may be older than the lease.
  const record = await engine.ledger.get(key);
  if (record === undefined) return;
  const session = new KeySession(engine, record);
  const now = nowSeconds(engine.clock);
  const { secret, compared } = await look(session);
  const { versions } = secret ?? { versions: {} };
  // An order is the secret's word; it waits for no apply.
  const emergency = emergencyOf(record, versions);
  if (emergency !== undefined) return resumeRevocation(session, emergency);
  await session.resolve(INCIDENTS.unfinishedRevocation);
  if (isMerelyStale(compared) && secret !== undefined) await catchUp(session, secret, listing.of(session.record));
  // Until an apply, nothing is minted or revoked by the word of a record that does not fit the
  // secret's marks.
  else if (tampering(compared).length > 0) return;
  const { pending } = session.record;
  if (isHalfDestroyed(session.record, now)) {
    if (isDestroyOrdered({ versions }, now)) return resumeDestroy(session);
    engine.telemetry.warn("the ledger has a destroy that the secret knows nothing of; nothing is revoked", { key });
    await session.open(INCIDENTS.ledgerTampered);
    return;
  }
  if (await isRevived(session, { versions }, listing.of(session.record), now)) return revokeRevived(session);
  await boundOverlaps(session, session.record.policy, now);
  await shownOwner(session);
  const listed = listing.of(session.record);
  // By the record as it was: what is revoked below leaves the record, and stays in the list.
  const orphans = listed.filter((k) => isOrphan(engine, session.record, k, now));
  const revoked = await revokeDue(session, listed, now);
  // Not before the wait: other keys are counted meanwhile.
  tally.revoked += revoked;
  for (const entry of pending) {
    if (ageOf(entry, now) >= GRACE_SECONDS) await settlePending(session, entry, listed, now);
  }
  if (!strategyOf(engine.vendor.descriptor).issues) {
    await remindOfRotation(session, listed, now);
    return;
  }
  await noteEnd(session, listed);
  if (looksDeleted(session.record, listed, now)) {
    budget.reissues -= 1;
    if (budget.reissues < 0) {
      engine.telemetry.warn("more keys are gone than one sweep issues again; the rest waits", {
        key,
        limit: REISSUE_MAX,
      });
    } else if (await replaceDeleted(session, now)) tally.reissued += 1;
  } else if (isDeletedNoMore(session.record, listed, now)) await session.resolve(INCIDENTS.keyGone);
  if (await catchUpRotation(session, now)) tally.rotated += 1;
  if (await sweepUntested(session)) tally.reissued += 1;
  if (isPastItsEnd(engine, session.record, listed, now)) await endCurrent(session, listed);
  await reclaim(session, orphans, listed, tally);
  const lost = listed.some((k) => isLive(k, now) && isForeign(engine, session.record, k));
  if (!lost && !session.record.pending.some((p) => p.keyId === undefined)) await session.resolve(INCIDENTS.lostMint);
  if (isOpen(session, INCIDENTS.stuckLabel)) {
    // The run that saw it died before it was over.
    await freeLabel(session, (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {});
  }
}

/**
 * Whether a look at ledger and secret, which needs no vendor, has something to tell or to end.
 * `secret`: undefined where it is gone.
 */
export function needsLook(engine: Engine, record: KeyRecord, secret: SecretState | undefined): boolean {
  if (isDestroyForgotten(record)) return true;
  if ((record.incidents ?? []).some(({ kind, unpublished }) => unpublished || LEFT_TO_LOOKS.has(kind))) return true;
  return secret !== undefined && differs(engine, record, secret);
}

/** The part of a key's sweep that asks the vendor nothing; the caller holds the key's lease. */
export async function lookAtSecret(engine: Engine, key: string): Promise<void> {
  const record = await engine.ledger.get(key);
  if (record !== undefined) await look(new KeySession(engine, record));
}

interface Look {
  readonly secret: SecretState | undefined;
  readonly compared: Comparison;
}

async function look(session: KeySession): Promise<Look> {
  await session.tell();
  const secret = await session.engine.secrets.describe(secretName(session.engine.prefix, session.key));
  if (secret !== undefined) return { secret, compared: await compareAndTell(session, secret) };
  await recallDestroy(session, { versions: {} });
  return { secret, compared: {} };
}

/**
 * The vendor ends the key in use sooner than anybody knew: secret, alarm and rotation follow it.
 */
async function noteEnd(session: KeySession, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = session;
  const { current, policy } = session.record;
  const ends = endsSooner(engine.vendor, session.record, listed);
  if (ends === undefined || current === undefined || policy === undefined) return;
  // What has ended is gone, and gets its successor as such.
  if (ends <= nowSeconds(engine.clock)) return;
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  if (secret?.versions[current.versionId]?.includes(CURRENT) !== true) return;
  await checkApplied(session, policy, secret);
  engine.telemetry.warn("the vendor ends the key in use sooner than was set", { key, keyId: current.keyId, ends });
  await rewriteExpiry(session, policy, ends);
}

async function compareAndTell(session: KeySession, secret: SecretState): Promise<Comparison> {
  const compared = await checkRecord(session, secret);
  if (tampering(compared).length > 0) return compared;
  await session.resolve(INCIDENTS.ledgerTampered, INCIDENTS.staleLedger);
  if (compared.edited === undefined) await session.resolve(INCIDENTS.secretEdited);
  return compared;
}

function isOpen({ record }: KeySession, kind: Incident): boolean {
  return (record.incidents ?? []).some((open) => open.kind === kind);
}
