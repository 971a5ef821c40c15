import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonReply } from "../http";
import type { Reply } from "../messages";
import { hasEnded, killGroup } from "../processes/process-guard";
import type { Clock } from "../vendors/simulator";
import type { FunctionSpec, InvocationResult, Outcome } from "./invocation";
import { END_MARK, NOW_HEADER } from "./launch";

/** AWS: the init phase has 10 seconds. */
const INIT_LIMIT_MILLIS = 10_000;
/**
 * How long lines may take through the pipe after the process has said that they are all written.
 */
const LINES_LIMIT_MILLIS = 500;

export interface WorkerEvents {
  line(requestId: string, line: string): void;
  ended(): void;
}

interface Running {
  readonly requestId: string;
  readonly event: string;
  readonly invokedArn: string;
  readonly lines: string[];
  /** Of an answer that is a stream, so far. */
  readonly pieces: Buffer[];
  readonly onPiece: ((piece: Buffer) => void) | undefined;
  startedAt: number;
  endMarks: number;
  settle(outcome: Outcome, payload: string): void;
}

/**
 * One process of a function, and the host's side of its Runtime API. Runs one invocation at a time.
 */
export class Worker {
  readonly id = randomUUID();
  readonly spec: FunctionSpec;
  /** No further invocation is given to it: its function has changed, or the process is ending. */
  retired = false;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #events: WorkerEvents;
  #running: Running | undefined;
  /** Answers the process's request for its next invocation. */
  #give: ((reply: Reply) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #initError: string | undefined;
  #lastRequestId = "";

