import { escapedInJson } from "../model/characters";
import { type Printable, printableAs } from "./printable";

/** Data for a program, that a person may see: it reads the texts as they are. */
export function json(data: unknown, layout: "lines" | "one line" = "lines"): Printable<"json"> {
  return printableAs(escapedInJson(JSON.stringify(data, undefined, layout === "lines" ? 2 : undefined)));
}
