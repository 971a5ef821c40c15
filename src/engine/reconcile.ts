import {
  foreignVendor,
  keyStopped,
  kmsKeyUnusable,
  LEDGER_CONFLICT,
  ScopedKeysRuntimeError,
  shorterLife,
} from "../model/errors";
import type { ReconcileEvent, ReconcileResult } from "../model/events";
import { describeGrant, sameGrant } from "../model/grant";
import { INCIDENTS } from "../model/incidents";
import { canonicalPolicy, type KeyPolicy, policyDigest, retryMarginSeconds } from "../model/key-policy";
import { type KeyRecord, newKeyRecord } from "../model/key-record";
import { secretName } from "../model/names";
import { isoTime } from "../model/units";
import type { VendorKey } from "../vendors/vendor";
import { putBack, resumeAdoptions } from "./adopt";
import { compare, tampering } from "./compare";
import { dueSentences, isDue } from "./due";
import { readEncryption } from "./encryption";
import { endVendorKey, showVendorKey } from "./end-vendor-key";
import { checkEnforced } from "./enforced";
import { examine } from "./examine";
import { adjustExpiry, EXPIRY_TOLERANCE_SECONDS, endOf, isNear, shortLife } from "./expiry";
import { type Foresight, foresightOf, unforeseenSince } from "./foreseen";
import { grantDifferences } from "./granted";
import { issue, tidyPending, updateGrant } from "./issue";
import { kept } from "./kept";
import { withLease } from "./lease";
import { isMintedWith, stopOf } from "./marks";
import { missingSecret } from "./missing-secret";
import { boundOverlaps } from "./overlaps";
import { shownOwner } from "./owner";
import { currentVersion, type Engine, isUnissued, nowSeconds, type SecretState } from "./ports";
import { reasonOf } from "./reason";
import { isLost, rebuild } from "./rebuild";
import { condemnAgain, recallRevocation } from "./revoke";
import { beginSeal, endOrders, endSeal, liftEmergency } from "./seal";
import { testUntested } from "./untested";
import { isForeign, isLive, isOfKey } from "./vendor-keys";
import { Workbench } from "./workbench";

/**
 * Makes one key what its policy says; Terraform calls it on create and update. Every run converges from whatever it finds, so a
 * create that is sent again, or an apply that was killed, adopts what is there. The repair token is stored on success only: until
 * then the observer keeps the plan non-empty.
 */
