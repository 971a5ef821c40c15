import { KEY_PREFIXES } from "../../model/key-formats";
import { literal } from "../../model/literal";
import { cut, REDACTED, redact } from "../../model/redact";

const TEXT_MAX_LENGTH = 256;
const VALUE_LIKE = new RegExp(`(?<![A-Za-z0-9])(?:${KEY_PREFIXES.map(literal).join("|")})[A-Za-z0-9_.-]{20,}`, "g");

/**
 * Text that came from outside, as the inventory keeps it: without what looks like a key's value,
 * wherever somebody wrote it, and not longer than anybody reads. Whatever shows or writes it
 * escapes it as its medium needs.
 */
export function plain(text: string): string {
  return cut(redact(text.replace(VALUE_LIKE, REDACTED)), TEXT_MAX_LENGTH);
}
