import { sameGrant } from "../../../model/grant";
import { INCIDENTS } from "../../../model/incidents";
import { type KeyPolicy, retryMarginSeconds } from "../../../model/key-policy";
import { currentVersion, isUnissued } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import { isMintedWith } from "../../integrity/marks";
import { EXPIRY_TOLERANCE_SECONDS, endOf, isNear } from "../../issuance/expiry";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { isLive } from "../../vendor-keys/ownership";
import { grantDifferences } from "../../vendor-keys/permission-diff";

/** Why the current vendor key cannot serve; undefined where it can. */
export async function whyIssue(
  session: KeySession,
  secret: SecretState,
  policy: KeyPolicy,
  expected: boolean,
): Promise<string | undefined> {
  const { engine, record } = session;
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
  if ((found === undefined || ended) && expected && current.expiresAt > now) await session.open(INCIDENTS.keyGone);
  if (found === undefined) return "the vendor no longer had it";
  if (ended) return found.disabled ? "it was disabled at the vendor" : "it had expired at the vendor";
  if (current.expiresAt <= now) return "it had expired";
  if (current.valueEndsAt !== undefined && record.pending.length === 0) return "a rotation in place did not end";
  const unchangeable = whyNotInPlace(session, secret, found, policy);
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
  { engine, record }: KeySession,
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
