import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * OpenRouter as its OpenAPI document of August 2026 describes it (`/keys`, `/guardrails`; npm
 * `@openrouter/sdk` 1.3).
 *
 * Enforcement: a key has a spend limit that may start anew, and an expiry that is set when it is
 * made and never again. Models are limited by a guardrail, of which a key has one at most; each
 * declared key gets a guardrail of its own. OpenRouter shows a guardrail's models under their dated
 * names, so what somebody changes there is set right with the next apply, and not seen before.
 */
export const openRouterDescriptor: VendorDescriptor = {
  id: "openrouter",
  displayName: "OpenRouter",
  strategy: "additive",
  baseUrls: ["https://openrouter.ai/api/v1"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "key",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "key",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: true, expiry: false },
  grantAfterMint: true,
  spendPeriods: ["day", "week", "month", "lifetime"],
  scopes: {},
  // OpenRouter documents no maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 30, worstSeconds: 900, source: "not documented" },
  accountGone: {
    proof: "the workspace that the issuer names does not exist, while the management key lists others",
    reversal: "OpenRouter deletes no workspace with active keys, and a deleted workspace does not come back",
  },
  // Not documented; `429` is declared for `/keys`.
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "a management key (Settings, Management keys)",
  valuePrefixes: prefixesOf("openrouter"),
};
