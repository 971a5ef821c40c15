import type { Clock } from "../ports";

/** Answers carry whole seconds and arrive late; a difference below this is no skew. */
const SKEW_MIN_MILLIS = 3_000;

/**
 * Time as AWS's servers tell it: nothing is revoked early because the clock of a machine is wrong.
 * Learns from the `Date` header of answers; before the first one it is the machine's own time.
 */
export class ServerClock implements Clock {
  #skewMillis = 0;

  constructor(private readonly machineTime: () => number = Date.now) {}

  now(): number {
    return this.machineTime() + this.#skewMillis;
  }

  /** `dateHeader` as HTTP writes it; anything else is ignored. */
  learn(dateHeader: string | undefined): void {
    const server = Date.parse(dateHeader ?? "");
    if (Number.isNaN(server)) return;
    const skew = server - this.machineTime();
    this.#skewMillis = Math.abs(skew) < SKEW_MIN_MILLIS ? 0 : skew;
  }

  sleep(millis: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const ended = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", ended);
        resolve();
      }, millis);
      signal?.addEventListener("abort", ended, { once: true });
    });
  }
}
