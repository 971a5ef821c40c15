import { defined } from "../../../model/defined";
import { LEDGER_CONFLICT, notSeenDead, notShown, revokeManually, ScopedKeysRuntimeError } from "../../../model/errors";
import type { RevokeResult } from "../../../model/events";
import { INCIDENTS } from "../../../model/incidents";
import { type KeyRecord, vendorKeyIds } from "../../../model/key-record";
import { ownerName, secretName } from "../../../model/names";
import { isoTime } from "../../../model/units";
import { CURRENT, currentVersion, PENDING } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import { errorSummary } from "../../error-summary";
import { emergencyIn, isRevoked, isWritten, stopOf } from "../../integrity/marks";
import { versionsOf } from "../../integrity/versions";
import { abandon, unstage } from "../../issuance/abandon";
import { issue } from "../../issuance/issue";
import { recoverPromoted } from "../../issuance/promote";
import { checkApplied } from "../../issuance/recover/record-check";
import { endOrders } from "../../issuance/seal";
import type { KeySession } from "../../key-session";
import { nowSeconds } from "../../ports";
import { strategyOf } from "../../strategies";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { heldBy, isUnreadable } from "../../vendor-keys/held";
import { shownOwner } from "../../vendor-keys/owner";
import { isLive, isOfKey } from "../../vendor-keys/ownership";
import { protectedKeys, retainedKeyIds } from "../../vendor-keys/protected";
import { afterlife } from "../../vendor-keys/seen-dead";
import { isOrdered, markStop, type Revocation } from "./order";

/** Where the vendor revokes by an expiry, the key is dead this much later at the latest. */
const EXPIRY_SOON_SECONDS = 5;

interface Found {
  readonly ids: readonly string[];
  /** All that the vendor lists. */
  readonly listed: readonly VendorKey[];
}

/** The sweep's part: goes on where an emergency revoke was cut off. The caller holds the lease. */
export async function resumeRevocation(session: KeySession, revocation: Revocation): Promise<void> {
  const versions = await versionsOf(session);
  const { stopped } = session.record;
  const ordered = emergencyIn(versions);
  const isItsOwn = ordered?.since === revocation.since;
  // Whether anything may be issued is the secret's word. An order that was cut off before it lifted
  // a stop has left that as it was.
  const isStopped = stopOf(versions) !== undefined || (!isItsOwn && stopped !== undefined);
  const successor = (isItsOwn ? ordered.successor : revocation.successor) && !isStopped;
  if (isItsOwn && !ordered.successor) {
    // The order was cut off before it was written down, or somebody has wiped it out.
    const stop = stopped ?? stopOf(versions) ?? { id: session.engine.newToken().slice(-8), since: ordered.since };
    if (stopped === undefined) await session.save({ stopped: stop });
    await markStop(session, versions, stop);
  }
  const { done, reasons } = await carryOut(session, { ...revocation, successor });
  if (!done) throw new Error(`emergency revoke not finished: ${reasons.join("; ")}`);
}

