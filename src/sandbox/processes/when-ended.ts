import { isRunning } from "./run-folder";

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
