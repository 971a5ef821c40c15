import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Cohere: keys are made and deleted in the dashboard; no API for keys is documented.
 * `GET /v1/models` costs nothing.
 *
 * Enforcement: nothing is chosen per key.
 */
export const cohereDescriptor: VendorDescriptor = {
  id: "cohere",
  displayName: "Cohere",
  strategy: "manual",
  baseUrls: ["https://api.cohere.com/v1"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "nobody",
    expiry: "nobody",
    sourceIp: "nobody",
  },
  inPlace: { grant: false, expiry: false },
  scopes: {},
  // What people can be asked to keep; the vendor has no maximum of its own that is documented.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 5, worstSeconds: 900, source: "not documented" },
  accountGone: {
    noProof: "Cohere has no API for accounts",
  },
  // None are sent.
  adminCallsPerMinute: 60,
  // People type it into a form, or leave it.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminKey: "none",
  adminPermission: "no admin key: there is no admin API",
  valuePrefixes: [],
};
