import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Cloudflare with account API tokens, as npm `cloudflare` 7.3 and the API reference of 2026
 * describe them. What keys are for here is Workers AI, AI Gateway and their like.
 *
 * Enforcement: a token has policies (permission groups on resources), an expiry and client
 * addresses, all of which can be changed while it lives, by writing the whole token anew.
 * Permissions are the account's: there is none for one model or one gateway. A token's value can be
 * rolled, but the old one ends at once, so rotations mint a second token.
 *
 * Not verified, and safe either way: the longest name (120 characters is said), the largest page,
 * whether listings tell their total, the error that a full account answers (500 tokens).
 */
export const cloudflareDescriptor: VendorDescriptor = {
  id: "cloudflare",
  displayName: "Cloudflare",
  strategy: "additive",
  baseUrls: ["https://api.cloudflare.com/client/v4"],
  enforcement: {
    permissions: "key",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "nobody",
    expiry: "key",
    sourceIp: "key",
  },
  inPlace: { grant: true, expiry: true },
  scopes: {
    "workers-ai.read": "list models of Workers AI and run them",
    "workers-ai.write": "the same, and change what is of the account in Workers AI",
    "ai-gateway.read": "read AI Gateways and their logs",
    "ai-gateway.run": "call models through every AI Gateway of the account",
    "ai-gateway.write": "change AI Gateways",
    "ai-search.read": "read and query AI Search (AutoRAG)",
    "ai-search.write": "change AI Search (AutoRAG)",
    "vectorize.read": "read and query indexes of Vectorize",
    "vectorize.write": "change indexes of Vectorize",
  },
  // Cloudflare documents no maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 30, worstSeconds: 900, source: "not documented" },
  accountGone: {
    noProof:
      "Cloudflare shows no state of a closed account: it refuses the admin token as it refuses a token that lost a permission",
  },
  // 1,200 calls in five minutes, of all endpoints together.
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,120}$/,
  adminPermission: "Account API Tokens Write, and every permission that it is to give",
  valuePrefixes: prefixesOf("cloudflare"),
};
