import { type Printable, printableAs } from "./printable";

/** Lines for a shell: our own words, and values that were quoted for it. */
export function script(text: string): Printable<"shell"> {
  return printableAs(text);
}
