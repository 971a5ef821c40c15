import { constants } from "node:os";
import { tell } from "../output/streams";
import { terminal } from "../output/terminal";
import type { Sandbox } from "../sandbox";
import { hasEnded, killGroup } from "../sandbox/processes/process-guard";

/** As shells say it. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_SIGNAL_BASE = 128;
/**
 * What a command has to end by itself after SIGTERM or SIGHUP. After Ctrl-C it may take its time,
 * and a second one kills it.
 */
const TERMINATION_LIMIT_MILLIS = 10_000;

export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return EXIT_SIGNAL_BASE + constants.signals[signal];
}

/** Hands over the signals that end this process; `next` waits for one. */
export class Signals {
  static readonly names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  #listener: ((signal: NodeJS.Signals) => void) | undefined;
  #missed: NodeJS.Signals | undefined;

  constructor() {
    for (const name of Signals.names) {
      process.on(name, () => {
        if (this.#listener === undefined) this.#missed = name;
        else this.#listener(name);
      });
    }
  }

  /** One that came while nobody listened. */
  get missed(): NodeJS.Signals | undefined {
    return this.#missed;
  }

  listen(listener: (signal: NodeJS.Signals) => void): void {
    this.#listener = listener;
    if (this.#missed !== undefined) listener(this.#missed);
    this.#missed = undefined;
  }
}

/**
 * Runs a command in the sandbox's environment with this process's terminal. @returns its exit code.
 */
export function runInSandbox(sandbox: Sandbox, command: readonly string[], signals: Signals): Promise<number> {
  const [program = "", ...args] = command;
  const child = sandbox.guard.spawn(program, args, { stdio: "inherit", env: sandbox.environment });
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      tell(terminal`scoped-keys: ${program}: ${missing ? "there is no such command" : error.message}`);
      resolve(missing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
    });
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOfSignal(signal)));
    let asked = 0;
    signals.listen((signal) => {
      if (hasEnded(child)) return;
      asked++;
      killGroup(child, asked > 1 ? "SIGKILL" : signal);
      if (signal !== "SIGINT") setTimeout(() => killGroup(child, "SIGKILL"), TERMINATION_LIMIT_MILLIS).unref();
    });
  });
}
