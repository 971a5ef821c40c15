/** East Asian Width `W` and `F` of Unicode, and what a terminal shows as an emoji. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const WITHOUT_WIDTH = /\p{M}/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Columns that a shown text takes in a terminal. An accent, a vowel sign, a skin tone and the
 * second half of a flag take none of their own. Why this is no library:
 * docs/decisions/0048-width-of-a-text.md
 */
export function widthOf(text: string): number {
  let width = 0;
  // A voiced mark in half width is a part of its letter's grapheme, and has a column of its own.
  for (const { segment } of graphemes.segment(text.replace(/[\uff9e\uff9f]/g, "\uff70")))
    width += Math.max(...Array.from(segment, columnsOf));
  return width;
}

function columnsOf(character: string): number {
  if (WITHOUT_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
