import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Hugging Face: fine-grained tokens are made in the settings of a user or an organisation's service
 * account; there is no API that makes, lists or changes them. `GET /api/whoami-v2` knows a token,
 * and `POST /api/credentials/revoke` ends tokens that are shown to it, for anybody (facts: the
 * vendor's documentation of 2026).
 *
 * Enforcement: permissions and expiry are chosen by the person who makes the token; nothing of it
 * can be read back here.
 */
export const huggingFaceDescriptor: VendorDescriptor = {
  id: "huggingface",
  displayName: "Hugging Face",
  strategy: "manual",
  baseUrls: ["https://huggingface.co/api"],
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
    noProof:
      "Hugging Face has no API that says whether a user or an organisation is deleted; it refuses their tokens like unknown ones",
  },
  // None are sent.
  adminCallsPerMinute: 60,
  // People type it into a form, or leave it.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminKey: "none",
  adminPermission: "no admin key: there is no admin API",
  valuePrefixes: prefixesOf("huggingface"),
};
