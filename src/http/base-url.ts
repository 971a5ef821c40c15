import { isOwnBaseUrl, OWN_BASE_URL_RULE } from "../model/base-url";
import { redact, shorten } from "../model/redact";
import { VendorError } from "../model/vendor-error";

const HOST_MAX_LENGTH = 100;

/**
 * Refuses a base URL that is not on the list, before anything is sent. Compared as text: whatever a
 * URL parser would make of it.
 */
export function allowedBaseUrl(displayName: string, given: string, allowed: readonly string[]): string {
  if (allowed.includes(given)) return given;
  throw refusedSettings(displayName, `the base URL is not one of ${allowed.join(", ")} (its host: ${hostOf(given)})`);
}

/** For software that users run themselves. */
export function ownBaseUrl(displayName: string, given: string): string {
  if (isOwnBaseUrl(given)) return given;
  throw refusedSettings(displayName, `the base URL is not ${OWN_BASE_URL_RULE} (its host: ${hostOf(given)})`);
}

export function refusedSettings(displayName: string, problem: string): VendorError {
  return new VendorError("invalid", "connect", `${displayName} settings: ${problem}`);
}

/** Of what was given, only the host is shown: what stands around it may be a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? shorten(redact(new URL(url).host), HOST_MAX_LENGTH) || "none" : "none";
}
