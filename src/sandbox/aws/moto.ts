import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { noPrivateSocket } from "../errors";
import type { Reply } from "../messages";
import { hasEnded, killGroup, type ProcessGuard } from "../processes/process-guard";

export interface MotoCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Importing moto takes 3 seconds on a quiet machine. */
const START_LIMIT_MILLIS = 90_000;
const START_POLL_MILLIS = 50;
/** What Werkzeug, moto's server, says once it listens. */
const RUNNING = "Running on unix://";
const SOCKET = "moto.sock";
/** Of the path of a socket, in bytes: 104 on macOS, 108 on Linux, each with a zero at the end. */
const SOCKET_PATH_MAX = 103;
/** Of one hop only, or made anew here. */
const HOP_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"]);

/**
 * moto_server as a child process: it answers for every service that the sandbox does not answer for
 * itself. It believes everybody, so it listens on a socket in the run's own folder, which nobody
 * but the user can enter.
 */
export class Moto {
  readonly #child: ChildProcess;
  readonly #socket: string;
  readonly #agent = new Agent({ keepAlive: false });

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.#socket = socket;
  }

  static async start(moto: MotoCommand, guard: ProcessGuard, environment: NodeJS.ProcessEnv): Promise<Moto> {
    const socket = privateSocket(guard.folder);
    const logFile = join(guard.folder, "moto.log");
    const log = openSync(logFile, "w");
    const child = guard.spawn(moto.command, [...moto.args, "-H", `unix://${socket}`, "-p", "0"], {
      stdio: ["ignore", log, log],
      env: environment,
      cwd: guard.folder,
    });
    closeSync(log);
    const failed = new Promise<Error>((resolve) => child.once("error", resolve));
    const output = () => readFileSync(logFile, "utf8");
    const outcome = await Promise.race([Moto.#listening(child, output), failed]);
    if (outcome instanceof Error) throw new Error(`moto_server could not be started: ${outcome.message}`);
    if (outcome) return new Moto(child, socket);
    killGroup(child, "SIGKILL");
    throw new Error(`moto_server did not start. It said:\n${output().trim().split("\n").slice(-5).join("\n")}`);
  }

  /** @returns false when the process has ended or is silent for too long. */
  static async #listening(child: ChildProcess, output: () => string): Promise<boolean> {
    const limit = Date.now() + START_LIMIT_MILLIS;
    while (Date.now() < limit && !hasEnded(child)) {
      if (output().includes(RUNNING)) return true;
      await sleep(START_POLL_MILLIS);
    }
    return false;
  }

  get running(): boolean {
    return !hasEnded(this.#child);
  }

  /** Passes a request on as it is. */
  forward(request: {
    method: string;
    url: string;
    headers: NodeJS.Dict<string | string[]>;
    body: Buffer;
  }): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string | string[]> = { "content-length": String(request.body.length) };
      for (const [name, value] of Object.entries(request.headers)) {
        if (value !== undefined && !HOP_HEADERS.has(name) && name !== "expect") headers[name] = value;
      }
      const call = httpRequest(
        {
          socketPath: this.#socket,
          agent: this.#agent,
          method: request.method,
          path: request.url,
          headers,
          setHost: false,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const kept: Record<string, string | string[]> = {};
            for (const [name, value] of Object.entries(answer.headers)) {
              const keep = !HOP_HEADERS.has(name) || (name === "content-length" && request.method === "HEAD");
              if (value !== undefined && keep) kept[name] = value;
            }
            resolve({ status: answer.statusCode ?? 502, headers: kept, body: Buffer.concat(chunks) });
          });
        },
      );
      call.on("error", reject);
      call.end(request.body);
    });
  }
}

function privateSocket(folder: string): string {
  if (process.platform === "win32") {
    throw noPrivateSocket("Python has no Unix sockets on Windows", "Run the sandbox in WSL");
  }
  const socket = join(folder, SOCKET);
  if (Buffer.byteLength(socket) <= SOCKET_PATH_MAX) return socket;
  throw noPrivateSocket(
    `${socket} is too long for the name of a socket (${SOCKET_PATH_MAX} bytes)`,
    "Set TMPDIR to a folder with a shorter name",
  );
}
