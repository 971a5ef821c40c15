import type { ContractSubject } from "../../../src/testing/fixture";
import { openAi } from "../../../src/vendors/openai/adapter";
import { createOpenAiSimulator, type OpenAiSimulator } from "../../../src/vendors/openai/simulator/simulator";

const settingsOf: ContractSubject["settingsOf"] = (simulator) => ({
  projectId: (simulator as OpenAiSimulator).projectId,
});

export const subject: ContractSubject = {
  vendor: openAi,
  createSimulator: (clock) => createOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf,
  grants: [{ scopes: ["api.model.read"] }, { scopes: ["api.files.read", "api.model.request"] }],
  account: {
    policy: {
      vendor: "openai",
      models: ["gpt-4.1", "gpt-5"],
      rates: [{ model: "gpt-5", requestsPerMinute: 60, tokensPerMinute: 100_000 }],
      spendUsdPerMonth: 250,
    },
    settingsOf,
  },
  closeAccount: (simulator) => (simulator as OpenAiSimulator).configure({ projectArchived: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: {
          error: {
            message:
              "Incorrect API key provided: sk-svcac****ABCD. You can find your API key at https://platform.openai.com/account/api-keys.",
            type: "invalid_request_error",
            param: null,
            code: "invalid_api_key",
          },
        },
        source: "pydantic/pydantic-ai#1221",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Incorrect API key provided: sk-proj-****ABCD.",
            type: "invalid_request_error",
            param: null,
            code: null,
          },
        },
        source: "OpenAI's page on error codes",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          error: {
            message: "Country, region, or territory not supported",
            type: "request_forbidden",
            param: null,
            code: "unsupported_country_region_territory",
          },
        },
        source: "yufeikang/raycast_api_proxy#43",
      },
      {
        status: 401,
        body: {
          error: {
            message:
              "You must be a member of an organization to use the API. Please contact us through our help center at help.openai.com.",
            type: "invalid_request_error",
            param: null,
            code: "no_organization",
          },
        },
        source: "abi/screenshot-to-code#9",
      },
      {
        status: 401,
        body: {
          error: {
            message: "No such organization: org-123.",
            type: "invalid_request_error",
            param: null,
            code: "invalid_organization",
          },
        },
        source: "OpenAI's page on error codes",
      },
      {
        status: 401,
        body: {
          error: {
            message: "The OpenAI account associated with this API key has been deactivated.",
            type: "invalid_request_error",
            param: null,
            code: "account_deactivated",
          },
        },
        source: "OpenAI's page on error codes",
      },
      {
        status: 403,
        body: {
          error: {
            message: "Your organization must be verified to use the model.",
            type: "invalid_request_error",
            param: null,
            code: null,
          },
        },
        source: "OpenAI's help centre",
      },
      {
        status: 429,
        body: {
          error: {
            message: "You exceeded your current quota, please check your plan and billing details.",
            type: "insufficient_quota",
            param: null,
            code: "insufficient_quota",
          },
        },
        source: "OpenAI's page on error codes",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Your authentication token is not from a valid issuer.",
            type: "invalid_request_error",
            param: null,
            code: "invalid_issuer",
          },
        },
        source: "OpenAI's page on error codes",
      },
      {
        status: 401,
        body: {
          error: {
            message: "Your IP address is not authorized.",
            type: "invalid_request_error",
            param: null,
            code: "ip_not_authorized",
          },
        },
        source: "OpenAI's page on error codes",
      },
    ],
  },
};
