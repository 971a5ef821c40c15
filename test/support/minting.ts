import type { VendorAdapter } from "../../src/vendors/vendor";

export type MintingAdapter = VendorAdapter & Required<Pick<VendorAdapter, "mint">>;

/** The adapter of a vendor where no person has to mint. */
export function minting(vendor: VendorAdapter): MintingAdapter {
  const { mint } = vendor;
  if (mint === undefined) throw new Error(`${vendor.descriptor.id} mints nothing`);
  return Object.assign(Object.create(vendor), { ...vendor, mint: mint.bind(vendor) });
}
