import { stripVTControlCharacters } from "node:util";

/** Lines as they were printed, in their order; numbers where lines are left out. */
export type Excerpt = ReadonlyArray<string | { readonly leftOut: number }>;

/** Lines to keep: each that matches, or all from one that matches to the next that matches. */
export type Rule = RegExp | { readonly from: RegExp; readonly to: RegExp };

/**
 * Chooses from a program's output. Nothing is rewritten or moved; blank lines go without a word.
 */
export function excerpt(lines: readonly string[], rules: readonly Rule[]): Excerpt {
  const parts: Array<string | { leftOut: number }> = [];
  let until: RegExp | undefined;
  let skipped = 0;
  for (const line of lines) {
    const text = stripVTControlCharacters(line);
    if (text.trim() === "") continue;
    let keep = until !== undefined;
    if (until?.test(text)) until = undefined;
    for (const rule of rules) {
      if (keep) break;
      keep = rule instanceof RegExp ? rule.test(text) : rule.from.test(text);
      if (keep && !(rule instanceof RegExp) && !rule.to.test(text)) until = rule.to;
    }
    if (!keep) {
      skipped++;
      continue;
    }
    if (skipped > 0) parts.push({ leftOut: skipped });
    skipped = 0;
    parts.push(line);
  }
  if (skipped > 0) parts.push({ leftOut: skipped });
  return parts;
}

/** The last line, and the number of those before it. */
export function lastOf(lines: readonly string[]): Excerpt {
  const before = lines.length - 1;
  return [...(before > 0 ? [{ leftOut: before }] : []), ...lines.slice(-1)];
}

export function leftOut(lines: number): string {
  return lines === 1 ? "… 1 line left out" : `… ${lines} lines left out`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of
const CURSOR = /\x1b\[[0-9;]*[A-HJKSTfhlnsu]/g;
const SPINNER = /^\s*[\u2800-\u28ff]\s+\w+\s*$/;
const PROGRESS = /^\s*\d+ Stacks? \w+\s+\d+ Stacks? done\s+\d+ Stacks? waiting\s*$/;

/**
 * What cdktf printed, without the frames of its spinner and what moves the cursor back over them.
 */
export function withoutFrames(output: string): string[] {
  return output
    .replace(CURSOR, "")
    .split(/\r?\n/)
    .filter((line) => !SPINNER.test(stripVTControlCharacters(line)) && !PROGRESS.test(stripVTControlCharacters(line)));
}
