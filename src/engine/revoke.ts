import {
  LEDGER_CONFLICT,
  malformedEvent,
  noSuccessorByHand,
  notSeenDead,
  notShown,
  revokeByHand,
  ScopedKeysRuntimeError,
  undeclaredKey,
} from "../model/errors";
import type { RevokeEvent, RevokeResult } from "../model/events";
import { INCIDENTS } from "../model/incidents";
import { type KeyRecord, newKeyRecord, vendorKeyIds } from "../model/key-record";
import { ownerName, secretName } from "../model/names";
import { isoTime, unixSeconds } from "../model/units";
import type { VendorKey } from "../vendors/vendor";
import { discard } from "./discard";
import { endVendorKey } from "./end-vendor-key";
import { checkApplied } from "./examine";
import { heldBy, isUnreadable, payloadOf } from "./held";
import { adoptPromoted, issue } from "./issue";
import { openForIssuer } from "./issuer-incidents";
import { kept, retainedKeyIds } from "./kept";
import { withLease } from "./lease";
import {
  type Emergency,
  emergencyIn,
  hasStopMark,
  isRevoked,
  isWritten,
  orders,
  revokedMark,
  type Stop,
  stopOf,
  stoppedMark,
} from "./marks";
import { shownOwner } from "./owner";
import { CURRENT, currentVersion, type Engine, nowSeconds, previousVersion, type SecretState } from "./ports";
import { proveGone } from "./proven-gone";
import { reasonOf } from "./reason";
import { endMarks, endOrders, markVersion, versionsOf } from "./seal";
import { afterlife } from "./seen-dead";
import { isLive, isOfKey } from "./vendor-keys";
import { Workbench } from "./workbench";

/** Where the vendor revokes by an expiry, the key is dead this much later at the latest. */
const EXPIRY_SOON_SECONDS = 5;

type Revocation = NonNullable<KeyRecord["revocation"]>;

interface Found {
  readonly ids: readonly string[];
  /** All that the vendor lists. */
  readonly listed: readonly VendorKey[];
}

/**
 * The emergency: every vendor key that a key has now dies without overlap, with a successor in its place or, where nothing may be issued,
 * without one. The ledger remembers what is to die, so a run that is cut off, or a vendor that is slow, is continued by the next call or
 * by the sweep, and a successor is never taken for one of the leaked. What the vendor does not do is part of the answer, and no error.
 */
export async function revoke(around: Engine, event: RevokeEvent): Promise<RevokeResult> {
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
    const bench = new Workbench(engine, stored ?? newKeyRecord(key));
    bench.named = true;
    return begin(bench, event, { isKnown: stored !== undefined, gone });
  });
}

/**
 * The sweep's part where an account is open again whose vendor keys were taken for dead: what lives there dies, as was ordered. The caller
 * holds the lease, and the secret says that nothing may be in use.
 */
export async function revokeRevived(bench: Workbench): Promise<void> {
  const { done, reasons } = await begin(bench, { successor: false }, { isKnown: true, gone: undefined });
  if (!done) throw new Error(`emergency revoke not finished: ${reasons.join("; ")}`);
  await bench.save({ accountGone: undefined });
}

