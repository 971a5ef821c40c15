import { createLiteLlmSimulator } from "../../../src/sandbox/vendors/litellm/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { liteLlm } from "../../../src/vendors/litellm/adapter";

export const subject: ContractSubject = {
  vendor: liteLlm,
  createSimulator: (clock) => {
    const simulator = createLiteLlmSimulator({ clock, seed: "contract" });
    // A proxy may, or may not.
    simulator.configure({ aliasesChecked: true });
    return simulator;
  },
  settingsOf: ({ environment }) => ({ baseUrl: environment["LITELLM_BASE_URL"] }),
  grants: [
    {
      models: ["gpt-5.2"],
      endpoints: ["/v1/chat/completions", "/v1/models"],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, spend: { usd: 25, per: "month" } },
    },
    {
      models: ["text-embedding-4"],
      endpoints: ["/v1/embeddings"],
      limits: { requestsPerMinute: 10, spend: { usd: 1.5, per: "life" } },
    },
  ],
  strangers: { keyId: "0".repeat(64), ownerId: "none" },
};
