const MINUTE_MILLIS = 60_000;
const TOKENS_PER_CENT = 1_000;

interface Use {
  readonly at: number;
  readonly input: number;
  readonly output: number;
}

/** Tokens, about as many as a model would count. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

/**
 * What was used of one model or group of models in the last minute, and of all in the calendar
 * month: simulated time, simulated prices.
 */
export class Usage {
  readonly #uses = new Map<string, Use[]>();
  #month = "";
  #cents = 0;

  add(of: string, use: Use): void {
    this.#uses.set(of, [...this.#recent(of, use.at), use]);
    this.#cents = this.cents(use.at) + (use.input + use.output) / TOKENS_PER_CENT;
  }

  lastMinute(of: string, now: number): { readonly requests: number; readonly input: number; readonly output: number } {
    const uses = this.#recent(of, now);
    const sum = (what: "input" | "output") => uses.reduce((total, use) => total + use[what], 0);
    return { requests: uses.length, input: sum("input"), output: sum("output") };
  }

  /** Spent in the month, at a cent for 1,000 tokens. */
  cents(now: number): number {
    const month = new Date(now).toISOString().slice(0, 7);
    if (month !== this.#month) this.#cents = 0;
    this.#month = month;
    return this.#cents;
  }

  #recent(of: string, now: number): Use[] {
    return (this.#uses.get(of) ?? []).filter(({ at }) => at > now - MINUTE_MILLIS);
  }
}
