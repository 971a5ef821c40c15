import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Together AI: keys are made and deleted in the console, for a project and with an expiry if
 * wanted; its OpenAPI document has no path for keys.
 *
 * Enforcement: an expiry is chosen by the person who makes the key and cannot be read back; limits
 * hold for the project.
 */
export const togetherDescriptor: VendorDescriptor = {
  id: "together",
  displayName: "Together AI",
  strategy: "manual",
  baseUrls: ["https://api.together.xyz/v1"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
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
  revocation: { typicalSeconds: 60, worstSeconds: 900, source: "not documented" },
  accountGone: {
    noProof: "Together has no API for accounts",
  },
  // None are sent.
  adminCallsPerMinute: 60,
  // People type it into a form, or leave it.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminKey: "none",
  adminPermission: "no admin key: there is no admin API",
  valuePrefixes: prefixesOf("together"),
};
