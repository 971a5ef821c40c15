/** One line of prose, and where it is. */
export interface ProseLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Whether the paragraph goes on in the next line. */
  readonly goesOn: boolean;
}

const FENCE = /^\s*(?:```|~~~)/;
const NO_PROSE = /^\s*(?:#|\||<|!\[|---)/;
const ITEM = /^\s*(?:[-*]|\d+\.) /;
/** Mark of an item, and a label in bold. */
const START = /^\s*(?:(?:[-*]|\d+\.) )?(?:\*\*[^*]+\*\*)?/;
/** The full stop of an abbreviation, or of a name such as `Node.js`, ends nothing. */
const END = /(?<!\b(?:e\.g|i\.e|etc|vs))[.!?][)"'*_`]*(?= +[A-Z"([*_`])/g;

/** Paragraphs and items of lists; no code, tables, headings or HTML. */
export function proseLines(markdown: string): ProseLine[] {
  const lines = markdown.split("\n");
  const found: ProseLine[] = [];
  let isCode = false;
  for (const [index, text] of lines.entries()) {
    if (FENCE.test(text)) isCode = !isCode;
    else if (!isCode && text.trim() !== "" && !NO_PROSE.test(text)) {
      const next = lines[index + 1] ?? "";
      const isLast = next.trim() === "" || FENCE.test(next) || NO_PROSE.test(next) || ITEM.test(next);
      found.push({ number: index + 1, text, goesOn: !isLast });
    }
  }
  return found;
}

const hidden = (text: string) => text.replace(/[^`*]/g, "x");

/**
 * The sentences of a line. Code may hold anything, and a label in bold at the start belongs to the
 * sentence after it.
 */
export function sentencesOf(text: string): string[] {
  const masked = text.replace(START, hidden).replace(/`[^`]*`/g, hidden);
  const ends = [...masked.matchAll(END)].map((match) => match.index + match[0].length);
  return [0, ...ends].map((start, i) => text.slice(start, ends[i] ?? text.length).trim());
}
