/** Base URLs of software that users run themselves, wherever they do. */

export const OWN_BASE_URL_RULE =
  "an https URL with a host name, without user, query, fragment or a slash at its end, that is not this machine's own";
const OWN_BASE_URL =
  /^https:\/\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?((?:\/[A-Za-z0-9._~-]+)*)$/;

/**
 * A host's name, and no address: those of the functions' own machine (127.0.0.1, 169.254.169.254)
 * give away credentials.
 */
export function isOwnBaseUrl(given: string): boolean {
  const [, path] = OWN_BASE_URL.exec(given) ?? [];
  if (path === undefined || given.length > 512 || !URL.canParse(given)) return false;
  const { hostname, pathname } = new URL(given);
  // What a URL parser makes of a path must be what is written.
  return !/^[\d.]+$/.test(hostname) && !hostname.endsWith(".localhost") && pathname === (path || "/");
}
