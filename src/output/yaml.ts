import { shown } from "../model/characters";
import { type Printable, printableAs } from "./printable";

export { quoted } from "./literal";

/** A comment to the end of its line, and nothing behind it. */
export function comment(text: string): string {
  return `# ${shown(text)}`.trimEnd();
}

/**
 * A document whose lines are comments, or mappings in which every text from outside is `quoted`.
 */
export function yaml(lines: readonly string[]): Printable<"code"> {
  return printableAs(lines.join("\n"));
}
