import { notOfThisMachine, ofAWebPage } from "../errors";
import type { Head } from "./door";

/**
 * By other values a page from the net is known. `none` is a person who typed the address; it is
 * also what a browser sends for a page that it fetches ahead, since another page asked for that.
 * `same-origin` is what the sandbox itself answered.
 */
const OWN_SITES = new Set(["none", "same-origin"]);
/** Of what is fetched ahead, by the standard's name and by those before it. */
const AHEAD = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
/** What somebody asks for by typing an address, or by following a link. */
const BROWSED = new Set(["GET", "HEAD"]);

/**
 * What no credential makes good. A page that a browser shows can send requests to loopback, under a
 * name of its own that leads there as well; and a credential may have reached it.
 * @param port that the server listens on
 * @returns why the request is refused
 */
export function strangerIn({ method, url, headers }: Head, port: number): Error | undefined {
  const { host, origin, upgrade, "sec-fetch-site": site } = headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return notOfThisMachine(host);
  // The other form of a target, `http://host/path`, names a host beside the header.
  if (!url.startsWith("/")) {
    // Its path may hold the credential, which no answer repeats.
    const [start] = /^\w+:\/\/[^/]*/.exec(url) ?? ["another form of a target"];
    return notOfThisMachine(start);
  }
  if (origin !== undefined) return ofAWebPage("Origin", origin);
  if (site !== undefined && !(typeof site === "string" && OWN_SITES.has(site))) {
    return ofAWebPage("Sec-Fetch-Site", String(site));
  }
  if (site !== undefined && !BROWSED.has(method)) return ofAWebPage("Sec-Fetch-Site", `${site}, with ${method}`);
  const ahead = AHEAD.find((name) => headers[name] !== undefined);
  if (ahead !== undefined) return ofAWebPage(ahead, String(headers[ahead]));
  if (upgrade !== undefined && /websocket/i.test(upgrade)) return ofAWebPage("Upgrade", upgrade);
  return undefined;
}
