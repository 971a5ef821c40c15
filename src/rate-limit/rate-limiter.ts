/**
 * Waits for its turn before each admin call, and is told how the call went. Implemented over the
 * ledger.
 */
export interface RateLimiter {
  /**
   * Resolves when the call may be sent. `endpoint` is method and path template. Throws
   * `queue_timeout` at once where that would be too late.
   */
  permit(endpoint: string, signal?: AbortSignal): Promise<void>;
  /** Told of a 429, so that every driver of the issuer backs off. */
  throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void>;
}
