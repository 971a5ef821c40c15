import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { functionHashes, packageRoot, packageVersion, sha256, shippedBy } from "../../src/model/function-hashes";
import { functionCodeChanged, functionCodeMissing } from "../errors";
import { type IConstruct, outdirOf } from "../terraform";

export interface FunctionCode {
  /** Absolute path of the zip. */
  readonly path: string;
  readonly sha256: Buffer;
}

/**
 * Code of a function as the package ships it; nothing is bundled at synthesis. Throws SK360 for
 * what this release has not published.
 * @param root of the package
 */
export function functionCode(at: IConstruct, vendor: string, role: string, root = packageRoot()): FunctionCode {
  const path = join(root, "lib", "lambda", vendor, `${role}.zip`);
  if (!existsSync(path)) throw functionCodeMissing(at, path);
  const found = sha256(readFileSync(path));
  if (shippedBy(packageVersion(), `${vendor}/${role}`, functionHashes()) !== found)
    throw functionCodeChanged(at, path, found);
  return { path, sha256: Buffer.from(found, "hex") };
}

/** A zip has local time without a zone; a fixed local date gives the same bytes everywhere. */
const ZIPPED_AT = new Date(2000, 0, 1);

/**
 * Code of a function of a custom issuer: what the package ships, and the user's adapter beside it.
 * The same two files give the same bytes. The zip lies in the app's output, from where it becomes
 * an asset of the stack.
 */
export function functionCodeWith(at: IConstruct, role: string, adapter: Uint8Array): FunctionCode {
  const shipped = unzipSync(readFileSync(functionCode(at, "custom", role).path));
  const zip = zipSync({ ...shipped, "adapter.js": adapter }, { mtime: ZIPPED_AT });
  const folder = join(resolve(outdirOf(at)), "scoped-keys", at.node.addr);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${role}.zip`);
  writeFileSync(path, zip);
  return { path, sha256: createHash("sha256").update(zip).digest() };
}
