import { MILLIS_PER_SECOND } from "../model/units";
import type { TellOfPause } from "./ledger-rate-limiter";
import type { Pacer } from "./rate-limiter";

/** An ordinary queue is shorter than this; what is longer may be a lie, and is not waited for. */
const FIRST_PATIENCE_MILLIS = 20 * MILLIS_PER_SECOND;
/** After a 429 of this very run, the next attempt waits for so long at the most: other vendor keys are still to be tried. */
const RETRY_PATIENCE_MILLIS = 60 * MILLIS_PER_SECOND;

/**
 * Turns of an emergency revoke. A stored time and a vendor's `Retry-After` come from outside, and neither keeps a leaked key alive: a
 * call that gets no turn soon is sent without one. Only the attempt that follows a 429 of this run is refused where its turn is far.
 */
export class UrgentPacer implements Pacer {
  readonly #first: Pacer;
  readonly #retry: Pacer;
  readonly #throttled = new Set<string>();

  constructor(
    pacerOf: (patienceMillis: number) => Pacer,
    private readonly tell: TellOfPause,
  ) {
    this.#first = pacerOf(FIRST_PATIENCE_MILLIS);
    this.#retry = pacerOf(RETRY_PATIENCE_MILLIS);
  }

  async turn(endpoint: string, signal?: AbortSignal): Promise<void> {
    if (this.#throttled.delete(endpoint)) return this.#retry.turn(endpoint, signal);
    try {
      await this.#first.turn(endpoint, signal);
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
