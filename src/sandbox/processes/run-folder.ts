/**
 * The folder of a run: in the temporary folder, open to its user alone, and gone with the run. Only
 * what the watchdog may load.
 */
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { endStates } from "../terraform/states";
import { endLeftBehind } from "./left-behind";
import { namesIn } from "./names-in";
import { isRunning } from "./running";

const PREFIX = "scoped-keys-sandbox-";
const NAME = /^scoped-keys-sandbox-(\d+)-[A-Za-z0-9]{6}$/;
/** Holds where the run is, and by its time of change until when it was there. */
const ALIVE_FILE = "alive";
const BEAT_MILLIS = 1_000;
/** Terraform that was killed with its terminal is gone within a moment. */
const PROCESS_END_LIMIT_MILLIS = 3_000;
const POLL_MILLIS = 20;

export interface RunFolder {
  readonly path: string;
  /** No longer says that the run is there. */
  letGo(): void;
}

export function makeRunFolder(): RunFolder {
  return makeLivingFolder(join(tmpdir(), PREFIX));
}

/**
 * A folder that its user alone can enter, under a name that no other process has, and that says
 * that this process is there.
 */
export function makeLivingFolder(start: string): RunFolder {
  const path = mkdtempSync(`${start}${process.pid}-`);
  const alive = join(path, ALIVE_FILE);
  writeFileSync(alive, machine(), { mode: 0o600 });
  const beat = setInterval(() => {
    try {
      utimesSync(alive, new Date(), new Date());
    } catch {
      // Somebody emptied the temporary folder: nothing is left that the time would be needed for.
    }
  }, BEAT_MILLIS);
  beat.unref();
  return { path, letGo: () => clearInterval(beat) };
}

export function runIdOf(folder: string): string {
  return basename(folder).slice(PREFIX.length);
}

/**
 * Ends what the run has left: detached processes, its states, and the folder. To be called when its
 * process groups were ended.
 */
export async function endRunFolder(folder: string): Promise<void> {
  await endLeftBehind(runIdOf(folder));
  await processesEnded(folder);
  endStates(runIdOf(folder), folder, Number.POSITIVE_INFINITY);
  removeFolder(folder);
}

/**
 * Removes what this user's runs have left that were killed together with their watchdogs. A state
 * that was written after such a run had ended stays: somebody went on with it.
 */
export async function removeAbandonedRunFolders(): Promise<void> {
  for (const name of namesIn(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    const folder = join(tmpdir(), name);
    if (pid === undefined || !isAbandoned(folder, Number(pid))) continue;
    // Read before anything is waited for: another start may remove it meanwhile.
    const seenAt = lastSeenAt(folder);
    if (seenAt === undefined) continue;
    await endLeftBehind(runIdOf(folder));
    endStates(runIdOf(folder), folder, seenAt + BEAT_MILLIS);
    removeFolder(folder);
  }
}

/** Unix milliseconds. Undefined where the folder is gone. */
function lastSeenAt(folder: string): number | undefined {
  return lstatSync(join(folder, ALIVE_FILE), { throwIfNoEntry: false })?.mtimeMs;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Whether the process that made it is gone: of this user, on this machine. What is not known to be
 * abandoned is not.
 */
export function isAbandoned(folder: string, pid: number): boolean {
  // Terraform that outlived its sandbox still writes.
  if (isRunning(pid) || terraformsOf(folder).some(isRunning)) return false;
  try {
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || stats.uid !== process.getuid?.()) return false;
    // Process ids of another machine or container say nothing here.
    return readFileSync(join(folder, ALIVE_FILE), "utf8") === machine();
  } catch {
    return false;
  }
}

function machine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

async function processesEnded(folder: string): Promise<void> {
  const until = Date.now() + PROCESS_END_LIMIT_MILLIS;
  for (const pid of terraformsOf(folder)) {
    while (isRunning(pid) && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
  }
}

/** Ids of the processes that the guard let be Terraform. */
function terraformsOf(folder: string): number[] {
  return namesIn(join(folder, "terraform", "processes")).map(Number);
}
