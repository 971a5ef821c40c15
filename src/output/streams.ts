import { writeFileSync } from "node:fs";
import type { Printable } from "./printable";
import type { TerminalText } from "./terminal";

/** Where answers go. */
export interface Printer {
  write(text: Printable): unknown;
  readonly isTTY?: boolean | undefined;
}

/** What was asked for. */
export const standardOutput: Printer = process.stdout;
/** Whatever else a person is told. */
export const standardError: Printer = process.stderr;

/** On standard output, as lines of its own. */
export function print(text: Printable): void {
  process.stdout.write(`${text}\n`);
}

/** On standard error, as lines of its own. */
export function tell(text: TerminalText): void {
  process.stderr.write(`${text}\n`);
}

/** @param flag `wx`: never over a file that is there. Throws as `writeFileSync`. */
export function writeText(file: string, text: Printable, flag: "w" | "wx" = "w"): void {
  writeFileSync(file, text, { flag });
}
