import { performance } from "node:perf_hooks";
import type { Clock } from "../vendors/simulator";

/**
 * Simulated time: real time plus an offset that only grows. Never runs backwards, whatever the
 * machine's clock does.
 */
export class SimulatedClock implements Clock {
  readonly #epochMillis: number;
  readonly #startedAt = performance.now();
  #offsetMillis = 0;

  /** @param startMillis Unix milliseconds; defaults to the machine's time. */
  constructor(startMillis: number = Date.now()) {
    this.#epochMillis = startMillis;
  }

  now(): number {
    return Math.floor(this.#epochMillis + (performance.now() - this.#startedAt) + this.#offsetMillis);
  }

  iso(): string {
    return new Date(this.now()).toISOString();
  }

  /** Lets time pass until then at once; a moment that has passed changes nothing. */
  jumpTo(millis: number): void {
    this.#offsetMillis += Math.max(0, millis - this.now());
  }
}
