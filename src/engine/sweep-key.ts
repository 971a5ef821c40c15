import { ScopedKeysRuntimeError } from "../model/errors";
import { INCIDENTS, type Incident } from "../model/incidents";
import { mintedFacts } from "../model/key-policy";
import type { KeyRecord, PendingKey, SupersededKey } from "../model/key-record";
import { secretName } from "../model/names";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, unixSeconds } from "../model/units";
import type { VendorKey } from "../vendors/vendor";
import { resumeAdoption } from "./adopt";
import { catchUp } from "./catch-up";
import { type Comparison, compare, isMerelyStale, tampering } from "./compare";
import { discard } from "./discard";
import { isDueChanged, remind } from "./due";
import { endVendorKey, showVendorKey } from "./end-vendor-key";
import { checkApplied, examine } from "./examine";
import { endsSooner, rewriteExpiry } from "./expiry";
import { payloadOf } from "./held";
import { adoptPromoted, complete, freeLabel } from "./issue";
import { kept } from "./kept";
import type { Listing } from "./listing";
import { endLostMint } from "./lost-mints";
import { destroyIn, isRevoked, isWritten, stopOf } from "./marks";
import { ageOf, isOverdue, rotateOverdue } from "./overdue";
import { boundOverlaps, DISABLED_SECONDS, isEndless } from "./overlaps";
import { shownOwner } from "./owner";
import {
  CURRENT,
  currentVersion,
  type Engine,
  isUnissued,
  nowSeconds,
  PENDING,
  type SecretState,
  STAGED,
  UNISSUED,
} from "./ports";
import { reasonOf } from "./reason";
import { isLost } from "./rebuild";
import { isGoneNoMore, looksGone, reissueGone } from "./reissue";
import { isDestroyForgotten, isDestroyOrdered, isHalfDestroyed, recallDestroy, resumeDestroy } from "./retire";
import { emergencyOf, resumeRevocation, revokeRevived } from "./revoke";
import { isUntested, sweepUntested } from "./untested";
import { isForeign, isLive, isLostMint } from "./vendor-keys";
import { Workbench } from "./workbench";

/** No run of a function lasts longer, so what is older belongs to nobody who is still at work. */
const GRACE_SECONDS = SECONDS_PER_HOUR;
/** Secrets Manager has given up on a rotation that is still pending after this long. */
const STUCK_SECONDS = SECONDS_PER_DAY;
/** A listing gone wrong must not take many keys with it; the rest waits for the next sweep. */
export const RECLAIM_MAX = 10;
export const REISSUE_MAX = 10;

/** After which a vendor key is kept, or was given up by who tested it: not known yet, no verdict, failed its test, abandoned. */
const WAITS: ReadonlySet<string> = new Set(["SK228", "SK261", "SK262", "SK209", "SK265", "SK266", "SK211"]);

/** Incidents that nothing but a sweep may be there to end. */
const LEFT_TO_SWEEPS: ReadonlySet<string> = new Set([
  INCIDENTS.lostMint,
  INCIDENTS.stuckLabel,
  INCIDENTS.keyGone,
  INCIDENTS.ledgerTampered,
  INCIDENTS.staleLedger,
  INCIDENTS.notShownOurs,
  INCIDENTS.secretEdited,
  INCIDENTS.unfinishedRevocation,
]);

/** Those that a look at ledger and secret may end. */
const LEFT_TO_LOOKS: ReadonlySet<string> = new Set([
  INCIDENTS.ledgerTampered,
  INCIDENTS.staleLedger,
  INCIDENTS.secretEdited,
]);

export interface SweepResult {
  /** Superseded vendor keys whose overlap is over. */
  readonly revoked: number;
  /** Orphans. */
  readonly reclaimed: number;
  /** Keys that got a successor because the vendor no longer had theirs. */
  readonly reissued: number;
  /** Keys that got a successor because Secrets Manager had not rotated them in time. */
  readonly rotated: number;
  /** Keys whose sweep failed; the next one tries again. */
  readonly failed: number;
  /** Keys with something to do that the sweep's time was too short for. */
  readonly left: number;
}

export type Tally = { -readonly [count in keyof SweepResult]: SweepResult[count] };

/** One sweep over all keys. */
export interface Round {
  readonly engine: Engine;
  readonly listing: Listing;
  readonly tally: Tally;
  /** What it may still do: keys in use that the list lacks are looked for one by one. */
  readonly budget: { reissues: number };
}

/**
 * Whether a key is worth its lease.
 * @param listed what the vendor lists of the key
 * @param secret the key's secret, where it was read and is there
 */
