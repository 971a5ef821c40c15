import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, LOOPBACK, type Reply } from "../http";
import { hasEnded, killGroup, type ProcessGuard } from "../process-guard";

export interface MotoCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Importing moto takes 3 seconds on a quiet machine. */
const START_LIMIT_MILLIS = 90_000;
const START_POLL_MILLIS = 50;
const STARTS = 3;
/** Of one hop only, or made anew here. */
const HOP_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"]);

/** moto_server as a child process: it answers for every service that the sandbox does not answer for itself. */
export class Moto {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: false });

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(moto: MotoCommand, guard: ProcessGuard, environment: NodeJS.ProcessEnv): Promise<Moto> {
    let output = "";
    // Its port is chosen before it starts and may be taken meanwhile, so it gets another try.
    for (let start = 1; start <= STARTS; start++) {
      const port = await freePort();
      const logFile = join(guard.folder, `moto-${start}.log`);
      const log = openSync(logFile, "w");
      const child = guard.spawn(moto.command, [...moto.args, "-H", LOOPBACK, "-p", String(port)], {
        stdio: ["ignore", log, log],
        env: environment,
        cwd: guard.folder,
      });
      closeSync(log);
      const failed = new Promise<Error>((resolve) => child.once("error", resolve));
      const server = new Moto(child, port);
      const outcome = await Promise.race([server.#answers(), failed]);
      if (outcome === true) return server;
      if (outcome instanceof Error) throw new Error(`moto_server could not be started: ${outcome.message}`);
      killGroup(child, "SIGKILL");
      output = readFileSync(logFile, "utf8").trim().split("\n").slice(-5).join("\n");
    }
    throw new Error(`moto_server did not start. It said:\n${output}`);
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
          host: LOOPBACK,
          port: this.#port,
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

  /** @returns false when the process has ended. */
  async #answers(): Promise<boolean> {
    const ended = once(this.#child, "exit").then(() => false);
    const limit = Date.now() + START_LIMIT_MILLIS;
    const answered = async () => {
      while (Date.now() < limit && this.running) {
        const reply = await this.forward({
          method: "GET",
          url: "/moto-api/",
          headers: { host: LOOPBACK },
          body: Buffer.alloc(0),
        }).catch(() => undefined);
        if (reply !== undefined) return true;
        await sleep(START_POLL_MILLIS);
      }
      return false;
    };
    return Promise.race([answered(), ended]);
  }
}
