/**
 * What the host tells a function's process at its start, through its standard input: no variable of
 * ours meets the function, and everybody on the machine can read the arguments of a process.
 */
export interface Launch {
  /** Folder of the unpacked bundle. */
  readonly codeDirectory: string;
  /** `index.handler` */
  readonly handler: string;
  /** `http://127.0.0.1:<port>/<token>/<worker>/2018-06-01/runtime` */
  readonly runtimeUrl: string;
  /** Sent along to simulators, which tell callers by it. */
  readonly callerKeyId: string;
  /** Simulated time, Unix milliseconds. */
  readonly nowMillis: number;
  /** Real host of a vendor -> URL of its simulator. */
  readonly reroutes: Readonly<Record<string, string>>;
}

/** Neither a path nor a URL can hold it. */
const SEPARATOR = "\0";

/** Header with the caller's access key id on rerouted calls. */
export const CALLER_HEADER = "sandbox-caller";
/** Header with the host that a rerouted call was for. */
export const HOST_HEADER = "sandbox-host";
/** Header of an invocation with the simulated time, Unix milliseconds. */
export const NOW_HEADER = "sandbox-now";
/**
 * Written to both outputs when an invocation has ended, so that its lines are known to be complete.
 */
export const END_MARK = "\u0000sandbox-end ";

export function launchText(launch: Launch): string {
  return [
    launch.codeDirectory,
    launch.handler,
    launch.runtimeUrl,
    launch.callerKeyId,
    String(launch.nowMillis),
    ...Object.entries(launch.reroutes).flat(),
  ].join(SEPARATOR);
}

/**
 * The inverse; by hand, since a schema library would cost every cold start more than the rest of
 * the bootstrap.
 */
export function parseLaunch(text: string): Launch {
  const [codeDirectory = "", handler = "", runtimeUrl = "", callerKeyId = "", nowMillis = "", ...pairs] =
    text.split(SEPARATOR);
  const reroutes: Record<string, string> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) reroutes[String(pairs[i])] = String(pairs[i + 1]);
  return { codeDirectory, handler, runtimeUrl, callerKeyId, nowMillis: Number(nowMillis), reroutes };
}
