import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { functionCodeMissing } from "./errors";
import type { IConstruct } from "./terraform";

export interface FunctionCode {
  /** Absolute path of the zip. */
  readonly path: string;
  readonly sha256: Buffer;
}

/** Code of a function as the package ships it; nothing is bundled at synthesis. */
export function functionCode(at: IConstruct, vendor: string, role: string): FunctionCode {
  const path = join(packageRoot(), "lib", "lambda", vendor, `${role}.zip`);
  if (!existsSync(path)) throw functionCodeMissing(at, path);
  return { path, sha256: createHash("sha256").update(readFileSync(path)).digest() };
}

/** This file runs as `constructs/…` in a working copy and as `lib/constructs/…` in the package. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
