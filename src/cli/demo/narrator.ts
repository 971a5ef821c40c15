import { withoutColours } from "./colours";
import { type Excerpt, leftOut } from "./excerpt";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const BOLD = "1";
const DIM = "2";
const CYAN = "36";
const TICK_MILLIS = 1_000;

/** Prints the story. Colours and the ticking clock are for terminals only. */
export class Narrator {
  readonly #out: Output;
  readonly #rich: boolean;
  #steps = 0;

  /** @param environment `NO_COLOR` is honoured */
  constructor(out: Output, environment: Readonly<Record<string, string | undefined>>) {
    this.#out = out;
    this.#rich = out.isTTY === true && (environment["NO_COLOR"] ?? "") === "";
  }

  get steps(): number {
    return this.#steps;
  }

  step(title: string): void {
    this.#line("");
    this.#line(this.#style(`${++this.#steps}. ${title}`, BOLD));
  }

  /** A command as a person would type it. */
  command(text: string): void {
    this.#line("");
    this.#line(this.#style(`  $ ${text}`, CYAN));
  }

  /** A call that is made without a command. */
  call(text: string): void {
    this.#line("");
    this.#line(this.#style(`  → ${text}`, CYAN));
  }

  /** Lines that a program or an API really gave. */
  lines(lines: readonly string[]): void {
    for (const line of lines) this.#line(`  │ ${line}`);
  }

  excerpt(parts: Excerpt): void {
    for (const part of parts) {
      if (typeof part === "string") this.#line(`  │ ${this.#rich ? `${part}\x1b[0m` : part}`);
      else this.#line(this.#style(`  │ ${leftOut(part.leftOut)}`, DIM));
    }
  }

  /** What it means. */
  meaning(text: string): void {
    this.#line("");
    this.#line(`  ${text}`);
  }

  plain(text: string): void {
    this.#line(text);
  }

  /** Shows on a terminal that something is still running. */
  async waiting<T>(work: Promise<T>): Promise<T> {
    if (!this.#rich) return work;
    let seconds = 0;
    const ticker = setInterval(() => this.#out.write(`\r  … ${++seconds} s`), TICK_MILLIS);
    try {
      return await work;
    } finally {
      clearInterval(ticker);
      if (seconds > 0) this.#out.write("\r\x1b[2K");
    }
  }

  #style(text: string, code: string): string {
    return this.#rich ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  /** Of a terminal's colours in a program's output only those get through that this terminal is to show. */
  #line(text: string): void {
    this.#out.write(`${this.#rich ? text : withoutColours(text)}\n`);
  }
}
