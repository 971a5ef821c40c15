import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Mistral as the Admin API (beta) of its OpenAPI document of August 2026 describes it
 * (`/v1/admin/api-keys`), with its pages on API keys, Admin API keys and expiry policies.
 *
 * Enforcement: a key has an expiry, set when it is made and never again. A workspace has a monthly
 * spend limit, set in the Admin Panel. Rate limits are the organisation's and follow from its tier;
 * nobody limits permissions, models or networks of a key.
 *
 * Unverified: whether a key ends with the beginning or with the end of its date (here: the
 * beginning counts, so that it never ends before `expiresAt`, and may end up to a day after it);
 * that dates are meant in UTC; which of two published headers carries the admin key (both are
 * sent); how often the Admin API may be called.
 */
export const mistralDescriptor: VendorDescriptor = {
  id: "mistral",
  displayName: "Mistral",
  strategy: "additive",
  baseUrls: ["https://api.mistral.ai/v1"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "project",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: false, expiry: false },
  scopes: {},
  // No maximum but the one that an organisation sets itself; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  expiryStepSeconds: 86_400,
  activation: { typicalSeconds: 60, worstSeconds: 3_600, source: "5 minutes were reported" },
  revocation: { typicalSeconds: 60, worstSeconds: 900, source: "not documented" },
  accountGone: {
    proof: "the workspace is archived, and no key of it is listed",
    reversal: "Mistral documents no way back; the controller would revoke a key that is listed again like any other",
  },
  // Not documented.
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,255}$/,
  adminPermission: "an Admin API key of the organisation (Backoffice, API keys)",
  // Values are 32 letters and digits.
  valuePrefixes: [],
};
