import { stripVTControlCharacters } from "node:util";
import { withEnd } from "../../output/printable";
import type { Printer } from "../../output/streams";
import {
  coloured,
  control,
  joined,
  line,
  lines,
  type Style,
  styled,
  type TerminalText,
  terminal,
} from "../../output/terminal";
import { type Excerpt, leftOut } from "./excerpt";

const TICK_MILLIS = 1_000;

/** Prints the story. Colours and the ticking clock are for terminals only. */
export class Narrator {
  readonly #out: Printer;
  readonly #rich: boolean;
  #steps = 0;

  /** @param environment `NO_COLOR` is honoured */
  constructor(out: Printer, environment: Readonly<Record<string, string | undefined>>) {
    this.#out = out;
    this.#rich = out.isTTY === true && (environment["NO_COLOR"] ?? "") === "";
  }

  get steps(): number {
    return this.#steps;
  }

  step(title: string): void {
    this.#line(line(""));
    this.#line(this.#style(terminal`${++this.#steps}. ${title}`, "bold"));
  }

  /** A command as a person would type it. */
  command(text: string): void {
    this.#line(line(""));
    this.#line(this.#style(terminal`  $ ${text}`, "cyan"));
  }

  /** A call that is made without a command. */
  call(text: string): void {
    this.#line(line(""));
    this.#line(this.#style(terminal`  → ${text}`, "cyan"));
  }

  /** Lines that a program or an API really gave. */
  lines(given: readonly string[]): void {
    for (const one of given) this.#line(joined([line("  │ "), this.#quoted(one)], ""));
  }

  excerpt(parts: Excerpt): void {
    for (const part of parts) {
      if (typeof part === "string") this.#line(joined([line("  │ "), this.#quoted(part)], ""));
      else this.#line(this.#style(terminal`  │ ${leftOut(part.leftOut)}`, "dim"));
    }
  }

  /** What it means. */
  meaning(text: string): void {
    this.#line(line(""));
    this.#line(joined([line("  "), lines(text)], ""));
  }

  plain(text: string): void {
    this.#line(lines(text));
  }

  /** Shows on a terminal that something is still running. */
  async waiting<T>(work: Promise<T>): Promise<T> {
    if (!this.#rich) return work;
    let seconds = 0;
    const ticker = setInterval(
      () => this.#out.write(joined([control.clearLine, terminal`  … ${++seconds} s`], "")),
      TICK_MILLIS,
    );
    try {
      return await work;
    } finally {
      clearInterval(ticker);
      if (seconds > 0) this.#out.write(control.clearLine);
    }
  }

  #style(text: TerminalText, style: Style): TerminalText {
    return this.#rich ? styled(text, style) : text;
  }

  /** Of a program's output only its colours get through, to a terminal that is to show them. */
  #quoted(text: string): TerminalText {
    return this.#rich ? coloured(text) : line(stripVTControlCharacters(text));
  }

  #line(text: TerminalText): void {
    this.#out.write(withEnd(text));
  }
}
