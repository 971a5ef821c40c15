import { count, describeSeconds } from "../../model/units";
import { terminal } from "../../output/terminal";
import { type Progress, TELL_EVERY_MILLIS } from "../progress";

/** What did not come within the limit. It is not known, whatever it would have been. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
}

interface Wait {
  what: string;
}

/**
 * One look at everything: what it waits for is told, and given up when its time is over. `end` it.
 */
export class Look {
  readonly #limit = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ticker: NodeJS.Timeout;
  readonly #waits = new Set<Wait>();
  readonly #startedAt = Date.now();
  #missed = false;

  constructor(
    private readonly progress: Progress,
    limitMillis: number,
  ) {
    const over = new NotInTime(`no answer within ${describeSeconds(Math.round(limitMillis / 1_000))} (--timeout)`);
    this.#timer = setTimeout(() => this.#limit.abort(over), limitMillis);
    this.#ticker = setInterval(() => this.#tell(), TELL_EVERY_MILLIS);
  }

  /** Ends what is still under way at the limit, so that nothing keeps the process. */
  get signal(): AbortSignal {
    return this.#limit.signal;
  }

  /** Whether anything was given up. */
  get missed(): boolean {
    return this.#missed;
  }

  /** Throws NotInTime at the limit, also where the effect itself does not end. */
  async wait<T>(what: string, effect: (tell: (progress: string) => void) => Promise<T>): Promise<T> {
    const wait: Wait = { what };
    this.#waits.add(wait);
    this.#tell();
    let over = () => {};
    const limit = new Promise<never>((_, reject) => {
      over = () => reject(this.signal.reason);
    });
    this.signal.addEventListener("abort", over);
    try {
      this.signal.throwIfAborted();
      const tell = (text: string) => {
        wait.what = text;
        this.#tell();
      };
      return await Promise.race([effect(tell), limit]);
    } catch (error) {
      if (!this.signal.aborted) throw error;
      this.#missed = true;
      throw this.signal.reason;
    } finally {
      this.signal.removeEventListener("abort", over);
      this.#waits.delete(wait);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#ticker);
    this.progress.end();
  }

  /** Of several the one that has been waited for longest. */
  #tell(): void {
    const [oldest] = this.#waits;
    if (oldest === undefined) return;
    const others = this.#waits.size - 1;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1_000);
    const more = others === 0 ? "" : `, and ${count(others, "other wait")}`;
    this.progress.tell(terminal`${oldest.what}${more}${seconds < 5 ? "" : `, ${seconds} s`} …`);
  }
}
