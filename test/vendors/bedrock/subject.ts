import { type BedrockSimulator, createBedrockSimulator } from "../../../src/sandbox/vendors/bedrock/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { bedrock } from "../../../src/vendors/bedrock/adapter";

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
};
