import { type SpawnOptions, spawn } from "node:child_process";

export interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and keeps what it prints. Throws what `spawn` does: the program is missing, or the signal was given. */
export function captured(program: string, args: readonly string[], options: SpawnOptions): Promise<Captured> {
  const child = spawn(program, args, { killSignal: "SIGINT", ...options, stdio: ["ignore", "pipe", "pipe"] });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => chunks[name].push(chunk));
  }
  const textOf = (name: "stdout" | "stderr") => Buffer.concat(chunks[name]).toString("utf8");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, stdout: textOf("stdout"), stderr: textOf("stderr") }));
  });
}
