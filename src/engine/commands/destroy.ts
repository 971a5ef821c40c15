import { notSeenDead, retainedKeys, revokeManually } from "../../model/errors";
import type { DeleteEvent, ReconcileResult } from "../../model/events";
import { INCIDENTS } from "../../model/incidents";
import { policyDigest } from "../../model/key-policy";
import { type KeyRecord, newKeyRecord, vendorKeyIds } from "../../model/key-record";
import { ownerName, secretName } from "../../model/names";
import { SECONDS_PER_HOUR } from "../../model/units";
import { currentVersion } from "../../secrets/labels";
import { errorSummary } from "../error-summary";
import { destroyIn, destroyMark, versionWith } from "../integrity/marks";
import { versionsOf } from "../integrity/versions";
import { endOrders, markVersion } from "../issuance/seal";
import { KeySession } from "../key-session";
import { withLease } from "../middleware/lease";
import { type Engine, nowSeconds, type SecretState } from "../ports";
import { endVendorKey } from "../vendor-keys/end-vendor-key";
import { shownOwner } from "../vendor-keys/owner";
import { isLive, isOfKey } from "../vendor-keys/ownership";
import { retainedKeyIds } from "../vendor-keys/protected";
import { type ProvenGone, proveGone } from "../vendor-keys/proven-gone";

const OTHER_OWNERS_MAX = 5;

/** Time to run the destroy again, or to take it back with an apply. */
const GRACE_SECONDS = SECONDS_PER_HOUR;

/**
 * Revokes everything of a key; Terraform calls it on destroy. The list comes first: where it
 * succeeds, the admin key and the project are right, and a 404 that follows means that a vendor key
 * is gone. Throws where anything may still be live.
 */
export async function destroy(around: Engine, event: DeleteEvent): Promise<ReconcileResult> {
  const { key } = event;
  return withLease(around, key, async () => {
    const stored = await around.ledger.get(key);
    // An operator has said that the account is gone; whether it still is, the vendor is asked.
    const gone = stored?.accountGone === undefined ? undefined : await goneOrOpen(around, key);
    const engine = gone?.engine ?? around;
    const session = new KeySession(engine, stored ?? newKeyRecord(key));
    session.named = true;
    const began = { action: "destroy", since: nowSeconds(engine.clock) } as const;
    const versions = await endOrders(session, await versionsOf(session), "destroy");
    await markVersion(session, versions, currentVersion(versions), destroyMark({ since: began.since, done: false }));
    await session.save({ unfinished: { ...began, reason: "it was cut off" } });
    try {
      const taken = gone === undefined ? [] : [`taken for dead, as the account is gone: ${gone.evidence}`];
      const changes = [...taken, ...(await revokeAll(session))];
      // Told before the record that remembers them goes.
      session.resolving(...Object.values(INCIDENTS));
      await engine.ledger.remove(key);
      const { policy } = session.record;
      engine.effects.note(
        key,
        ["destroyed", ...changes].join("; "),
        policy === undefined ? undefined : policyDigest(policy),
      );
      engine.telemetry.info("retired", { key, changes });
      return done(key, changes);
    } catch (error) {
      engine.effects.note(key, `destroy did not finish: ${errorSummary(error)}`);
      await session.saveReason({
        unfinished: { ...began, reason: errorSummary(error) },
        ...session.opening(INCIDENTS.unfinishedDestroy),
      });
      throw error;
    }
  });
}

/** Open again: then its keys are revoked as any. */
async function goneOrOpen(engine: Engine, key: string): Promise<ProvenGone | undefined> {
  try {
    return await proveGone(engine, key);
  } catch (error) {
    engine.telemetry.warn("the account is not shown to be gone any more", { key, reason: errorSummary(error) });
    return undefined;
  }
}

/** A destroy that was cut off or failed, and that nobody has come back to. */
export function isHalfDestroyed({ unfinished }: KeyRecord, now: number): boolean {
  return (
    unfinished?.action === "destroy" && unfinished.revoked === undefined && unfinished.since + GRACE_SECONDS <= now
  );
}

/** The record tells of a destroy, and has none: so no run leaves it. */
export function isDestroyForgotten({ unfinished, incidents = [] }: KeyRecord): boolean {
  return unfinished === undefined && incidents.some(({ kind }) => kind === INCIDENTS.unfinishedDestroy);
}

