import type { Grant } from "../../../src/model/grant";
import { grantedBy, POLICY_MAX_LENGTH, policyOf } from "../../../src/vendors/bedrock/policy";
import { whyDenied } from "../../../src/vendors/bedrock/simulator/policy";

const REGIONS = ["eu-central-1", "eu-west-1"];
const WHO = { userArn: "arn:aws:iam::123456789012:user/a", accountId: "123456789012" };
const MODEL = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0";
const PROFILE = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0";
/** Somebody, or AWS, attached it to the user as well. */
const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

interface Asked {
  readonly action?: string;
  readonly resource?: string;
  readonly region?: string;
  readonly sourceIp?: string | undefined;
  readonly token?: string;
  readonly profile?: string;
}

describe.each([
  ["alone", []],
  ["beside one that allows everything", [EVERYTHING]],
])("the policy of a grant, %s,", (_, others) => {
  const lets = (grant: Grant, asked: Asked) => {
    const { action = "bedrock:InvokeModel", resource = MODEL, region = "eu-central-1", token = "LONG_TERM" } = asked;
    const context = {
      "aws:requestedregion": region,
      "aws:sourceip": "sourceIp" in asked ? asked.sourceIp : "203.0.113.7",
      "bedrock:bearertokentype": token,
      "bedrock-mantle:bearertokentype": token,
      "bedrock:inferenceprofilearn": asked.profile,
    };
    const identity = [policyOf(grant, REGIONS, "test"), ...others];
    return whyDenied({ ...WHO, identity }, { action, resource, context }) === undefined;
  };
  const some = { models: ["amazon.nova-pro-v1:0"] };

  test.each<[string, boolean, Grant, Asked]>([
    ["a model of the grant", true, some, {}],
    ["its stream", true, some, { action: "bedrock:InvokeModelWithResponseStream" }],
    ["it in the other region", true, some, { region: "eu-west-1", resource: MODEL.replace("central", "west") }],
    ["it elsewhere", false, some, { region: "us-east-1" }],
    ["another model", false, some, { resource: MODEL.replace("pro", "micro") }],
    ["a model whose name begins alike", false, some, { resource: `${MODEL}-large` }],
    ["a profile of it", false, some, { resource: PROFILE }],
    ["it, through a profile that is not of the grant", true, some, { profile: PROFILE }],
    ["a profile of the grant", true, { models: ["eu.amazon.nova-pro-v1:0"] }, { resource: PROFILE }],
    ["a model through a profile of the grant", true, { models: ["eu.amazon.nova-pro-v1:0"] }, { profile: PROFILE }],
    ["that model directly", false, { models: ["eu.amazon.nova-pro-v1:0"] }, {}],
    ["that model through another profile", false, { models: ["eu.amazon.nova-pro-v1:0"] }, { profile: `${PROFILE}-2` }],
    ["any model without a list", true, {}, { resource: MODEL.replace("pro", "micro") }],
    ["any profile without a list", true, {}, { resource: PROFILE }],
    [
      "what is neither without a list",
      false,
      {},
      { resource: PROFILE.replace("inference-profile", "provisioned-model") },
    ],
    ["what fits a pattern", true, { models: ["amazon.*"] }, {}],
    ["what fits no pattern", false, { models: ["meta.*"] }, {}],
    [
      "an ARN of the grant",
      true,
      { models: [PROFILE.replace("inference", "application-inference")] },
      { resource: PROFILE.replace("inference", "application-inference") },
    ],
    [
      "a model from one of the networks",
      true,
      { networks: ["203.0.113.0/24", "2001:db8::/32"] },
      { sourceIp: "2001:db8::1" },
    ],
    ["a model from elsewhere", false, { networks: ["203.0.113.0/24"] }, { sourceIp: "198.51.100.1" }],
    [
      "a model through a VPC endpoint, which has no address",
      false,
      { networks: ["203.0.113.0/24"] },
      { sourceIp: undefined },
    ],
    ["a model from anywhere without networks", true, {}, { sourceIp: undefined }],
    ["another action of Bedrock", false, some, { action: "bedrock:CreateModelCustomizationJob", resource: "*" }],
    ["the second endpoint's models", false, some, { action: "bedrock-mantle:CreateInference", resource: "*" }],
    ["an action of another service", false, some, { action: "s3:GetObject", resource: "arn:aws:s3:::bucket/key" }],
    ["long-term keys", true, some, { action: "bedrock:CallWithBearerToken", resource: "*" }],
    [
      "long-term keys at the second endpoint",
      true,
      some,
      { action: "bedrock-mantle:CallWithBearerToken", resource: "*" },
    ],
    [
      "long-term keys elsewhere",
      false,
      some,
      { action: "bedrock:CallWithBearerToken", resource: "*", region: "us-east-1" },
    ],
  ])("answers for %s: %s", (__, allowed, grant, asked) => {
    expect(lets(grant, asked)).toBe(allowed);
  });
});

describe("the policy of a grant", () => {
  test("opens nothing to short-term keys", () => {
    const context = { "aws:requestedregion": "eu-central-1", "bedrock:bearertokentype": "SHORT_TERM" };
    const request = { action: "bedrock:CallWithBearerToken", resource: "*", context };
    expect(whyDenied({ ...WHO, identity: [policyOf({}, REGIONS, "test")] }, request)).toContain(
      "no identity-based policy allows",
    );
  });

  test("is read back as it was, whatever the order, and only with the same regions", () => {
    const grant = { models: ["us.amazon.nova-pro-v1:0", "amazon.*"], networks: ["203.0.113.0/24"] };
    const document = policyOf(grant, REGIONS, "test");
    expect(document.length).toBeLessThan(POLICY_MAX_LENGTH);
    expect(policyOf({ ...grant, models: grant.models.toReversed() }, REGIONS.toReversed(), "test")).toBe(document);
    expect(grantedBy(document, REGIONS)).toEqual({ models: grant.models.toSorted(), networks: grant.networks });
    expect(grantedBy(document, ["eu-central-1"])).toEqual({ models: ["(a policy by another hand)"] });
    expect(grantedBy(undefined, REGIONS)).toEqual({ models: ["(no policy)"] });
    const twice = document.replace('"Version"', '"Version":"2008-10-17","Version"');
    expect(twice).not.toBe(document);
    expect(grantedBy(twice, REGIONS)).toEqual({ models: ["(a policy by another hand)"] });
  });
});
