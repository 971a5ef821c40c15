import { LEDGER_CONFLICT, revokeByHand, ScopedKeysRuntimeError, undeclaredKey } from "../model/errors";
import type { RevokeEvent, RevokeResult } from "../model/events";
import { INCIDENTS } from "../model/incidents";
import { type KeyRecord, newKeyRecord, vendorKeyIds } from "../model/key-record";
import { ownerName, secretName } from "../model/names";
import { discard } from "./discard";
import { adoptPromoted, issue } from "./issue";
import { kept } from "./kept";
import { withLease } from "./lease";
import { CURRENT, type Engine, nowSeconds } from "./ports";
import { reasonOf } from "./reason";
import { isLive, isOfKey } from "./vendor-keys";
import { Workbench } from "./workbench";

/** Where the vendor revokes by an expiry, the key is dead this much later at the latest. */
const EXPIRY_SOON_SECONDS = 5;

type Revocation = NonNullable<KeyRecord["revocation"]>;

/**
 * The emergency: every vendor key that a key has now dies without overlap, with a successor in its place or, where nothing may be issued,
 * without one. The ledger remembers what is to die, so a run that is cut off, or a vendor that is slow, is continued by the next call or
 * by the sweep, and a successor is never taken for one of the leaked. What the vendor does not do is part of the answer, and no error.
 */
export async function revoke(engine: Engine, { key, successor }: RevokeEvent): Promise<RevokeResult> {
  return withLease(engine, key, async () => {
    const stored = await engine.ledger.get(key);
    if (successor && stored?.policy === undefined) throw undeclaredKey(key);
    const bench = new Workbench(engine, stored ?? newKeyRecord(key));
    const since = nowSeconds(engine.clock);
    const { revocation, stopped } = bench.record;
    const begun: Revocation = { since, successor, keyIds: [...vendorKeyIds(bench.record)] };
    const resumed = revocation?.successor === successor ? revocation : begun;
    await bench.save({
      revocation: resumed,
      // Before anything dies, so that no other driver issues in between.
      stopped: successor ? undefined : (stopped ?? { id: engine.newToken().slice(-8), since }),
    });
    return await carryOut(bench, resumed);
  });
}

/** The sweep's part: goes on where an emergency revoke was cut off. The caller holds the lease. */
export async function resumeRevocation(bench: Workbench, revocation: Revocation): Promise<void> {
  const { done, reasons } = await carryOut(bench, revocation);
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
  const doomed = new Set([...revocation.keyIds, ...(found ?? [])]);
  await attempt(() => giveUpPending(bench, revocation));
  const { policy } = bench.record;
  const inUse = bench.record.current?.keyId;
  if (revocation.successor && policy !== undefined && (inUse === undefined || doomed.has(inUse))) {
    await attempt(() => issue(bench, policy));
  }
  const successor = bench.record.current?.keyId;
  const replaced = successor !== undefined && !doomed.has(successor);

  const retained = (await attempt(() => kept(bench)))?.retained;
  // A successor that another run has put into use may be among the doomed; then this write fails.
  await attempt(() => bench.save({}));
  const dead: string[] = [];
  const alive: string[] = [];
  for (const keyId of doomed) {
    // Without a successor in its place, the key in use would be an outage that nobody asked for.
    const waits = retained === undefined || (revocation.successor && !replaced && keyId === inUse);
    if (retained?.has(keyId)) continue;
    const isDead = !waits && (await attempt(() => revokeForCertain(bench, keyId, found !== undefined)));
    (isDead === true ? dead : alive).push(keyId);
  }
  const done = alive.length === 0 && reasons.length === 0;
  await bench.save({
    superseded: bench.record.superseded.filter(({ keyId }) => !dead.includes(keyId)),
    // With the dead: one that is in use still wants its successor.
    revocation: done ? undefined : { ...revocation, keyIds: [...alive, ...dead] },
    ...(done ? bench.resolving(INCIDENTS.unfinishedRevocation) : bench.opening(INCIDENTS.unfinishedRevocation)),
  });
  const result = {
    key: bench.key,
    done,
    ...(revocation.successor && replaced ? { successor } : {}),
    dead,
    alive,
    retained: [...doomed].filter((keyId) => retained?.has(keyId)),
    reasons,
  };
  engine.effects.note(
    bench.key,
    `emergency revoke ${revocation.successor ? "with" : "without"} a successor, ${done ? "done" : "not finished"}; dead: ${dead.join(", ") || "none"}`,
  );
  engine.telemetry.warn("emergency revoke", { ...result, withSuccessor: revocation.successor });
  return result;
}

/** Rotations under way are given up; what was promoted already, and not written down, is written down. */
async function giveUpPending(bench: Workbench, { since, successor }: Revocation): Promise<void> {
  const { engine, key } = bench;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  for (const { token, keyId, startedAt } of bench.record.pending) {
    if (versions[token]?.includes(CURRENT)) await adoptPromoted(bench, token);
    else if (!successor || startedAt <= since) await discard(bench, token, keyId);
  }
}

/** What lives on the key's account or in its name. With a successor, only what is older than the emergency. */
async function liveKeyIds({ engine, key, record }: Workbench, { since, successor }: Revocation): Promise<string[]> {
  const now = nowSeconds(engine.clock);
  const known = vendorKeyIds(record);
  const name = ownerName(engine.deployment, key);
  const { signal } = engine.deadline;
  const ownerId = record.ownerId ?? (await engine.vendor.findOwner?.({ name, signal }));
  const listed = await engine.vendor.list({ signal });
  return listed
    .filter((k) => isOfKey(engine, { key, ...(ownerId === undefined ? {} : { ownerId }) }, k) && isLive(k, now))
    .filter((k) => !successor || (k.createdAt <= since && !known.has(k.id)))
    .map((k) => k.id);
}

/** A 404 is proof only where the list has shown that the admin key sees the project. */
async function revokeForCertain({ engine, key }: Workbench, keyId: string, listed: boolean): Promise<boolean> {
  const { vendor, clock, deadline } = engine;
  const { signal } = deadline;
  const outcome = await vendor.revoke({ keyId, signal });
  if (outcome === "gone") return listed;
  if (outcome === "by_hand") throw revokeByHand(key, vendor.descriptor.displayName, [keyId]);
  const found = await vendor.read({ keyId, signal });
  return found === undefined || !isLive(found, nowSeconds(clock) + EXPIRY_SOON_SECONDS);
}
