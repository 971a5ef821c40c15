import { LEDGER_CONFLICT, ScopedKeysRuntimeError } from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import type { KeyPolicy } from "../../../model/key-policy";
import { secretName } from "../../../model/names";
import { currentVersion } from "../../../secrets/labels";
import { errorSummary } from "../../error-summary";
import { testUntested } from "../../issuance/recover/untested";
import { isRotationDue, rotationDueSentences } from "../../issuance/rotation-due";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { isOfKey } from "../../vendor-keys/ownership";
import { restoreSubmitted, resumeSubmissions } from "../submit-key";

/**
 * What an apply can do where people mint: finish what was handed over, and put back what somebody
 * overwrote. The rest it says.
 */
export async function convergeManual(session: KeySession, secret: SecretState, policy: KeyPolicy): Promise<string[]> {
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
