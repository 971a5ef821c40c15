import type { ContractSubject } from "../../../src/testing/fixture";
import { gemini } from "../../../src/vendors/gemini/adapter";
import { createGeminiSimulator } from "../../../src/vendors/gemini/simulator/simulator";

export const subject: ContractSubject = {
  vendor: gemini,
  createSimulator: (clock) => createGeminiSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ projectId: environment["GEMINI_PROJECT_ID"] }),
  grants: [
    { endpoints: ["GenerateContent", "ListModels"], networks: ["192.0.2.0/24", "2001:db8::/64"] },
    { endpoints: ["google.ai.generativelanguage.v1beta.FileService.*"] },
  ],
  strangers: { keyId: "scoped-unknown", ownerId: "none" },
  isTokenExchange: (url) => url === "https://oauth2.googleapis.com/token",
  refusals: {
    unknownKey: [
      {
        status: 400,
        body: {
          error: {
            code: 0,
            message: "API key not valid. Please pass a valid API key.",
            status: "INVALID_ARGUMENT",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "API_KEY_INVALID",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "Google's page on errors",
      },
      {
        status: 400,
        body: {
          error: {
            code: 0,
            message: "API key expired. Please renew the API key.",
            status: "INVALID_ARGUMENT",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "API_KEY_INVALID",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "reports of keys that have ended",
      },
      {
        status: 403,
        body: {
          error: {
            code: 0,
            message: "Your API key was reported as leaked. Please use another API key.",
            status: "PERMISSION_DENIED",
            details: [],
          },
        },
        source: "reports of leaked keys",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          error: {
            code: 0,
            message: "Generative Language API has not been used in project 1 before or it is disabled.",
            status: "PERMISSION_DENIED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "SERVICE_DISABLED",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "Google's page on errors",
      },
      {
        status: 403,
        body: {
          error: {
            code: 0,
            message: "Consumer 'project_number:1' has been suspended.",
            status: "PERMISSION_DENIED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "CONSUMER_SUSPENDED",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "reports of projects",
      },
      {
        status: 400,
        body: {
          error: {
            code: 0,
            message: "User location is not supported for the API use.",
            status: "FAILED_PRECONDITION",
            details: [],
          },
        },
        source: "Google's page on regions",
      },
      {
        status: 403,
        body: {
          error: {
            code: 0,
            message: "This API method requires billing to be enabled.",
            status: "PERMISSION_DENIED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "BILLING_DISABLED",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "Google's page on errors",
      },
      {
        status: 401,
        body: {
          error: {
            code: 0,
            message: "Request had invalid authentication credentials.",
            status: "UNAUTHENTICATED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                reason: "CREDENTIALS_MISSING",
                domain: "googleapis.com",
              },
            ],
          },
        },
        source: "reports of proxies",
      },
    ],
  },
};
