import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Long-term API keys of Amazon Bedrock: service-specific credentials of IAM users (IAM API
 * Reference 2010-05-08, npm `@aws-sdk/client-iam` 3.1164; Bedrock User Guide, "API keys").
 * Partition `aws` alone.
 *
 * Enforcement: each declared key has an IAM user of its own, whose one inline policy says what its
 * keys may do. It denies whatever is not granted, so it holds even where somebody, or AWS itself,
 * attaches another policy to the user. An expiry is set when a credential is made, in whole days,
 * and never again. A user has two credentials at most.
 *
 * Not verified, and survived either way: whether `ListServiceSpecificCredentials` for all users is
 * let through by a statement that names users (the roles are given it for all); whether Bedrock
 * looks at a call's permissions before its body (`verify` finds out); the words of its refusals;
 * whether the API attaches `AmazonBedrockLimitedAccess` as the console does.
 */
export const bedrockDescriptor: VendorDescriptor = {
  id: "bedrock",
  displayName: "Amazon Bedrock",
  strategy: "additive",
  baseUrls: ["https://iam.amazonaws.com"],
  otherUrls: ["https://bedrock-runtime.*.amazonaws.com"],
  enforcement: {
    permissions: "nobody",
    endpoints: "nobody",
    models: "key",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "nobody",
    expiry: "key",
    sourceIp: "key",
  },
  inPlace: { grant: true, expiry: false },
  grantAfterMint: true,
  nameless: true,
  vendorKeysMax: 2,
  scopes: {},
  keyless: "a role of the program's own, which SDKs make short-term keys from by themselves",
  // AWS takes 36,600 days; a key policy holds 1,000.
  maxExpirySeconds: 86_400_000,
  expiryUnitSeconds: 86_400,
  activation: {
    typicalSeconds: 15,
    worstSeconds: 3_600,
    source: "IAM is eventually consistent, and AWS documents no bound",
  },
  revocation: {
    typicalSeconds: 60,
    worstSeconds: 3_600,
    source: "IAM is eventually consistent, and AWS documents no bound",
  },
  accountGone: {
    noProof:
      "keys belong to IAM users of the AWS account in which the controller runs: in a closed account nothing runs, and IAM itself says that a user is deleted",
  },
  // IAM documents no rate; its throttles are met at several calls a second.
  adminCallsPerMinute: 120,
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminKey: "none",
  adminPermission: "iam: CreateUser, PutUserPolicy, CreateServiceSpecificCredential and what else the issuer gives it",
  valuePrefixes: prefixesOf("bedrock"),
};
