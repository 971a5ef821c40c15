/**
 * Characters that steer what shows a text, or that nobody sees in it: controls (C0, C1), changes of
 * direction, zero-width and tag characters, variation selectors, fillers, line and paragraph
 * separators, halves of surrogate pairs, what Unicode has not assigned, and every blank but the
 * ordinary one.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;
/** What a shown character looks like: in a text from outside it would be taken for one. */
const LOOK_ALIKE = /\\(?=u\{)/g;

/**
 * A text from outside as one line in which every character is seen. Those that are not are written
 * by their code point, as `\u{202e}`: shown and not taken away, so that two texts that differ look
 * different.
 */
export function shown(text: string): string {
  return text.replace(LOOK_ALIKE, codePoint).replace(HIDDEN, codePoint);
}

export function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/**
 * JSON in which every character is seen, written as the escapes that JSON, JavaScript and YAML have
 * in common: who reads it gets the text as it was. Line breaks between its parts stay.
 */
export function escapedInJson(json: string): string {
  return json.replace(HIDDEN, (character) => {
    if (character === "\n") return character;
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
