import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeVendorContract } from "cdktf-scoped-keys/testing";
import { vendor } from "./adapter";
import { bundleAdapter } from "./bundle";
import { FakeAcme } from "./fake-acme";

const acme = {
  createSimulator: (clock: { now(): number }) => new FakeAcme(clock),
  settingsOf: () => ({}),
  grants: [{ scopes: ["models:read"] }, { scopes: ["chat:write", "files:read"] }],
  refusals: {
    unknownKey: [{ status: 401, body: { error: { message: "invalid key" } }, source: "Acme's page on errors" }],
    noVerdict: [{ status: 403, body: { error: { message: "no credit is left" } }, source: "Acme's page on errors" }],
  },
} as const;

const folder = mkdtempSync(join(tmpdir(), "acme-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the source", () => describeVendorContract({ ...acme, vendor }));
describe("the file that is deployed", () =>
  describeVendorContract({ ...acme, adapterFile: bundleAdapter(join(folder, "acme.js")) }));
