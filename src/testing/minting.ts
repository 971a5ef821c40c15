import type { VendorAdapter } from "../vendors/vendor";

/** The adapter, known to mint. */
export function minting<Adapter extends VendorAdapter>(
  vendor: Adapter,
): Adapter & Required<Pick<VendorAdapter, "mint">> {
  const { mint } = vendor;
  if (mint === undefined) throw new Error(`${vendor.descriptor.displayName} mints no keys`);
  return vendor as Adapter & { readonly mint: typeof mint };
}
