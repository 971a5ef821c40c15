/**
 * What a command of the sandbox has put out of its process group, as daemons do. Only what the
 * watchdog may load.
 */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Of the command that a sandbox runs, and so of all that it starts; never of a shell that has
 * sourced what the sandbox prints.
 */
export const RUN_VARIABLE = "SANDBOX_RUN";

const END_LIMIT_MILLIS = 3_000;
const POLL_MILLIS = 20;

/**
 * Kills every process of this user that was started with the run's variable. Linux shows the
 * environment of a process, so elsewhere none is found; nor is one that was started with an empty
 * environment, which so has no credential of the run.
 */
export async function endLeftBehind(run: string): Promise<void> {
  const until = Date.now() + END_LIMIT_MILLIS;
  // What is killed may just have started something.
  for (let left = leftBehind(run); left.length > 0 && Date.now() < until; left = leftBehind(run)) {
    for (const pid of left) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}

function leftBehind(run: string): number[] {
  const mark = `${RUN_VARIABLE}=${run}`;
  return processes().filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark));
}

function processes(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // Another user's, or gone.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
