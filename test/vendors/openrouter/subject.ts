import { createOpenRouterSimulator } from "../../../src/sandbox/vendors/openrouter/simulator";
import { openRouter } from "../../../src/vendors/openrouter/adapter";
import type { ContractSubject } from "../contract/fixture";

export const subject: ContractSubject = {
  vendor: openRouter,
  createSimulator: (clock) => createOpenRouterSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [
    { models: ["openai/gpt-5.2"], limits: { spend: { usd: 25, per: "month" } } },
    { models: ["anthropic/claude-sonnet-5"], limits: { spend: { usd: 1.5, per: "day" } } },
  ],
};
