import type { ContractSubject } from "cdktf-scoped-keys/testing";
import { vendor } from "./adapter";
import { FakeAcme } from "./fake-acme";

/** What the contract suite needs of Acme to try its adapter. */
export const acme: ContractSubject<FakeAcme> = {
  vendor,
  createSimulator: (clock) => new FakeAcme(clock),
  settingsOf: () => ({}),
  grants: [{ scopes: ["models:read"] }, { scopes: ["chat:write", "files:read"] }],
  refusals: {
    unknownKey: [{ status: 401, body: { error: { message: "invalid key" } }, source: "Acme's page on errors" }],
    noVerdict: [{ status: 403, body: { error: { message: "no credit is left" } }, source: "Acme's page on errors" }],
  },
};
