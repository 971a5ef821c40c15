import { MILLIS_PER_SECOND, SECONDS_PER_MINUTE } from "../../model/units";
import { type TerminalText, terminal } from "../../output/terminal";
import { pauseOf } from "../../rate-limit/pause";
import type { RateLimiter } from "../../rate-limit/rate-limiter";

const THROTTLED_PAUSE_SECONDS = 20;

export interface Waiting {
  readonly now: () => number;
  readonly sleep: (millis: number) => Promise<void>;
  /** Told of waits that a person notices. */
  readonly progress: (text: TerminalText) => void;
}

/**
 * Half of what a vendor lets through without throttling, evenly spread: the other half is for the
 * functions of issuers that use the same admin key, whose own pacer does not know of this command.
 */
export class PoliteRateLimiter implements RateLimiter {
  readonly #intervalMillis: number;
  readonly #next = new Map<string, number>();

  constructor(
    private readonly vendor: string,
    callsPerMinute: number,
    private readonly waiting: Waiting,
  ) {
    this.#intervalMillis = Math.ceil((2 * SECONDS_PER_MINUTE * MILLIS_PER_SECOND) / callsPerMinute);
  }

  async permit(endpoint: string): Promise<void> {
    const { now, sleep, progress } = this.waiting;
    const waitMillis = (this.#next.get(endpoint) ?? 0) - now();
    if (waitMillis > 0) {
      if (waitMillis >= MILLIS_PER_SECOND) {
        progress(
          terminal`waiting ${Math.ceil(waitMillis / MILLIS_PER_SECOND)} seconds for the next call to ${this.vendor}`,
        );
      }
      await sleep(waitMillis);
    }
    this.#next.set(endpoint, now() + this.#intervalMillis);
  }

  async throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void> {
    const { seconds, cutFrom } = pauseOf(retryAfterSeconds, THROTTLED_PAUSE_SECONDS);
    if (cutFrom !== undefined) {
      this.waiting.progress(
        terminal`${this.vendor} asked for a pause of ${cutFrom} seconds; the next call comes after ${seconds}`,
      );
    }
    this.#next.set(endpoint, this.waiting.now() + Math.max(seconds * MILLIS_PER_SECOND, this.#intervalMillis));
  }
}
