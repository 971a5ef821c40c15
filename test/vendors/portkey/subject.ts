import type { ContractSubject } from "../../../src/testing/fixture";
import { portkey } from "../../../src/vendors/portkey/adapter";
import { createPortkeySimulator } from "../../../src/vendors/portkey/simulator/simulator";

export const subject: ContractSubject = {
  vendor: portkey,
  createSimulator: (clock) => createPortkeySimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ workspaceId: environment["PORTKEY_WORKSPACE_ID"] }),
  grants: [
    {
      scopes: ["completions.write", "logs.write"],
      limits: { requestsPerMinute: 60, tokensPerMinute: 10_000, spend: { usd: 25, per: "month" } },
    },
    { scopes: ["configs.list", "logs.view"], limits: { spend: { usd: 2, per: "lifetime" } } },
  ],
  errorBody: (message) => ({ success: false, data: { message, errorCode: "AB01" } }),
  closeAccount: (simulator) => simulator.configure({ workspaceDeleted: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { success: false, data: { message: "Invalid API Key", errorCode: "AB05" } },
        source: "Portkey's page on errors",
      },
    ],
    noVerdict: [
      {
        status: 401,
        body: { success: false, data: { message: "Missing x-portkey-api-key header", errorCode: "AB04" } },
        source: "Portkey's page on errors",
      },
      {
        status: 403,
        body: {
          success: false,
          data: { message: "Your organisation is blocked. Please contact support.", errorCode: "AB03" },
        },
        source: "reports of organisations",
      },
      {
        status: 402,
        body: { success: false, data: { message: "Your plan has ended.", errorCode: "AB01" } },
        source: "reports of bills",
      },
    ],
  },
};
