import type { ContractSubject } from "../../../src/testing/fixture";
import { cloudflare } from "../../../src/vendors/cloudflare/adapter";
import { createCloudflareSimulator } from "../../../src/vendors/cloudflare/simulator/simulator";

export const subject: ContractSubject = {
  vendor: cloudflare,
  createSimulator: (clock) => createCloudflareSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ accountId: environment["CLOUDFLARE_ACCOUNT_ID"] }),
  grants: [
    { scopes: ["workers-ai.read", "vectorize.read"], networks: ["192.0.2.0/24", "2001:db8::/32"] },
    { scopes: ["ai-gateway.read", "ai-gateway.run"] },
  ],
  strangers: { keyId: "0123456789abcdef0123456789abcdef", ownerId: "none" },
  errorBody: (message) => ({ success: false, errors: [{ code: 7003, message }], messages: [], result: null }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { success: false, errors: [{ code: 1000, message: "Invalid API Token" }], messages: [], result: null },
        source: "Cloudflare's page on tokens",
      },
      {
        status: 400,
        body: {
          success: false,
          errors: [{ code: 6003, message: "Invalid request headers" }],
          messages: [],
          result: null,
        },
        source: "reports of values of another form",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          success: false,
          errors: [{ code: 10000, message: "Authentication error" }],
          messages: [],
          result: null,
        },
        source: "reports of accounts",
      },
      {
        status: 401,
        body: {
          success: false,
          errors: [{ code: 10000, message: "Authentication error" }],
          messages: [],
          result: null,
        },
        source: "reports of incidents",
      },
      {
        status: 403,
        body: {
          success: false,
          errors: [{ code: 10042, message: "Please enable the service through the Cloudflare Dashboard." }],
          messages: [],
          result: null,
        },
        source: "Cloudflare's page on errors",
      },
    ],
  },
};
