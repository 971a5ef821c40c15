import {
  type AzureOpenAiSimulator,
  createAzureOpenAiSimulator,
} from "../../../src/sandbox/vendors/azure-openai/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { azureOpenAi } from "../../../src/vendors/azure-openai/adapter";

export const subject: ContractSubject = {
  vendor: azureOpenAi,
  createSimulator: (clock) => createAzureOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf: (simulator) => (simulator as AzureOpenAiSimulator).settings,
  // Azure enforces nothing per key.
  grants: [{}, {}],
  strangers: { keyId: "Key1-0123456789ab", ownerId: "owner-1" },
  isTokenExchange: (url) => url.startsWith("https://login.microsoftonline.com/"),
  hasEffect: ({ url }) => url.includes("/regenerateKey?"),
};
