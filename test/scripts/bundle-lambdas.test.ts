import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { vendorDescriptors } from "../../src/vendors/descriptors";

const ROOT = join(__dirname, "..", "..");
const MINIFIED_MAX_BYTES = 500_000;
/** Keys of vendors and of AWS, tokens, private keys. */
const SECRET_LIKE =
  /\bsk-[A-Za-z0-9_-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\bBearer [A-Za-z0-9._-]{16,}/;

describe("bundle-lambdas", () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-lambdas-"));
  const bundles = [...vendorDescriptors.map(({ id }) => id), "custom"]
    .flatMap((id) => [`${id}/controller.zip`, `${id}/observer.zip`])
    .sort();
  const build = (name: string): string => {
    const out = join(folder, name);
    execFileSync(process.execPath, [join(ROOT, "scripts", "bundle-lambdas.mjs"), out], { stdio: "ignore" });
    return out;
  };
  const zip = (out: string, bundle: string) => readFileSync(join(out, "lambda", bundle));
  let first: string;

  beforeAll(() => {
    first = build("first");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("two builds of the same sources give the same bytes", () => {
    // WHEN
    const second = build("second");
    // THEN
    expect(bundles.filter((bundle) => !zip(first, bundle).equals(zip(second, bundle)))).toEqual([]);
  });

  test("a build holds the functions of every vendor and of custom issuers, and nothing else", () => {
    expect(vendorDescriptors.length).toBeGreaterThan(0);
    const found = readdirSync(join(first, "lambda"), { recursive: true, encoding: "utf8" });
    expect(found.filter((path) => path.includes("/")).sort()).toEqual(bundles);
  });

  test.each(bundles)("%s is one file below the limit, with no source map, path or secret in it", (bundle) => {
    // WHEN
    const files = unzipSync(zip(first, bundle));
    // THEN
    expect(Object.keys(files)).toEqual(["index.js"]);
    const code = Buffer.from(files["index.js"] ?? []).toString("utf8");
    expect(code.length).toBeGreaterThan(100_000);
    expect(Buffer.byteLength(code)).toBeLessThan(MINIFIED_MAX_BYTES);
    expect(code).not.toMatch(/sourceMappingURL|sourcesContent/);
    expect(code.includes(ROOT)).toBe(false);
    expect(SECRET_LIKE.exec(code)?.[0]).toBeUndefined();
  });

  test.each(vendorDescriptors.map(({ id }) => id))("the functions for %s carry no other vendor's adapter", (id) => {
    const others = vendorDescriptors.filter((other) => other.id !== id).flatMap(({ baseUrls }) => baseUrls);
    for (const role of ["controller", "observer"]) {
      const code = Buffer.from(unzipSync(zip(first, `${id}/${role}.zip`))["index.js"] ?? []).toString("utf8");
      expect(others.filter((url) => code.includes(url))).toEqual([]);
      expect(code).toContain(`id:"${id}"`);
    }
  });

  test("the controller can put events, and the observer carries nothing for it", () => {
    const code = (bundle: string) => Buffer.from(unzipSync(zip(first, bundle))["index.js"] ?? []).toString("utf8");
    expect(code("openai/controller.zip")).toContain("PutEvents");
    expect(code("openai/observer.zip")).not.toContain("PutEvents");
  });

  test("what looks like a secret would be found", () => {
    expect(`x="sk-svcacct-${"a1".repeat(20)}"`).toMatch(SECRET_LIKE);
    expect(`x="AKIA${"A".repeat(16)}"`).toMatch(SECRET_LIKE);
  });
});
