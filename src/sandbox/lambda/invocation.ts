/**
 * What the host must know of a function to run it. Two specs of one `revision` are the same
 * function.
 */
export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** Changes with every change of code or configuration. */
  readonly revision: string;
  readonly codeDirectory: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
}

export type Outcome = "success" | "error" | "timeout" | "crash";

export interface InvocationResult {
  readonly requestId: string;
  readonly outcome: Outcome;
  /** JSON: the handler's result, or `{ errorType, errorMessage, trace? }`. */
  readonly payload: string;
  readonly durationMillis: number;
  /** What the function printed, in order. */
  readonly lines: readonly string[];
}