async function begin(
  bench: Workbench,
  { successor, keepCurrent }: Pick<RevokeEvent, "successor" | "keepCurrent">,
  { isKnown, gone }: { readonly isKnown: boolean; readonly gone: string | undefined },
): Promise<RevokeResult> {
  const { engine } = bench;
  const since = nowSeconds(engine.clock);
  const { revocation, stopped } = bench.record;
  const versions = await versionsOf(bench);
  const begun: Revocation = { since, successor, keyIds: [...vendorKeyIds(bench.record)] };
  if (!isKnown && Object.keys(versions).length === 0) await refuseUnknown(bench, begun);
  const inUse = bench.record.current?.keyId;
  const isKept = (keyId: string | undefined) => keepCurrent === true && keyId !== undefined && keyId === inUse;
  // One that the secret knows nothing of is not this order's.
  const goesOn =
    revocation?.successor === successor &&
    isOrdered(versions, revocation) &&
    // An apply that was cut off may have lifted the ledger's order, and not yet the secret's.
    emergencyIn(versions)?.successor !== !successor &&
    !revocation.keyIds.some(isKept);
  const resumed = goesOn ? revocation : { ...begun, keyIds: begun.keyIds.filter((keyId) => !isKept(keyId)) };
  refuseWithoutEffect(bench, resumed, keepCurrent === true);
  if (keepCurrent === true && stopOf(versions) !== undefined) {
    throw malformedEvent("event", "an operator stopped the key: what is in use cannot stay");
  }
  const marked = goesOn ? versions : await markEmergency(bench, versions, { since, successor }, keepCurrent === true);
  const stop = successor ? undefined : (stopOf(marked) ?? stopped ?? { id: engine.newToken().slice(-8), since });
  // Before anything dies, so that no other driver issues in between.
  await bench.save({ revocation: resumed, stopped: stop, ...(gone === undefined ? {} : { accountGone: gone }) });
  // A run that dies here leaves a stop as it was: the sweep sets what is missing, an apply or this order again lifts one.
  if (stop === undefined) await endOrders(bench, versions, "stopped");
  else await markStop(bench, marked, stop);
  return carryOut(bench, resumed);
}

/** Puts the order on the secret, in the place of the one before. Answers the versions as they are then. */
async function markEmergency(
  bench: Workbench,
  versions: SecretState["versions"],
  emergency: Emergency,
  keep: boolean,
): Promise<SecretState["versions"]> {
  const mark = revokedMark(emergency);
  const before = orders.revoked(versions).filter(({ label }) => label !== mark);
  const marked = await markVersion(bench, versions, bearerOf(bench.record, versions, keep), mark);
  return endMarks(bench, marked, before);
}

/** The version that the order is put on. What the controller wrote of it dies; so a version whose vendor key stays cannot bear it. */
function bearerOf({ current }: KeyRecord, versions: SecretState["versions"], keep: boolean): string | undefined {
  const inUse = currentVersion(versions);
  const known = current?.versionId;
  if (keep) return [previousVersion(versions), inUse].find((id) => id !== undefined && id !== known);
  // Where somebody has put another value into use, the leaked one is in the version before.
  return [inUse, known].find((id) => id !== undefined && isWritten(versions, id)) ?? inUse;
}

/** A name that is mistyped must not be answered with "all dead". A key whose ledger and secret are lost is known by the vendor's list. */
async function refuseUnknown(bench: Workbench, begun: Revocation): Promise<void> {
  const found = await liveKeyIds(bench, begun).catch(() => undefined);
  if (found?.ids.length === 0) throw undeclaredKey(bench.key);
}

async function markStop(bench: Workbench, versions: SecretState["versions"], stop: Stop): Promise<void> {
  if (hasStopMark(versions)) return;
  await markVersion(bench, versions, currentVersion(versions), stoppedMark(stop));
}

/** An emergency that nobody can carry out as it was ordered is no emergency that is open. */
function refuseWithoutEffect(
  { engine, key, record }: Workbench,
  { successor, keyIds }: Revocation,
  keep: boolean,
): void {
  const inUse = record.current?.keyId;
  const { strategy, displayName } = engine.vendor.descriptor;
  // There, the value in use and the one before it are of one vendor key, or of two that exist for ever.
  if (keep && !(strategy === "manual" || strategy === "additive")) {
    throw malformedEvent("event", `${displayName} has no vendor keys beside the one in use that could end without it`);
  }
  if (keep && !successor) throw malformedEvent("event", "what is in use cannot both stay and end");
  const needsSuccessor = successor && (inUse === undefined || keyIds.includes(inUse));
  if (needsSuccessor && strategy === "manual")
    throw noSuccessorByHand(key, secretName(engine.prefix, key), displayName);
}

/** Whether the secret says so too, where it holds anything: the ledger's word alone ends nothing that is in use. */
function isOrdered(versions: SecretState["versions"], { since }: Revocation): boolean {
  return currentVersion(versions) === undefined || emergencyIn(versions)?.since === since;
}