export async function reconcile(engine: Engine, event: ReconcileEvent): Promise<ReconcileResult> {
  const policy = canonicalPolicy(event.policy);
  const { id } = engine.vendor.descriptor;
  if (policy.vendor !== id) throw foreignVendor(event.key, policy.vendor, id);
  checkEnforced(event.key, policy, engine.vendor.descriptor);
  return withLease(engine, event.key, async () => {
    const secret = await engine.secrets.describe(secretName(engine.prefix, event.key));
    if (secret === undefined) throw await missingSecret(engine, event.key);
    const stored = await engine.ledger.get(event.key);
    const bench = new Workbench(engine, stored ?? newKeyRecord(event.key));
    bench.declared = policy;
    bench.named = true;
    const stopped = stopOf(secret.versions) ?? bench.record.stopped;
    // A plan that was made before the stop, or says nothing of it, must not undo it.
    if (stopped !== undefined && !event.repair.includes(stopped.id)) {
      throw keyStopped(event.key, secretName(engine.prefix, event.key), isoTime(stopped.since));
    }
    const digest = policyDigest(policy);
    const compared = compare(bench.record, secret, engine.vendor.descriptor);
    const repairing = needsRepair(stored, secret, event.repair) || Object.keys(compared).length > 0;
    const expected = stopped === undefined && stored?.unfinished?.action !== "destroy";
    const began = { action: "apply", policy: digest, since: nowSeconds(engine.clock) } as const;
    const foresight = await foresightOf(engine, { key: event.key, digest, stored });
    await bench.save({
      unfinished: { ...began, reason: "it was cut off" },
      // Before the vendor hears of it, so that a run which dies leaves word.
      ...(foresight.of === "unforeseen" ? bench.opening(INCIDENTS.unforeseenPolicy, `policy ${digest}`) : {}),
      ...(stopped === undefined ? {} : liftStop(bench.record)),
    });
    try {
      // Before the stop's own mark goes: a run that dies in between has lifted nothing.
      const lifted = stopped === undefined ? secret.versions : await lift(bench, secret.versions);
      const versions = await endOrders(bench, lifted, "stopped", "destroy");
      await distrust(bench, { ...secret, versions });
      await beginSeal(bench, secret, policy);
      await boundOverlaps(bench, policy, nowSeconds(engine.clock));
      if (isLost(bench.record, secret)) await rebuild(bench, secret, policy);
      await recallRevocation(bench, versions);
      const changes = await converge(bench, secret, policy, { repairing, expected });
      const short = shortLife(engine.vendor, bench.record.current, policy);
      const { broken } = await readEncryption(engine.kmsKeys, secret);
      await bench.save({
        policy,
        // Where the vendor cannot give the declared life, or nobody can read the value, the plan goes on saying so.
        ...(short === undefined && broken.length === 0 ? { repair: event.repair, unfinished: undefined } : {}),
        ...bench.resolving(
          INCIDENTS.ledgerTampered,
          INCIDENTS.staleLedger,
          INCIDENTS.secretEdited,
          INCIDENTS.notShownOurs,
          INCIDENTS.lostLedger,
          INCIDENTS.keyGone,
          INCIDENTS.unfinishedDestroy,
          INCIDENTS.stuckLabel,
          ...(wasShown(foresight, bench.record) ? [INCIDENTS.unforeseenPolicy] : []),
        ),
      });
      await endSeal(bench, policy);
      if (broken.length > 0) throw kmsKeyUnusable(secretName(engine.prefix, event.key), broken.join("; "));
      if (short !== undefined) {
        throw shorterLife(
          event.key,
          engine.vendor.descriptor.displayName,
          isoTime(short.ends),
          isoTime(short.declared),
        );
      }
      engine.effects.note(event.key, ["policy applied", ...changes].join("; "), digest);
      engine.telemetry.info("reconciled", { key: event.key, policy: digest, changes });
      return { key: event.key, policy: digest, repair: event.repair, changes };
    } catch (error) {
      engine.effects.note(event.key, `apply did not finish: ${reasonOf(error)}`, digest);
      await bench.saveReason({ unfinished: { ...began, reason: reasonOf(error) } });
      throw error;
    }
  });
}

/** A plan has asked since, and so has shown to a person what was set without one. */
function wasShown(foresight: Foresight, record: KeyRecord): boolean {
  const since = unforeseenSince(record);
  return since !== undefined && foresight.of === "foreseen" && foresight.at > since;
}

/**
 * A ledger that says other than the secret's marks is one that is lost: what it says of vendor keys is found out anew, and a policy that no
 * apply was for is not one to compare with.
 */
async function distrust(bench: Workbench, secret: SecretState): Promise<void> {
  const compared = await examine(bench, secret);
  if (tampering(compared).length === 0) return;
  const { policy, current, superseded } = bench.record;
  // What an earlier apply has found out already, and could not finish, goes on. Which of two slots has its overlap nobody else knows.
  const stays =
    (policy === undefined && current === undefined) || bench.engine.vendor.descriptor.strategy === "slot_pair";
  await bench.save({
    policy: undefined,
    current: undefined,
    pending: [],
    superseded: stays ? superseded : [],
  });
}

async function lift(bench: Workbench, versions: SecretState["versions"]): Promise<SecretState["versions"]> {
  return condemnAgain(bench, await liftEmergency(bench, versions));
}

