import { LEDGER_CONFLICT, ScopedKeysRuntimeError } from "../../../model/errors";
import { describeGrant, sameGrant } from "../../../model/grant";
import { INCIDENTS } from "../../../model/incidents";
import type { KeyPolicy } from "../../../model/key-policy";
import { secretName } from "../../../model/names";
import { currentVersion } from "../../../secrets/labels";
import { reasonOf } from "../../error-summary";
import { updateGrant } from "../../issuance/apply";
import { adjustExpiry } from "../../issuance/change-expiry";
import { issue } from "../../issuance/issue";
import { tidyPending } from "../../issuance/recover/pending";
import { testUntested } from "../../issuance/recover/untested";
import { dueSentences, isDue } from "../../issuance/rotation-due";
import type { Workbench } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { showVendorKey } from "../../vendor-keys/end-vendor-key";
import { isLive, isOfKey } from "../../vendor-keys/ownership";
import { putBack, resumeAdoptions } from "../submit-key";
import { forgetStrangers, revokeForeign } from "./foreign-keys";
import { whyIssue } from "./why-issue";

interface Convergence {
  /** The vendor may differ from the record. */
  readonly repairing: boolean;
  /** The key in use is to be there: nobody has ended it on purpose. */
  readonly expected: boolean;
}

export async function converge(
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
