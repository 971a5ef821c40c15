import { createCloudflareSimulator } from "../../../src/sandbox/vendors/cloudflare/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { cloudflare } from "../../../src/vendors/cloudflare/adapter";

export const subject: ContractSubject = {
  vendor: cloudflare,
  createSimulator: (clock) => createCloudflareSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ accountId: environment["CLOUDFLARE_ACCOUNT_ID"] }),
  grants: [
    { scopes: ["workers-ai.read", "vectorize.read"], networks: ["192.0.2.0/24", "2001:db8::/32"] },
    { scopes: ["ai-gateway.read", "ai-gateway.run"] },
  ],
  strangers: { keyId: "0123456789abcdef0123456789abcdef", ownerId: "none" },
  errorBody: (message) => ({ success: false, errors: [{ code: 1000, message }], messages: [], result: null }),
};
