import { codePoint, shown } from "../model/characters";
import { type Printable, printableAs } from "./printable";

export type Markdown = Printable<"markdown">;

/**
 * Words that no renderer makes anything of: letters, digits, and signs that are markup nowhere; and
 * no start of a list.
 */
const HARMLESS = /^(?!\d+[.)])[\p{L}\p{N}][\p{L}\p{N} .,;:'"%()/-]*$/u;
/** What GitHub links although it is no markup: addresses, commits, issues. */
const LINKED = /:\/\/|www|\b(?=[a-f]*\d)[0-9a-f]{7,40}\b|\bGH-\d|(?<!\d):\w/i;

/**
 * A text from outside: as it is where it is words alone, as code otherwise. Escaped markup would
 * not do: mentions are linked after it.
 */
export function words(text: string): Markdown {
  return HARMLESS.test(text) && !LINKED.test(text) ? printableAs(text) : code(text);
}

/** A text from outside, whatever it holds: in code there is no markup, no link, no mention. */
export function code(text: string): Markdown {
  // Of a table's row the pipe is read before code is.
  const inside = shown(text).replaceAll("|", codePoint);
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = inside === "" || /^[` ]|[` ]$/.test(inside) ? " " : "";
  return printableAs(`${fence}${pad}${inside}${pad}${fence}`);
}

/** Several lines that another program wrote. */
export function codeBlock(text: string): Markdown {
  const inside = text.replaceAll("\r\n", "\n").split("\n").map(shown);
  const longest = Math.max(2, ...inside.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = "`".repeat(longest + 1);
  return printableAs([fence, ...inside, fence].join("\n"));
}

/** Our own markup, with Markdown in it. */
export function markdown(parts: TemplateStringsArray, ...values: ReadonlyArray<Markdown | number>): Markdown {
  return printableAs(String.raw({ raw: parts }, ...values));
}

export function joinedMarkdown(texts: readonly Markdown[], between: "\n" | "\n\n" | "" | " | "): Markdown {
  return printableAs(texts.join(between));
}
