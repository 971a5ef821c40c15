import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { groq } from "../../../src/vendors/groq/adapter";
import { createGroqSimulator } from "../../../src/vendors/groq/simulator/simulator";

export const subject: ContractSubject = {
  vendor: groq,
  createSimulator: (clock) => createGroqSimulator({ clock, seed: "contract" }),
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
          error: { message: "Invalid API Key", type: "invalid_request_error", param: null, code: "invalid_api_key" },
        },
        source: "Groq's page on errors",
      },
    ],
    noVerdict: [
      {
        status: 400,
        body: {
          error: {
            message: "Your API access is blocked: spend limit reached.",
            type: "invalid_request_error",
            param: null,
            code: "blocked_api_access",
          },
        },
        source: "Groq's page on spend limits",
      },
      {
        status: 403,
        body: {
          error: {
            message: "Access denied. Please check your network settings.",
            type: "invalid_request_error",
            param: null,
            code: null,
          },
        },
        source: "reports of networks",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Organization has been restricted. Please reach out to support.",
            type: "invalid_request_error",
            param: null,
            code: "organization_restricted",
          },
        },
        source: "reports of organisations",
      },
    ],
  },
};
