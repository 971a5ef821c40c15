import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Fireworks as its API reference of 2026 describes it (Gateway REST API 4.259,
 * `…/users/{user_id}/apiKeys`), with its pages on roles, service accounts and account quotas.
 *
 * Enforcement: a key has an expiry, set when it is made and never again. What it may do is the role
 * of its user, what it may spend and how often it may call are quotas of the account; the issuer's
 * account and user stand for the project here. Nobody limits models or networks. Every key may
 * manage keys of its own user, whatever the role.
 *
 * Unverified: whether the list of keys comes in pages ("to be added"; both are read), how long a
 * name may be, what a second deletion answers, how often the API may be called.
 */
export const fireworksDescriptor: VendorDescriptor = {
  id: "fireworks",
  displayName: "Fireworks",
  strategy: "additive",
  baseUrls: ["https://api.fireworks.ai/v1"],
  otherUrls: ["https://api.fireworks.ai/inference/v1"],
  enforcement: {
    permissions: "project",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "project",
    tokensPerMinute: "nobody",
    spend: "project",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: false, expiry: false },
  keysManageKeys: true,
  scopes: {},
  // Fireworks documents no maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 60, worstSeconds: 900, source: "not documented" },
  accountGone: {
    noProof:
      "the admin key ends with its account; the states that Fireworks shows (suspended, being deleted) can be reversed or are not documented to end keys",
  },
  // Not documented for these calls; an account with a payment method has 6,000 a minute altogether,
  // inference included.
  adminCallsPerMinute: 60,
  // Not documented for keys.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "a key of a user with the role Admin",
  valuePrefixes: prefixesOf("fireworks"),
};
