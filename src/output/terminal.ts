import { styleText } from "node:util";
import { shown } from "../model/characters";
import { type Printable, printableAs } from "./printable";
import { widthOf } from "./width";

export type TerminalText = Printable<"terminal">;

/** A text from outside, as one line: line breaks are shown as well. */
export function line(text: string): TerminalText {
  return printableAs(shown(text));
}

/**
 * A text of several lines, such as an error of ours or what another program said: its line breaks
 * stay.
 */
export function lines(text: string): TerminalText {
  return printableAs(text.replaceAll("\r\n", "\n").split("\n").map(shown).join("\n"));
}

/** Our own words with texts from outside in them, each of which is one line. */
export function terminal(words: TemplateStringsArray, ...values: ReadonlyArray<string | number>): TerminalText {
  return printableAs(String.raw({ raw: words }, ...values.map((value) => shown(String(value)))));
}

/** Terminal texts and our own signs, one after another. */
export function joined(texts: readonly TerminalText[], between: "\n" | "\n\n" | "" | " " | ": "): TerminalText {
  return printableAs(texts.join(between));
}

/** What steers a terminal comes from here alone. */
export const control = {
  clearScreen: printableAs<"terminal">("\x1b[2J\x1b[H"),
  clearLine: printableAs<"terminal">("\r\x1b[2K"),
  bold: (text: TerminalText): TerminalText => styled(text, "bold"),
} as const;

export type Style = "bold" | "dim" | "cyan";

/** Whoever calls it knows that the text goes to a terminal that is to show styles. */
export function styled(text: TerminalText, style: Style): TerminalText {
  return printableAs(styleText(style, text, { validateStream: false }));
}

const RESET = "\x1b[0m";
/** Colours and weights, and nothing else that an escape sequence can be. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of
const COLOUR = /(\x1b\[[0-9;]{0,16}m)/;

/**
 * A line of another program's output whose colours are to be seen, as a terminal would show them.
 */
export function coloured(text: string): TerminalText {
  const parts = text.split(COLOUR).map((part, at) => (at % 2 === 1 ? part : shown(part)));
  return printableAs(`${parts.join("")}${parts.length > 1 ? RESET : ""}`);
}

/** Columns as wide as their widest cell, two blanks between; the first row is the heading. */
export function aligned(rows: ReadonlyArray<readonly string[]>): TerminalText[] {
  const cells = rows.map((row) => row.map(shown));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  return cells.map((row) =>
    printableAs(
      row
        .map((cell, at) => padded(cell, widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  );
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
