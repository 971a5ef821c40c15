import { defined } from "../../../model/defined";
import { malformedEvent, noManualSuccessor, undeclaredKey } from "../../../model/errors";
import type { RevokeEvent, RevokeResult } from "../../../model/events";
import { INCIDENTS } from "../../../model/incidents";
import { type KeyRecord, newKeyRecord, vendorKeyIds } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { currentVersion, previousVersion } from "../../../secrets/labels";
import { openForIssuer } from "../../incidents";
import { type Emergency, emergencyIn, isWritten, orders, revokedMark, stopOf } from "../../integrity/marks";
import { versionsOf } from "../../integrity/versions";
import { endMarks, endOrders, markVersion } from "../../issuance/seal";
import { KeySession } from "../../key-session";
import { withLease } from "../../middleware/lease";
import { type Engine, nowSeconds, type SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { proveGone } from "../../vendor-keys/proven-gone";
import { carryOut, liveKeyIds } from "./carry-out";
import { isOrdered, markStop, type Revocation } from "./order";

/**
 * The emergency: every vendor key that a key has now dies without overlap, with a successor in its
 * place or, where nothing may be issued, without one. The ledger remembers what is to die, so a run
 * that is cut off, or a vendor that is slow, is continued by the next call or by the sweep, and a
 * successor is never taken for one of the leaked. What the vendor does not do is part of the
 * answer, and no error.
 */
export async function emergencyRevoke(around: Engine, event: RevokeEvent): Promise<RevokeResult> {
  if (event.accountGone !== true) return revokeIn(around, event);
  if (event.successor) throw malformedEvent("event", "in an account that is gone no successor can be issued");
  // Asked before anything is written down.
  const { engine, evidence } = await proveGone(around, event.key);
  const result = await revokeIn(engine, event, evidence);
  await openForIssuer(around, INCIDENTS.accountGone);
  engine.effects.note(event.key, `taken for dead, as the account is gone: ${evidence}`);
  return { ...result, accountGone: evidence };
}

async function revokeIn(engine: Engine, event: RevokeEvent, gone?: string): Promise<RevokeResult> {
  const { key, successor } = event;
  return withLease(engine, key, async () => {
    const stored = await engine.ledger.get(key);
    if (successor && stored?.policy === undefined) throw undeclaredKey(key);
    const session = new KeySession(engine, stored ?? newKeyRecord(key));
    session.named = true;
    return begin(session, event, { isKnown: stored !== undefined, gone });
  });
}

/**
 * The sweep's part where an account is open again whose vendor keys were taken for dead: what lives
 * there dies, as was ordered. The caller holds the lease, and the secret says that nothing may be
 * in use.
 */
export async function revokeRevived(session: KeySession): Promise<void> {
  const { done, reasons } = await begin(session, { successor: false }, { isKnown: true, gone: undefined });
  if (!done) throw new Error(`emergency revoke not finished: ${reasons.join("; ")}`);
  await session.save({ accountGone: undefined });
}

async function begin(
  session: KeySession,
  { successor, keepCurrent }: Pick<RevokeEvent, "successor" | "keepCurrent">,
  { isKnown, gone }: { readonly isKnown: boolean; readonly gone: string | undefined },
): Promise<RevokeResult> {
  const { engine } = session;
  const since = nowSeconds(engine.clock);
  const { revocation, stopped } = session.record;
  const versions = await versionsOf(session);
  const begun: Revocation = { since, successor, keyIds: [...vendorKeyIds(session.record)] };
  if (!isKnown && Object.keys(versions).length === 0) await refuseUnknown(session, begun);
  const inUse = session.record.current?.keyId;
  const isKept = (keyId: string | undefined) => keepCurrent === true && keyId !== undefined && keyId === inUse;
  // One that the secret knows nothing of is not this order's.
  const goesOn =
    revocation?.successor === successor &&
    isOrdered(versions, revocation) &&
    // An apply that was cut off may have lifted the ledger's order, and not yet the secret's.
    emergencyIn(versions)?.successor !== !successor &&
    !revocation.keyIds.some(isKept);
  const resumed = goesOn ? revocation : { ...begun, keyIds: begun.keyIds.filter((keyId) => !isKept(keyId)) };
  refuseWithoutEffect(session, resumed, keepCurrent === true);
  if (keepCurrent === true && stopOf(versions) !== undefined) {
    throw malformedEvent("event", "an operator stopped the key: what is in use cannot stay");
  }
  const marked = goesOn ? versions : await markEmergency(session, versions, { since, successor }, keepCurrent === true);
  const stop = successor ? undefined : (stopOf(marked) ?? stopped ?? { id: engine.newToken().slice(-8), since });
  // Before anything dies, so that no other driver issues in between.
  await session.save({ revocation: resumed, stopped: stop, ...defined({ accountGone: gone }) });
  // A run that dies here leaves a stop as it was: the sweep sets what is missing, an apply or this
  // order again lifts one.
  if (stop === undefined) await endOrders(session, versions, "stopped");
  else await markStop(session, marked, stop);
  return carryOut(session, resumed);
}

/**
 * Puts the order on the secret, in the place of the one before. Answers the versions as they are
 * then.
 */
async function markEmergency(
  session: KeySession,
  versions: SecretState["versions"],
  emergency: Emergency,
  keep: boolean,
): Promise<SecretState["versions"]> {
  const mark = revokedMark(emergency);
  const before = orders.revoked(versions).filter(({ label }) => label !== mark);
  const marked = await markVersion(session, versions, bearerOf(session.record, versions, keep), mark);
  return endMarks(session, marked, before);
}

/**
 * The version that the order is put on. What the controller wrote of it dies; so a version whose
 * vendor key stays cannot bear it.
 */
function bearerOf({ current }: KeyRecord, versions: SecretState["versions"], keep: boolean): string | undefined {
  const inUse = currentVersion(versions);
  const known = current?.versionId;
  if (keep) return [previousVersion(versions), inUse].find((id) => id !== undefined && id !== known);
  // Where somebody has put another value into use, the leaked one is in the version before.
  return [inUse, known].find((id) => id !== undefined && isWritten(versions, id)) ?? inUse;
}

/**
 * A name that is mistyped must not be answered with "all dead". A key whose ledger and secret are
 * lost is known by the vendor's list.
 */
async function refuseUnknown(session: KeySession, begun: Revocation): Promise<void> {
  const found = await liveKeyIds(session, begun).catch(() => undefined);
  if (found?.ids.length === 0) throw undeclaredKey(session.key);
}

/** An emergency that nobody can carry out as it was ordered is no emergency that is open. */
function refuseWithoutEffect(
  { engine, key, record }: KeySession,
  { successor, keyIds }: Revocation,
  keep: boolean,
): void {
  const inUse = record.current?.keyId;
  const { displayName } = engine.vendor.descriptor;
  const { issues, endsOneByOne } = strategyOf(engine.vendor.descriptor);
  // There, the value in use and the one before it are of one vendor key, or of two that exist for
  // ever.
  if (keep && !endsOneByOne) {
    throw malformedEvent("event", `${displayName} has no vendor keys beside the one in use that could end without it`);
  }
  if (keep && !successor) throw malformedEvent("event", "what is in use cannot both stay and end");
  const needsSuccessor = successor && (inUse === undefined || keyIds.includes(inUse));
  if (needsSuccessor && !issues) throw noManualSuccessor(key, secretName(engine.prefix, key), displayName);
}
