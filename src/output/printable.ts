declare const printable: unique symbol;

/** What a text was made for. */
export type Medium = "terminal" | "markdown" | "json" | "xml" | "code" | "shell";

/**
 * A text that may be written out. Only the modules of this folder make one, from texts that are
 * escaped for the medium; whatever prints or writes a file demands it, so that the compiler refuses
 * a text from outside that nobody escaped.
 */
export type Printable<For extends Medium = Medium> = string & { readonly [printable]: For };

/** For the modules of this folder, which answer for what they pass. */
export function printableAs<For extends Medium>(text: string): Printable<For> {
  return text as Printable<For>;
}

/** With a line break at its end. */
export function withEnd<For extends Medium>(text: Printable<For>): Printable<For> {
  return printableAs(`${text}\n`);
}

/** Without line breaks at its end. */
export function withoutEnd<For extends Medium>(text: Printable<For>): Printable<For> {
  return printableAs(text.trimEnd());
}
