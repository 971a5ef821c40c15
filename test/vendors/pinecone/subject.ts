import type { ContractSubject } from "../../../src/testing/fixture";
import { pinecone } from "../../../src/vendors/pinecone/adapter";
import { createPineconeSimulator } from "../../../src/vendors/pinecone/simulator/simulator";

export const subject: ContractSubject = {
  vendor: pinecone,
  createSimulator: (clock) => createPineconeSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ projectId: environment["PINECONE_PROJECT_ID"] }),
  grants: [{ scopes: ["ControlPlaneViewer"] }, { scopes: ["DataPlaneEditor", "DataPlaneViewer"] }],
  isTokenExchange: (url) => url === "https://login.pinecone.io/oauth/token",
  onePage: true,
  errorBody: (message) => ({ status: 400, error: { code: "UNKNOWN", message } }),
  closeAccount: (simulator) => simulator.configure({ projectDeleted: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { status: 0, error: { code: "UNAUTHENTICATED", message: "Invalid API key." } },
        source: "Pinecone's OpenAPI document",
      },
      { status: 401, body: "Invalid API Key", source: "reports of Pinecone's own client: pinecone-io/VSB#263" },
      {
        status: 401,
        body: 'API key is missing or invalid for the environment "us-west1-gcp". Check that the correct environment is specified.',
        source: "pinecone-io/pinecone-ts-client#25",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          status: 403,
          error: { code: "FORBIDDEN", message: "You've reached the max serverless indexes allowed." },
        },
        source: "reports of full projects",
      },
      { status: 403, body: "Forbidden", source: "reports of what stands before the API" },
      {
        status: 403,
        body: { status: 0, error: { code: "FORBIDDEN", message: "Project is suspended: billing issue." } },
        source: "reports of bills",
      },
      {
        status: 403,
        body: {
          status: 0,
          error: { code: "FORBIDDEN", message: "Request failed. You've reached the quota of your project." },
        },
        source: "Pinecone's page on quotas",
      },
      {
        status: 402,
        body: { status: 0, error: { code: "PAYMENT_REQUIRED", message: "Request failed due to delinquent payment." } },
        source: "Pinecone's page on errors",
      },
      { status: 401, body: "Unauthorized", source: "reports of gateways" },
    ],
  },
};
