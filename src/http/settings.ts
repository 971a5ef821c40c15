import * as v from "valibot";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import { allowedBaseUrl, refusedSettings } from "./base-url";

/**
 * An issuer's settings by the vendor's schema. Throws a `VendorError` that names the field, and not
 * what it holds.
 */
export function parseSettings<Output>(
  displayName: string,
  schema: v.GenericSchema<unknown, Output>,
  settings: unknown,
): Output {
  const parsed = v.safeParse(schema, settings);
  if (parsed.success) return parsed.output;
  throw refusedSettings(displayName, `"${v.getDotPath(parsed.issues[0]) ?? "settings"}" is malformed`);
}

/** Settings with a base URL of the descriptor's: the one that was given, or the first. */
export function parseSettingsWithUrl<Output extends { readonly baseUrl?: string | undefined }>(
  { displayName, baseUrls }: Pick<VendorDescriptor, "displayName" | "baseUrls">,
  schema: v.GenericSchema<unknown, Output>,
  settings: unknown,
): Output & { readonly baseUrl: string } {
  const parsed = parseSettings(displayName, schema, settings);
  const { baseUrl = baseUrls[0] ?? "" } = parsed;
  return { ...parsed, baseUrl: allowedBaseUrl(displayName, baseUrl, baseUrls) };
}
