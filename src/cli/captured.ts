import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { killGroup } from "../sandbox/processes/process-guard";

export interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and keeps what it prints. Throws what `spawn` does: the program is
 * missing, or the signal was given.
 */
export function captured(program: string, args: readonly string[], options: SpawnOptions): Promise<Captured> {
  return outcomeOf(
    spawn(program, args, { killSignal: "SIGINT", ...options, stdio: [...STDIO] }),
    Number.POSITIVE_INFINITY,
  );
}

const STDIO = ["ignore", "pipe", "pipe"] as const satisfies SpawnOptions["stdio"];
const KEPT_BYTES = 64_000;
/** What a command has to end by itself after a signal. */
const TERMINATION_LIMIT_MILLIS = 10_000;

/**
 * Runs a command line of the user's in a shell, and whatever it starts, until all of it has ended;
 * keeps the last of what it prints. An abort signals all of it, with the signal that is its reason,
 * and the outcome is that of a command that was ended so.
 */
export async function capturedShell(
  command: string,
  { cwd, env, signal }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Captured> {
  signal.throwIfAborted();
  const child = spawn(command, { cwd, env, shell: true, stdio: [...STDIO], detached: true });
  let limit: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(child, signal.reason);
    limit ??= setTimeout(() => killGroup(child, "SIGKILL"), TERMINATION_LIMIT_MILLIS);
  };
  signal.addEventListener("abort", end);
  // What it left in the background would keep its pipes open.
  child.once("exit", () => killGroup(child, "SIGKILL"));
  try {
    return await outcomeOf(child, KEPT_BYTES);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener("abort", end);
  }
}

function outcomeOf(child: ChildProcess, keptBytes: number): Promise<Captured> {
  const [stdout, stderr] = [new Tail(keptBytes), new Tail(keptBytes)];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, stdout: `${stdout}`, stderr: `${stderr}` }));
  });
}

/** The last bytes of a stream. */
class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly most: number) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (
      let first = this.#chunks[0];
      first !== undefined && this.#bytes - first.length > this.most;
      [first] = this.#chunks
    ) {
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
