import { rm } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "./command";
import { reasonOf, ToolchainError } from "./errors";
import { executables, type Machine, sandboxFolder, searchPath } from "./machine";

/** What is installed where there is none. */
export const MOTO_REQUIREMENT = "moto[server]==5.2.1";

const VENV_TIMEOUT_MILLIS = 2 * 60_000;
const INSTALL_TIMEOUT_MILLIS = 10 * 60_000;

/** A command, to which the caller adds host and port. */
export interface Moto {
  readonly command: string;
  readonly args: readonly string[];
}

export async function findMoto(machine: Machine): Promise<Moto | undefined> {
  const [command] = await executables(machine, "moto_server", [...searchPath(machine), venvScripts(machine)]);
  return command === undefined ? undefined : { command, args: [] };
}

/** @throws ToolchainError */
export async function installMoto(machine: Machine): Promise<Moto> {
  const venv = path.join(sandboxFolder(machine), "moto");
  const run = (file: string, args: string[], timeoutMillis: number) =>
    runCommand(file, args, { cwd: machine.projectRoot, environment: machine.environment, timeoutMillis });
  try {
    const python = await findPython(machine);
    if (python === undefined) throw new Error("there is no Python 3 on PATH");
    await rm(venv, { recursive: true, force: true });
    await run(python, ["-m", "venv", venv], VENV_TIMEOUT_MILLIS);
    const [venvPython] = await executables(machine, "python", [venvScripts(machine)]);
    if (venvPython === undefined) throw new Error("the virtual environment has no Python");
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
    await run(venvPython, [...pip, MOTO_REQUIREMENT], INSTALL_TIMEOUT_MILLIS);
    const [command] = await executables(machine, "moto_server", [venvScripts(machine)]);
    if (command === undefined) throw new Error("the package brought no moto_server");
    return { command, args: [] };
  } catch (error) {
    throw new ToolchainError(
      `Install moto_server with pip install "${MOTO_REQUIREMENT}" and put it on PATH: none was found, and it could not be installed for the project (${reasonOf(error)}).`,
    );
  }
}

function venvScripts(machine: Machine): string {
  return path.join(sandboxFolder(machine), "moto", machine.platform === "win32" ? "Scripts" : "bin");
}

async function findPython(machine: Machine): Promise<string | undefined> {
  const folders = searchPath(machine);
  const found = [
    ...(await executables(machine, "python3", folders)),
    ...(await executables(machine, "python", folders)),
  ];
  return found[0];
}
