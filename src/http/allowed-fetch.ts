import * as v from "valibot";
import { isOwnBaseUrl } from "../model/base-url";
import { redact, shorten } from "../model/redact";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import { VendorError } from "../model/vendor-error";
import { ANSWER_LIMITS, boundedFetch } from "./bounded-fetch";

const HOST_MAX_LENGTH = 100;

type Urls = Pick<VendorDescriptor, "displayName" | "baseUrls" | "otherUrls" | "ownBaseUrl">;

/**
 * A bounded `fetch` that speaks https to the hosts that the descriptor names, and to the one that
 * the user runs where the vendor is such. What is refused is not sent, and no redirect is followed:
 * an adapter that is led elsewhere gives no key away.
 * @param until the end of the run: an adapter may forget to pass a signal on
 */
export function allowedFetch(
  descriptor: Urls,
  settings: unknown,
  send: typeof fetch,
  until?: AbortSignal,
): typeof fetch {
  const { displayName, baseUrls, otherUrls = [] } = descriptor;
  const hosts = [...baseUrls, ...otherUrls, ...ownUrl(descriptor, settings)].map(hostPattern);
  const allowed: typeof fetch = async (input, init) => {
    const url = new URL(typeof input === "object" && "url" in input ? input.url : input);
    if (url.protocol !== "https:" || !hosts.some((host) => host.test(url.host))) {
      const shown = shorten(redact(`${url.protocol}//${url.host}`), HOST_MAX_LENGTH);
      throw new VendorError("invalid", "fetch", `${displayName}: ${shown} is no address that its descriptor names`);
    }
    return send(input, { ...init, redirect: "error" });
  };
  return boundedFetch(allowed, ANSWER_LIMITS, until);
}

function ownUrl({ ownBaseUrl }: Urls, settings: unknown): string[] {
  const given = v.safeParse(v.object({ baseUrl: v.pipe(v.string(), v.check(isOwnBaseUrl)) }), settings);
  return ownBaseUrl === true && given.success ? [given.output.baseUrl] : [];
}

/** A `*` stands for one label of a host, or a part of one. */
function hostPattern(start: string): RegExp {
  const [, host = ""] = /^https:\/\/([^/]+)/.exec(start) ?? [];
  return new RegExp(`^${host.replace(/[.?+]/g, "\\$&").replaceAll("*", "[a-z0-9-]+")}$`);
}
