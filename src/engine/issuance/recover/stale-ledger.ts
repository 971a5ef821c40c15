import { INCIDENTS } from "../../../model/incidents";
import type { SupersededKey } from "../../../model/key-record";
import { currentVersion, PENDING, STAGED } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { payloadOf } from "../../vendor-keys/held";
import { isForeign, isLive } from "../../vendor-keys/ownership";
import { supersede } from "../supersede";

/**
 * The sweep's part where the ledger is of before the value in use: what the secret and the vendor
 * show is written down. Nothing is minted, and everything that may be in its overlap gets one from
 * now on. The value in use is tested as any that nobody has tested.
 * @param secret whose value in use is the controller's, and whose marks say that the record's
 * policy is the applied one
 * @param listed what the vendor lists of the key
 */
export async function catchUp(session: KeySession, secret: SecretState, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = session;
  const { policy, current } = session.record;
  const versionId = currentVersion(secret.versions);
  const payload = versionId === undefined ? undefined : await payloadOf(session, versionId);
  if (policy === undefined || versionId === undefined || payload === undefined) return;
  const now = nowSeconds(engine.clock);
  const { overlapSeconds, expirySeconds } = policy.lifetime;
  const inOverlap = (keyId: string, expiresAt = now + expirySeconds): SupersededKey => ({
    keyId,
    revokeAfter: now + overlapSeconds,
    expiresAt,
  });
  const isWaiting = (token: string) =>
    [PENDING, STAGED].some((label) => secret.versions[token]?.includes(label) === true);
  const ended = session.record.pending.filter(({ token }) => !isWaiting(token));
  // By a record without them: what they minted has been in use since, or is an orphan.
  const record = { ...session.record, pending: session.record.pending.filter(({ token }) => isWaiting(token)) };
  const found = listed.filter((each) => isLive(each, now) && isForeign(engine, record, each));
  const candidates = [
    ...found.map(({ id, expiresAt }) => inOverlap(id, expiresAt)),
    ...ended.flatMap(({ keyId, expiresAt }) => (keyId === undefined ? [] : [inOverlap(keyId, expiresAt)])),
  ];
  const known = new Set([payload.keyId, current?.keyId, ...record.superseded.map(({ keyId }) => keyId)]);
  const superseded = new Map(candidates.filter(({ keyId }) => !known.has(keyId)).map((each) => [each.keyId, each]));
  // First, so that a run which dies here leaves no vendor key that the next sweep would take for an
  // orphan.
  await session.save({ pending: record.pending, superseded: [...record.superseded, ...superseded.values()] });
  await supersede(session, versionId, payload, overlapSeconds);
  await session.resolve(INCIDENTS.staleLedger);
  engine.effects.note(key, `ledger brought up to date: vendor key in use ${payload.keyId}, before ${current?.keyId}`);
  engine.telemetry.warn("the ledger was older than the value in use, and was brought up to date", {
    key,
    keyId: payload.keyId,
    vendorKeys: superseded.size,
  });
}
