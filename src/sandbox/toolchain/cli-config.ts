import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isFile, type Machine, sandboxFolder } from "./machine";
import { findMirror, PROVIDER, TERRAFORM_REGISTRY, TOFU_REGISTRY } from "./provider-mirror";

export interface CliConfig {
  readonly environment: Readonly<Record<string, string>>;
  /** The AWS provider comes from a mirror, so that its lock for other platforms cannot be had. */
  readonly usesMirror: boolean;
}

/**
 * Where Terraform gets the AWS provider from. A CLI configuration of the user's is left alone; else
 * a local mirror is used where there is one, and the registry where there is none.
 */
export async function cliConfig(
  machine: Machine,
  isTofu: boolean,
  softwarePrefixes: readonly string[],
): Promise<CliConfig> {
  const named = machine.environment["TF_CLI_CONFIG_FILE"] ?? "";
  const own = [...(named === "" ? defaultFiles(machine, isTofu) : [path.resolve(machine.projectRoot, named)])];
  for (const file of own) {
    if (await isFile(file)) return { environment: {}, usesMirror: await namesMirror(file) };
  }
  // Empty is as good as unset; a file that does not exist would be warned of at every call.
  const unset = named === "" ? {} : { TF_CLI_CONFIG_FILE: "" };
  const mirror = await findMirror(machine, isTofu ? TOFU_REGISTRY : TERRAFORM_REGISTRY, softwarePrefixes);
  if (mirror === undefined) return { environment: unset, usesMirror: false };
  if (mirror.implied) return { environment: unset, usesMirror: true };
  const file = path.join(sandboxFolder(machine), "terraformrc");
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, configOf(mirror.folder));
  return { environment: { TF_CLI_CONFIG_FILE: file }, usesMirror: true };
}

function configOf(mirrorFolder: string): string {
  return `# Written anew at every start.
provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirrorFolder)}
    include = ["${PROVIDER}"]
  }
  direct {
    exclude = ["${PROVIDER}"]
  }
}
`;
}

function defaultFiles(machine: Machine, isTofu: boolean): string[] {
  const { environment, platform } = machine;
  const folder = environment[platform === "win32" ? "APPDATA" : "HOME"];
  if (folder === undefined) return [];
  const terraform = platform === "win32" ? "terraform.rc" : ".terraformrc";
  const tofu = platform === "win32" ? "tofu.rc" : ".tofurc";
  return (isTofu ? [tofu, terraform] : [terraform]).map((name) => path.join(folder, name));
}

async function namesMirror(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8");
  return /^[^#\n]*\b(?:filesystem_mirror|network_mirror)\b/m.test(text.replace(/^\s*\/\/.*$/gm, ""));
}