/** The emergency that is under way: where the secret has one, and the ledger none or another, the secret's. */
export function emergencyOf({ revocation }: KeyRecord, versions: SecretState["versions"]): Revocation | undefined {
  const ordered = emergencyIn(versions);
  if (ordered === undefined || ordered.since === revocation?.since) return revocation;
  return { ...ordered, keyIds: [] };
}

/** An apply's part, before it takes anything for the key in use: an order that the ledger has lost, or a part of it, is written down again. */
export async function recallRevocation(bench: Workbench, versions: SecretState["versions"]): Promise<void> {
  const revocation = emergencyOf(bench.record, versions);
  if (revocation === undefined) return;
  const isKnown = revocation === bench.record.revocation;
  const superseded = isKnown ? [] : bench.record.superseded.map(({ keyId }) => keyId);
  const keyIds = new Set([...revocation.keyIds, ...(await markedKeyIds(bench, versions)), ...superseded]);
  if (isKnown && keyIds.size === revocation.keyIds.length) return;
  await bench.save({ revocation: { ...revocation, keyIds: [...keyIds] } });
}

/**
 * What an operator stopped does not come back: it may live again, where it was taken for dead because its account was gone. Then it gets a
 * successor, and dies. Answers the versions as they are then.
 */
export async function condemnAgain(
  bench: Workbench,
  versions: SecretState["versions"],
): Promise<SecretState["versions"]> {
  const { engine } = bench;
  // Where somebody has put another value into use, it is in the version before, and might be put back.
  const candidates = [currentVersion(versions), bench.record.current?.versionId];
  const inUse = candidates.find((id) => id !== undefined && isWritten(versions, id));
  // The ledger's word alone condemns nothing.
  const since = stopOf(versions)?.since;
  if (since === undefined || emergencyIn(versions) !== undefined || inUse === undefined) return versions;
  const payload = await payloadOf(bench, inUse);
  if (payload === undefined || unixSeconds(payload.issuedAt) > since) return versions;
  const found = await engine.vendor.read({ keyId: payload.keyId, signal: engine.deadline.signal });
  if (found === undefined || !isLive(found, nowSeconds(engine.clock))) return versions;
  return markVersion(bench, versions, inUse, revokedMark({ since, successor: true }));
}

/** Vendor keys whose values the controller wrote into the versions that an emergency is for. */
async function markedKeyIds(bench: Workbench, versions: SecretState["versions"]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const id of Object.keys(versions).filter((id) => isWritten(versions, id) && isRevoked(versions, id))) {
    const held = await heldBy(bench, versions, id);
    if (held !== undefined) ids.add(held.keyId);
  }
  return ids;
}

/** The sweep's part: goes on where an emergency revoke was cut off. The caller holds the lease. */
export async function resumeRevocation(bench: Workbench, revocation: Revocation): Promise<void> {
  const versions = await versionsOf(bench);
  const { stopped } = bench.record;
  const ordered = emergencyIn(versions);
  const isItsOwn = ordered?.since === revocation.since;
  // Whether anything may be issued is the secret's word. An order that was cut off before it lifted a stop has left that as it was.
  const isStopped = stopOf(versions) !== undefined || (!isItsOwn && stopped !== undefined);
  const successor = (isItsOwn ? ordered.successor : revocation.successor) && !isStopped;
  if (isItsOwn && !ordered.successor) {
    // The order was cut off before it was written down, or somebody has wiped it out.
    const stop = stopped ?? stopOf(versions) ?? { id: bench.engine.newToken().slice(-8), since: ordered.since };
    if (stopped === undefined) await bench.save({ stopped: stop });
    await markStop(bench, versions, stop);
  }
  const { done, reasons } = await carryOut(bench, { ...revocation, successor });
  if (!done) throw new Error(`emergency revoke not finished: ${reasons.join("; ")}`);
}

