import type { ContractSubject } from "../../../src/testing/fixture";
import { openRouter } from "../../../src/vendors/openrouter/adapter";
import {
  createOpenRouterSimulator,
  type OpenRouterSimulator,
} from "../../../src/vendors/openrouter/simulator/simulator";

export const subject: ContractSubject = {
  vendor: openRouter,
  createSimulator: (clock) => createOpenRouterSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [
    { models: ["openai/gpt-5.2"], limits: { spend: { usd: 25, per: "month" } } },
    { models: ["anthropic/claude-sonnet-5"], limits: { spend: { usd: 1.5, per: "day" } } },
  ],
  closableSettingsOf: (simulator) => ({ workspaceId: (simulator as OpenRouterSimulator).state.addWorkspace() }),
  closeAccount: (simulator) => {
    const { state } = simulator as OpenRouterSimulator;
    const workspaceId = state.workspaceIds.at(-1) ?? "";
    for (const key of state.keys.values()) if (key.workspaceId === workspaceId) state.keys.delete(key.hash);
    state.deleteWorkspace(workspaceId);
  },
  refusals: {
    unknownKey: [
      { status: 401, body: { error: { message: "User not found.", code: 401 } }, source: "anomalyco/opencode#2245" },
      {
        status: 401,
        body: {
          error: { message: "Invalid credentials (OAuth session expired, disabled/invalid API key)", code: 401 },
        },
        source: "OpenRouter's page on errors",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          error: {
            message: "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys",
            code: 403,
          },
        },
        source: "RooCodeInc/Roo-Code#515",
      },
      {
        status: 401,
        body: { error: { message: "No auth credentials found", code: 401 } },
        source: "OpenRouter's page on errors",
      },
      {
        status: 402,
        body: {
          error: { message: "Insufficient credits. Add more using https://openrouter.ai/settings/credits", code: 402 },
        },
        source: "OpenRouter's page on errors",
      },
      {
        status: 403,
        body: { error: { message: "The request is not available in your region.", code: 403 } },
        source: "reports of regions",
      },
    ],
  },
};
