import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customVendor, readAdapterFile, runAdapterFile } from "../../src/custom";
import type { Vendor, VendorAdapter, VendorConnection } from "../../src/vendors/vendor";

export const DESCRIPTOR = `{
  id: "acme", displayName: "Acme", strategy: "additive", baseUrls: ["https://api.acme.example/v1"],
  enforcement: { permissions: "key", endpoints: "nobody", models: "nobody", requestsPerMinute: "nobody", tokensPerMinute: "nobody",
    spend: "nobody", characters: "nobody", expiry: "key", sourceIp: "nobody" },
  inPlace: { grant: false, expiry: false }, scopes: { read: "reads" }, maxExpirySeconds: 7776000, adminCallsPerMinute: 60,
  keyNamePattern: /^.{1,200}$/, adminPermission: "an admin key", valuePrefixes: ["acme_"] }`;

/** Verbs that answer as they should, for the time being. */
export const VERBS = {
  mint: 'async () => ({ id: "k1", name: "n", value: "acme_value_0123456789", createdAt: 1 })',
  list: "async () => []",
  read: "async () => undefined",
  revoke: 'async () => "gone"',
  verify: 'async () => ({ outcome: "works", evidence: "fine", scopeProven: true })',
};

/** Source of an adapter file. A verb that is undefined is left out. */
export function adapterSource(
  verbs: Readonly<Record<string, string | undefined>> = {},
  descriptor: string = DESCRIPTOR,
  before = "",
): string {
  const members = Object.entries({ ...VERBS, ...verbs }).filter(([, code]) => code !== undefined);
  const adapter = members.map(([name, code]) => `${name}: ${code}`).join(",\n");
  return `${before}\nexports.vendor = { descriptor: ${descriptor}, connect: (connection) => ({\n${adapter} }) };`;
}

/** Files of adapters, in a folder that ends with `remove`. */
export class AdapterFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), "adapters-"));
  #count = 0;

  write(source: string | Uint8Array): string {
    this.#count += 1;
    const path = join(this.#folder, `adapter-${this.#count}.js`);
    writeFileSync(path, source);
    return path;
  }

  load(source: string): Vendor {
    const path = this.write(source);
    return customVendor(runAdapterFile(path, readAdapterFile(path).toString("utf8")));
  }

  connect(source: string, change: Partial<VendorConnection> = {}): VendorAdapter {
    return this.load(source).connect({
      adminKey: async () => "admin-key-0123456789",
      settings: {},
      rateLimiter: { permit: async () => {}, throttled: async () => {} },
      fetch: async () => new Response("{}"),
      now: () => 0,
      sleep: async () => {},
      ...change,
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
