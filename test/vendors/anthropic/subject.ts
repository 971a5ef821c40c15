import type { ContractSubject } from "../../../src/testing/fixture";
import { anthropic } from "../../../src/vendors/anthropic/adapter";
import { type AnthropicSimulator, createAnthropicSimulator } from "../../../src/vendors/anthropic/simulator/simulator";

export const subject: ContractSubject = {
  vendor: anthropic,
  createSimulator: (clock) => createAnthropicSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  // Anthropic enforces nothing per key but its expiry.
  grants: [{}, {}],
  strangers: { keyId: "apikey_01stranger", ownerId: "owner-1" },
  errorBody: (message) => ({ type: "error", error: { type: "api_error", message }, request_id: null }),
  mintManually: async (simulator, name, expiresInSeconds) =>
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
  closableSettingsOf: (simulator) => ({ workspaceId: (simulator as AnthropicSimulator).state.workspaceIds[0] }),
  closeAccount: (simulator) => simulator.configure({ workspaceArchived: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } },
        source: "Anthropic's page on errors",
      },
      {
        status: 401,
        body: { type: "error", error: { type: "authentication_error", message: "This API key has been disabled." } },
        source: "reports of disabled keys",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: { error: { type: "forbidden", message: "Request not allowed" } },
        source: "enricoros/big-AGI#176",
      },
      {
        status: 400,
        body: {
          type: "error",
          error: {
            type: "invalid_request_error",
            message: "Your credit balance is too low to access the Anthropic API.",
          },
        },
        source: "anthropics/claude-code#91322",
      },
      {
        status: 403,
        body: {
          type: "error",
          error: { type: "permission_error", message: "Your account does not have access to Claude." },
        },
        source: "Anthropic's page on errors",
      },
      {
        status: 401,
        body: {
          type: "error",
          error: { type: "authentication_error", message: "OAuth authentication is currently not supported." },
        },
        source: "reports of gateways",
      },
      {
        status: 403,
        body: { type: "error", error: { type: "permission_error", message: "This organization has been disabled." } },
        source: "anthropics/claude-code issues",
      },
    ],
  },
};
