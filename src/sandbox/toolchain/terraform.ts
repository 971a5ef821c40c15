import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { runCommand } from "./command";
import { reasonOf, ToolchainError } from "./errors";
import { executableName, executables, type Machine, sandboxFolder, searchPath } from "./machine";
import { type Download, fileOfRelease, releasePlatform } from "./release";

/** What is installed where there is none. */
export const TERRAFORM_VERSION = "1.11.4";
export const TERRAFORM_RELEASES_URL = "https://releases.hashicorp.com/terraform";

/** `check` blocks need Terraform 1.5; OpenTofu starts at 1.6. */
const MIN_VERSION = [1, 5] as const;
const VERSION_TIMEOUT_MILLIS = 60_000;

export interface Terraform {
  readonly path: string;
  /** Whether it is OpenTofu, whose providers come from another registry. */
  readonly isTofu: boolean;
}

/**
 * Terraform or OpenTofu on PATH or installed for the project; undefined where neither is recent
 * enough.
 */
export async function findTerraform(machine: Machine): Promise<Terraform | undefined> {
  const installed = path.join(sandboxFolder(machine), "bin");
  for (const folders of [searchPath(machine), [installed]]) {
    for (const name of ["terraform", "tofu"]) {
      for (const file of await executables(machine, name, folders)) {
        if (await isRecent(machine, file)) return { path: file, isTofu: name === "tofu" };
      }
    }
  }
  return undefined;
}

/** @throws ToolchainError */
export async function installTerraform(
  machine: Machine,
  fetchBytes: Download,
  releasesUrl: string,
): Promise<Terraform> {
  const folder = path.join(sandboxFolder(machine), "bin");
  const name = executableName(machine, "terraform");
  const file = path.join(folder, name);
  try {
    const platform = releasePlatform(machine);
    if (platform === undefined) throw new Error(`there is no release for ${machine.platform} on ${machine.arch}`);
    const release = `terraform_${TERRAFORM_VERSION}`;
    const bytes = await fileOfRelease(fetchBytes, `${releasesUrl}/${TERRAFORM_VERSION}`, {
      sums: `${release}_SHA256SUMS`,
      zip: `${release}_${platform}.zip`,
      file: name,
    });
    await mkdir(folder, { recursive: true });
    const part = `${file}.${randomUUID()}`;
    await writeFile(part, bytes, { mode: 0o755 });
    await rename(part, file);
  } catch (error) {
    throw new ToolchainError(
      `Install Terraform ${MIN_VERSION.join(".")} or later (or OpenTofu) and put it on PATH: none was found, and Terraform ${TERRAFORM_VERSION} could not be installed for the project (${reasonOf(error)}).`,
    );
  }
  return { path: file, isTofu: false };
}

const versionSchema = v.object({ terraform_version: v.string() });

async function isRecent(machine: Machine, file: string): Promise<boolean> {
  try {
    const output = await runCommand(file, ["version", "-json"], {
      cwd: machine.projectRoot,
      environment: { ...machine.environment, CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "" },
      timeoutMillis: VERSION_TIMEOUT_MILLIS,
    });
    const [major = 0, minor = 0] = v.parse(versionSchema, JSON.parse(output)).terraform_version.split(".").map(Number);
    return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]);
  } catch {
    // It does not run here or is something else: as good as none.
    return false;
  }
}
