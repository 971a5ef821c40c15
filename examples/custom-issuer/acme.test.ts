import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeVendorContract } from "cdktf-scoped-keys/testing";
import { bundleAdapter } from "./bundle";
import { acme } from "./subject";

const folder = mkdtempSync(join(tmpdir(), "acme-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the source", () => describeVendorContract(acme));
describe("the file that is deployed", () =>
  describeVendorContract({ ...acme, adapterFile: bundleAdapter(join(folder, "acme.js")) }));
