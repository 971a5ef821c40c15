import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const bin = join(__dirname, "..", "..", "..", "bin", "scoped-keys.js");

export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  stdout(): string;
}

/** The built command, as a process of its own. */
export function scopedKeys(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): Run {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"], env: environment, cwd });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => {
    stdout += data;
  });
  child.stderr?.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended, stdout: () => stdout };
}
