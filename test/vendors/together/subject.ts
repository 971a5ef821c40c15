import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { together } from "../../../src/vendors/together/adapter";
import { createTogetherSimulator } from "../../../src/vendors/together/simulator/simulator";

export const subject: ContractSubject = {
  vendor: together,
  createSimulator: (clock) => createTogetherSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ error: { message, type: "invalid_request_error" } }),
  mintManually: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: {
          error: {
            message:
              "Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.",
            type: "invalid_request_error",
            param: null,
            code: "invalid_api_key",
          },
        },
        source: "Together's page on errors",
      },
    ],
    noVerdict: [
      {
        status: 402,
        body: {
          error: {
            message: "You have reached the spending limit of your account.",
            type: "invalid_request_error",
            param: null,
            code: null,
          },
        },
        source: "Together's page on errors",
      },
      {
        status: 401,
        body: {
          error: { message: "Missing API key.", type: "invalid_request_error", param: null, code: "missing_api_key" },
        },
        source: "Together's page on errors",
      },
      {
        status: 403,
        body: { error: { message: "This account is suspended.", type: "forbidden", param: null, code: null } },
        source: "reports of accounts",
      },
    ],
  },
};
