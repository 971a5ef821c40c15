import type { KeyRecord } from "../model/key-record";
import { keyOfVendorName } from "../model/names";
import type { VendorKey } from "../vendors/vendor";

/** The vendor's list, ready to be asked for each of many keys. */
export class Listing {
  readonly #byOwner = new Map<string, VendorKey[]>();
  readonly #byKey = new Map<string, VendorKey[]>();

  constructor(all: readonly VendorKey[], deployment: string) {
    for (const found of all) {
      add(this.#byOwner, found.ownerId, found);
      add(this.#byKey, keyOfVendorName(deployment, found.name), found);
    }
  }

  /** What stands on the key's account or in its name. */
  of({ key, ownerId }: KeyRecord): readonly VendorKey[] {
    const owned = ownerId === undefined ? [] : (this.#byOwner.get(ownerId) ?? []);
    return [...new Set([...owned, ...(this.#byKey.get(key) ?? [])])];
  }
}

function add(index: Map<string, VendorKey[]>, name: string | undefined, found: VendorKey): void {
  if (name === undefined) return;
  const known = index.get(name);
  if (known === undefined) index.set(name, [found]);
  else known.push(found);
}
