import { type Printable, printableAs } from "./printable";

/**
 * Lines for a shell, in which whoever made them has quoted every text from outside for that shell.
 */
export function script(text: string): Printable<"shell"> {
  return printableAs(text);
}
