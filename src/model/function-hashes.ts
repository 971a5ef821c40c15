import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";

/**
 * File of the package with the hashes of its functions' code; `scripts/bundle-lambdas.mjs` writes
 * it.
 */
const HASHES = join("lib", "lambda", "hashes.json");

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/**
 * By release: of each zip (`openai/controller`), and of each file in those that synthesis completes
 * (`custom/controller/index.js`).
 */
const hashesSchema = v.object({ releases: v.record(v.string(), v.record(v.string(), hash)) });
export type FunctionHashes = v.InferOutput<typeof hashesSchema>;

/** This file runs as `src/…` in a working copy and as `lib/src/…` in the package. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

let read: FunctionHashes | undefined;

/** None where the package was not built. */
export function functionHashes(): FunctionHashes {
  if (read !== undefined) return read;
  const file = join(packageRoot(), HASHES);
  read = existsSync(file) ? v.parse(hashesSchema, JSON.parse(readFileSync(file, "utf8"))) : { releases: {} };
  return read;
}

/**
 * SHA-256 of what a release ships under a name, and no other release's: code that was published
 * once may have had to be replaced.
 * @param of `openai/controller`
 */
export function shippedBy(version: string, of: string, { releases }: FunctionHashes): string | undefined {
  // A working copy whose code has changed since the release of its version.
  return (releases[`${version}-unreleased`] ?? releases[version])?.[of];
}

/** Of the package that runs. */
export function packageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return v.parse(v.object({ version: v.string() }), content).version;
}

/**
 * Whether a release came before another. What is no number of a release is taken for one that may
 * have.
 */
export function mayPrecede(release: string, other: string): boolean {
  if (release === other) return false;
  const [a, b] = [release, other].map((text) => /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number));
  if (a === undefined || b === undefined) return true;
  const at = a.findIndex((part, i) => part !== b[i]);
  return (a[at] ?? 0) < (b[at] ?? 0);
}

/** What a release calls the code of this hash. */
export interface KnownCode {
  readonly release: string;
  /** `openai` */
  readonly vendor: string;
}

/** @param name what it is the code of: `controller`, or `controller/index.js` */
export function knownCode(name: string, sha256: string): KnownCode | undefined {
  for (const [release, hashes] of Object.entries(functionHashes().releases)) {
    for (const [of, known] of Object.entries(hashes)) {
      const at = of.indexOf("/");
      if (known === sha256 && of.slice(at + 1) === name) return { release, vendor: of.slice(0, at) };
    }
  }
  return undefined;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
