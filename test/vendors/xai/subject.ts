import type { ContractSubject } from "../../../src/testing/fixture";
import { xAi } from "../../../src/vendors/xai/adapter";
import { createXAiSimulator } from "../../../src/vendors/xai/simulator/simulator";

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
  refusals: {
    unknownKey: [
      {
        status: 400,
        body: {
          code: "Client specified an invalid argument",
          error: "Incorrect API key provided: xa***yz. You can obtain an API key from https://console.x.ai.",
        },
        source: "xAI's page on debugging",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          code: "The caller does not have permission to execute the specified operation",
          error: "Your newly created team doesn't have any credits or licenses yet.",
        },
        source: "xAI's page on debugging",
      },
      {
        status: 401,
        body: { code: "unauthenticated", error: "No API key was provided" },
        source: "xAI's page on debugging",
      },
      {
        status: 403,
        body: { code: "permission-denied", error: "Access denied in your region." },
        source: "reports of regions",
      },
    ],
  },
};