/** What was to die still dies; what is issued from now on is its successor. */
function liftStop({ revocation }: KeyRecord): Partial<KeyRecord> & { stopped: undefined } {
  return {
    stopped: undefined,
    ...(revocation === undefined ? {} : { revocation: { ...revocation, successor: true } }),
  };
}

/** Whether the vendor may differ from the record: drift was seen, the record is lost, or a run died with half of its changes made. */
function needsRepair(stored: KeyRecord | undefined, secret: SecretState, repair: string): boolean {
  if (stored === undefined) return Object.keys(secret.versions).length > 0;
  return stored.unfinished !== undefined || stored.repair !== repair;
}

interface Convergence {
  /** The vendor may differ from the record. */
  readonly repairing: boolean;
  /** The key in use is to be there: nobody has ended it on purpose. */
  readonly expected: boolean;
}

async function converge(
  bench: Workbench,
  secret: SecretState,
  policy: KeyPolicy,
  { repairing, expected }: Convergence,
): Promise<string[]> {
  const changes = repairing ? await forgetStrangers(bench) : [];
  if (bench.engine.vendor.descriptor.strategy === "manual") {
    return [...changes, ...(await convergeByHand(bench, secret, policy))];
  }
  if (repairing) changes.push(...(await revokeForeign(bench, policy)));
  await tidyPending(bench, secret, policy);
  const why = await whyIssue(bench, secret, policy, expected);
  if (why !== undefined) {
    await issue(bench, policy);
    changes.push(`issued a vendor key: ${why}`);
  }
  changes.push(...(await adjust(bench, policy, repairing)));
  const failed = await testUntested(bench, policy);
  if (failed !== undefined) {
    await issue(bench, policy);
    changes.push(`issued a vendor key: the one in use, which nobody had tested, failed its test (${failed})`);
  }
  return changes;
}

/** What an apply can do where people mint: finish what was handed over, and put back what somebody overwrote. The rest it says. */
async function convergeByHand(bench: Workbench, secret: SecretState, policy: KeyPolicy): Promise<string[]> {
  const { engine } = bench;
  await resumeAdoptions(bench, secret, policy);
  const changes: string[] = [];
  const now = nowSeconds(engine.clock);
  const { current } = bench.record;
  const found = await engine.secrets.describe(secretName(engine.prefix, bench.key));
  if (current !== undefined && found !== undefined && currentVersion(found.versions) !== current.versionId) {
    const isDoomed = bench.record.revocation?.keyIds.includes(current.keyId) === true;
    if (!isDoomed && (await putBack(bench, found))) changes.push("put the adopted value back into the secret");
    else {
      // Nobody has the value any more, or it is to die.
      const lost = { keyId: current.keyId, revokeAfter: now, expiresAt: current.expiresAt };
      await bench.save({ current: undefined, superseded: [...bench.record.superseded, lost] });
    }
  }
  const failed = await testUntested(bench, policy).catch((error: unknown) => {
    // No apply can mint another one; the plan goes on saying that this one was not tested.
    if (!(error instanceof ScopedKeysRuntimeError) || error.code === LEDGER_CONFLICT) throw error;
    return reasonOf(error);
  });
  if (failed !== undefined) changes.push(`left the vendor key in use, which nobody has tested, as it is: ${failed}`);
  const listed = (await engine.vendor.list({ signal: engine.deadline.signal })).filter((k) =>
    isOfKey(engine, bench.record, k),
  );
  const declared = { ...bench.record, policy };
  if (isDue(engine, declared, listed, now)) await bench.open(INCIDENTS.rotationDue);
  return [...changes, ...dueSentences(engine, declared, listed, now)];
}

