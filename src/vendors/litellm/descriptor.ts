import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * LiteLLM's proxy, which users run themselves, as the OpenAPI document of release 1.88 and
 * docs.litellm.ai describe it (`/key/*`).
 *
 * Enforcement: the proxy limits a key in all that it serves. Source addresses it knows for the
 * whole proxy only.
 *
 * The caller chooses a key's value; the proxy keeps its SHA-256 hash, in hex, and takes it as the
 * key's id. An alias is given to one key at a time, and a second mint under it is refused with 400;
 * releases before 1.53 answered it with 200 and changed nothing.
 *
 * Not documented, so the adapter survives either: what a second mint of one value answers; whether
 * an update takes a period off again; whether the proxy says 400 or 401 of a key that has ended.
 * What is spent is counted for each vendor key: a successor begins at zero.
 */
export const liteLlmDescriptor: VendorDescriptor = {
  id: "litellm",
  displayName: "LiteLLM",
  strategy: "additive",
  baseUrls: [],
  ownBaseUrl: true,
  enforcement: {
    permissions: "nobody",
    endpoints: "key",
    models: "key",
    requestsPerMinute: "key",
    tokensPerMinute: "key",
    spend: "key",
    characters: "nobody",
    expiry: "key",
    // `allowed_ips` in the settings of the proxy.
    sourceIp: "project",
  },
  inPlace: { grant: true, expiry: true },
  idempotentMint: true,
  spendPeriods: ["day", "week", "month", "lifetime"],
  scopes: {},
  // There is no maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "each replica of a proxy has its own cache" },
  revocation: {
    typicalSeconds: 60,
    worstSeconds: 900,
    source: "each replica of a proxy has its own cache, of a minute by default",
  },
  accountGone: {
    noProof:
      "a proxy that is switched off does not answer, and can be started again with its keys; a blocked team can be unblocked, and the keys of a deleted team are found deleted",
  },
  // The proxy does not throttle these calls; each is a query or two of its database.
  adminCallsPerMinute: 300,
  // Of proxies that check aliases (`enable_key_alias_format_validation`).
  keyNamePattern: /^[A-Za-z0-9][A-Za-z0-9_/.@-]{0,253}[A-Za-z0-9]$/,
  adminPermission: "the proxy's master key, or a key of a user with the role proxy_admin",
  valuePrefixes: prefixesOf("litellm"),
};
