/** Where progress goes: standard error, so that standard output stays what was asked for. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** Elsewhere than at a terminal, where a log is read later, only long waits are told of. */
const QUIET_MILLIS = 5_000;

/** Says what is being waited for: in one line that is rewritten at a terminal, now and then in a line of its own elsewhere. */
export class Progress {
  #shown = false;
  #toldAt: number;

  constructor(
    private readonly out: ProgressStream,
    private readonly now: () => number = Date.now,
  ) {
    this.#toldAt = now();
  }

  tell(text: string): void {
    if (this.out.isTTY === true) {
      this.out.write(`\r\x1b[2K${text}`);
      this.#shown = true;
      return;
    }
    if (this.now() - this.#toldAt < QUIET_MILLIS) return;
    this.#toldAt = this.now();
    this.out.write(`${text}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.out.write("\r\x1b[2K");
    this.#shown = false;
  }
}
