import { createOpenRouterSimulator } from "../../../src/sandbox/vendors/openrouter/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { openRouter } from "../../../src/vendors/openrouter/adapter";

export const subject: ContractSubject = {
  vendor: openRouter,
  createSimulator: (clock) => createOpenRouterSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [
    { models: ["openai/gpt-5.2"], limits: { spend: { usd: 25, per: "month" } } },
    { models: ["anthropic/claude-sonnet-5"], limits: { spend: { usd: 1.5, per: "day" } } },
  ],
};