export function needsSweep(
  engine: Engine,
  record: KeyRecord,
  listed: readonly VendorKey[],
  secret: SecretState | undefined,
  now: number,
): boolean {
  return (
    (secret !== undefined && differs(engine, record, secret)) ||
    record.revocation !== undefined ||
    (record.accountGone !== undefined && listed.some((k) => isLive(k, now))) ||
    record.superseded.some((k) => k.revokeAfter <= now || isEndless(k, record.policy, now)) ||
    record.pending.some((p) => ageOf(p, now) >= GRACE_SECONDS) ||
    (record.incidents ?? []).some(({ kind, untold }) => untold || LEFT_TO_SWEEPS.has(kind)) ||
    isHalfDestroyed(record, now) ||
    isDestroyForgotten(record) ||
    isUntested(record) ||
    endsSooner(engine.vendor, record, listed) !== undefined ||
    isOverdue(engine, record, now) ||
    (isByHand(engine) && isDueChanged(engine, record, listed, now)) ||
    isPastItsEnd(engine, record, listed, now) ||
    isStrange(engine, record, listed, now)
  );
}

/** Ledger and secret: an order that is known to one alone, a value of somebody else, anything that was written into the ledger. */
function differs({ vendor }: Engine, record: KeyRecord, secret: SecretState): boolean {
  const { versions } = secret;
  return (
    (destroyIn(versions) !== undefined && record.unfinished === undefined) ||
    Object.keys(compare(record, secret, vendor.descriptor)).length > 0 ||
    (isRevoked(versions) && record.revocation === undefined) ||
    stopOf(versions)?.id !== record.stopped?.id
  );
}

function isByHand({ vendor }: Engine): boolean {
  return vendor.descriptor.strategy === "manual";
}

/** The vendor knows no expiry, and the key has reached the one that was declared. */
function isPastItsEnd(engine: Engine, { current }: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  const { vendor } = engine;
  if (isByHand(engine)) return false;
  if (vendor.descriptor.enforcement.expiry === "key" || current === undefined || current.expiresAt > now) return false;
  return listed.some((k) => k.id === current.keyId && isLive(k, now));
}

/** Vendor keys that were taken for dead with their account live again. The ledger's word alone ends nothing: the secret has the stop. */
async function isRevived(
  bench: Workbench,
  { versions }: Pick<SecretState, "versions">,
  listed: readonly VendorKey[],
  now: number,
): Promise<boolean> {
  if (bench.record.accountGone === undefined || stopOf(versions) === undefined) return false;
  const { retained } = await kept(bench);
  const alive = listed.filter((k) => isLive(k, now) && !retained.has(k.id)).map(({ id }) => id);
  if (alive.length === 0) return false;
  bench.engine.telemetry.warn("the account is open again, and vendor keys in it live", { key: bench.key, alive });
  return true;
}

async function endCurrent(bench: Workbench, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = bench;
  const { current } = bench.record;
  if (current === undefined) return;
  const { inUse, retained } = await kept(bench);
  if (retained.has(current.keyId)) return;
  if (inUse === current.keyId && !(await hasEnded(bench))) {
    engine.telemetry.warn("the ledger ends the key in use before its secret does; left alone", { key });
    return;
  }
  if ((await endVendorKey(bench, current.keyId, listed)) === "not_ours") return;
  engine.effects.note(key, `vendor key revoked at its end: ${current.keyId}`);
  engine.telemetry.warn("vendor key reached its end and was revoked", { key, keyId: current.keyId });
}

/** By the times in the secret, which the ledger's may not outrun. */
async function hasEnded(bench: Workbench): Promise<boolean> {
  const { engine, key } = bench;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  const current = currentVersion(versions);
  if (current === undefined || !isWritten(versions, current)) return false;
  const payload = await payloadOf(bench, current);
  return payload !== undefined && unixSeconds(payload.expiresAt) <= nowSeconds(engine.clock);
}

/** The vendor's list does not fit the record. */
export function isStrange(engine: Engine, record: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  if (isByHand(engine)) return false;
  return looksGone(record, listed, now) || listed.some((k) => isOrphan(engine, record, k, now));
}

function isOrphan(engine: Engine, record: KeyRecord, found: VendorKey, now: number): boolean {
  return found.createdAt + GRACE_SECONDS <= now && isLive(found, now) && isForeign(engine, record, found);
}

