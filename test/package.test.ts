import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const root = join(__dirname, "..");
const packedSchema = v.tuple([v.object({ files: v.array(v.object({ path: v.string() })) })]);

/** As `npm publish` would pack it; `npm test` has built it before. */
function packedFiles(): string[] {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ files }] = v.parse(packedSchema, JSON.parse(output));
  return files.map((file) => file.path);
}

describe("package", () => {
  const files = packedFiles();

  test("holds what a user needs", () => {
    for (const path of [
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "SECURITY.md",
      "bin/scoped-keys.js",
      "lib/constructs/index.js",
      "lib/constructs/index.d.ts",
      "lib/src/cli/main.js",
      "lib/src/adapter.js",
      "lib/src/adapter.d.ts",
      "lib/src/testing/index.js",
      "lib/src/testing/index.d.ts",
      "lib/lambda/custom/controller.zip",
      "lib/lambda/custom/observer.zip",
      "lib/lambda/openai/controller.zip",
      "lib/lambda/openai/observer.zip",
      "schemas/keys.schema.json",
    ]) {
      expect(files).toContain(path);
    }
  });

  test("holds nothing else: no sources, tests, examples, source maps or local files", () => {
    const allowed = [
      /^(?:LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|package\.json)$/,
      /^bin\/scoped-keys\.js$/,
      /^docs\/[a-z0-9/-]+\.md$/,
      /^docs\/images\/[a-z-]+\.svg$/,
      /^lib\/(?:constructs|src)\/[a-z0-9/-]+\.(?:js|d\.ts)$/,
      /^schemas\/keys\.schema\.json$/,
      /^lib\/lambda\/hashes\.json$/,
      /^lib\/lambda\/[a-z0-9-]+\/(?:controller|observer)\.zip$/,
    ];
    expect(files.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  test("names no path of the machine that built it", () => {
    const texts = files.filter((path) => /\.(?:js|d\.ts|md|json)$/.test(path));
    expect(texts.filter((path) => readFileSync(join(root, path), "utf8").includes(root))).toEqual([]);
  });

  test("is found by its published names, without a test runner", () => {
    const program = `
      const found = ["cdktf-scoped-keys", "cdktf-scoped-keys/adapter", "cdktf-scoped-keys/testing"].map((name) => require(name));
      try { found[2].describeVendorContract({}); } catch (error) { found.push(error.message); }
      const [constructs, adapter, testing, message] = found;
      console.log(JSON.stringify([typeof constructs.CustomIssuer, typeof adapter.VendorError, typeof testing.describeVendorContract, message]));`;
    const output = execFileSync(process.execPath, ["-e", program], { cwd: root, encoding: "utf8" });
    expect(JSON.parse(output)).toEqual([
      "function",
      "function",
      "function",
      expect.stringMatching(/globals .* Vitest/),
    ]);
  });

  test("has no types of a test runner in what is published", () => {
    const published = files.filter((path) => path.startsWith("lib/src/testing/") && path.endsWith(".d.ts"));
    expect(published.length).toBeGreaterThan(3);
    expect(
      published.filter((path) =>
        /jest|vitest/.test(readFileSync(join(root, path), "utf8").replace(/\/\*.*?\*\//gs, "")),
      ),
    ).toEqual([]);
  });

  test("ships every vendor's functions", () => {
    const vendors = readdirSync(join(root, "src", "vendors"), { withFileTypes: true }).filter((e) => e.isDirectory());
    expect(vendors.length).toBeGreaterThan(0);
    for (const { name } of vendors) expect(files).toContain(`lib/lambda/${name}/controller.zip`);
  });

  test("brings one program under its own name, which npx cannot take for another package's, and under a short one", () => {
    const bin = v.parse(v.object({ name: v.string(), bin: v.record(v.string(), v.string()) }), manifest());
    expect(bin.name).toBe("cdktf-scoped-keys");
    expect(bin.bin).toEqual({ "cdktf-scoped-keys": "bin/scoped-keys.js", "scoped-keys": "bin/scoped-keys.js" });
  });
});

function manifest(): unknown {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

test("nobody is told to have a package runner fetch the short name, which is not this package's", () => {
  // GIVEN every text of the repository
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
  const texts = tracked.filter((path) => /\.(?:ts|js|mjs|md|ya?ml|sh|json|toml|tf)$/.test(path));
  expect(texts.length).toBeGreaterThan(500);

  // WHEN
  const runner = /\b(?:npx|npm exec|pnpm dlx|pnpx|yarn dlx|bunx)(?:\s+(?:-y|--yes|--))*\s+scoped-keys\b/;
  const found = texts.filter((path) => runner.test(readFileSync(join(root, path), "utf8")));

  // THEN
  expect(found).toEqual([]);
});
