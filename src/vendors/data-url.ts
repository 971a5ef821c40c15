import * as v from "valibot";
import type { Vendor } from "./vendor";

/** Base URL of the data API, as programs use it. */
export function dataUrlOf(vendor: Vendor, settings: unknown): string {
  if (vendor.dataUrl !== undefined) return vendor.dataUrl(settings);
  const given = v.safeParse(v.object({ baseUrl: v.string() }), settings);
  return given.success ? given.output.baseUrl : (vendor.descriptor.baseUrls[0] ?? "");
}
