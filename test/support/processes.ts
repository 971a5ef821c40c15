import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Ids of a process and of all that came of it. */
export function processesOf(root: number | undefined): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=", "-o", "ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  const family = new Set([root]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const [pid, parent] of rows) if (family.has(parent)) family.add(pid);
  }
  return [...family].filter((pid) => pid !== undefined);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("what was waited for did not happen within 2 minutes");
}

export interface Listening {
  /** `127.0.0.1:40123`, in the order of the kernel's table. */
  readonly tcp: string[];
  /** Of Unix sockets. */
  readonly paths: string[];
}

const LISTEN = "0A";
/** Of `/proc/net/unix`: the socket accepts connections. */
const ACCEPTS = 0x1_00_00;

/** Every socket on which one of the processes listens, as the kernel knows them. Linux only. */
export function listeningSockets(pids: readonly number[]): Listening {
  const inodes = new Set(pids.flatMap(socketsOf));
  const rows = (table: string) =>
    readFileSync(`/proc/net/${table}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/));
  const tcp = ["tcp", "tcp6"].flatMap((table) =>
    rows(table)
      .filter(([, , , state, , , , , , inode = ""]) => state === LISTEN && inodes.has(inode))
      .map(([, address = ""]) => addressOf(address)),
  );
  const paths = rows("unix")
    .filter(([, , , flags = "0", , , inode = ""]) => (Number.parseInt(flags, 16) & ACCEPTS) !== 0 && inodes.has(inode))
    .map(([, , , , , , , path = ""]) => path);
  return { tcp, paths };
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // Closed meanwhile.
      }
    });
  } catch {
    return []; // Ended meanwhile.
  }
}

/** `0100007F:9C3B` -> `127.0.0.1:39995`; of IPv6 the address is left in hexadecimal. */
function addressOf(text: string): string {
  const [address = "", port = ""] = text.split(":");
  const bytes =
    address.length === 8 ? (address.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)) : [];
  return `${bytes.length === 4 ? bytes.join(".") : address}:${Number.parseInt(port, 16)}`;
}