/**
 * Whether the secret says so too, where it holds anything: the ledger's word alone destroys nothing
 * that is in use.
 */
export function isDestroyOrdered({ versions }: Pick<SecretState, "versions">, now: number): boolean {
  if (currentVersion(versions) === undefined) return true;
  const since = destroyIn(versions)?.since;
  return since !== undefined && since + GRACE_SECONDS <= now;
}

/**
 * The sweep's part: who has begun to destroy a key means that nothing of it is to live, also where
 * nobody runs the destroy again. The record stays for Terraform, which still has the key: a later
 * destroy finds nothing left to revoke, an apply issues a new vendor key.
 */
export async function resumeDestroy(session: KeySession): Promise<void> {
  const { engine, key } = session;
  const { unfinished } = session.record;
  if (unfinished === undefined) return;
  await session.open(INCIDENTS.unfinishedDestroy);
  const retained = await retainedKeyIds(session);
  if (retained.size > 0) {
    engine.telemetry.warn("unfinished destroy: a vendor key is retained; left to a person", { key });
    return;
  }
  const changes = await revokeAll(session);
  await markCarriedOut(session);
  await session.save({
    ownerId: undefined,
    pending: [],
    superseded: [],
    unfinished: { ...unfinished, revoked: true, reason: "by now everything is revoked; destroy it again, or apply" },
    ...session.resolving(...Object.values(INCIDENTS)),
  });
  engine.effects.note(key, ["unfinished destroy carried out", ...changes].join("; "));
  engine.telemetry.warn("unfinished destroy: everything is revoked", { key, changes });
}

/**
 * It stays an order: whoever writes into the ledger cannot begin one, nor say that one was carried
 * out.
 */
async function markCarriedOut(session: KeySession): Promise<void> {
  const versions = await versionsOf(session);
  const destroy = destroyIn(versions);
  if (destroy === undefined) return;
  await markVersion(session, versions, currentVersion(versions), destroyMark({ ...destroy, done: true }));
  const mark = destroyMark({ ...destroy, done: false });
  const versionId = versionWith(versions, mark);
  if (versionId !== undefined)
    await session.engine.secrets.unlabel(secretName(session.engine.prefix, session.key), versionId, mark);
}

async function revokeAll(session: KeySession): Promise<string[]> {
  const { engine, key } = session;
  const { signal } = engine.deadline;
  const name = ownerName(engine.deployment, key);
  await shownOwner(session);
  const { record } = session;
  const listed = await engine.vendor.list({ signal });
  const ids = vendorKeyIds(record);
  for (const found of listed) if (isOfKey(engine, record, found)) ids.add(found.id);
  const retained = await retainedKeyIds(session, listed);
  const now = nowSeconds(engine.clock);
  const marked = listed.filter((k) => retained.has(k.id) && isLive(k, now)).map(({ id }) => id);
  if (marked.length > 0) throw retainedKeys(key, secretName(engine.prefix, key), marked);
  const changes: string[] = [];
  const alive: string[] = [];
  const unconfirmed: string[] = [];
  for (const keyId of ids) {
    const outcome = await endVendorKey(session, keyId, listed);
    if (outcome === "not_ours")
      changes.push(`left vendor key ${keyId} alone, which nothing but the ledger calls this key's`);
    if (outcome === "revoked") changes.push(`revoked vendor key ${keyId}`);
    if (outcome === "manual") alive.push(keyId);
    if (outcome === "unconfirmed") unconfirmed.push(keyId);
  }
  if (alive.length > 0) throw revokeManually(key, engine.vendor.descriptor.displayName, alive);
  if (unconfirmed.length > 0) throw notSeenDead(key, engine.vendor.descriptor.displayName, unconfirmed);
  const { vendor } = engine;
  if (record.ownerId !== undefined) await vendor.deleteOwner?.({ ownerId: record.ownerId, signal });
  // Accounts of that name that the ledger knows nothing of: made by a run whose record was lost.
  for (let others = 0; others < OTHER_OWNERS_MAX; others += 1) {
    const ownerId = await vendor.findOwner?.({ name, signal });
    if (ownerId === undefined) break;
    await vendor.deleteOwner?.({ ownerId, signal });
  }
  return changes;
}

function done(key: string, changes: readonly string[]): ReconcileResult {
  return { key, policy: "", repair: "", changes };
}
