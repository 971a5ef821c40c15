import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Azure OpenAI as Azure Resource Manager answers for accounts of `Microsoft.CognitiveServices` (npm
 * `@azure/arm-cognitiveservices` 8.1, api-version 2025-09-01, and Microsoft's page on rotating
 * keys).
 *
 * Enforcement: an account has two keys, for ever, and each opens all of it. Which models there are
 * and how many tokens and requests a minute they take is set on the account's deployments; the
 * addresses that may call, on the account. Keys neither expire nor show how old they are; a
 * regenerated one ends its old value at once. Unverified: how long caches may keep an old value
 * alive or a new one unknown. Both are survived: a new value is looked at for a while before it
 * counts as refused, and an old one is revoked after its overlap only.
 */
export const azureOpenAiDescriptor: VendorDescriptor = {
  id: "azure-openai",
  displayName: "Azure OpenAI",
  strategy: "slot_pair",
  baseUrls: ["https://management.azure.com"],
  otherUrls: [
    "https://login.microsoftonline.com",
    "https://*.openai.azure.com",
    "https://*.cognitiveservices.azure.com",
    "https://*.services.ai.azure.com",
  ],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "project",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
    spend: "nobody",
    characters: "nobody",
    expiry: "nobody",
    sourceIp: "project",
  },
  inPlace: { grant: false, expiry: false },
  nameless: true,
  vendorKeysMax: 2,
  keysMax: 1,
  scopes: {},
  // Azure ends no key; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 30, worstSeconds: 3_600, source: "not documented" },
  revocation: {
    typicalSeconds: 5,
    worstSeconds: 60,
    source: "Azure says that the old value stops at once; its gateways are not documented",
  },
  accountGone: {
    proof:
      "Resource Manager has neither the account nor a recoverable one, or keys are switched off for the account (`disableLocalAuth`)",
    reversal:
      "a purged account does not come back; if somebody sets `disableLocalAuth` back, both keys work again, and a person has to regenerate them once the key is destroyed here",
    revivesKeys: true,
  },
  // Resource Manager lets through several a second; what the resource provider takes of these two
  // calls is not documented.
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission:
    "Microsoft.CognitiveServices/accounts/listKeys/action and …/regenerateKey/action on the account (role Cognitive Services Contributor)",
  // 32 or 84 letters and digits, without a start of their own.
  valuePrefixes: [],
};
