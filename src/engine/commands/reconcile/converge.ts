import { LEDGER_CONFLICT, ScopedKeysRuntimeError } from "../../../model/errors";
import { describeGrant, sameGrant } from "../../../model/grant";
import { INCIDENTS } from "../../../model/incidents";
import type { KeyPolicy } from "../../../model/key-policy";
import { secretName } from "../../../model/names";
import { currentVersion } from "../../../secrets/labels";
import { errorSummary } from "../../error-summary";
import { updateGrant } from "../../issuance/apply";
import { adjustExpiry } from "../../issuance/change-expiry";
import { issue } from "../../issuance/issue";
import { tidyPending } from "../../issuance/recover/pending";
import { testUntested } from "../../issuance/recover/untested";
import { isRotationDue, rotationDueSentences } from "../../issuance/rotation-due";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { showVendorKey } from "../../vendor-keys/end-vendor-key";
import { isLive, isOfKey } from "../../vendor-keys/ownership";
import { restoreSubmitted, resumeSubmissions } from "../submit-key";
import { forgetStrangers, revokeForeign } from "./foreign-keys";
import { whyIssue } from "./why-issue";

interface Convergence {
  /** The vendor may differ from the record. */
  readonly repairing: boolean;
  /** The key in use is to be there: nobody has ended it on purpose. */
  readonly expected: boolean;
}

export async function converge(
  session: KeySession,
  secret: SecretState,
  policy: KeyPolicy,
  { repairing, expected }: Convergence,
): Promise<string[]> {
  const changes = repairing ? await forgetStrangers(session) : [];
  if (session.engine.vendor.descriptor.strategy === "manual") {
    return [...changes, ...(await convergeManual(session, secret, policy))];
  }
  if (repairing) changes.push(...(await revokeForeign(session, policy)));
  await tidyPending(session, secret, policy);
  const why = await whyIssue(session, secret, policy, expected);
  if (why !== undefined) {
    await issue(session, policy);
    changes.push(`issued a vendor key: ${why}`);
  }
  changes.push(...(await adjust(session, policy, repairing)));
  const failed = await testUntested(session, policy);
  if (failed !== undefined) {
    await issue(session, policy);
    changes.push(`issued a vendor key: the one in use, which nobody had tested, failed its test (${failed})`);
  }
  return changes;
}

/** What an apply can do where people mint: finish what was handed over, and put back what somebody overwrote. The rest it says. */
async function convergeManual(session: KeySession, secret: SecretState, policy: KeyPolicy): Promise<string[]> {
  const { engine } = session;
  await resumeSubmissions(session, secret, policy);
  const changes: string[] = [];
  const now = nowSeconds(engine.clock);
  const { current } = session.record;
  const found = await engine.secrets.describe(secretName(engine.prefix, session.key));
  if (current !== undefined && found !== undefined && currentVersion(found.versions) !== current.versionId) {
    const isDoomed = session.record.revocation?.keyIds.includes(current.keyId) === true;
    if (!isDoomed && (await restoreSubmitted(session, found)))
      changes.push("put the adopted value back into the secret");
    else {
      // Nobody has the value any more, or it is to die.
      const lost = { keyId: current.keyId, revokeAfter: now, expiresAt: current.expiresAt };
      await session.save({ current: undefined, superseded: [...session.record.superseded, lost] });
    }
  }
  const failed = await testUntested(session, policy).catch((error: unknown) => {
    // No apply can mint another one; the plan goes on saying that this one was not tested.
    if (!(error instanceof ScopedKeysRuntimeError) || error.code === LEDGER_CONFLICT) throw error;
    return errorSummary(error);
  });
  if (failed !== undefined) changes.push(`left the vendor key in use, which nobody has tested, as it is: ${failed}`);
  const listed = (await engine.vendor.list({ signal: engine.deadline.signal })).filter((k) =>
    isOfKey(engine, session.record, k),
  );
  const declared = { ...session.record, policy };
  if (isRotationDue(engine, declared, listed, now)) await session.open(INCIDENTS.rotationDue);
  return [...changes, ...rotationDueSentences(engine, declared, listed, now)];
}

/** Sets grant and expiry of every vendor key that still opens something, where policy or vendor differ from what is wanted. */
async function adjust(session: KeySession, policy: KeyPolicy, repairing: boolean): Promise<string[]> {
  const { engine } = session;
  const before = session.record.policy;
  const changes: string[] = [];
  const { inPlace } = engine.vendor.descriptor;
  if (inPlace.grant && (repairing || before === undefined || !sameGrant(before, policy))) {
    const now = nowSeconds(engine.clock);
    const live = [session.record.current, ...session.record.pending, ...session.record.superseded].filter(
      // Of those not in use the vendor is asked, and not the ledger, whether they still open anything.
      (k) => k?.keyId !== undefined && (k !== session.record.current || k.expiresAt > now),
    );
    // A key just issued for a new record has its grant from the mint.
    if (before !== undefined || repairing) {
      for (const { keyId } of live as Array<{ keyId: string }>) await setGrant(session, keyId, policy);
      changes.push(`set ${describeGrant(policy)}`);
    }
  }
  const expiry = await adjustExpiry(session, policy, repairing);
  if (expiry !== undefined) changes.push(expiry);
  return changes;
}

async function setGrant(session: KeySession, keyId: string, policy: KeyPolicy): Promise<void> {
  const { engine, record } = session;
  const { signal } = engine.deadline;
  if (keyId !== record.current?.keyId) {
    // Somebody may have deleted it, or ended its life: then it opens nothing, and cannot be updated.
    const found = await engine.vendor.read({ keyId, signal });
    if (found === undefined || !isLive(found, nowSeconds(engine.clock))) return;
    if ((await showVendorKey(session, keyId, [found])) !== "ours") return;
  }
  await updateGrant(session, keyId, policy);
}