/** Why the current vendor key cannot serve; undefined where it can. */
async function whyIssue(
  bench: Workbench,
  secret: SecretState,
  policy: KeyPolicy,
  expected: boolean,
): Promise<string | undefined> {
  const { engine, record } = bench;
  const { current } = record;
  if (current === undefined) {
    const isInUse = currentVersion(secret.versions) !== undefined && !isUnissued(secret.versions);
    const held = isInUse && record.superseded.length === 0;
    return held ? "the secret held somebody else's value, which is left alone at the vendor" : "there was none";
  }
  if (record.revocation?.keyIds.includes(current.keyId)) return "an operator revoked it";
  const labelled = currentVersion(secret.versions);
  if (labelled !== current.versionId) return "the secret held another value";
  const now = nowSeconds(engine.clock);
  const found = await engine.vendor.read({ keyId: current.keyId, signal: engine.deadline.signal });
  const ended = found !== undefined && !isLive(found, now);
  if ((found === undefined || ended) && expected && current.expiresAt > now) await bench.open(INCIDENTS.keyGone);
  if (found === undefined) return "the vendor no longer had it";
  if (ended) return found.disabled ? "it was disabled at the vendor" : "it had expired at the vendor";
  if (current.expiresAt <= now) return "it had expired";
  if (current.valueEndsAt !== undefined && record.pending.length === 0) return "a rotation in place did not end";
  const unchangeable = whyNotInPlace(bench, secret, found, policy);
  if (unchangeable !== undefined) return unchangeable;
  // In place, a shorter life could end before the next rotation has come.
  const { rotateEverySeconds, expirySeconds } = policy.lifetime;
  const wanted = endOf(engine.vendor, current.issuedAt, expirySeconds);
  const needed = rotateEverySeconds === undefined ? 0 : rotateEverySeconds + retryMarginSeconds(rotateEverySeconds);
  const { expiryStepSeconds = 1 } = engine.vendor.descriptor;
  if (wanted < current.expiresAt - EXPIRY_TOLERANCE_SECONDS - expiryStepSeconds + 1 && wanted - now < needed)
    return "its new expiry is too near";
  if (wanted <= now) return "its new expiry has passed";
  return undefined;
}

/** What the vendor sets at the mint alone takes a new vendor key. */
function whyNotInPlace(
  { engine, record }: Workbench,
  { versions }: SecretState,
  found: VendorKey,
  policy: KeyPolicy,
): string | undefined {
  const { inPlace, enforcement } = engine.vendor.descriptor;
  const before = record.policy;
  if (!inPlace.grant) {
    if (before !== undefined && !sameGrant(before, policy)) return "what it may do has changed";
    // Nobody knows what the one before was for; what this one was minted with, its mark says.
    const known = before !== undefined || isMintedWith(versions, record.current?.versionId ?? "", policy);
    if (!known) return "it was minted for another policy";
    if (grantDifferences(policy, found.granted).length > 0) return "what it may do was changed at the vendor";
  }
  if (inPlace.expiry || enforcement.expiry !== "key" || record.current === undefined) return undefined;
  const { issuedAt, expiresAt, versionId } = record.current;
  const { expiryStepSeconds } = engine.vendor.descriptor;
  const isSame = before?.lifetime.expirySeconds === policy.lifetime.expirySeconds;
  // An apply for another policy may have put it into use, and died.
  const mintedForIt = [policy, ...(before === undefined ? [] : [before])].some((p) =>
    isMintedWith(versions, versionId, p),
  );
  // What a vendor cut short at the mint, it would cut short again.
  const declared = !isSame || !mintedForIt;
  const wanted = endOf(engine.vendor, issuedAt, policy.lifetime.expirySeconds);
  if (declared && !isNear(expiresAt, wanted, expiryStepSeconds)) return "its expiry has changed";
  return isNear(found.expiresAt, expiresAt) ? undefined : "its expiry was changed at the vendor";
}