export async function carryOut(session: KeySession, revocation: Revocation): Promise<RevokeResult> {
  const { engine } = session;
  const reasons: string[] = [];
  /**
   * Whatever fails, the rest is tried; unless the lease was lost, and what another run has put into
   * use since is not known here.
   */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      session.checkTime();
      return await work();
    } catch (error) {
      if (error instanceof ScopedKeysRuntimeError && error.code === LEDGER_CONFLICT) throw error;
      reasons.push(errorSummary(error));
      return undefined;
    }
  };

  const found = await attempt(() => liveKeyIds(session, revocation));
  const inSecret = await attempt(() => idsInSecret(session, revocation, found?.listed));
  if (inSecret?.unread !== undefined) reasons.push(inSecret.unread);
  // What is in a slot since this emergency ended its key is nobody's: it would be replaced by every
  // run.
  const isEmptied = strategyOf(engine.vendor.descriptor).slots && revocation.ended !== undefined;
  const doomed = new Set([...revocation.keyIds, ...(isEmptied ? [] : (found?.ids ?? [])), ...(inSecret?.doomed ?? [])]);
  for (const keyId of inSecret?.safe ?? []) doomed.delete(keyId);
  if (inSecret?.ordered === false && revocation.keyIds.some((keyId) => inSecret.safe.includes(keyId))) {
    engine.telemetry.warn("the ledger alone has an emergency for a vendor key in use; left alone", {
      key: session.key,
    });
    await attempt(() => session.open(INCIDENTS.ledgerTampered));
  }
  const isGivenUp = await attempt(async () => {
    await giveUpPending(session, revocation);
    return true;
  });
  const { policy } = session.record;
  const inUse = session.record.current?.keyId;
  const wanted = [inUse, inSecret?.inUse].some((keyId) => keyId !== undefined && doomed.has(keyId));
  // What was minted before the order, and not given up, would be taken for the successor.
  const mayIssue = revocation.successor && inSecret?.ordered === true && isGivenUp === true;
  if (mayIssue && policy !== undefined && (inUse === undefined || wanted)) {
    await attempt(async () => {
      await checkApplied(session, policy);
      await issue(session, policy);
    });
  }
  const successor = session.record.current?.keyId;
  const after = await attempt(() => idsInSecret(session, revocation, found?.listed));
  const replaced = [successor, after?.inUse].every((keyId) => keyId !== undefined && !doomed.has(keyId));

  const retained = await attempt(() => retainedKeyIds(session, found?.listed));
  // A successor that another run has put into use may be among the doomed; then this write fails.
  await attempt(() => session.save({}));
  const dead: string[] = [];
  const alive: string[] = [];
  const revoked: Array<{ keyId: string; until: string }> = [];
  const untried: Array<{ keyId: string; why: string }> = [];
  const ended = new Map(revocation.ended?.map(({ keyId, since }) => [keyId, since]));
  const left: string[] = [];
  for (const keyId of doomed) {
    // Without a successor in its place, the key in use would be an outage that nobody asked for.
    const serves = keyId === inUse || keyId === inSecret?.inUse;
    const waits = retained === undefined || inSecret === undefined || (revocation.successor && !replaced && serves);
    const isMarked = retained?.has(keyId) === true;
    const isGone = isMarked
      ? await attempt(() => hasEnded(session, keyId, found !== undefined))
      : !waits && (await attempt(() => revokeForCertain(session, keyId, found)));
    if (isMarked && isGone !== true) {
      left.push(keyId);
      continue;
    }
    const since = ended.get(keyId) ?? nowSeconds(engine.clock);
    const after = isGone === true ? await attempt(() => afterlife(session, keyId, since)) : undefined;
    if (isGone === true) ended.set(keyId, since);
    if (after?.dead === false) {
      revoked.push({ keyId, until: isoTime(after.until) });
      reasons.push(`${keyId} is revoked, and may work until ${isoTime(after.until)}`);
    }
    if (after?.dead === true && after.untried !== undefined) untried.push({ keyId, why: after.untried });
    (after?.dead === true ? dead : alive).push(keyId);
  }
  const done = alive.length === 0 && reasons.length === 0;
  await session.save({
    superseded: session.record.superseded.filter(({ keyId }) => !dead.includes(keyId)),
    // With the dead: one that is in use still wants its successor.
    revocation: done ? undefined : { ...revocation, keyIds: [...alive, ...dead], ...endedOf(ended) },
    ...(done ? session.resolving(INCIDENTS.unfinishedRevocation) : session.opening(INCIDENTS.unfinishedRevocation)),
  });
  if (done) await endOrders(session, await versionsOf(session), "revoked");
  const result = {
    key: session.key,
    done,
    ...(revocation.successor && replaced ? { successor } : {}),
    dead,
    alive,
    ...(revoked.length === 0 ? {} : { revoked }),
    ...(untried.length === 0 ? {} : { untried }),
    retained: left,
    reasons,
  };
  engine.effects.note(
    session.key,
    `emergency revoke ${revocation.successor ? "with" : "without"} a successor, ${done ? "done" : "not finished"}; dead: ${dead.join(", ") || "none"}`,
  );
  const { revoked: _, untried: __, ...told } = result;
  engine.telemetry.warn("emergency revoke", { ...told, withSuccessor: revocation.successor });
  return left.length === 0 ? result : { ...result, marks: left.map((keyId) => markOf(session.record, keyId)) };
}

function endedOf(ended: ReadonlyMap<string, number>): Pick<Revocation, "ended"> {
  return ended.size === 0 ? {} : { ended: [...ended].map(([keyId, since]) => ({ keyId, since })) };
}

interface InSecret {
  /** Whether the order is the secret's word too. */
  readonly ordered: boolean;
  /** Vendor keys of the versions that it was put on. */
  readonly doomed: readonly string[];
  readonly inUse: string | undefined;
  /**
   * Those that the order is not for, whatever the ledger says: what came into use since, or,
   * without the secret's word, what is in use.
   */
  readonly safe: readonly string[];
  /**
   * Why it is not known what a version holds: KMS lets nobody read it. Where all is to die, that
   * saves nothing of what is known.
   */
  readonly unread?: string;
}

