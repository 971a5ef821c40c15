import { shown } from "../model/characters";
import { type Printable, printableAs } from "./printable";

export type Xml = Printable<"xml">;

const ENTITIES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Our own elements with texts from outside in them: as attributes in quotes, or between tags. XML
 * 1.0 has no way to write controls.
 */
export function xml(parts: TemplateStringsArray, ...values: ReadonlyArray<string | number>): Xml {
  const escaped = values.map((value) => shown(String(value)).replace(/[<>&"']/g, (sign) => ENTITIES[sign] ?? sign));
  return printableAs(String.raw({ raw: parts }, ...escaped));
}

export function joinedXml(texts: readonly Xml[], between: "\n" | ""): Xml {
  return printableAs(texts.join(between));
}
