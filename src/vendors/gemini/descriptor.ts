import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Google Gemini with keys of the API Keys API, version 2 (`google/api/apikeys/v2` in googleapis;
 * discovery document of 2026).
 *
 * Enforcement: a key is limited to methods of the Gemini API and to addresses. Rates and quotas are
 * the project's; there is no expiry, so the sweep ends keys. The caller chooses a key's id and can
 * read its value again at any time, so nothing is lost with an answer.
 *
 * Not verified, and safe either way: whether deleting a key twice is a 404 or a 400, the number of
 * keys in a project (300 is said), calls a minute. Since June 2026 the Gemini API refuses keys
 * without restrictions, and Google announced that it will refuse all keys that are not bound to a
 * service account; so no key is minted without a restriction, and the issuer can bind keys.
 */
export const geminiDescriptor: VendorDescriptor = {
  id: "gemini",
  displayName: "Google Gemini",
  strategy: "additive",
  baseUrls: ["https://apikeys.googleapis.com/v2"],
  otherUrls: [
    "https://generativelanguage.googleapis.com/v1beta",
    "https://generativelanguage.googleapis.com/v1",
    "https://oauth2.googleapis.com/token",
  ],
  enforcement: {
    permissions: "nobody",
    endpoints: "key",
    models: "nobody",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
    spend: "nobody",
    characters: "nobody",
    expiry: "nobody",
    sourceIp: "key",
  },
  inPlace: { grant: true, expiry: false },
  idempotentMint: true,
  scopes: {},
  // There is no expiry at Google; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 60, worstSeconds: 3_600, source: "10 minutes were reported" },
  revocation: { typicalSeconds: 480, worstSeconds: 1_800, source: "8 to 23 minutes were reported" },
  accountGone: {
    noProof:
      "for 30 days Google can restore a project that was shut down, with its keys; later it answers as to a caller without a permission. Billing and services can be switched on again",
  },
  // Not documented.
  adminCallsPerMinute: 60,
  // Kept whole in an annotation: a display name ends after 63 characters.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "a service account with the role API Keys Admin (roles/serviceusage.apiKeysAdmin)",
  valuePrefixes: prefixesOf("gemini"),
};
