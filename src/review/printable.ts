import { redact } from "../model/redact";

/** Control characters, those that turn the direction of text, and those that nobody sees: they steer terminals and deceive readers. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from outside as one line that can be shown anywhere; what cannot be shown is written out: `\u{1b}`. */
export function printable(text: string): string {
  return redact(text).replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
