import type { ContractSubject } from "../../../src/testing/fixture";
import { azureOpenAi } from "../../../src/vendors/azure-openai/adapter";
import {
  type AzureOpenAiSimulator,
  createAzureOpenAiSimulator,
} from "../../../src/vendors/azure-openai/simulator/simulator";

export const subject: ContractSubject = {
  vendor: azureOpenAi,
  createSimulator: (clock) => createAzureOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf: (simulator) => (simulator as AzureOpenAiSimulator).settings,
  // Azure enforces nothing per key.
  grants: [{}, {}],
  strangers: { keyId: "Key1-0123456789ab", ownerId: "owner-1" },
  isTokenExchange: (url) => url.startsWith("https://login.microsoftonline.com/"),
  hasEffect: ({ url }) => url.includes("/regenerateKey?"),
  closeAccount: (simulator) => (simulator as AzureOpenAiSimulator).configure({ localAuthDisabled: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: {
          error: {
            code: "401",
            message:
              "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
          },
        },
        source: "Azure's page on errors",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          error: {
            code: "AuthenticationTypeDisabled",
            message: "Key based authentication is disabled for this resource.",
          },
        },
        source: "Azure's page on local authentication",
      },
      {
        status: 403,
        body: { error: { code: "403", message: "Access denied due to Virtual Network/Firewall rules." } },
        source: "Azure's page on networks",
      },
      {
        status: 401,
        body: {
          error: {
            code: "Unauthorized",
            message: "Access token is missing, invalid, audience is incorrect or have expired.",
          },
        },
        source: "reports of gateways",
      },
      {
        status: 403,
        body: { error: { code: "SubscriptionDisabled", message: "The subscription is disabled." } },
        source: "reports of subscriptions",
      },
    ],
  },
};
