import type { VendorAdapter } from "../../vendors/vendor";

/**
 * A wrapped adapter (its verbs need no `this`) whose values are told to `keep`, the moment they are
 * seen: from then on no log line and no error of the run holds them.
 */
export function redactingAdapter(vendor: VendorAdapter, keep: (value: string) => void): VendorAdapter {
  const { mint, rotate, chooseValue, identify } = vendor;
  const seen = <Minted extends { readonly value: string }>(minted: Minted): Minted => {
    keep(minted.value);
    return minted;
  };
  return Object.assign(Object.create(vendor), {
    verify: (request) => {
      keep(request.value);
      return vendor.verify(request);
    },
    ...(mint === undefined ? {} : { mint: async (request) => seen(await mint.call(vendor, request)) }),
    ...(rotate === undefined ? {} : { rotate: async (request) => seen(await rotate.call(vendor, request)) }),
    ...(chooseValue === undefined ? {} : { chooseValue: () => seen(chooseValue.call(vendor)) }),
    ...(identify === undefined
      ? {}
      : {
          identify: (request) => {
            keep(request.value);
            return identify.call(vendor, request);
          },
        }),
  } satisfies Partial<VendorAdapter>);
}
