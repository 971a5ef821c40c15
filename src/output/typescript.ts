import { shown } from "../model/characters";
import { type Printable, printableAs } from "./printable";

export { quoted } from "./literal";

/** A comment to the end of its line, and nothing behind it. */
export function comment(text: string): string {
  return `// ${shown(text)}`.trimEnd();
}

/** A module whose lines are comments, or code in which every text from outside is `quoted`. */
export function typescript(lines: readonly string[]): Printable<"code"> {
  return printableAs(lines.join("\n"));
}
