import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { builtScript } from "./built-script";
import { endRunFolder, makeRunFolder } from "./run-folder";

/**
 * Starts every process of the sandbox, and sees to it that each of them, with its children, ends
 * with the sandbox.
 */
export class ProcessGuard {
  /** Removed at the end. */
  readonly folder: string;
  readonly #watchdog: ChildProcess;
  readonly #children = new Set<ChildProcess>();
  readonly #letGo: () => void;

  constructor() {
    const { path, letGo } = makeRunFolder();
    this.folder = path;
    this.#letGo = letGo;
    this.#watchdog = spawn(process.execPath, [builtScript("processes/watchdog")], {
      stdio: ["pipe", "ignore", "ignore"],
      // A group of its own: Ctrl-C in a terminal is meant for the sandbox, which then ends it.
      detached: true,
      env: {},
    });
    this.#watchdog.on("error", () => undefined);
    this.#watchdog.stdin?.on("error", () => undefined);
    this.#tell(`dir ${this.folder}`);
  }

  /** Like `spawn`, in a process group of its own. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, args, { ...options, detached: true });
    if (child.pid === undefined) return child;
    const { pid } = child;
    this.#children.add(child);
    this.#tell(`+${pid}`);
    child.once("exit", () => {
      // What it leaves behind in its group goes with it.
      killGroup(child, "SIGKILL");
      this.#children.delete(child);
      this.#tell(`-${pid}`);
    });
    return child;
  }

  /** A folder in which its processes work goes with the run as well, however that ends. */
  removeWithRun(folder: string): void {
    this.#tell(`rm ${folder}`);
  }

  /** Ends when no process is left and the folder is gone. */
  async stop(): Promise<void> {
    const ended = [...this.#children].map(async (child) => {
      const exit = hasEnded(child) ? undefined : once(child, "exit");
      killGroup(child, "SIGKILL");
      await exit;
    });
    await Promise.all(ended);
    this.#letGo();
    await endRunFolder(this.folder);
    if (this.#watchdog.pid === undefined || hasEnded(this.#watchdog)) return;
    const exit = once(this.#watchdog, "exit");
    this.#watchdog.stdin?.end();
    await exit;
  }

  #tell(line: string): void {
    this.#watchdog.stdin?.write(`${line}\n`);
  }
}

/** Signals a child and everything in its process group. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
