import { withEnd } from "../output/printable";
import type { Printer } from "../output/streams";
import { control, joined, type TerminalText } from "../output/terminal";

/** Elsewhere than at a terminal, where a log is read later, only long waits are told of. */
const QUIET_MILLIS = 5_000;
/** How often a long wait is told of. */
export const TELL_EVERY_MILLIS = 5_000;

/**
 * Says on standard error, so that standard output stays what was asked for, what is being waited
 * for: in one line that is rewritten at a terminal, now and then in a line of its own elsewhere.
 */
export class Progress {
  #shown = false;
  #toldAt: number;

  constructor(
    private readonly out: Printer,
    private readonly now: () => number = Date.now,
  ) {
    this.#toldAt = now();
  }

  tell(text: TerminalText): void {
    if (this.out.isTTY === true) {
      this.out.write(joined([control.clearLine, text], ""));
      this.#shown = true;
      return;
    }
    if (this.now() - this.#toldAt < QUIET_MILLIS) return;
    this.#toldAt = this.now();
    this.out.write(withEnd(text));
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.out.write(control.clearLine);
    this.#shown = false;
  }
}