async function carryOut(bench: Workbench, revocation: Revocation): Promise<RevokeResult> {
  const { engine } = bench;
  const reasons: string[] = [];
  /** Whatever fails, the rest is tried; unless the lease was lost, and what another run has put into use since is not known here. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      bench.checkTime();
      return await work();
    } catch (error) {
      if (error instanceof ScopedKeysRuntimeError && error.code === LEDGER_CONFLICT) throw error;
      reasons.push(reasonOf(error));
      return undefined;
    }
  };

  const found = await attempt(() => liveKeyIds(bench, revocation));
  const inSecret = await attempt(() => idsInSecret(bench, revocation, found?.listed));
  if (inSecret?.unread !== undefined) reasons.push(inSecret.unread);
  // What is in a slot since this emergency ended its key is nobody's: it would be replaced by every run.
  const isEmptied = engine.vendor.descriptor.strategy === "slot_pair" && revocation.ended !== undefined;
  const doomed = new Set([...revocation.keyIds, ...(isEmptied ? [] : (found?.ids ?? [])), ...(inSecret?.doomed ?? [])]);
  for (const keyId of inSecret?.safe ?? []) doomed.delete(keyId);
  if (inSecret?.ordered === false && revocation.keyIds.some((keyId) => inSecret.safe.includes(keyId))) {
    engine.telemetry.warn("the ledger alone has an emergency for a vendor key in use; left alone", { key: bench.key });
    await attempt(() => bench.open(INCIDENTS.ledgerTampered));
  }
  const isGivenUp = await attempt(async () => {
    await giveUpPending(bench, revocation);
    return true;
  });
  const { policy } = bench.record;
  const inUse = bench.record.current?.keyId;
  const wanted = [inUse, inSecret?.inUse].some((keyId) => keyId !== undefined && doomed.has(keyId));
  // What was minted before the order, and not given up, would be taken for the successor.
  const mayIssue = revocation.successor && inSecret?.ordered === true && isGivenUp === true;
  if (mayIssue && policy !== undefined && (inUse === undefined || wanted)) {
    await attempt(async () => {
      await checkApplied(bench, policy);
      await issue(bench, policy);
    });
  }
  const successor = bench.record.current?.keyId;
  const after = await attempt(() => idsInSecret(bench, revocation, found?.listed));
  const replaced = [successor, after?.inUse].every((keyId) => keyId !== undefined && !doomed.has(keyId));

  const retained = await attempt(() => retainedKeyIds(bench, found?.listed));
  // A successor that another run has put into use may be among the doomed; then this write fails.
  await attempt(() => bench.save({}));
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
      ? await attempt(() => hasEnded(bench, keyId, found !== undefined))
      : !waits && (await attempt(() => revokeForCertain(bench, keyId, found)));
    if (isMarked && isGone !== true) {
      left.push(keyId);
      continue;
    }
    const since = ended.get(keyId) ?? nowSeconds(engine.clock);
    const after = isGone === true ? await attempt(() => afterlife(bench, keyId, since)) : undefined;
    if (isGone === true) ended.set(keyId, since);
    if (after?.dead === false) {
      revoked.push({ keyId, until: isoTime(after.until) });
      reasons.push(`${keyId} is revoked, and may work until ${isoTime(after.until)}`);
    }
    if (after?.dead === true && after.untried !== undefined) untried.push({ keyId, why: after.untried });
    (after?.dead === true ? dead : alive).push(keyId);
  }
  const done = alive.length === 0 && reasons.length === 0;
  await bench.save({
    superseded: bench.record.superseded.filter(({ keyId }) => !dead.includes(keyId)),
    // With the dead: one that is in use still wants its successor.
    revocation: done ? undefined : { ...revocation, keyIds: [...alive, ...dead], ...endedOf(ended) },
    ...(done ? bench.resolving(INCIDENTS.unfinishedRevocation) : bench.opening(INCIDENTS.unfinishedRevocation)),
  });
  if (done) await endOrders(bench, await versionsOf(bench), "revoked");
  const result = {
    key: bench.key,
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
    bench.key,
    `emergency revoke ${revocation.successor ? "with" : "without"} a successor, ${done ? "done" : "not finished"}; dead: ${dead.join(", ") || "none"}`,
  );
  const { revoked: _, untried: __, ...told } = result;
  engine.telemetry.warn("emergency revoke", { ...told, withSuccessor: revocation.successor });
  return left.length === 0 ? result : { ...result, marks: left.map((keyId) => markOf(bench.record, keyId)) };
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
  /** Those that the order is not for, whatever the ledger says: what came into use since, or, without the secret's word, what is in use. */
  readonly safe: readonly string[];
  /** Why it is not known what a version holds: KMS lets nobody read it. Where all is to die, that saves nothing of what is known. */
  readonly unread?: string;
}

