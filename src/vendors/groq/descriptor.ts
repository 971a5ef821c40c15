import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Groq: keys are made and deleted in the console; no API for keys is documented.
 *
 * Enforcement: a key belongs to a project, whose limits hold for it; nothing is chosen per key.
 */
export const groqDescriptor: VendorDescriptor = {
  id: "groq",
  displayName: "Groq",
  strategy: "manual",
  baseUrls: ["https://api.groq.com/openai/v1"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
    spend: "project",
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
    noProof: "Groq has no API for accounts",
  },
  // None are sent.
  adminCallsPerMinute: 60,
  // People type it into a form, or leave it.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminKey: "none",
  adminPermission: "no admin key: there is no admin API",
  valuePrefixes: prefixesOf("groq"),
};