/** The sweep of one key; the caller holds its lease. */
export async function sweepKey({ engine, listing, tally, budget }: Round, key: string): Promise<void> {
  // Read again: the list of the sweep's start may be older than the lease.
  const record = await engine.ledger.get(key);
  if (record === undefined) return;
  const bench = new Workbench(engine, record);
  const now = nowSeconds(engine.clock);
  const { secret, compared } = await look(bench);
  const { versions } = secret ?? { versions: {} };
  // An order is the secret's word; it waits for no apply.
  const emergency = emergencyOf(record, versions);
  if (emergency !== undefined) return resumeRevocation(bench, emergency);
  await bench.resolve(INCIDENTS.unfinishedRevocation);
  if (isMerelyStale(compared) && secret !== undefined) await catchUp(bench, secret, listing.of(bench.record));
  // Until an apply, nothing is minted or revoked by the word of a record that does not fit the secret's marks.
  else if (tampering(compared).length > 0) return;
  const { pending } = bench.record;
  if (isHalfDestroyed(bench.record, now)) {
    if (isDestroyOrdered({ versions }, now)) return resumeDestroy(bench);
    engine.telemetry.warn("the ledger has a destroy that the secret knows nothing of; nothing is revoked", { key });
    await bench.open(INCIDENTS.ledgerTampered);
    return;
  }
  if (await isRevived(bench, { versions }, listing.of(bench.record), now)) return revokeRevived(bench);
  await boundOverlaps(bench, bench.record.policy, now);
  await shownOwner(bench);
  const listed = listing.of(bench.record);
  // By the record as it was: what is revoked below leaves the record, and stays in the list.
  const orphans = listed.filter((k) => isOrphan(engine, bench.record, k, now));
  const revoked = await revokeDue(bench, listed, now);
  // Not before the wait: other keys are counted meanwhile.
  tally.revoked += revoked;
  for (const entry of pending) {
    if (ageOf(entry, now) >= GRACE_SECONDS) await settlePending(bench, entry, listed, now);
  }
  if (isByHand(engine)) {
    await remind(bench, listed, now);
    return;
  }
  await noteEnd(bench, listed);
  if (looksGone(bench.record, listed, now)) {
    budget.reissues -= 1;
    if (budget.reissues < 0) {
      engine.telemetry.warn("more keys are gone than one sweep issues again; the rest waits", {
        key,
        limit: REISSUE_MAX,
      });
    } else if (await reissueGone(bench, now)) tally.reissued += 1;
  } else if (isGoneNoMore(bench.record, listed, now)) await bench.resolve(INCIDENTS.keyGone);
  if (await rotateOverdue(bench, now)) tally.rotated += 1;
  if (await sweepUntested(bench)) tally.reissued += 1;
  if (isPastItsEnd(engine, bench.record, listed, now)) await endCurrent(bench, listed);
  await reclaim(bench, orphans, listed, tally);
  const lost = listed.some((k) => isLive(k, now) && isForeign(engine, bench.record, k));
  if (!lost && !bench.record.pending.some((p) => p.keyId === undefined)) await bench.resolve(INCIDENTS.lostMint);
  if (isOpen(bench, INCIDENTS.stuckLabel)) {
    // The run that saw it died before it was over.
    await freeLabel(bench, (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {});
  }
}

/** Whether a look at ledger and secret, which needs no vendor, has something to tell or to end. `secret`: undefined where it is gone. */
export function needsLook(engine: Engine, record: KeyRecord, secret: SecretState | undefined): boolean {
  if (isDestroyForgotten(record)) return true;
  if ((record.incidents ?? []).some(({ kind, untold }) => untold || LEFT_TO_LOOKS.has(kind))) return true;
  return secret !== undefined && differs(engine, record, secret);
}

/** The part of a key's sweep that asks the vendor nothing; the caller holds the key's lease. */
export async function lookAtSecret(engine: Engine, key: string): Promise<void> {
  const record = await engine.ledger.get(key);
  if (record !== undefined) await look(new Workbench(engine, record));
}

interface Look {
  readonly secret: SecretState | undefined;
  readonly compared: Comparison;
}

async function look(bench: Workbench): Promise<Look> {
  await bench.tell();
  const secret = await bench.engine.secrets.describe(secretName(bench.engine.prefix, bench.key));
  if (secret !== undefined) return { secret, compared: await compareAndTell(bench, secret) };
  await recallDestroy(bench, { versions: {} });
  return { secret, compared: {} };
}

/** The vendor ends the key in use sooner than anybody knew: secret, alarm and rotation follow it. */
async function noteEnd(bench: Workbench, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = bench;
  const { current, policy } = bench.record;
  const ends = endsSooner(engine.vendor, bench.record, listed);
  if (ends === undefined || current === undefined || policy === undefined) return;
  // What has ended is gone, and gets its successor as such.
  if (ends <= nowSeconds(engine.clock)) return;
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  if (secret?.versions[current.versionId]?.includes(CURRENT) !== true) return;
  await checkApplied(bench, policy, secret);
  engine.telemetry.warn("the vendor ends the key in use sooner than was set", { key, keyId: current.keyId, ends });
  await rewriteExpiry(bench, policy, ends);
}

async function compareAndTell(bench: Workbench, secret: SecretState): Promise<Comparison> {
  const compared = await examine(bench, secret);
  if (tampering(compared).length > 0) return compared;
  await bench.resolve(INCIDENTS.ledgerTampered, INCIDENTS.staleLedger);
  if (compared.edited === undefined) await bench.resolve(INCIDENTS.secretEdited);
  return compared;
}

function isOpen({ record }: Workbench, kind: Incident): boolean {
  return (record.incidents ?? []).some((open) => open.kind === kind);
}

async function reclaim(
  bench: Workbench,
  orphans: readonly VendorKey[],
  listed: readonly VendorKey[],
  tally: Tally,
): Promise<void> {
  const { engine, key } = bench;
  if (orphans.length === 0) return;
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  if (secret !== undefined && isLost(bench.record, secret)) {
    engine.telemetry.warn("the ledger has lost what is in use; nothing is reclaimed until an apply", { key });
    return;
  }
  const { inUse, retained, overlapping } = await kept(bench);
  if (inUse !== undefined && inUse !== bench.record.current?.keyId) {
    // A rebuild that was cut off, or a table from a backup: such a record does not know whom it accounts for.
    engine.telemetry.warn("AWSCURRENT is not what the ledger says; nothing is reclaimed until an apply", { key });
    return;
  }
  for (const orphan of orphans) {
    if (retained.has(orphan.id) || orphan.id === inUse || orphan.id === overlapping) continue;
    if (tally.reclaimed >= RECLAIM_MAX) {
      engine.telemetry.warn("more orphans than one sweep reclaims; the rest waits", { key, limit: RECLAIM_MAX });
      break;
    }
    if ((await endVendorKey(bench, orphan.id, listed)) === "not_ours") continue;
    tally.reclaimed += 1;
    engine.effects.note(key, `orphan revoked: ${orphan.id}`);
    engine.telemetry.warn("orphan reclaimed", { key, keyId: orphan.id });
  }
}

async function revokeDue(bench: Workbench, listed: readonly VendorKey[], now: number): Promise<number> {
  const { engine, key } = bench;
  const due = bench.record.superseded.filter((k) => k.revokeAfter <= now);
  if (due.length === 0) {
    await bench.resolve(INCIDENTS.notShownOurs);
    return 0;
  }
  const { inUse, retained, overlapping } = await kept(bench);
  let revoked = 0;
  let strange = 0;
  let byHand = 0;
  for (const entry of due) {
    const { keyId } = entry;
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
      if (keyId === overlapping) {
        engine.telemetry.warn("superseded vendor key has its overlap by the secret's times; left alone", {
          key,
          keyId,
        });
        continue;
      }
      if (await disabled(bench, entry, listed, now)) continue;
      const ending = await endVendorKey(bench, keyId, listed);
      if (ending === "not_ours") {
        strange += 1;
        continue;
      }
      if (ending === "by_hand" || ending === "unconfirmed") {
        byHand += 1;
        continue;
      }
      engine.effects.note(key, `superseded vendor key revoked: ${keyId}`);
      engine.telemetry.info("superseded vendor key revoked", { key, keyId });
      revoked += 1;
    }
    await bench.save({ superseded: bench.record.superseded.filter((k) => k.keyId !== keyId) });
  }
  // It is told of until a person has deleted them.
  if (byHand > 0) await bench.open(INCIDENTS.revokeByHand);
  else await bench.resolve(INCIDENTS.revokeByHand);
  if (strange === 0) await bench.resolve(INCIDENTS.notShownOurs);
  return revoked;
}

