import { foreignPending, noPendingValue } from "../../model/errors";
import { mintedFacts } from "../../model/key-policy";
import type { PendingKey } from "../../model/key-record";
import { secretName } from "../../model/names";
import { parseSecretPayload, type SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import type { Workbench } from "../key-session";
import { nowSeconds } from "../ports";
import { isMintedFor } from "../vendor-keys/ownership";
import { unstage } from "./abandon";
import type { CreateRequest } from "./request";

/** If the token's value is stored, the ledger learns its key. */
export async function adoptStored(bench: Workbench, { token, origin, policy }: CreateRequest): Promise<boolean> {
  const { engine, key, record } = bench;
  const text = await engine.secrets.value(secretName(engine.prefix, key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) return false;
  const intent = bench.pending(token);
  if (payload.keyId === record.current?.keyId || intent?.keyId === payload.keyId) return true;
  await checkOurs(bench, token, payload.keyId);
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
  await bench.save({ pending: [...bench.withoutPending(token), known] });
  return true;
}

/** A value that this ledger did not see being made may name anybody's vendor key: what is adopted is changed, and revoked some day. */
async function checkOurs(bench: Workbench, token: string, keyId: string): Promise<void> {
  const { engine, key } = bench;
  const found = await engine.vendor.read({ keyId, signal: engine.deadline.signal });
  if (found === undefined || isMintedFor(engine, bench.record, found)) return;
  await unstage(bench, token);
  await bench.save({ pending: bench.withoutPending(token) });
  throw foreignPending(key, keyId);
}

export async function storedPayload(bench: Workbench, token: string): Promise<SecretPayload> {
  const text = await bench.engine.secrets.value(secretName(bench.engine.prefix, bench.key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) throw noPendingValue(bench.key, token);
  return payload;
}