  constructor(spec: FunctionSpec, spawn: (id: string) => ChildProcess, clock: Clock, events: WorkerEvents) {
    this.spec = spec;
    const child = spawn(this.id);
    this.#child = child;
    this.#clock = clock;
    this.#events = events;
    if (child.stdout !== null) this.#readLines(child.stdout);
    if (child.stderr !== null) this.#readLines(child.stderr);
    child.once("error", () => this.#end());
    child.once("exit", () => this.#end());
  }

  get requestId(): string | undefined {
    return this.#running?.requestId;
  }

  async run(event: string, invokedArn = this.spec.arn, onPiece?: (piece: Buffer) => void): Promise<InvocationResult> {
    const requestId = randomUUID();
    const lines: string[] = [];
    const createdAt = performance.now();
    const { outcome, payload, startedAt } = await new Promise<{ outcome: Outcome; payload: string; startedAt: number }>(
      (resolve) => {
        const running: Running = {
          requestId,
          event,
          invokedArn,
          lines,
          pieces: [],
          onPiece,
          startedAt: createdAt,
          endMarks: 0,
          settle: (outcome, payload) => resolve({ outcome, payload, startedAt: running.startedAt }),
        };
        this.#running = running;
        if (hasEnded(this.#child)) this.#end();
        else if (this.#give !== undefined) this.#start();
        else this.#timer = setTimeout(() => this.#timeOut(INIT_LIMIT_MILLIS), INIT_LIMIT_MILLIS);
      },
    );
    const durationMillis = performance.now() - startedAt;
    clearTimeout(this.#timer);
    await this.#linesComplete(outcome === "success" || outcome === "error");
    this.#lastRequestId = requestId;
    this.#running = undefined;
    return { requestId, outcome, payload, durationMillis, lines };
  }

  /** `GET …/invocation/next`: answered when there is one. */
  next(): Promise<Reply> {
    return new Promise((resolve) => {
      this.#give = resolve;
      if (this.#running !== undefined) this.#start();
    });
  }

  /** `POST …/response`, `…/error` and `init/error`. */
  report(kind: "response" | "error" | "init/error", requestId: string | undefined, payload: string): Reply {
    if (kind === "init/error") {
      this.#initError = payload;
      this.retired = true;
      this.#running?.settle("error", payload);
      return jsonReply(202, { status: "OK" });
    }
    if (requestId !== this.#running?.requestId) {
      return jsonReply(400, { errorType: "InvalidRequestID", errorMessage: "There is no such invocation." });
    }
    const { pieces = [] } = this.#running ?? {};
    // Who asked for no stream gets it whole.
    const whole = kind === "response" && pieces.length > 0 ? Buffer.concat(pieces).toString("utf8") : payload;
    this.#running?.settle(kind === "response" ? "success" : "error", whole);
    return jsonReply(202, { status: "OK" });
  }

  /** `POST …/piece`: of an answer that is a stream. */
  take(requestId: string | undefined, piece: Buffer): Reply {
    if (requestId !== this.#running?.requestId) {
      return jsonReply(400, { errorType: "InvalidRequestID", errorMessage: "There is no such invocation." });
    }
    this.#running?.pieces.push(piece);
    this.#running?.onPiece?.(piece);
    return jsonReply(202, { status: "OK" });
  }

  kill(): void {
    this.retired = true;
    killGroup(this.#child, "SIGKILL");
  }

  #start(): void {
    const running = this.#running;
    const give = this.#give;
    if (running === undefined || give === undefined) return;
    this.#give = undefined;
    clearTimeout(this.#timer);
    const limitMillis = this.spec.timeoutSeconds * 1_000;
    this.#timer = setTimeout(() => this.#timeOut(limitMillis), limitMillis);
    running.startedAt = performance.now();
    const now = this.#clock.now();
    give({
      status: 200,
      headers: {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": running.requestId,
        "lambda-runtime-deadline-ms": String(now + limitMillis),
        "lambda-runtime-invoked-function-arn": running.invokedArn,
        "lambda-runtime-trace-id": `Root=1-${Math.floor(now / 1_000).toString(16)}-${running.requestId.replaceAll("-", "").slice(0, 24)};Sampled=0`,
        [NOW_HEADER]: String(now),
      },
      body: running.event,
    });
  }

  #timeOut(limitMillis: number): void {
    const running = this.#running;
    if (running === undefined) return;
    const seconds = (limitMillis / 1_000).toFixed(2);
    const payload = JSON.stringify({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${running.requestId} Error: Task timed out after ${seconds} seconds`,
    });
    // Settled when the process is gone, so that nothing it does can follow its own time-out.
    this.#child.once("exit", () => running.settle("timeout", payload));
    this.kill();
  }

  #end(): void {
    this.retired = true;
    this.#events.ended();
    const running = this.#running;
    if (running === undefined) return;
    // Lets a time-out, which listens for the same event, have its say first.
    setImmediate(() => running.settle(...this.#exitReport(running.requestId)));
  }

  #exitReport(requestId: string): [Outcome, string] {
    if (this.#initError !== undefined) return ["error", this.#initError];
    const { exitCode, signalCode } = this.#child;
    const reason =
      signalCode !== null
        ? `Runtime exited with error: signal: ${signalCode === "SIGKILL" ? "killed" : signalCode}`
        : exitCode === 0
          ? "Runtime exited without providing a reason"
          : `Runtime exited with error: exit status ${exitCode ?? 1}`;
    const message = { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${reason}` };
    return ["crash", JSON.stringify(message)];
  }

  #readLines(stream: Readable): void {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    });
    stream.on("end", () => {
      if (rest !== "") this.#line(rest);
    });
  }

  #line(line: string): void {
    const mark = line.indexOf(END_MARK);
    const printed = mark < 0 ? line : line.slice(0, mark);
    if (mark < 0 || printed !== "") {
      this.#running?.lines.push(printed);
      this.#events.line(this.#running?.requestId ?? this.#lastRequestId, printed);
    }
    if (mark >= 0 && this.#running !== undefined) this.#running.endMarks++;
  }

  async #linesComplete(alive: boolean): Promise<void> {
    const running = this.#running;
    const limit = performance.now() + LINES_LIMIT_MILLIS;
    if (!alive) {
      await Promise.race([once(this.#child, "close"), sleep(LINES_LIMIT_MILLIS, undefined, { ref: false })]);
      return;
    }
    while (running !== undefined && running.endMarks < 2 && !this.retired && performance.now() < limit) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
