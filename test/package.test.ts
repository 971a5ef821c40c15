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
      /^lib\/(?:constructs|src)\/[a-z0-9/-]+\.(?:js|d\.ts)$/,
      /^schemas\/keys\.schema\.json$/,
      /^lib\/lambda\/[a-z0-9-]+\/(?:controller|observer)\.zip$/,
    ];
    expect(files.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  test("names no path of the machine that built it", () => {
    const texts = files.filter((path) => /\.(?:js|d\.ts|md|json)$/.test(path));
    expect(texts.filter((path) => readFileSync(join(root, path), "utf8").includes(root))).toEqual([]);
  });

  test("ships every vendor's functions", () => {
    const vendors = readdirSync(join(root, "src", "vendors"), { withFileTypes: true }).filter((e) => e.isDirectory());
    expect(vendors.length).toBeGreaterThan(0);
    for (const { name } of vendors) expect(files).toContain(`lib/lambda/${name}/controller.zip`);
  });
});
