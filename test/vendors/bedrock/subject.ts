import type { ContractSubject } from "../../../src/testing/fixture";
import { bedrock } from "../../../src/vendors/bedrock/adapter";
import { type BedrockSimulator, createBedrockSimulator } from "../../../src/vendors/bedrock/simulator/simulator";

export const subject: ContractSubject = {
  vendor: bedrock,
  createSimulator: (clock) => createBedrockSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({ regions: "eu-central-1,eu-west-1" }),
  grants: [
    { models: ["amazon.nova-pro-v1:0"] },
    {
      models: ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "meta.llama3-8b-instruct-v1:0"],
      networks: ["198.51.100.0/24"],
    },
  ],
  strangers: { keyId: "scoped-keys-stranger:ACCA0123456789ABCDEFG", ownerId: "scoped-keys-stranger" },
  hasEffect: ({ url, body }) => url.startsWith("https://iam.") && !/^Action=(?:Get|List)/.test(body),
  withAdminKey: (secretAccessKey, simulator) => {
    const { accessKeyId, sessionToken } = (simulator as BedrockSimulator).state;
    return { awsCredentials: async () => ({ accessKeyId, secretAccessKey, sessionToken }) };
  },
  errorBody: (message) =>
    `<ErrorResponse><Error><Type>Sender</Type><Code>Some</Code><Message>${message}</Message></Error></ErrorResponse>`,
  refusals: {
    unknownKey: [
      {
        status: 403,
        body: { Message: "Authentication failed: Please make sure your API Key is valid." },
        source: "ai4s-research/open-science#53",
      },
      {
        status: 403,
        body: { Message: "Invalid API Key format: Must start with pre-defined prefix" },
        source: "farion1231/cc-switch#1679",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: { message: "The security token included in the request is invalid." },
        source: "AWS's page on common errors, of signed calls",
      },
      {
        status: 403,
        body: { Message: "Your account is not authorized to invoke this API operation." },
        source: "reports of new accounts",
      },
      {
        status: 403,
        body: {
          Message:
            "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/x with an explicit deny in a service control policy",
        },
        source: "tinovyatkin/amazon-bedrock-copilot-chat#396",
      },
      { status: 403, body: { message: "Operation not allowed" }, source: "reports of accounts under review" },
      {
        status: 403,
        body: { Message: "Bearer authentication is not enabled in this region." },
        source: "AWS's page on API keys",
      },
    ],
  },
};
