import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { unzipSync } from "fflate";
import { isAttributes } from "../../review/attributes";
import type { Configuration, Zip } from "../../review/resources";

/**
 * What CDKTF and Terraform put beside a stack's configuration, and Terraform does not read as such.
 */
const HARMLESS = /^(?:cdk\.tf\.json|metadata\.json|plan|errored\.tfstate|[^/]*\.tfstate\.backup)$/;
/** Terraform's own working folder, which `terraform init` fills. */
const WORKING_FOLDER = ".terraform";
/**
 * What in it chooses the state and the code of modules. Providers are checked by their hashes when
 * they are used.
 */
const CHOOSES = /^\.terraform(?:$|\/environment$|\/modules(?:$|\/))/;
const ASSETS = "assets";
const CODE_MAX_BYTES = 10_000_000;
const MEMBER_MAX_BYTES = 50_000_000;
const FILES_MAX = 10_000;

/**
 * What stands in a stack's folder beside its configuration.
 * @param file of the configuration
 * @param parsed its JSON
 * @param ranIn folder that the app ran in, where that is known
 */
export function stackFolder(
  file: string,
  parsed: unknown,
  ranIn?: string,
): Pick<Configuration, "files" | "zips" | "origin"> {
  const folder = dirname(file);
  const files = new Map<string, string>();
  const pending = [folder];
  for (const current of pending) {
    for (const name of readdirSync(current).sort()) {
      const path = join(current, name);
      const shown = relative(folder, path).split(sep).join(posix.sep);
      if (files.size >= FILES_MAX) continue;
      const entry = lstatSync(path);
      if (shown.startsWith(`${WORKING_FOLDER}/`) && !CHOOSES.test(shown)) continue;
      if (shown === WORKING_FOLDER && !entry.isDirectory()) files.set(shown, "no folder that Terraform made");
      else if (entry.isSymbolicLink()) files.set(shown, `a symbolic link to ${readlinkSync(path)}`);
      else if (entry.isDirectory()) pending.push(path);
      else if (shown === `${WORKING_FOLDER}/environment` && readFileSync(path, "utf8").trim() === "default") continue;
      // What nothing refers to is not read; the code of functions is, by its hash.
      else if (!shown.startsWith(`${ASSETS}/`) && !HARMLESS.test(shown)) files.set(shown, wordOf(path, entry.isFile()));
    }
  }
  return {
    files,
    origin: realpathSync(ranIn ?? folder),
    zips: new Map(
      zipNames(parsed)
        .map((name) => [name, zipOf(folder, name)] as const)
        .filter(isRead),
    ),
  };
}

function wordOf(path: string, regular: boolean): string {
  if (!regular || statSync(path).size > CODE_MAX_BYTES) return "no file that is read";
  return `SHA-256 ${sha256(readFileSync(path))}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Of functions that might be the library's; which are is judged elsewhere. */
function zipNames(parsed: unknown): string[] {
  const resources = isAttributes(parsed) ? parsed["resource"] : undefined;
  const functions = isAttributes(resources) ? resources["aws_lambda_function"] : undefined;
  const names = Object.values(isAttributes(functions) ? functions : {})
    .filter(isAttributes)
    .filter((each) => /-(?:controller|observer)$/.test(String(each["function_name"])))
    .map((each) => each["filename"])
    .filter((each) => typeof each === "string");
  return [...new Set(names)];
}

function isRead(pair: readonly [string, Zip | undefined]): pair is readonly [string, Zip] {
  return pair[1] !== undefined;
}

/** Undefined for what is no file of the folder. */
function zipOf(folder: string, name: string): Zip | undefined {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith("..") || !isRegular(folder, path)) return undefined;
  const bytes = readFileSync(path);
  return { sha256: sha256(bytes), members: membersOf(bytes) };
}

/** No link on the way: it may lead elsewhere when the code is deployed. */
function isRegular(folder: string, path: string): boolean {
  try {
    for (let current = path; current.length > folder.length; current = dirname(current)) {
      if (lstatSync(current).isSymbolicLink()) return false;
    }
    const { size } = lstatSync(path);
    return lstatSync(path).isFile() && size <= CODE_MAX_BYTES;
  } catch {
    return false;
  }
}

function membersOf(bytes: Uint8Array): Zip["members"] {
  let size = 0;
  const names: string[] = [];
  try {
    const members = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        names.push(name);
        size += originalSize;
        return size <= MEMBER_MAX_BYTES;
      },
    });
    // A name that is there twice is one of two files, by who unzips it.
    if (size > MEMBER_MAX_BYTES || new Set(names).size !== names.length) return undefined;
    return new Map(Object.entries(members).map(([name, content]) => [name, sha256(content)]));
  } catch {
    return undefined;
  }
}