/** Where the vendor can stop a key for the time being, that comes first: whoever still needs it has a day to say so. */
async function disabled(
  bench: Workbench,
  entry: SupersededKey,
  listed: readonly VendorKey[],
  now: number,
): Promise<boolean> {
  const { engine, key } = bench;
  if (engine.vendor.disable === undefined || entry.disabled === true) return false;
  if ((await showVendorKey(bench, entry.keyId, listed)) !== "ours") return false;
  const outcome = await engine.vendor.disable({ keyId: entry.keyId, signal: engine.deadline.signal });
  if (outcome === "gone") return false;
  engine.effects.note(key, `superseded vendor key disabled: ${entry.keyId}`);
  engine.telemetry.info("superseded vendor key disabled", { key, keyId: entry.keyId });
  const stopped = { ...entry, disabled: true as const, revokeAfter: now + DISABLED_SECONDS };
  await bench.save({ superseded: bench.record.superseded.map((k) => (k.keyId === entry.keyId ? stopped : k)) });
  return true;
}

/** What became of a token that nobody has worked on for the grace period. */
async function settlePending(
  bench: Workbench,
  entry: PendingKey,
  listed: readonly VendorKey[],
  now: number,
): Promise<void> {
  const { engine, key } = bench;
  const name = secretName(engine.prefix, key);
  const secret = await engine.secrets.describe(name);
  const { policy } = bench.record;
  if (isByHand(engine) && secret !== undefined && policy !== undefined) {
    const current = currentVersion(secret.versions);
    const theirs =
      current !== undefined &&
      !isUnissued(secret.versions) &&
      !isWritten(secret.versions, current) &&
      current !== entry.replaces;
    // Somebody put another value there since: an apply decides.
    if (theirs) return;
    return resumeAdoption(bench, secret, entry.token, policy);
  }
  const labels = secret?.versions[entry.token] ?? [];
  if (labels.includes(UNISSUED)) {
    await bench.save({ pending: bench.withoutPending(entry.token) });
    return;
  }
  if (labels.includes(CURRENT)) return adoptPromoted(bench, entry.token);
  if (secret !== undefined && (await isKept(bench, entry, secret, now))) return;
  if (labels.includes(PENDING) && entry.discarded === undefined && ageOf(entry, now) < STUCK_SECONDS) {
    await clearIntent(bench, entry, listed);
    return;
  }
  const incident = entry.origin === "rotation" ? INCIDENTS.abandonedRotation : undefined;
  await reclaimListed(bench, entry, listed);
  await discard(bench, entry.token, entry.keyId, incident);
  await bench.resolve(INCIDENTS.lostMint);
  engine.effects.note(key, "abandoned rotation cleared");
  engine.telemetry.warn("abandoned rotation cleared", { key, token: entry.token });
}

