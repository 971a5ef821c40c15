import { foreignVendor, keyStopped, kmsKeyUnusable, shorterLife } from "../../../model/errors";
import type { ReconcileEvent, ReconcileResult } from "../../../model/events";
import { INCIDENTS } from "../../../model/incidents";
import { canonicalPolicy, policyDigest } from "../../../model/key-policy";
import { type KeyRecord, newKeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { isoTime } from "../../../model/units";
import { errorSummary } from "../../error-summary";
import { type Foresight, foresightOf, unforeseenSince } from "../../history/foreseen";
import { compare, tampering } from "../../integrity/compare";
import { readEncryption } from "../../integrity/encryption";
import { stopOf } from "../../integrity/marks";
import { missingSecret } from "../../integrity/missing-secret";
import { shortLife } from "../../issuance/expiry";
import { boundOverlaps } from "../../issuance/overlaps";
import { isRecordLost, recoverRecord } from "../../issuance/recover/lost-ledger";
import { checkRecord } from "../../issuance/recover/record-check";
import { beginSeal, endOrders, endSeal, liftEmergency } from "../../issuance/seal";
import { KeySession } from "../../key-session";
import { withLease } from "../../middleware/lease";
import { type Engine, nowSeconds, type SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { condemnAgain, recallRevocation } from "../emergency-revoke/order";
import { converge } from "./converge";
import { validatePolicy } from "./validate-policy";

/**
 * Makes one key what its policy says; Terraform calls it on create and update. Every run converges
 * from whatever it finds, so a create that is sent again, or an apply that was killed, adopts what
 * is there. The repair token is stored on success only: until then the observer keeps the plan
 * non-empty.
 */
export async function reconcile(engine: Engine, event: ReconcileEvent): Promise<ReconcileResult> {
  const policy = canonicalPolicy(event.policy);
  const { id } = engine.vendor.descriptor;
  if (policy.vendor !== id) throw foreignVendor(event.key, policy.vendor, id);
  validatePolicy(event.key, policy, engine.vendor.descriptor);
  return withLease(engine, event.key, async () => {
    const secret = await engine.secrets.describe(secretName(engine.prefix, event.key));
    if (secret === undefined) throw await missingSecret(engine, event.key);
    const stored = await engine.ledger.get(event.key);
    const session = new KeySession(engine, stored ?? newKeyRecord(event.key));
    session.declared = policy;
    session.named = true;
    const stopped = stopOf(secret.versions) ?? session.record.stopped;
    // A plan that was made before the stop, or says nothing of it, must not undo it.
    if (stopped !== undefined && !event.repair.includes(stopped.id)) {
      throw keyStopped(event.key, secretName(engine.prefix, event.key), isoTime(stopped.since));
    }
    const digest = policyDigest(policy);
    const compared = compare(session.record, secret, engine.vendor.descriptor);
    const repairing = needsRepair(stored, secret, event.repair) || Object.keys(compared).length > 0;
    const expected = stopped === undefined && stored?.unfinished?.action !== "destroy";
    const began = { action: "apply", policy: digest, since: nowSeconds(engine.clock) } as const;
    const foresight = await foresightOf(engine, { key: event.key, digest, stored });
    await session.save({
      unfinished: { ...began, reason: "it was cut off" },
      // Before the vendor hears of it, so that a run which dies leaves word.
      ...(foresight.of === "unforeseen" ? session.opening(INCIDENTS.unforeseenPolicy, `policy ${digest}`) : {}),
      ...(stopped === undefined ? {} : liftStop(session.record)),
    });
    try {
      // Before the stop's own mark goes: a run that dies in between has lifted nothing.
      const lifted = stopped === undefined ? secret.versions : await lift(session, secret.versions);
      const versions = await endOrders(session, lifted, "stopped", "destroy");
      await distrust(session, { ...secret, versions });
      await beginSeal(session, secret, policy);
      await boundOverlaps(session, policy, nowSeconds(engine.clock));
      if (isRecordLost(session.record, secret)) await recoverRecord(session, secret, policy);
      await recallRevocation(session, versions);
      const changes = await converge(session, secret, policy, { repairing, expected });
      const short = shortLife(engine.vendor, session.record.current, policy);
      const { broken } = await readEncryption(engine.kmsKeys, secret);
      await session.save({
        policy,
        // Where the vendor cannot give the declared life, or nobody can read the value, the plan
        // goes on saying so.
        ...(short === undefined && broken.length === 0 ? { repair: event.repair, unfinished: undefined } : {}),
        ...session.resolving(
          INCIDENTS.ledgerTampered,
          INCIDENTS.staleLedger,
          INCIDENTS.secretEdited,
          INCIDENTS.notShownOurs,
          INCIDENTS.lostLedger,
          INCIDENTS.keyGone,
          INCIDENTS.unfinishedDestroy,
          INCIDENTS.stuckLabel,
          ...(wasShown(foresight, session.record) ? [INCIDENTS.unforeseenPolicy] : []),
        ),
      });
      await endSeal(session, policy);
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
      engine.effects.note(event.key, `apply did not finish: ${errorSummary(error)}`, digest);
      await session.saveReason({ unfinished: { ...began, reason: errorSummary(error) } });
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
 * A ledger that says other than the secret's marks is one that is lost: what it says of vendor keys
 * is found out anew, and a policy that no apply was for is not one to compare with.
 */
async function distrust(session: KeySession, secret: SecretState): Promise<void> {
  const compared = await checkRecord(session, secret);
  if (tampering(compared).length === 0) return;
  const { policy, current, superseded } = session.record;
  // What an earlier apply has found out already, and could not finish, goes on. Which of two slots
  // has its overlap nobody else knows.
  const stays = (policy === undefined && current === undefined) || strategyOf(session.engine.vendor.descriptor).slots;
  await session.save({
    policy: undefined,
    current: undefined,
    pending: [],
    superseded: stays ? superseded : [],
  });
}

async function lift(session: KeySession, versions: SecretState["versions"]): Promise<SecretState["versions"]> {
  return condemnAgain(session, await liftEmergency(session, versions));
}

/** What was to die still dies; what is issued from now on is its successor. */
function liftStop({ revocation }: KeyRecord): Partial<KeyRecord> & { stopped: undefined } {
  return {
    stopped: undefined,
    ...(revocation === undefined ? {} : { revocation: { ...revocation, successor: true } }),
  };
}

/**
 * Whether the vendor may differ from the record: drift was seen, the record is lost, or a run died
 * with half of its changes made.
 */
function needsRepair(stored: KeyRecord | undefined, secret: SecretState, repair: string): boolean {
  if (stored === undefined) return Object.keys(secret.versions).length > 0;
  return stored.unfinished !== undefined || stored.repair !== repair;
}
