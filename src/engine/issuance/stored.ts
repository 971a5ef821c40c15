import { foreignPending, noPendingValue } from "../../model/errors";
import { mintedFacts } from "../../model/key-policy";
import type { PendingKey } from "../../model/key-record";
import { secretName } from "../../model/names";
import { parseSecretPayload, type SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { isMintedFor } from "../vendor-keys/ownership";
import { unstage } from "./abandon";
import type { CreateRequest } from "./request";

/** If the token's value is stored, the ledger learns its key. */
export async function recoverStored(session: KeySession, { token, origin, policy }: CreateRequest): Promise<boolean> {
  const { engine, key, record } = session;
  const text = await engine.secrets.value(secretName(engine.prefix, key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) return false;
  const intent = session.pending(token);
  if (payload.keyId === record.current?.keyId || intent?.keyId === payload.keyId) return true;
  await checkOurs(session, token, payload.keyId);
  const known: PendingKey = {
    token,
    origin,
    startedAt: intent?.startedAt ?? nowSeconds(engine.clock),
    facts: intent?.facts ?? mintedFacts(policy),
    ...(intent?.replaces === undefined ? {} : { replaces: intent.replaces }),
    keyId: payload.keyId,
    issuedAt: unixSeconds(payload.issuedAt),
    expiresAt: unixSeconds(payload.expiresAt),
  };
  await session.save({ pending: [...session.withoutPending(token), known] });
  return true;
}

/**
 * A value that this ledger did not see being made may name anybody's vendor key: what is adopted is
 * changed, and revoked some day.
 */
async function checkOurs(session: KeySession, token: string, keyId: string): Promise<void> {
  const { engine, key } = session;
  const found = await engine.vendor.read({ keyId, signal: engine.deadline.signal });
  if (found === undefined || isMintedFor(engine, session.record, found)) return;
  await unstage(session, token);
  await session.save({ pending: session.withoutPending(token) });
  throw foreignPending(key, keyId);
}

export async function storedPayload(session: KeySession, token: string): Promise<SecretPayload> {
  const text = await session.engine.secrets.value(secretName(session.engine.prefix, session.key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) throw noPendingValue(session.key, token);
  return payload;
}
