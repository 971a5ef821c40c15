import { execFile } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMillis: number;
}

const OUTPUT_MAX_BYTES = 10 * 1024 * 1024;

/**
 * Standard output of a command. @throws with the last line of its errors where it did not end with
 * 0.
 */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      {
        cwd: options.cwd,
        env: options.environment,
        timeout: options.timeoutMillis,
        killSignal: "SIGKILL",
        maxBuffer: OUTPUT_MAX_BYTES,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (error.killed) reject(new Error(`${file} did not end within ${options.timeoutMillis / 1_000} seconds`));
        else reject(new Error(lastLine(stderr) ?? error.message));
      },
    );
  });
}

function lastLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .at(-1);
}
