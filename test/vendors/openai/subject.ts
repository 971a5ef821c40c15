import { createOpenAiSimulator, type OpenAiSimulator } from "../../../src/sandbox/vendors/openai/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { openAi } from "../../../src/vendors/openai/adapter";

const settingsOf: ContractSubject["settingsOf"] = (simulator) => ({
  projectId: (simulator as OpenAiSimulator).projectId,
});

export const subject: ContractSubject = {
  vendor: openAi,
  createSimulator: (clock) => createOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf,
  grants: [{ scopes: ["api.model.read"] }, { scopes: ["api.files.read", "api.model.request"] }],
  account: {
    policy: {
      vendor: "openai",
      models: ["gpt-4.1", "gpt-5"],
      rates: [{ model: "gpt-5", requestsPerMinute: 60, tokensPerMinute: 100_000 }],
      spendUsdPerMonth: 250,
    },
    settingsOf,
  },
};
