/**
 * Runs one Lambda function in a process of its own, over the Lambda Runtime API, as the managed
 * Node.js runtime does: load the handler once, then take invocations one after the other.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { END_MARK, NOW_HEADER, parseLaunch } from "./launch";
import { type LambdaHandler, loadHandler } from "./load-handler";
import { closeNetwork } from "./network";
import { provideStreaming, ResponseStream } from "./response-stream";
import { type Invocation, type ReportedError, RuntimeClient, reportError } from "./runtime-client";
import { simulateTime } from "./simulated-time";

/** Exit codes of the managed runtime. */
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
const STANDARD_INPUT = 0;

const launch = parseLaunch(readFileSync(STANDARD_INPUT, "utf8"));

// Kept from the function, which may replace what it is given.
const writeOut = process.stdout.write.bind(process.stdout);
const writeErr = process.stderr.write.bind(process.stderr);
const exit = process.exit.bind(process);

const runtime = new RuntimeClient(launch.runtimeUrl);
const setTime = simulateTime();
closeNetwork(launch.reroutes, launch.callerKeyId);
let requestId: string | undefined;

main().catch(() => exit(1)); // The sandbox is gone.

async function main(): Promise<void> {
  process.on("uncaughtException", (error) => die(reportError(error), EXIT_UNCAUGHT_EXCEPTION));
  process.on("unhandledRejection", (reason) => {
    const report = reportError(reason);
    const rejection = { ...report, errorType: "Runtime.UnhandledPromiseRejection" };
    die({ ...rejection, errorMessage: `${report.errorType}: ${report.errorMessage}` }, EXIT_UNHANDLED_REJECTION);
  });
  setTime(launch.nowMillis);
  provideStreaming();
  let handler: LambdaHandler;
  try {
    handler = await loadHandler(launch.codeDirectory, launch.handler);
  } catch (error) {
    return die(reportError(error), 1);
  }
  for (;;) await serve(handler, await runtime.next());
}

async function serve(handler: LambdaHandler, invocation: Invocation): Promise<void> {
  const id = header(invocation, "lambda-runtime-aws-request-id");
  requestId = id;
  process.env["_X_AMZN_TRACE_ID"] = header(invocation, "lambda-runtime-trace-id");
  setTime(Number(header(invocation, NOW_HEADER)));
  let result: string;
  try {
    if (handler.streams) result = await stream(handler, invocation, id);
    else
      result = JSON.stringify(await call(handler, JSON.parse(invocation.event), contextOf(invocation, id))) ?? "null";
  } catch (error) {
    const report = reportError(error);
    writeErr(`${new Date().toISOString()}\t${id}\tERROR\tInvoke Error \t${JSON.stringify(report)}\n`);
    endOfLines(id);
    await runtime.error(id, report);
    requestId = undefined;
    return;
  }
  endOfLines(id);
  await runtime.response(id, result);
  requestId = undefined;
}

/** Each piece is sent as it is written; the answer ends when the function has ended the stream. */
async function stream(handler: LambdaHandler, invocation: Invocation, id: string): Promise<string> {
  const written = new ResponseStream((piece) => runtime.piece(id, piece));
  const ended = new Promise<void>((resolve, reject) => written.once("finish", resolve).once("error", reject));
  ended.catch(() => undefined);
  try {
    await handler.call(JSON.parse(invocation.event), written, contextOf(invocation, id));
  } catch (error) {
    // What was written comes before what went wrong.
    written.end();
    await ended.catch(() => undefined);
    throw error;
  }
  await ended;
  return "";
}

/** Handlers of the older kind take a callback; whichever answers first counts. */
function call(handler: LambdaHandler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, value: unknown) =>
      error === null || error === undefined ? resolve(value) : reject(error);
    const returned = handler.call(event, context, callback);
    if (returned !== undefined || !handler.takesCallback) Promise.resolve(returned).then(resolve, reject);
  });
}

function contextOf(invocation: Invocation, id: string): object {
  const startedAt = performance.now();
  const budgetMillis =
    Number(header(invocation, "lambda-runtime-deadline-ms")) - Number(header(invocation, NOW_HEADER));
  return {
    awsRequestId: id,
    invokedFunctionArn: header(invocation, "lambda-runtime-invoked-function-arn"),
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(budgetMillis - (performance.now() - startedAt))),
  };
}

function header(invocation: Invocation, name: string): string {
  const value = invocation.headers[name];
  return typeof value === "string" ? value : "";
}

function endOfLines(id: string): void {
  writeOut(`${END_MARK}${id}\n`);
  writeErr(`${END_MARK}${id}\n`);
}

/** Reports what nobody caught, then ends: the next invocation starts cold. */
async function die(report: ReportedError, code: number): Promise<void> {
  writeErr(`${report.errorType}\t${JSON.stringify(report)}\n`);
  await runtime.error(requestId, report).catch(() => undefined);
  exit(code);
}
