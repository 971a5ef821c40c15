import { describeGrant, sameGrant } from "../../../model/grant";
import type { KeyPolicy } from "../../../model/key-policy";
import { updateGrant } from "../../issuance/apply";
import { adjustExpiry } from "../../issuance/change-expiry";
import { issue } from "../../issuance/issue";
import { tidyPending } from "../../issuance/recover/pending";
import { testUntested } from "../../issuance/recover/untested";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { showVendorKey } from "../../vendor-keys/end-vendor-key";
import { isLive } from "../../vendor-keys/ownership";
import { convergeManual } from "./converge-manual";
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
  if (!strategyOf(session.engine.vendor.descriptor).issues) {
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

/**
 * Sets grant and expiry of every vendor key that still opens something, where policy or vendor
 * differ from what is wanted.
 */
async function adjust(session: KeySession, policy: KeyPolicy, repairing: boolean): Promise<string[]> {
  const { engine } = session;
  const before = session.record.policy;
  const changes: string[] = [];
  const { inPlace } = engine.vendor.descriptor;
  if (inPlace.grant && (repairing || before === undefined || !sameGrant(before, policy))) {
    const now = nowSeconds(engine.clock);
    const live = [session.record.current, ...session.record.pending, ...session.record.superseded].filter(
      // Of those not in use the vendor is asked, and not the ledger, whether they still open
      // anything.
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
    // Somebody may have deleted it, or ended its life: then it opens nothing, and cannot be
    // updated.
    const found = await engine.vendor.read({ keyId, signal });
    if (found === undefined || !isLive(found, nowSeconds(engine.clock))) return;
    if ((await showVendorKey(session, keyId, [found])) !== "ours") return;
  }
  await updateGrant(session, keyId, policy);
}