/** Whether a value that waits for its test goes on waiting, or has passed it now. */
async function isKept(bench: Workbench, entry: PendingKey, secret: SecretState, now: number): Promise<boolean> {
  const { policy, stopped, unfinished } = bench.record;
  const labels = secret.versions[entry.token] ?? [];
  const isWaiting = labels.includes(PENDING) || labels.includes(STAGED);
  if (!isWaiting || entry.discarded || entry.keyId === undefined || stopped !== undefined) return false;
  if ((await payloadOf(bench, entry.token)) === undefined) return false;
  if (policy === undefined || entry.facts !== mintedFacts(policy)) {
    // What it is for, its apply knows, and comes back to it.
    return unfinished?.action === "apply" && entry.origin === "reconcile" && ageOf(entry, now) < STUCK_SECONDS;
  }
  if (!secret.rotationEnabled) return false;
  const inUse = currentVersion(secret.versions);
  const isTheirs = inUse !== undefined && !isWritten(secret.versions, inUse) && !isUnissued(secret.versions);
  // What a person has put into use, an apply replaces, and no sweep does.
  if (isTheirs && inUse !== entry.replaces) return ageOf(entry, now) < STUCK_SECONDS;
  try {
    await checkApplied(bench, policy, secret);
    await complete(bench, entry.token, policy);
    bench.engine.telemetry.warn("a vendor key that waited for its test is in use", { key: bench.key });
  } catch (error) {
    if (!(error instanceof ScopedKeysRuntimeError) || !WAITS.has(error.code)) throw error;
    bench.engine.telemetry.warn("a vendor key waits for its test", { key: bench.key, reason: reasonOf(error) });
  }
  return true;
}

/** Secrets Manager may still come back to the token. With nothing lost under its name it starts anew, and need not search. */
async function clearIntent(bench: Workbench, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = bench;
  if ((await engine.secrets.value(secretName(engine.prefix, key), entry.token)) !== undefined) return;
  const { keyId: _, ...intent } = entry;
  await reclaimListed(bench, intent, listed);
  await bench.save({
    pending: bench.withoutPending(entry.token),
    ...bench.resolving(INCIDENTS.lostMint),
  });
}

/** Revokes what was minted for the token, and is not the key that is known for it. */
async function reclaimListed(bench: Workbench, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine } = bench;
  for (const found of listed) {
    if (found.id === entry.keyId || !isLostMint(engine, bench.record, entry.token, found)) continue;
    await bench.open(INCIDENTS.lostMint);
    await endLostMint(bench, found.id, listed);
  }
}
