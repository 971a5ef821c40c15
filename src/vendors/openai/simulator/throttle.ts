import { throttled } from "./errors";
import type { OrganizationState } from "./state";

const REFILL_MILLIS = 60_000;

/** A bucket for each endpoint, full at first, refilled evenly over a minute of simulated time. */
export class Throttle {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Throws 429 where the bucket of the endpoint is empty. */
  take(state: OrganizationState, endpoint: string): void {
    const capacity = state.settings.throttlePerMinutePerEndpoint;
    if (capacity === null) return;
    const now = state.clock.now();
    const bucket = this.#buckets.get(endpoint) ?? { tokens: capacity, at: now };
    const tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) * capacity) / REFILL_MILLIS);
    const taken = tokens >= 1;
    this.#buckets.set(endpoint, { tokens: taken ? tokens - 1 : tokens, at: now });
    if (!taken) throw throttled();
  }

  /** A changed limit starts with full buckets. */
  reset(): void {
    this.#buckets.clear();
  }
}
