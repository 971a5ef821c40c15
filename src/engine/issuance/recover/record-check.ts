import { ledgerBehind, ledgerTampered } from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import type { KeyPolicy } from "../../../model/key-policy";
import { secretName } from "../../../model/names";
import type { SecretPayload } from "../../../model/secret-payload";
import { unixSeconds } from "../../../model/units";
import { currentVersion, previousVersion } from "../../../secrets/labels";
import { asStale, type Comparison, compare, isMerelyStale, tampering } from "../../integrity/compare";
import { editedMark, isApplied, isWritten, orders, stopOf } from "../../integrity/marks";
import type { KeySession } from "../../key-session";
import type { SecretState } from "../../ports";
import { payloadOf } from "../../vendor-keys/held";
import { recoverPromoted } from "../promote";
import { supersede } from "../supersede";
import { recallDestroy } from "./lost-destroy";

/** AWS's bounds of a version's id. */
const VERSION_ID = /^.{32,64}$/s;

/**
 * Holds the record against the secret's marks before anything is done by its word. What a run that
 * died could not write down is written down, a stop or a destroy that the record lost is there
 * again, and what else differs is told.
 */
export async function checkRecord(session: KeySession, secret: SecretState): Promise<Comparison> {
  const { versions } = secret;
  const stop = stopOf(versions);
  if (stop !== undefined && session.record.stopped?.id !== stop.id) await session.save({ stopped: stop });
  await recallDestroy(session, secret);
  let compared = compare(session.record, secret, session.engine.vendor.descriptor);
  if (compared.elsewhere) {
    const versionId = currentVersion(versions) ?? "";
    const payload = await payloadOf(session, versionId);
    // Its expiry was written anew, and the run died.
    if (payload !== undefined && payload.keyId === session.record.current?.keyId) {
      await supersede(session, versionId, payload, 0);
      compared = compare(session.record, secret, session.engine.vendor.descriptor);
    } else if (payload !== undefined && (await isOfBefore(session, payload))) compared = asStale(compared);
  }
  const previous = previousVersion(versions);
  // It was in use, and before the run that put it there could write that down, somebody put another
  // value into the secret.
  const wasInUse = previous !== undefined && session.pending(previous) !== undefined && isWritten(versions, previous);
  if (compared.edited !== undefined && compared.current === undefined && wasInUse) {
    await recoverPromoted(session, previous);
    compared = compare(session.record, secret, session.engine.vendor.descriptor);
  }
  const reasons = tampering(compared);
  if (reasons.length > 0) {
    session.engine.telemetry.warn("the ledger does not fit the secret's marks", { key: session.key, reasons });
    await session.open(isMerelyStale(compared) ? INCIDENTS.staleLedger : INCIDENTS.ledgerTampered);
  }
  await rememberEdit(session, secret, compared.edited);
  return compared;
}

/**
 * What the ledger says of the key in use was true of an earlier version, which has its value as
 * long as Secrets Manager keeps it.
 */
async function isOfBefore(session: KeySession, { issuedAt }: SecretPayload): Promise<boolean> {
  const { current } = session.record;
  if (current === undefined || unixSeconds(issuedAt) <= current.issuedAt) return false;
  // What somebody else wrote may be no id that Secrets Manager takes.
  if (!VERSION_ID.test(current.versionId)) return false;
  const before = await payloadOf(session, current.versionId);
  return (
    before?.keyId === current.keyId &&
    unixSeconds(before.issuedAt) === current.issuedAt &&
    unixSeconds(before.expiresAt) === current.expiresAt
  );
}

/** Throws SK246 where the record is not to be trusted, SK254 where it is behind. */
export async function checkTrusted(session: KeySession, secret: SecretState): Promise<Comparison> {
  const compared = await checkRecord(session, secret);
  const reasons = tampering(compared);
  if (isMerelyStale(compared)) throw ledgerBehind(session.key);
  if (reasons.length > 0) throw ledgerTampered(session.key, reasons);
  return compared;
}

/**
 * Throws SK246 where no apply was for that policy. For all that mints, or sets a grant, by the
 * ledger's word.
 */
export async function checkApplied(session: KeySession, policy: KeyPolicy, secret?: SecretState): Promise<void> {
  const { engine, key } = session;
  const state = secret ?? (await engine.secrets.describe(secretName(engine.prefix, key)));
  if (state !== undefined && isApplied(state, policy)) return;
  await session.open(INCIDENTS.ledgerTampered);
  throw ledgerTampered(key, ["its policy is not the one that was last applied"]);
}

/**
 * The version stays, with its value, for whoever looks into it, until somebody edits the secret
 * again.
 */
async function rememberEdit(session: KeySession, { versions }: SecretState, edited: string | undefined): Promise<void> {
  const { engine, key } = session;
  if (edited === undefined) return;
  const name = secretName(engine.prefix, key);
  const mark = editedMark(edited);
  for (const { versionId, label } of orders.edited(versions)) {
    if (label !== mark) await engine.secrets.unlabel(name, versionId, label);
  }
  if (!versions[edited]?.includes(mark)) {
    engine.telemetry.warn("somebody put another value into the secret", { key, version: edited });
    await engine.secrets.label(name, edited, mark);
  }
  await session.open(INCIDENTS.secretEdited);
}