/** Sets grant and expiry of every vendor key that still opens something, where policy or vendor differ from what is wanted. */
async function adjust(bench: Workbench, policy: KeyPolicy, repairing: boolean): Promise<string[]> {
  const { engine } = bench;
  const before = bench.record.policy;
  const changes: string[] = [];
  const { inPlace } = engine.vendor.descriptor;
  if (inPlace.grant && (repairing || before === undefined || !sameGrant(before, policy))) {
    const now = nowSeconds(engine.clock);
    const live = [bench.record.current, ...bench.record.pending, ...bench.record.superseded].filter(
      // Of those not in use the vendor is asked, and not the ledger, whether they still open anything.
      (k) => k?.keyId !== undefined && (k !== bench.record.current || k.expiresAt > now),
    );
    // A key just issued for a new record has its grant from the mint.
    if (before !== undefined || repairing) {
      for (const { keyId } of live as Array<{ keyId: string }>) await setGrant(bench, keyId, policy);
      changes.push(`set ${describeGrant(policy)}`);
    }
  }
  const expiry = await adjustExpiry(bench, policy, repairing);
  if (expiry !== undefined) changes.push(expiry);
  return changes;
}

async function setGrant(bench: Workbench, keyId: string, policy: KeyPolicy): Promise<void> {
  const { engine, record } = bench;
  const { signal } = engine.deadline;
  if (keyId !== record.current?.keyId) {
    // Somebody may have deleted it, or ended its life: then it opens nothing, and cannot be updated.
    const found = await engine.vendor.read({ keyId, signal });
    if (found === undefined || !isLive(found, nowSeconds(engine.clock))) return;
    if ((await showVendorKey(bench, keyId, [found])) !== "ours") return;
  }
  await updateGrant(bench, keyId, policy);
}

/** Vendor keys that the ledger would have revoked, and that nothing shows to be the key's, are no concern of it. */
async function forgetStrangers(bench: Workbench): Promise<string[]> {
  const changes: string[] = [];
  const doomed = [...bench.record.superseded.map(({ keyId }) => keyId), ...(bench.record.revocation?.keyIds ?? [])];
  for (const keyId of new Set(doomed)) {
    if ((await showVendorKey(bench, keyId)) !== "not_ours") continue;
    const { superseded, revocation } = bench.record;
    await bench.save({
      superseded: superseded.filter((k) => k.keyId !== keyId),
      ...(revocation === undefined
        ? {}
        : { revocation: { ...revocation, keyIds: revocation.keyIds.filter((id) => id !== keyId) } }),
    });
    changes.push(`forgot vendor key ${keyId}, which nothing but the ledger called this key's`);
  }
  return changes;
}

/** By the secret it has its overlap, and the ledger does not know it: programs may still have its value. */
async function accountFor(bench: Workbench, { id, expiresAt }: VendorKey, revokeAfter: number): Promise<void> {
  const entry = { keyId: id, revokeAfter, expiresAt: expiresAt ?? revokeAfter };
  await bench.save({ superseded: [...bench.record.superseded.filter((k) => k.keyId !== id), entry] });
}

async function revokeForeign(bench: Workbench, { lifetime: { overlapSeconds } }: KeyPolicy): Promise<string[]> {
  const { engine, key } = bench;
  const { signal } = engine.deadline;
  const now = nowSeconds(engine.clock);
  const changes: string[] = [];
  await shownOwner(bench);
  const listed = await engine.vendor.list({ signal });
  const foreign = listed.filter((found) => isForeign(engine, bench.record, found) && isLive(found, now));
  if (foreign.length === 0) return changes;
  // A ledger from a backup does not know the key in use: that one gives way to a new one first.
  const { inUse, retained, overlapping } = await kept(bench);
  for (const found of foreign) {
    if (found.id === inUse || retained.has(found.id)) continue;
    if (found.id === overlapping) {
      await accountFor(bench, found, now + overlapSeconds);
      continue;
    }
    if ((await endVendorKey(bench, found.id, listed)) === "not_ours") continue;
    engine.effects.note(key, `foreign vendor key revoked: ${found.id}`);
    engine.telemetry.warn("foreign vendor key revoked", { key, keyId: found.id });
    changes.push(`revoked vendor key ${found.id}, which nobody declared`);
  }
  return changes;
}
