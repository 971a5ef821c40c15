import { type KeyRecord, vendorKeyIds } from "../model/key-record";
import { keyOfVendorName, ownerName, vendorKeyName } from "../model/names";
import type { VendorKey } from "../vendors/vendor";
import type { Engine } from "./ports";

/** Whether it opens anything at that time, in Unix seconds. */
export function isLive({ expiresAt, disabled }: Pick<VendorKey, "expiresAt" | "disabled">, now: number): boolean {
  return disabled !== true && (expiresAt === undefined || expiresAt > now);
}

/** Whether a vendor key is one of the key's, known to the ledger or not: on its account, or minted in its name. */
export function isOfKey(
  { deployment }: Pick<Engine, "deployment">,
  { key, ownerId }: Pick<KeyRecord, "key" | "ownerId">,
  found: VendorKey,
): boolean {
  const onAccount = ownerId !== undefined && found.ownerId === ownerId;
  return onAccount || found.name.startsWith(`${ownerName(deployment, key)}/`);
}

/** Vendor keys that stand in this key's name or on its account, and that the ledger knows nothing of. */
export function isForeign(engine: Pick<Engine, "deployment">, record: KeyRecord, found: VendorKey): boolean {
  const ours = found.ownerId !== undefined && found.ownerId === record.ownerId;
  if (!ours && keyOfVendorName(engine.deployment, found.name) !== record.key) return false;
  if (vendorKeyIds(record).has(found.id)) return false;
  // Being minted at this moment: its token is known, its id is not yet.
  return !record.pending.some((p) => vendorKeyName(engine.deployment, record.key, p.token) === found.name);
}
