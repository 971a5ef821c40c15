import { MILLIS_PER_SECOND } from "../model/units";
import type { ReportPause } from "./ledger-rate-limiter";
import type { RateLimiter } from "./rate-limiter";

/** An ordinary queue is shorter than this; what is longer may be a lie, and is not waited for. */
const FIRST_TIMEOUT_MILLIS = 20 * MILLIS_PER_SECOND;
/**
 * After a 429 of this very run, the next attempt waits for so long at the most: other vendor keys
 * are still to be tried.
 */
const RETRY_TIMEOUT_MILLIS = 60 * MILLIS_PER_SECOND;

/**
 * Turns of an emergency revoke. A stored time and a vendor's `Retry-After` come from outside, and
 * neither keeps a leaked key alive: a call that gets no turn soon is sent without one. Only the
 * attempt that follows a 429 of this run is refused where its turn is far.
 */
export class UrgentRateLimiter implements RateLimiter {
  readonly #first: RateLimiter;
  readonly #retry: RateLimiter;
  readonly #throttled = new Set<string>();

  constructor(
    rateLimiterOf: (queueTimeoutMillis: number) => RateLimiter,
    private readonly tell: ReportPause,
  ) {
    this.#first = rateLimiterOf(FIRST_TIMEOUT_MILLIS);
    this.#retry = rateLimiterOf(RETRY_TIMEOUT_MILLIS);
  }

  async permit(endpoint: string, signal?: AbortSignal): Promise<void> {
    if (this.#throttled.delete(endpoint)) return this.#retry.permit(endpoint, signal);
    try {
      await this.#first.permit(endpoint, signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      this.tell("emergency call sent without its turn", { endpoint });
    }
  }

  async throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void> {
    this.#throttled.add(endpoint);
    await this.#first.throttled(endpoint, retryAfterSeconds);
  }
}
