import type { KeyRecord } from "../../model/key-record";
import { keyOfVendorName } from "../../model/names";
import type { VendorKey } from "../../vendors/vendor";
import { isOfKey, type Lineage } from "./ownership";

/** The vendor's list, ready to be asked for each of many keys. */
export class VendorKeyIndex {
  readonly #byOwner = new Map<string, VendorKey[]>();
  readonly #byKey = new Map<string, VendorKey[]>();
  readonly #others: VendorKey[] = [];

  constructor(
    all: readonly VendorKey[],
    private readonly lineage: Lineage,
  ) {
    for (const found of all) {
      const key = keyOfVendorName(lineage.deployment, found.name);
      if (found.ownerId === undefined && key === undefined) this.#others.push(found);
      add(this.#byOwner, found.ownerId, found);
      add(this.#byKey, key, found);
    }
  }

  /** What stands on the key's account or in its name. */
  of({ key, ownerId }: KeyRecord): readonly VendorKey[] {
    const owned = ownerId === undefined ? [] : (this.#byOwner.get(ownerId) ?? []);
    const unnamed = this.lineage.vendor.descriptor.nameless
      ? this.#others.filter((found) => isOfKey(this.lineage, { key }, found))
      : [];
    return [...new Set([...owned, ...(this.#byKey.get(key) ?? []), ...unnamed])];
  }
}

function add(index: Map<string, VendorKey[]>, name: string | undefined, found: VendorKey): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [found]);
  else known.push(found);
}
