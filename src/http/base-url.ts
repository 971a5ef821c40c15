import { redact, shorten } from "../model/redact";
import { VendorError } from "../vendors/vendor";

const HOST_MAX_LENGTH = 100;

/** Refuses a base URL that is not on the list, before anything is sent. Compared as text: whatever a URL parser would make of it. */
export function allowedBaseUrl(displayName: string, given: string, allowed: readonly string[]): string {
  if (allowed.includes(given)) return given;
  throw refusedSettings(displayName, `the base URL is not one of ${allowed.join(", ")} (its host: ${hostOf(given)})`);
}

/** For software that users run themselves, wherever they do. */
export const OWN_BASE_URL_RULE =
  "an https URL with a host name, without user, query, fragment or a slash at its end, that is not this machine's own";
const OWN_BASE_URL =
  /^https:\/\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;

/** A host's name, and no address: those of the functions' own machine (127.0.0.1, 169.254.169.254) give away credentials. */
export function isOwnBaseUrl(given: string): boolean {
  if (!OWN_BASE_URL.test(given) || given.length > 512) return false;
  const { hostname, pathname } = new URL(given);
  // What a URL parser makes of a path must be what is written.
  return (
    !/^[\d.]+$/.test(hostname) && !hostname.endsWith(".localhost") && given.endsWith(pathname === "/" ? "" : pathname)
  );
}

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
