// What .dependency-cruiser.cjs cannot say: which imports are of types alone, and what a text holds.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(__dirname, "..");

interface Import {
  /** Path of the importing file from the project's root. */
  readonly from: string;
  /** Package name, or path of the imported file from the project's root without its ending. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));

function importsOf(source: string, from: string): Import[] {
  const found: Import[] = [];
  const statement = /^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm;
  for (const [, type, target = ""] of source.matchAll(statement)) {
    found.push({ from, to: resolve(from, target), typeOnly: type !== undefined });
  }
  for (const [, target = ""] of source.matchAll(/\b(?:import|require)\(\s*["']([^"']+)["']/g)) {
    found.push({ from, to: resolve(from, target), typeOnly: false });
  }
  return found;
}

function resolve(from: string, target: string): string {
  return target.startsWith(".") ? relative(ROOT, join(ROOT, dirname(from), target)) : target;
}

const importsIn = (folder: string) =>
  files(folder).flatMap((file) => importsOf(readFileSync(join(ROOT, file), "utf8"), file));
const inFolder = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

describe("constructs/", () => {
  const imports = importsIn("constructs");

  test("is looked at", () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  test("imports from src/ the model, vendor descriptors and what reads adapter files alone, and of the vendor interface only types", () => {
    const strangers = imports
      .filter(({ to }) => inFolder(to, "src"))
      .filter(({ to }) => !inFolder(to, "src/model") && !/^src\/vendors\/(?:[^/]+\/descriptor|descriptors)$/.test(to))
      .filter(({ to }) => to !== "src/custom")
      .filter(({ to, typeOnly }) => !(to === "src/vendors/vendor" && typeOnly));
    expect(strangers).toEqual([]);
  });

  test("descriptors, which it reads, import only types, and the table of key formats from the model", () => {
    const descriptors = importsIn("src/vendors").filter(({ from }) => from.endsWith("/descriptor.ts"));
    const others = descriptors.filter(({ typeOnly, to }) => !typeOnly && to !== "src/model/key-formats");
    expect(others).toEqual([]);
  });
});

describe("src/", () => {
  test("calls fetch through the bound of its answers alone, but for the sandbox's own clock, which takes its time", () => {
    const unbounded = files("src")
      .filter((file) => !inFolder(file, "src/sandbox"))
      .filter((file) => /(?<![.\w]|async )fetch\(/.test(readFileSync(join(ROOT, file), "utf8")));
    expect(unbounded).toEqual(["src/cli/demo/story.ts"]);
  });

  test("the engine names no vendor", () => {
    const vendors = readdirSync(join(ROOT, "src/vendors"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(vendors.length).toBeGreaterThan(0);
    const named = files("src/engine").filter((file) => {
      const source = readFileSync(join(ROOT, file), "utf8").toLowerCase();
      return vendors.some(({ name }) => new RegExp(`\\b${name}\\b`).test(source));
    });
    expect(named).toEqual([]);
  });
});

describe("the reader of imports", () => {
  test("sees every form", () => {
    const source = [
      'import { a,\n  b } from "../src/model/names";',
      'import type { C } from "../src/vendors/vendor";',
      'export * from "cdktf";',
      'import "./side-effect";',
      'const d = require("@aws-sdk/client-dynamodb");',
      'await import("constructs");',
    ].join("\n");
    expect(importsOf(source, "constructs/x.ts").map(({ to, typeOnly }) => [to, typeOnly])).toEqual([
      ["src/model/names", false],
      ["src/vendors/vendor", true],
      ["cdktf", false],
      ["constructs/side-effect", false],
      ["@aws-sdk/client-dynamodb", false],
      ["constructs", false],
    ]);
  });
});