async function idsInSecret(
  session: KeySession,
  revocation: Revocation,
  listed: readonly VendorKey[] = [],
): Promise<InSecret> {
  const versions = await versionsOf(session);
  const current = currentVersion(versions);
  let unread: string | undefined;
  const keyIdIn = async (versionId: string): Promise<string | undefined> => {
    try {
      return (await heldBy(session, versions, versionId, listed))?.keyId;
    } catch (error) {
      if (revocation.successor || !isUnreadable(error)) throw error;
      unread = errorSummary(error);
      return undefined;
    }
  };
  const doomed: string[] = [];
  for (const id of Object.keys(versions).filter((id) => isWritten(versions, id) && isRevoked(versions, id))) {
    const keyId = await keyIdIn(id);
    if (keyId !== undefined) doomed.push(keyId);
  }
  // Whoever wrote it: programs read it.
  const inUse = current === undefined ? undefined : await keyIdIn(current);
  const ordered = isOrdered(versions, revocation);
  const overlapping = ordered ? undefined : (await protectedKeys(session)).overlapping;
  const isSuccessor = current !== undefined && isWritten(versions, current) && !isRevoked(versions, current);
  return {
    ordered,
    doomed,
    inUse,
    safe: [ordered && !isSuccessor ? undefined : inUse, overlapping].filter((keyId) => keyId !== undefined),
    ...defined({ unread }),
  };
}

/**
 * Rotations under way are given up; what was promoted already, and not written down, is written
 * down.
 */
async function giveUpPending(session: KeySession, { since, successor }: Revocation): Promise<void> {
  const { engine, key } = session;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  const known = new Set(session.record.pending.map(({ token }) => token));
  for (const { token, keyId, startedAt } of session.record.pending) {
    // Nothing has an overlap in an emergency.
    if (versions[token]?.includes(CURRENT)) await recoverPromoted(session, token, 0);
    else if (!successor || startedAt <= since) await abandon(session, token, keyId);
  }
  // Of which the ledger has lost the entry: Secrets Manager would go on with it.
  for (const versionId of Object.keys(versions)) {
    const labels = versions[versionId] ?? [];
    if (!labels.includes(PENDING) || labels.includes(CURRENT) || !isWritten(versions, versionId)) continue;
    if (known.has(versionId)) continue;
    const isOlder = !successor || ((await heldBy(session, versions, versionId))?.issuedAt ?? 0) <= since;
    if (isOlder) await unstage(session, versionId);
  }
}

/**
 * What lives on the key's account or in its name. With a successor, only what is older than the
 * emergency.
 */
export async function liveKeyIds(session: KeySession, { since, successor }: Revocation): Promise<Found> {
  await shownOwner(session);
  const { engine, key, record } = session;
  const now = nowSeconds(engine.clock);
  const known = vendorKeyIds(record);
  const name = ownerName(engine.deployment, key);
  const { signal } = engine.deadline;
  const ownerId = record.ownerId ?? (await engine.vendor.findOwner?.({ name, signal }));
  const listed = await engine.vendor.list({ signal });
  const ids = listed
    .filter((k) => isOfKey(engine, { key, ...defined({ ownerId }) }, k) && isLive(k, now))
    .filter((k) => !successor || (k.createdAt <= since && !known.has(k.id)))
    .map((k) => k.id);
  return { ids, listed };
}

function markOf({ retained = [] }: KeyRecord, keyId: string): NonNullable<RevokeResult["marks"]>[number] {
  const mark = retained.find((each) => each.keyId === keyId);
  if (mark === undefined) return { keyId };
  return { keyId, since: isoTime(mark.since), ...defined({ by: mark.by }) };
}

/** What is marked ends by its own expiry, or by a person at the vendor. */
async function hasEnded({ engine }: KeySession, keyId: string, listed: boolean): Promise<boolean> {
  const { vendor, clock, deadline } = engine;
  const found = await vendor.read({ keyId, signal: deadline.signal });
  return found === undefined ? listed : !isLive(found, nowSeconds(clock));
}

/** A 404 is proof only where the list has shown that the admin key sees the project. */
async function revokeForCertain(session: KeySession, keyId: string, found: Found | undefined): Promise<boolean> {
  const { engine, key } = session;
  const { vendor, clock, deadline } = engine;
  const { signal } = deadline;
  const outcome = await endVendorKey(session, keyId, found?.listed);
  if (outcome === "gone") return found !== undefined;
  if (outcome === "not_ours") throw notShown(key, vendor.descriptor.displayName, keyId);
  if (outcome === "manual") throw revokeManually(key, vendor.descriptor.displayName, [keyId]);
  if (outcome === "unconfirmed") throw notSeenDead(key, vendor.descriptor.displayName, [keyId]);
  const left = await vendor.read({ keyId, signal });
  return left === undefined || !isLive(left, nowSeconds(clock) + EXPIRY_SOON_SECONDS);
}
