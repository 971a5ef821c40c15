import { type KeyRecord, vendorKeyIds } from "../../model/key-record";
import { keyOfVendorName, ownerName, vendorKeyName } from "../../model/names";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import type { VendorKey } from "../../vendors/vendor";
import { strategyOf } from "../strategies";

/** What tells the vendor keys of one deployment from others'. */
export interface Lineage {
  readonly deployment: string;
  readonly vendor: { readonly descriptor: Pick<VendorDescriptor, "nameless" | "strategy" | "keysMax"> };
}

/** Whether it opens anything at that time, in Unix seconds. */
export function isLive({ expiresAt, disabled }: Pick<VendorKey, "expiresAt" | "disabled">, now: number): boolean {
  return disabled !== true && (expiresAt === undefined || expiresAt > now);
}

/**
 * Whether a vendor key is one of the key's, known to the ledger or not: on its account, or minted
 * in its name.
 */
export function isOfKey(
  { deployment, vendor }: Lineage,
  { key, ownerId }: Pick<KeyRecord, "key" | "ownerId">,
  found: VendorKey,
): boolean {
  if (ownerId !== undefined && found.ownerId === ownerId) return true;
  // Neither a name nor an owner: the account's own, and so the one key's that it is for.
  if (vendor.descriptor.nameless) return isAccounts(found) && vendor.descriptor.keysMax === 1;
  const own = ownerName(deployment, key);
  return found.name === own || found.name.startsWith(`${own}/`);
}

/**
 * Whether this deployment minted it for the key: by its name, or, where vendor keys have none, by
 * whose it is.
 */
export function isMintedFor(lineage: Lineage, record: Pick<KeyRecord, "key" | "ownerId">, found: VendorKey): boolean {
  if (lineage.vendor.descriptor.nameless) return isOfKey(lineage, record, found);
  return keyOfVendorName(lineage.deployment, found.name) === record.key;
}

/**
 * Vendor keys that stand in this key's name or on its account, and that the ledger knows nothing
 * of. Where people mint there are none: what they made waits to be adopted.
 */
export function isForeign(lineage: Lineage, record: KeyRecord, found: VendorKey): boolean {
  if (!strategyOf(lineage.vendor.descriptor).ownsUnknownKeys) return false;
  const ours = found.ownerId !== undefined && found.ownerId === record.ownerId;
  if (!ours && keyOfVendorName(lineage.deployment, found.name) !== record.key) return false;
  return isUnknown(lineage, record, found);
}

/** What attempts at minting for the token have left, whether the ledger learnt of it or not. */
export function isLostMint(lineage: Lineage, record: KeyRecord, token: string, found: VendorKey): boolean {
  if (lineage.vendor.descriptor.nameless) {
    const others = { ...record, pending: record.pending.filter((p) => p.token !== token) };
    // Where there are no owners either, vendor keys are slots: what is in one that is not in use is
    // overwritten.
    return !isAccounts(found) && found.ownerId === record.ownerId && !vendorKeyIds(others).has(found.id);
  }
  // A name holds a part of its token, which nobody else has; where the vendor shows owners, both
  // must fit.
  const onAccount = (found.ownerId ?? record.ownerId) === record.ownerId;
  return onAccount && found.name === vendorKeyName(lineage.deployment, record.key, token);
}

function isUnknown({ deployment, vendor }: Lineage, record: KeyRecord, found: VendorKey): boolean {
  if (vendorKeyIds(record).has(found.id)) return false;
  // Being minted at this moment: its token is known, its id is not yet.
  return !record.pending.some((p) =>
    vendor.descriptor.nameless ? p.keyId === undefined : vendorKeyName(deployment, record.key, p.token) === found.name,
  );
}

/** Whether nothing of what the vendor shows says whose it is. */
export function tellsNothing({ vendor }: Lineage, found: VendorKey): boolean {
  return vendor.descriptor.nameless === true && isAccounts(found);
}

function isAccounts({ ownerId }: VendorKey): boolean {
  return ownerId === undefined;
}
