import { isNotTaken, poisonedKey } from "../../model/errors";
import { INCIDENTS } from "../../model/incidents";
import { grantOf, type KeyPolicy, mintedFacts } from "../../model/key-policy";
import { secretName } from "../../model/names";
import type { SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import { CURRENT } from "../../secrets/labels";
import type { VendorKey } from "../../vendors/vendor";
import { isMintedWith } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { strategyOf } from "../strategies";
import { owner } from "../vendor-keys/owner";
import { isLive } from "../vendor-keys/ownership";
import { grantDifferences } from "../vendor-keys/permission-diff";
import { abandon } from "./abandon";
import { lookedUp } from "./activation";
import { setEnd } from "./change-expiry";
import { endOf, isNear } from "./expiry";
import { checkTaken } from "./read-back";
import { storedPayload } from "./stored";

/** Step 2: what the vendor has is what the policy says. */
export async function applyPending(session: KeySession, token: string, policy: KeyPolicy): Promise<void> {
  const { engine, key } = session;
  const payload = await storedPayload(session, token);
  const found = await lookedUp(session, payload.keyId);
  if (found === undefined || !isLive(found, nowSeconds(engine.clock))) {
    await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);
    throw poisonedKey(
      key,
      `${engine.vendor.descriptor.displayName} ${found === undefined ? "does not list it" : "has expired it"}`,
      session.record.current !== undefined,
    );
  }
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  // A version cannot be changed: what was minted for another policy is given up, whatever the
  // ledger says of it.
  const given = !strategyOf(engine.vendor.descriptor).issues || versions[token]?.includes(CURRENT);
  if (!isMintedWith(versions, token, policy) && !given) {
    await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);
    throw poisonedKey(key, "it was minted for another policy", session.record.current !== undefined);
  }
  await applyExpiry(session, token, payload, found, policy);
  // What it was minted with, the secret knows for certain; what was set since, the ledger's word is
  // enough to set again.
  const outdated = !isMintedWith(versions, token, policy) || session.pending(token)?.facts !== mintedFacts(policy);
  if (!outdated && grantDifferences(policy, found.granted).length === 0) return;
  // Unknown while the call is under way: a run that dies here leaves it to the next.
  await saveFacts(session, token, undefined);
  try {
    await updateGrant(session, payload.keyId, policy);
  } catch (error) {
    // A vendor key that may do something else than was declared is never put into use.
    if (!given && isNotTaken(error)) await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);
    throw error;
  }
  await saveFacts(session, token, mintedFacts(policy));
}

/**
 * The vendor may have given another life than was asked, or have left the end where it was: it is
 * set, where that can be, and looked at.
 */
async function applyExpiry(
  session: KeySession,
  token: string,
  payload: SecretPayload,
  found: VendorKey,
  policy: KeyPolicy,
): Promise<void> {
  const { vendor } = session.engine;
  const { enforcement, inPlace, expiryStepSeconds } = vendor.descriptor;
  if (!strategyOf(vendor.descriptor).setsExpiry || enforcement.expiry !== "key") return;
  const wanted = endOf(vendor, unixSeconds(payload.issuedAt), policy.lifetime.expirySeconds);
  let ends = found.expiresAt;
  const settable = inPlace.expiry && wanted > nowSeconds(session.engine.clock);
  if (settable && !isNear(ends, wanted, expiryStepSeconds)) ends = await setEnd(session, payload.keyId, wanted);
  if (ends === undefined || isNear(ends, unixSeconds(payload.expiresAt))) return;
  // The version cannot be changed: `promote` writes another with the true end.
  const end = ends;
  await session.save({ pending: session.record.pending.map((p) => (p.token === token ? { ...p, endsAt: end } : p)) });
}

/**
 * Gives a vendor key that lives what the policy says, and looks whether the vendor took it. Where
 * it cannot change one, it only looks.
 */
export async function updateGrant(session: KeySession, keyId: string, policy: KeyPolicy): Promise<void> {
  const { engine, record } = session;
  const update = async (ownerId: string | undefined) => {
    const of = ownerId === undefined ? { keyId } : { keyId, ownerId };
    const shown = await engine.vendor.update?.({ ...of, grant: grantOf(policy), signal: engine.deadline.signal });
    await checkTaken(session, keyId, policy, shown);
  };
  try {
    await update(record.ownerId);
  } catch (error) {
    // Either the vendor key is gone, which the second attempt says again, or somebody deleted its
    // owner.
    const gone = error instanceof VendorError && error.kind === "not_found" && record.ownerId !== undefined;
    if (!gone) throw error;
    await session.save({ ownerId: undefined });
    await update(await owner(session));
  }
}

async function saveFacts(session: KeySession, token: string, facts: string | undefined): Promise<void> {
  const pending = session.record.pending.map(({ facts: before, ...entry }) => {
    const after = entry.token === token ? facts : before;
    return after === undefined ? entry : { ...entry, facts: after };
  });
  await session.save({ pending });
}
