import { defined } from "../../model/defined";
import { LEDGER_CONFLICT, mintedManually, noPendingValue, ScopedKeysRuntimeError } from "../../model/errors";
import { INCIDENTS } from "../../model/incidents";
import { mintedFacts } from "../../model/key-policy";
import type { PendingKey } from "../../model/key-record";
import { secretName, vendorKeyName } from "../../model/names";
import type { SecretPayload } from "../../model/secret-payload";
import { isoTime, unixSeconds } from "../../model/units";
import { PENDING, STAGED } from "../../secrets/labels";
import { checkStorable } from "../integrity/encryption";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { strategyOf } from "../strategies";
import { owner } from "../vendor-keys/owner";
import { updateGrant } from "./apply";
import { reserveFirst } from "./first-value";
import { mint } from "./mint";
import { reclaimLostMints } from "./recover/lost-mints";
import type { CreateRequest } from "./request";
import { inPlaceGrace, rotateInPlace, valueEnds } from "./rotate-in-place";
import { recoverStored } from "./stored";
import { marksOf } from "./value-marks";

/** Step 1: exactly one vendor key for this token, its value stored under the token. */
export async function create(session: KeySession, request: CreateRequest): Promise<void> {
  const { engine, key } = session;
  const { token, policy, origin } = request;
  const name = secretName(engine.prefix, key);
  const { descriptor } = engine.vendor;
  if (!strategyOf(descriptor).issues) throw mintedManually(key, name, descriptor.displayName);
  if (await recoverStored(session, request)) return;
  await checkStorable(engine, key);

  const ownerId = await owner(session);
  const again = session.pending(token) !== undefined;
  if (again) await reclaimLostMints(session, token, origin);
  const chosen = engine.vendor.chooseValue?.();
  const graceSeconds = again ? undefined : await inPlaceGrace(session, request);
  const replaces = session.pending(token)?.replaces ?? request.replaces;
  const startedAt = nowSeconds(engine.clock);
  const intent: PendingKey = {
    token,
    origin,
    startedAt,
    facts: mintedFacts(policy),
    ...defined({ replaces }),
    ...(chosen === undefined ? {} : { keyId: chosen.id }),
  };
  await session.save({
    pending: [...session.withoutPending(token), intent],
    ...(graceSeconds === undefined ? {} : valueEnds(session.record, startedAt + graceSeconds)),
    ...(again ? session.resolving(INCIDENTS.lostMint) : {}),
  });

  const order = { ownerId, name: vendorKeyName(engine.deployment, key, token), token, value: chosen?.value };
  const rotated = graceSeconds === undefined ? undefined : await rotateInPlace(session, token, graceSeconds, policy);
  const minted = rotated ?? (await mint(session, order, policy));
  // A rotation in place may leave the vendor key's end where it was; `applyPending` moves it.
  const end = rotated !== undefined && engine.vendor.descriptor.inPlace.expiry ? undefined : minted.expiresAt;
  const payload: SecretPayload = {
    apiKey: minted.value,
    vendor: policy.vendor,
    keyId: minted.id,
    baseUrl: engine.baseUrl,
    issuedAt: isoTime(minted.createdAt),
    expiresAt: isoTime(end ?? minted.createdAt + policy.lifetime.expirySeconds),
  };
  await recordMint(session, intent, payload, rotated === undefined);
  // Whoever reads the secret gets nothing that may do more than was declared.
  if (engine.vendor.descriptor.grantAfterMint) await updateGrant(session, minted.id, policy);
  if (origin === "reconcile") await reserveFirst(session);
  const outcome = await engine.secrets.stage({
    name,
    versionId: token,
    value: JSON.stringify(payload),
    label: origin === "rotation" ? PENDING : STAGED,
    marks: await marksOf(session, token, payload, policy),
    ...defined({ rotationToken: request.rotationToken }),
  });
  engine.effects.note(key, `vendor key minted: ${minted.id}`);
  engine.telemetry.info("vendor key minted", { key, keyId: minted.id, stored: outcome === "stored" });
  if (outcome === "other" && rotated === undefined) {
    // Another run with the same token stored its own first: theirs counts.
    await engine.vendor.revoke({ keyId: minted.id, signal: engine.deadline.signal });
  }
  if (await recoverStored(session, request)) return;
  // Secrets Manager comes back to its token; a token of ours that somebody has a version of is of
  // no use any more.
  if (outcome === "other" && origin === "reconcile") await session.save({ pending: session.withoutPending(token) });
  throw noPendingValue(key, token);
}

/**
 * Written down before it is stored: a run that lost its lease since its intent, maybe to somebody
 * who stops the key, leaves nothing alive.
 */
async function recordMint(
  session: KeySession,
  intent: PendingKey,
  { keyId, issuedAt, expiresAt }: SecretPayload,
  isNew: boolean,
): Promise<void> {
  const { engine, key } = session;
  const known = { ...intent, keyId, issuedAt: unixSeconds(issuedAt), expiresAt: unixSeconds(expiresAt) };
  try {
    await session.save({ pending: [...session.withoutPending(intent.token), known] });
  } catch (error) {
    if (isNew && error instanceof ScopedKeysRuntimeError && error.code === LEDGER_CONFLICT) {
      await engine.vendor.revoke({ keyId, signal: engine.deadline.signal });
      engine.effects.note(key, `vendor key discarded: ${keyId}`);
      engine.telemetry.warn("vendor key discarded: another run works on the key", { key, keyId });
    }
    throw error;
  }
}
