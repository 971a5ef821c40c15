import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TokenDoor } from "../doors/token-door";
import { jsonReply, LoopbackServer } from "../http";
import type { AccessKey, Callers } from "../journal/callers";
import type { Reply, Request } from "../messages";
import { builtScript } from "../processes/built-script";
import type { ProcessGuard } from "../processes/process-guard";
import type { Clock } from "../vendors/simulator";
import type { FunctionSpec, InvocationResult } from "./invocation";
import { launchText } from "./launch";
import type { LogStore } from "./log-store";
import { Worker } from "./worker";

const RUNTIME_PATH = /^\/([0-9a-f-]{36})\/2018-06-01\/runtime\/(.+)$/;
const REPORT_PATH = /^invocation\/([^/]+)\/(response|error|piece)$/;
/** A result that is too large for Lambda must still arrive to be refused. */
const MAX_BODY_BYTES = 32 * 1_024 * 1_024;
/** Enough for Terraform's ten invocations at once and a few rotations beside them. */
const MAX_PROCESSES = 16;
/** Real time after which an unused process makes room. */
const IDLE_LIMIT_MILLIS = 60_000;

export interface LambdaHostOptions {
  readonly clock: Clock;
  readonly guard: ProcessGuard;
  readonly callers: Callers;
  readonly logs: LogStore;
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly endpointUrl: string;
  /** `PATH` of the functions. */
  readonly path: string;
  /** Real host of a vendor -> URL of its simulator. */
  readonly reroutes: Readonly<Record<string, string>>;
}

/**
 * Runs functions in real processes: warm ones again, and a new one for each invocation that runs
 * beside others.
 */
export class LambdaHost {
  readonly #options: LambdaHostOptions;
  readonly #runtimeApi: LoopbackServer;
  readonly #workers = new Map<string, Worker>();
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #waiting: Array<() => void> = [];
  #stopped = false;

  private constructor(options: LambdaHostOptions, runtimeApi: LoopbackServer) {
    this.#options = options;
    this.#runtimeApi = runtimeApi;
  }

  static async start(options: LambdaHostOptions): Promise<LambdaHost> {
    let host: LambdaHost | undefined;
    const server = await LoopbackServer.start(options.clock, new TokenDoor(MAX_BODY_BYTES), async (request) =>
      host === undefined ? jsonReply(503, {}) : host.#answer(request),
    );
    host = new LambdaHost(options, server);
    return host;
  }

  get processCount(): number {
    return this.#workers.size;
  }

  /**
   * @param invokedArn with the qualifier that it was called by: a process serves them all
   * @param onPiece told of each piece of an answer that is a stream, as it is written
   */
  async invoke(
    spec: FunctionSpec,
    event: string,
    invokedArn = spec.arn,
    onPiece?: (piece: Buffer) => void,
  ): Promise<InvocationResult> {
    const worker = await this.#acquire(spec);
    try {
      return await worker.run(event, invokedArn, onPiece);
    } finally {
      this.#release(worker);
    }
  }

  /** The next invocation of the function starts cold; what is running ends as it began. */
  retire(functionArn: string): void {
    for (const worker of this.#workers.values()) {
      if (worker.spec.arn !== functionArn) continue;
      worker.retired = true;
      if (this.#idle.has(worker)) worker.kill();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const worker of this.#workers.values()) worker.kill();
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await this.#runtimeApi.close();
  }

  async #acquire(spec: FunctionSpec): Promise<Worker> {
    for (;;) {
      if (this.#stopped) throw new Error("The sandbox is stopping.");
      const warm = [...this.#idle.keys()].reverse().find((w) => w.spec.revision === spec.revision && !w.retired);
      if (warm !== undefined) {
        clearTimeout(this.#idle.get(warm));
        this.#idle.delete(warm);
        return warm;
      }
      if (this.#workers.size < MAX_PROCESSES) return this.#spawn(spec);
      const [oldest] = this.#idle.keys();
      oldest?.kill();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #release(worker: Worker): void {
    if (worker.retired) {
      worker.kill();
    } else {
      const timer = setTimeout(() => worker.kill(), IDLE_LIMIT_MILLIS);
      timer.unref();
      this.#idle.set(worker, timer);
    }
    this.#waiting.shift()?.();
  }

  #spawn(spec: FunctionSpec): Worker {
    const { guard, callers, clock, logs } = this.#options;
    const home = join(guard.folder, "lambda", spec.region, spec.name);
    mkdirSync(home, { recursive: true });
    const key = callers.enrol({
      name: `lambda:${spec.name}`,
      requestId: () => worker.requestId,
      kill: () => worker.kill(),
    });
    const environment = functionEnvironment(spec, key, this.#options.endpointUrl, this.#options.path, home);
    const worker: Worker = new Worker(
      spec,
      (id) => {
        const child = guard.spawn(process.execPath, [builtScript("lambda/bootstrap")], {
          cwd: spec.codeDirectory,
          env: environment,
          stdio: "pipe",
        });
        // One that has ended is told of where it ends.
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(
          launchText({
            codeDirectory: spec.codeDirectory,
            handler: spec.handler,
            runtimeUrl: `${this.#runtimeApi.url}/${id}/2018-06-01/runtime`,
            callerKeyId: key.accessKeyId,
            nowMillis: clock.now(),
            reroutes: this.#options.reroutes,
          }),
        );
        return child;
      },
      clock,
      {
        line: (requestId, line) => logs.add(spec.name, requestId, line),
        ended: () => {
          callers.dismiss(key);
          this.#forget(worker);
        },
      },
    );
    this.#workers.set(worker.id, worker);
    return worker;
  }

  #forget(worker: Worker): void {
    this.#workers.delete(worker.id);
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    this.#waiting.shift()?.();
  }

  async #answer(request: Request): Promise<Reply> {
    const [, id, path] = RUNTIME_PATH.exec(request.path) ?? [];
    const worker = this.#workers.get(id ?? "");
    if (worker === undefined || path === undefined)
      return jsonReply(404, { errorMessage: "There is no such process." });
    if (request.method === "GET" && path === "invocation/next") return worker.next();
    const body = request.body.toString("utf8");
    if (path === "init/error") return worker.report("init/error", undefined, body);
    const [, requestId, kind] = REPORT_PATH.exec(path) ?? [];
    if (kind === "piece") return worker.take(requestId, request.body);
    if (kind === "response" || kind === "error") return worker.report(kind, requestId, body);
    return jsonReply(404, { errorMessage: `${request.method} ${request.path} is not part of the Runtime API.` });
  }
}

/** What a function sees in Lambda: its own variables, Lambda's, and what Node.js needs. */
function functionEnvironment(
  spec: FunctionSpec,
  { accessKeyId, secretAccessKey }: AccessKey,
  endpointUrl: string,
  path: string,
  home: string,
): Record<string, string> {
  return {
    ...spec.environment,
    PATH: path,
    HOME: home,
    TMPDIR: home,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: "sandbox",
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `sandbox/[${spec.version}]`,
    LAMBDA_TASK_ROOT: spec.codeDirectory,
    _HANDLER: spec.handler,
  };
}
