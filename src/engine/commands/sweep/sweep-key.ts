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
import { isGoneNoMore, looksGone, reissueGone } from "../../issuance/recover/deleted-at-vendor";
import { recallDestroy } from "../../issuance/recover/lost-destroy";
import { rotateOverdue } from "../../issuance/recover/missed-rotation";
import { freeLabel } from "../../issuance/recover/pending";
import { checkApplied, examine } from "../../issuance/recover/record-check";
import { catchUp } from "../../issuance/recover/stale-ledger";
import { sweepUntested } from "../../issuance/recover/untested";
import { remind } from "../../issuance/rotation-due";
import { Workbench } from "../../key-session";
import { type Engine, nowSeconds, type SecretState } from "../../ports";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { payloadOf } from "../../vendor-keys/held";
import { shownOwner } from "../../vendor-keys/owner";
import { isForeign, isLive } from "../../vendor-keys/ownership";
import { kept } from "../../vendor-keys/protected";
import { isDestroyForgotten, isDestroyOrdered, isHalfDestroyed, resumeDestroy } from "../destroy";
import { resumeRevocation } from "../emergency-revoke/carry-out";
import { revokeRevived } from "../emergency-revoke/emergency-revoke";
import { emergencyOf } from "../emergency-revoke/order";
import { differs, GRACE_SECONDS, isByHand, isOrphan, isPastItsEnd } from "./needs-sweep";
import { reclaim } from "./orphans";
import { settlePending } from "./pending";
import { revokeDue } from "./superseded";
import { REISSUE_MAX, type Round } from "./sweep-run";

/** Those that a look at ledger and secret may end. */
const LEFT_TO_LOOKS: ReadonlySet<string> = new Set([
  INCIDENTS.ledgerTampered,
  INCIDENTS.staleLedger,
  INCIDENTS.secretEdited,
]);

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
