import { MILLIS_PER_SECOND, SECONDS_PER_MINUTE } from "../../model/units";
import { Refusal } from "./router";

/** Admin calls of all kinds in the last minute of simulated time. */
export class CallsPerMinute {
  #calls: number[] = [];

  /**
   * Throws a 429 where there were as many as allowed; `null` or undefined allows as many as come.
   */
  take(nowMillis: number, most: number | null | undefined, message: string): void {
    if (most == null) return;
    this.#calls = this.#calls.filter((at) => at > nowMillis - SECONDS_PER_MINUTE * MILLIS_PER_SECOND);
    if (this.#calls.length >= most) throw new Refusal(429, message, { "retry-after": "30" });
    this.#calls.push(nowMillis);
  }

  reset(): void {
    this.#calls = [];
  }
}
