import { readdir } from "node:fs/promises";
import path from "node:path";
import { isFolder, type Machine } from "./machine";
import { releasePlatform } from "./release";

export const PROVIDER = "hashicorp/aws";
export const TERRAFORM_REGISTRY = "registry.terraform.io";
export const TOFU_REGISTRY = "registry.opentofu.org";

/** Below these, one level down, software that is not a package of the system is usually put. */
export const SOFTWARE_PREFIXES = [
  "/opt",
  "/srv",
  "/usr/lib",
  "/usr/local",
  "/usr/local/lib",
  "/usr/local/share",
  "/usr/share",
  "/var/lib",
] as const;

export interface ProviderMirror {
  /** Folder that holds the registry's. */
  readonly folder: string;
  /** Whether Terraform looks there by itself. */
  readonly implied: boolean;
}

/**
 * A local folder with the AWS provider for this platform, first in the places where Terraform
 * itself looks.
 */
export async function findMirror(
  machine: Machine,
  registry: string,
  softwarePrefixes: readonly string[],
): Promise<ProviderMirror | undefined> {
  for (const folder of impliedFolders(machine)) {
    if (await holdsProvider(machine, folder, registry)) return { folder, implied: true };
  }
  for (const prefix of softwarePrefixes) {
    for (const name of await namesIn(prefix)) {
      const folder = path.join(prefix, name);
      if (await holdsProvider(machine, folder, registry)) return { folder, implied: false };
    }
  }
  return undefined;
}

/** Terraform's documented implied mirror folders, without the one in the working folder. */
function impliedFolders(machine: Machine): string[] {
  const { environment, platform } = machine;
  const home = environment["HOME"];
  const inHome = (...parts: string[]) => (home === undefined ? [] : [path.join(home, ...parts)]);
  if (platform === "win32") {
    const roaming = environment["APPDATA"];
    if (roaming === undefined) return [];
    return [path.join(roaming, "terraform.d", "plugins"), path.join(roaming, "HashiCorp", "Terraform", "plugins")];
  }
  const own = inHome(".terraform.d", "plugins");
  if (platform === "darwin") {
    const support = path.join("Library", "Application Support", "io.terraform", "plugins");
    return [...own, ...inHome(support), path.join("/", support)];
  }
  const dataHome = environment["XDG_DATA_HOME"] || inHome(".local", "share")[0];
  const dataFolders = (environment["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share").split(":");
  return [
    ...own,
    ...[...(dataHome === undefined ? [] : [dataHome]), ...dataFolders]
      .filter((folder) => path.isAbsolute(folder))
      .map((folder) => path.join(folder, "terraform", "plugins")),
  ];
}

/**
 * In either layout: `VERSION/OS_ARCH/` unpacked, or `terraform-provider-aws_VERSION_OS_ARCH.zip`.
 */
async function holdsProvider(machine: Machine, folder: string, registry: string): Promise<boolean> {
  const platform = releasePlatform(machine);
  if (platform === undefined) return false;
  const provider = path.join(folder, registry, PROVIDER);
  for (const name of await namesIn(provider)) {
    if (name.startsWith("terraform-provider-aws_") && name.endsWith(`_${platform}.zip`)) return true;
    if (await isFolder(path.join(provider, name, platform))) return true;
  }
  return false;
}

/** Sorted; none where the folder is missing or closed to us. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).then(
    (names) => names.sort(),
    () => [],
  );
}
