import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";

/** Where and on what the tools run. */
export interface Machine {
  /** Folder of the project; what is installed goes to `.sandbox` in it. */
  readonly projectRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
}

/** Folder of what is installed for the project alone. */
export function sandboxFolder(machine: Machine): string {
  return path.join(machine.projectRoot, ".sandbox");
}

export function executableName(machine: Machine, name: string): string {
  return machine.platform === "win32" ? `${name}.exe` : name;
}

/** Folders of PATH; empty entries, which mean the current folder, are left out. */
export function searchPath(machine: Machine): string[] {
  const separator = machine.platform === "win32" ? ";" : ":";
  return (machine.environment["PATH"] ?? "").split(separator).filter((folder) => folder !== "");
}

/** Every executable file of that name, in the order of the folders. */
export async function executables(machine: Machine, name: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const file = path.resolve(machine.projectRoot, folder, executableName(machine, name));
    if (await isExecutable(file)) found.push(file);
  }
  return found;
}

export async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

export async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function isExecutable(file: string): Promise<boolean> {
  if (!(await isFile(file))) return false;
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
