import { defined } from "../../../model/defined";
import { INCIDENTS } from "../../../model/incidents";
import type { KeyPolicy } from "../../../model/key-policy";
import type { CurrentKey, KeyRecord } from "../../../model/key-record";
import { ownerName, secretName } from "../../../model/names";
import { parseSecretPayload, type SecretPayload } from "../../../model/secret-payload";
import { unixSeconds } from "../../../model/units";
import { currentVersion, isUnissued } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import { isWritten } from "../../integrity/marks";
import type { KeySession } from "../../key-session";
import { nowSeconds, type SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { isOfKey } from "../../vendor-keys/ownership";

/**
 * The secret has a value that the record knows nothing of; so it stays until `recoverRecord` has
 * succeeded.
 */
export function isRecordLost({ current, pending }: KeyRecord, secret: SecretState): boolean {
  if (isUnissued(secret.versions)) return false;
  const labelled = currentVersion(secret.versions);
  return current === undefined && labelled !== undefined && !pending.some((p) => p.token === labelled);
}

/**
 * The ledger was lost: what the secret and the vendor's names tell is written down again. Nothing
 * is revoked before its overlap. Or the secret is older than the key and holds somebody's value
 * that is in use: then there is nothing of ours, and nothing to tell of.
 */
export async function recoverRecord(session: KeySession, secret: SecretState, policy: KeyPolicy): Promise<void> {
  const { engine, key } = session;
  const { signal } = engine.deadline;
  const { superseded } = session.record;
  const versionId = currentVersion(secret.versions);
  const text =
    versionId === undefined ? undefined : await engine.secrets.value(secretName(engine.prefix, key), versionId);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload !== undefined) await session.open(INCIDENTS.lostLedger);
  const ownerId = await engine.vendor.findOwner?.({ name: ownerName(engine.deployment, key), signal });
  if (engine.vendor.findOwner !== undefined && ownerId === undefined) return;
  const listed = await engine.vendor.list({ signal });
  const now = nowSeconds(engine.clock);
  const ours = listed.filter((k) => isOurs(session, ownerId, k));
  // The slots of an account are there from its beginning.
  const { slots } = strategyOf(engine.vendor.descriptor);
  const traces = !slots && (ownerId !== undefined || ours.length > 0);
  if (payload === undefined && !traces) return;
  await session.open(INCIDENTS.lostLedger);
  const written = versionId !== undefined && isWritten(secret.versions, versionId);
  // A payload that somebody else wrote may name our vendor key, and send it elsewhere.
  const inUse = written ? (ours.find((k) => k.id === payload?.keyId) ?? handedOver(session, payload)) : undefined;
  const current =
    inUse === undefined || versionId === undefined || payload === undefined
      ? undefined
      : currentOf(session, inUse, versionId, payload);
  // Beside the slot in use the other one may have its overlap; where none is in use, what is in
  // them is nobody's that is not known.
  const known = (k: VendorKey) => superseded.some(({ keyId }) => keyId === k.id);
  const keys = slots && current === undefined ? ours.filter(known) : ours;
  await session.save({
    ...defined({ ownerId, current }),
    superseded: keys
      .filter((k) => k.id !== current?.keyId)
      .map((k) => ({
        keyId: k.id,
        // An apply that found it before, and could not finish, has begun its overlap.
        revokeAfter:
          superseded.find(({ keyId }) => keyId === k.id)?.revokeAfter ?? now + policy.lifetime.overlapSeconds,
        expiresAt: k.expiresAt ?? now + policy.lifetime.expirySeconds,
      })),
  });
  engine.effects.note(key, `ledger rebuilt with ${keys.length} vendor keys`);
  engine.telemetry.warn("ledger rebuilt", { key, vendorKeys: keys.length });
}

function currentOf({ engine }: KeySession, inUse: VendorKey, versionId: string, payload: SecretPayload): CurrentKey {
  return {
    keyId: inUse.id,
    versionId,
    // By the secret, and not by the vendor: a slot, and a vendor key that has a new value, are
    // older than what they hold; and where the vendor's end is another, that is drift.
    issuedAt: unixSeconds(payload.issuedAt),
    expiresAt: unixSeconds(payload.expiresAt),
    // A rotation in place may have been under way, and nobody knows any more.
    ...(strategyOf(engine.vendor.descriptor).valuesEnd ? { valueEndsAt: nowSeconds(engine.clock) } : {}),
  };
}

/**
 * Where no vendor lists what a person handed over, the controller's own value in the secret tells
 * of it.
 */
function handedOver({ engine }: KeySession, payload: SecretPayload | undefined): VendorKey | undefined {
  if (payload === undefined || strategyOf(engine.vendor.descriptor).issues) return undefined;
  return { id: payload.keyId, name: "", createdAt: unixSeconds(payload.issuedAt) };
}

function isOurs({ engine, key }: KeySession, ownerId: string | undefined, found: VendorKey): boolean {
  if (ownerId !== undefined && found.ownerId !== undefined) return found.ownerId === ownerId;
  return isOfKey(engine, { key }, found);
}
