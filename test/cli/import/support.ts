import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import { Testing } from "cdktf";
import * as constructs from "../../../constructs";
import { OWNER_PLACEHOLDER } from "../../../src/cli/import/declarations";
import { newStack } from "../../constructs/support";

const ROOT = join(__dirname, "../../..");

/** What the compiler says of generated modules; nothing where they are right. */
export function compilerSays(modules: Readonly<Record<string, string>>): string {
  const parent = join(ROOT, ".sandbox");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "imported-"));
  try {
    for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, `${name}.ts`), code);
    const settings = {
      extends: "../../tsconfig.json",
      compilerOptions: { rootDir: "../..", outDir: "../../lib" },
      include: ["*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    return spawnSync(process.execPath, [tsc, "-p", folder, "--noEmit"], { encoding: "utf8" }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As somebody fills it in: an owner everywhere, and scopes where none are known. */
export function filledIn(code: string, scope: string | undefined): string {
  const needed = scope !== undefined && code.includes("scopes: [],") && !code.includes(`, ${scope.split(".")[0]},`);
  return (needed ? `import { ${scope.split(".")[0]} } from "cdktf-scoped-keys";\n${code}` : code)
    .replaceAll(OWNER_PLACEHOLDER, "search-team@example.com")
    .replaceAll("scopes: [],", scope === undefined ? "" : `scopes: [${scope}],`);
}

/** Runs a generated module in a stack of its own, and answers what Terraform would read. */
export function synthesised(code: string): string {
  const { code: script } = transformSync(code, {
    jsc: { parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
  });
  const module: { importedKeys?: (scope: unknown) => void } = {};
  const load = (name: string): unknown =>
    jest.requireActual(name === "cdktf-scoped-keys" ? "../../../constructs" : name);
  new Function("require", "exports", script)(load, module);
  const stack = newStack(Testing.app());
  module.importedKeys?.(stack);
  return Testing.synth(stack, true);
}

/**
 * Declares the keys of a generated file, with the issuers that its comments name, and answers what
 * Terraform would read.
 */
export function synthesisedFile(yaml: string): string {
  const comments = yaml.split("\n").filter((line) => line.startsWith("# "));
  const from = comments.findIndex((line) => line.includes("ScopedKeys.fromFile"));
  const blocks = comments
    .slice(from + 1)
    .map((line) => line.slice(2))
    .join("\n")
    .split(/(?<=^\}\);)$/m);
  const stack = newStack(Testing.app());
  const names = Object.keys(constructs);
  const issuers: Record<string, constructs.KeyIssuer> = {};
  for (const block of blocks.filter((text) => text.trim() !== "")) {
    const issuer = new Function("scope", ...names, `return ${block.trim()}`)(stack, ...Object.values(constructs));
    issuers[issuer.node.id] = issuer;
  }
  const folder = mkdtempSync(join(tmpdir(), "imported-"));
  try {
    const file = join(folder, "keys.yaml");
    writeFileSync(file, yaml);
    constructs.ScopedKeys.fromFile(stack, "Default", { file, issuers });
    return Testing.synth(stack, true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
