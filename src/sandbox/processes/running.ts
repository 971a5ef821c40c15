import { readFileSync } from "node:fs";

const LOOK_EVERY_MILLIS = 100;

/**
 * Tells once that a process, which may be nobody's child here, has ended. Keeps no process alive.
 */
export function whenEnded(pid: number, tell: () => void): void {
  const looks = setInterval(() => {
    if (isRunning(pid)) return;
    clearInterval(looks);
    tell();
  }, LOOK_EVERY_MILLIS);
  looks.unref();
}

/** Whether a process of that id is there that has not ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return !hasEndedUnnoticed(pid);
}

/**
 * Killed, and nobody has asked how it ended: in containers whose first process does not, such a
 * process keeps its id for ever.
 */
function hasEndedUnnoticed(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat[stat.lastIndexOf(")") + 2] === "Z";
  } catch {
    return false;
  }
}