async function idsInSecret(
  bench: Workbench,
  revocation: Revocation,
  listed: readonly VendorKey[] = [],
): Promise<InSecret> {
  const versions = await versionsOf(bench);
  const current = currentVersion(versions);
  let unread: string | undefined;
  const keyIdIn = async (versionId: string): Promise<string | undefined> => {
    try {
      return (await heldBy(bench, versions, versionId, listed))?.keyId;
    } catch (error) {
      if (revocation.successor || !isUnreadable(error)) throw error;
      unread = reasonOf(error);
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
  const overlapping = ordered ? undefined : (await kept(bench)).overlapping;
  const isSuccessor = current !== undefined && isWritten(versions, current) && !isRevoked(versions, current);
  return {
    ordered,
    doomed,
    inUse,
    safe: [ordered && !isSuccessor ? undefined : inUse, overlapping].filter((keyId) => keyId !== undefined),
    ...(unread === undefined ? {} : { unread }),
  };
}

/** Rotations under way are given up; what was promoted already, and not written down, is written down. */
async function giveUpPending(bench: Workbench, { since, successor }: Revocation): Promise<void> {
  const { engine, key } = bench;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  for (const { token, keyId, startedAt } of bench.record.pending) {
    // Nothing has an overlap in an emergency.
    if (versions[token]?.includes(CURRENT)) await adoptPromoted(bench, token, 0);
    else if (!successor || startedAt <= since) await discard(bench, token, keyId);
  }
}

/** What lives on the key's account or in its name. With a successor, only what is older than the emergency. */
async function liveKeyIds(bench: Workbench, { since, successor }: Revocation): Promise<Found> {
  await shownOwner(bench);
  const { engine, key, record } = bench;
  const now = nowSeconds(engine.clock);
  const known = vendorKeyIds(record);
  const name = ownerName(engine.deployment, key);
  const { signal } = engine.deadline;
  const ownerId = record.ownerId ?? (await engine.vendor.findOwner?.({ name, signal }));
  const listed = await engine.vendor.list({ signal });
  const ids = listed
    .filter((k) => isOfKey(engine, { key, ...(ownerId === undefined ? {} : { ownerId }) }, k) && isLive(k, now))
    .filter((k) => !successor || (k.createdAt <= since && !known.has(k.id)))
    .map((k) => k.id);
  return { ids, listed };
}

function markOf({ retained = [] }: KeyRecord, keyId: string): NonNullable<RevokeResult["marks"]>[number] {
  const mark = retained.find((each) => each.keyId === keyId);
  if (mark === undefined) return { keyId };
  return { keyId, since: isoTime(mark.since), ...(mark.by === undefined ? {} : { by: mark.by }) };
}

/** What is marked ends by its own expiry, or by a person at the vendor. */
async function hasEnded({ engine }: Workbench, keyId: string, listed: boolean): Promise<boolean> {
  const { vendor, clock, deadline } = engine;
  const found = await vendor.read({ keyId, signal: deadline.signal });
  return found === undefined ? listed : !isLive(found, nowSeconds(clock));
}

/** A 404 is proof only where the list has shown that the admin key sees the project. */
async function revokeForCertain(bench: Workbench, keyId: string, found: Found | undefined): Promise<boolean> {
  const { engine, key } = bench;
  const { vendor, clock, deadline } = engine;
  const { signal } = deadline;
  const outcome = await endVendorKey(bench, keyId, found?.listed);
  if (outcome === "gone") return found !== undefined;
  if (outcome === "not_ours") throw notShown(key, vendor.descriptor.displayName, keyId);
  if (outcome === "by_hand") throw revokeByHand(key, vendor.descriptor.displayName, [keyId]);
  if (outcome === "unconfirmed") throw notSeenDead(key, vendor.descriptor.displayName, [keyId]);
  const left = await vendor.read({ keyId, signal });
  return left === undefined || !isLive(left, nowSeconds(clock) + EXPIRY_SOON_SECONDS);
}
