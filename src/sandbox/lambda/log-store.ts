import type { Clock } from "../vendors/simulator";

export interface LogLine {
  readonly function: string;
  /** Empty for what is printed before the first invocation. */
  readonly requestId: string;
  /** Simulated time, ISO 8601. */
  readonly time: string;
  readonly line: string;
}

/** Every line that the functions print, unchanged: what a leak test must look at. */
export class LogStore {
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(functionName: string, requestId: string, line: string): void {
    this.#lines.push({ function: functionName, requestId, time: new Date(this.#clock.now()).toISOString(), line });
  }

  read(functionName?: string): readonly LogLine[] {
    return functionName === undefined ? [...this.#lines] : this.#lines.filter((line) => line.function === functionName);
  }
}
