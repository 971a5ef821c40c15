import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

const RATES = "workspace.rateLimits";

/**
 * Anthropic as its Admin API answers (npm `@anthropic-ai/sdk` 1.12, `organization.apiKeys`, and its
 * reference pages).
 *
 * Enforcement: keys are made in the Console alone, which may give one an expiry; the API lists
 * them, switches them off and archives them. Rate limits and spend are set per workspace, for all
 * of its keys. What a key may do is what the person, or the service account, may do that it acts
 * as. Unverified: whether a workspace can be kept from models; how long the two ends of
 * `partial_key_hint` are (16 and 4 characters in the reference's example: any length is read, and
 * what fits more than one key identifies none); whether an expired key can be archived (it is left
 * alone).
 */
export const anthropicDescriptor: VendorDescriptor = {
  id: "anthropic",
  displayName: "Anthropic",
  strategy: "manual",
  baseUrls: ["https://api.anthropic.com"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "project",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
    spend: "project",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  account: { requestsPerMinute: RATES, tokensPerMinute: RATES, spend: "workspace.spend" },
  inPlace: { grant: false, expiry: false },
  scopes: {},
  // Not documented; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 5, worstSeconds: 900, source: "not documented" },
  accountGone: {
    proof: "the workspace that the issuer names is archived",
    reversal: "Anthropic documents no way back: an archived workspace stays archived, and its keys with it",
  },
  // Not documented for the Admin API.
  adminCallsPerMinute: 60,
  // Not documented; what our names need, and no more.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "an Admin API key (Console, Settings, Admin keys)",
  valuePrefixes: prefixesOf("anthropic"),
};
