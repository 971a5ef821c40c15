import { createXAiSimulator } from "../../../src/sandbox/vendors/xai/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { xAi } from "../../../src/vendors/xai/adapter";

export const subject: ContractSubject = {
  vendor: xAi,
  createSimulator: (clock) => createXAiSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ teamId: environment["XAI_TEAM_ID"] }),
  grants: [
    { models: ["grok-4.5"], endpoints: ["chat"], limits: { requestsPerMinute: 60, tokensPerMinute: 100_000 } },
    { models: ["grok-4.3", "grok-4.5"], endpoints: ["chat", "models"], limits: { requestsPerMinute: 30 } },
  ],
  readsFromList: true,
  errorBody: (message) => ({ code: 13, message, details: [] }),
};
