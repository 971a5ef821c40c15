import { type AnthropicSimulator, createAnthropicSimulator } from "../../../src/sandbox/vendors/anthropic/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { anthropic } from "../../../src/vendors/anthropic/adapter";

export const subject: ContractSubject = {
  vendor: anthropic,
  createSimulator: (clock) => createAnthropicSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  // Anthropic enforces nothing per key but its expiry.
  grants: [{}, {}],
  strangers: { keyId: "apikey_01stranger", ownerId: "owner-1" },
  errorBody: (message) => ({ type: "error", error: { type: "api_error", message }, request_id: null }),
  mintByHand: async (simulator, name, expiresInSeconds) =>
    (simulator as AnthropicSimulator).addConsoleKey({ name, expiresInSeconds }).value,
  onePage: true,
  account: {
    policy: {
      vendor: "anthropic",
      rates: [{ group: "claude-sonnet-5", requestsPerMinute: 50, outputTokensPerMinute: 500 }],
      spendUsdPerMonth: 250,
    },
    settingsOf: (simulator) => {
      simulator.configure({ spendLimits: true });
      return { workspaceId: (simulator as AnthropicSimulator).state.workspaceIds[0] };
    },
  },
};
