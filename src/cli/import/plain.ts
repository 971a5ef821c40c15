import { REDACTED, redact, shorten } from "../../model/redact";
import { vendorDescriptors } from "../../vendors/descriptors";

const TEXT_MAX_LENGTH = 256;
const prefixes = vendorDescriptors.flatMap(({ valuePrefixes }) => valuePrefixes).sort((a, b) => b.length - a.length);
const VALUE_LIKE = new RegExp(
  `(?<![A-Za-z0-9])(?:${prefixes.map((p) => p.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})[A-Za-z0-9_.-]{20,}`,
  "g",
);

/**
 * Text that came from outside, for one line of a terminal or a comment: without what looks like a key's value, wherever somebody wrote it,
 * and without what would end the line, steer the terminal or turn the direction of reading.
 */
export function plain(text: string): string {
  return shorten(visible(redact(text.replace(VALUE_LIKE, REDACTED))), TEXT_MAX_LENGTH);
}

/** A string literal of TypeScript, and a double-quoted scalar of YAML. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** Letters, digits, signs and blanks stay; all else is written as an escape. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e\p{L}\p{N}\p{P}\p{S}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
