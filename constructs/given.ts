/** How errors show what somebody gave: never what could be a key's value. */
import { KEY_PREFIXES } from "../src/model/key-formats";
import { isPresentable } from "../src/model/key-value";

/** Fixed starts of the values of all vendors' keys. */
export const VALUE_PREFIXES = KEY_PREFIXES;

/** As JSON; of a text that could be a value, or a part of one, its length alone. */
export function quoted(value: unknown): string {
  if (value === undefined) return "undefined";
  const text = JSON.stringify(value) ?? typeof value;
  return isPresentable(typeof value === "string" ? value : text, VALUE_PREFIXES) ? text : hidden(value);
}

/** A text that others have put into words already. */
export function presentable(text: unknown): string {
  return isPresentable(String(text), VALUE_PREFIXES) ? String(text) : hidden(text);
}

/** Of what may be a secret: its length. */
export function hidden(value: unknown): string {
  if (value === undefined || value === "") return quoted(value);
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? typeof value);
  return `a text of ${text.length} characters, not shown`;
}
