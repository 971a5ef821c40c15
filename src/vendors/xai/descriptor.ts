import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/** Inference API, which the keys open: another host than the management API. */
export const XAI_DATA_URL = "https://api.x.ai/v1";

/**
 * xAI as its Management API documents it (docs.x.ai, "Accounts and Authorization", 2026).
 *
 * Enforcement: a key opens the models and endpoints that its ACLs name and nothing else, and has a
 * limit of requests and of tokens a minute and an expiry, all of which can be changed. Spend is
 * limited per team. A rotation gives the key a new value under the same id.
 *
 * Not verified, and survived either way: that `null` takes a limit off (if it does not, the limit
 * shows as drift); that a deleted key's old values end with it; that an oldest value, rotated twice
 * within its grace, keeps its own end; that the endpoint `models` guards `GET /v1/models` (an
 * answer there proves nothing, a refusal does).
 */
export const xAiDescriptor: VendorDescriptor = {
  id: "xai",
  displayName: "xAI",
  strategy: "in_place",
  baseUrls: ["https://management-api.x.ai"],
  otherUrls: [XAI_DATA_URL],
  enforcement: {
    permissions: "nobody",
    endpoints: "key",
    models: "key",
    requestsPerMinute: "key",
    tokensPerMinute: "key",
    spend: "project",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: true, expiry: true },
  // xAI documents 7 days at the most and no minimum. An hour outlasts what a run takes: an old
  // value that ends while its successor still spreads over xAI's clusters would leave the key
  // without one.
  grace: { minSeconds: 3_600, maxSeconds: 604_800 },
  scopes: {},
  // xAI documents no maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: {
    typicalSeconds: 30,
    worstSeconds: 3_600,
    source: "a key reaches clusters one by one; xAI shows which ones have it",
  },
  revocation: { typicalSeconds: 30, worstSeconds: 900, source: "a key reaches clusters one by one" },
  accountGone: {
    noProof: "xAI shows only whether a team is blocked, which can be reversed",
  },
  // Not documented. In the field keys that were made without a pause were answered 429, and one
  // every 1.5 seconds was not.
  adminCallsPerMinute: 30,
  // Documented: not empty.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "a management key of a team admin (Settings, Management Keys) that may write API keys",
  valuePrefixes: prefixesOf("xai"),
};
