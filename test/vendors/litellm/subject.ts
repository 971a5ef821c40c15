import type { ContractSubject } from "../../../src/testing/fixture";
import { liteLlm } from "../../../src/vendors/litellm/adapter";
import { createLiteLlmSimulator } from "../../../src/vendors/litellm/simulator/simulator";

export const subject: ContractSubject = {
  vendor: liteLlm,
  createSimulator: (clock) => {
    const simulator = createLiteLlmSimulator({ clock, seed: "contract" });
    // A proxy may, or may not.
    simulator.configure({ aliasesChecked: true });
    return simulator;
  },
  settingsOf: ({ environment }) => ({ baseUrl: environment["LITELLM_BASE_URL"] }),
  grants: [
    {
      models: ["gpt-5.2"],
      endpoints: ["/v1/chat/completions", "/v1/models"],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, spend: { usd: 25, per: "month" } },
    },
    {
      models: ["text-embedding-4"],
      endpoints: ["/v1/embeddings"],
      limits: { requestsPerMinute: 10, spend: { usd: 1.5, per: "lifetime" } },
    },
  ],
  strangers: { keyId: "0".repeat(64), ownerId: "none" },
  refusals: {
    unknownKey: [
      {
        status: 400,
        body: {
          error: {
            message:
              "Authentication Error - Expired Key. Key Expiry time 2025-01-01 00:00:00+00:00 and current time 2025-01-06 12:00:00+00:00",
            type: "expired_key",
            param: null,
            code: "400",
          },
        },
        source: "BerriAI/litellm#18731",
      },
      {
        status: 401,
        body: {
          error: {
            message:
              "Authentication Error, Invalid proxy server token passed. Unable to find token in cache or `LiteLLM_VerificationTokenTable`",
            type: "token_not_found_in_db",
            param: null,
            code: "401",
          },
        },
        source: "LiteLLM 1.88",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Authentication Error, Invalid proxy server token passed. Unable to find token in cache",
            type: "auth_error",
            param: null,
            code: "401",
          },
        },
        source: "older releases of LiteLLM",
      },
    ],
    noVerdict: [
      {
        status: 400,
        body: {
          error: {
            message: "Budget has been exceeded! Current cost: 0.0, Max budget: -7.0",
            type: "budget_exceeded",
            param: null,
            code: "400",
          },
        },
        source: "BerriAI/litellm#18554",
      },
      {
        status: 429,
        body: {
          error: {
            message: "LiteLLM Virtual Key: 48dc720c, exceeded budget",
            type: "budget_exceeded",
            param: null,
            code: "429",
          },
        },
        source: "BerriAI/litellm#37736",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Authentication Error, list index out of range",
            type: "auth_error",
            param: null,
            code: "401",
          },
        },
        source: "BerriAI/litellm#3979",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Authentication Error, No connected db.",
            type: "no_db_connection",
            param: null,
            code: "401",
          },
        },
        source: "reports of databases that are down",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Authentication Error, Key is blocked. Update via `/key/unblock` if you're an admin.",
            type: "auth_error",
            param: null,
            code: "401",
          },
        },
        source: "LiteLLM 1.88",
      },
      {
        status: 403,
        body: {
          error: {
            message: "Access denied: Your IP address is not allowed.",
            type: "auth_error",
            param: null,
            code: "403",
          },
        },
        source: "LiteLLM's page on allowed IPs",
      },
    ],
  },
};
