import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/**
 * Scopes of packages that Lambda's runtimes have beside the function's own: AWS's clients, and what
 * they are made of.
 */
const SCOPES = ["@aws-sdk", "@smithy", "@aws-crypto"];

/**
 * Lets functions below a folder load AWS's clients that are installed here, as they find them in
 * Lambda.
 */
export function provideModules(folder: string): void {
  const installed = nodeModulesOf(require.resolve("@aws-sdk/client-lambda"));
  const target = join(folder, "node_modules");
  mkdirSync(target, { recursive: true });
  for (const scope of SCOPES) {
    const source = join(installed, scope);
    const link = join(target, scope);
    if (existsSync(source) && !existsSync(link)) symlinkSync(source, link, "dir");
  }
}

function nodeModulesOf(file: string): string {
  const mark = `${sep}node_modules${sep}@aws-sdk${sep}`;
  const end = file.lastIndexOf(mark);
  return end < 0 ? dirname(file) : file.slice(0, end + mark.length - `${sep}@aws-sdk${sep}`.length);
}
