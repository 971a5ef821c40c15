import { readFileSync, statSync } from "node:fs";
import * as errors from "../errors";
import type { IConstruct } from "../terraform";

/** 10,000 keys, each with some hundreds of bytes. */
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * Text of a keys file, without a byte order mark. What a reviewer would not see on the page is
 * refused.
 */
export function readSource(at: IConstruct, file: string): string {
  const refuse = (given: string, allowed: string) => errors.keysFileUnreadable(at, { file }, given, allowed);
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > BYTES_MAX) throw refuse(`${size} bytes`, `at most ${BYTES_MAX} bytes`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof errors.ScopedKeyError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error), "a file that the program may read");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("bytes that are not UTF-8", "a text in UTF-8");
  }
}

/**
 * Control characters but tab and line feed, marks that change the direction of what follows, lone
 * halves of pairs.
 */
const UNSEEN = "[\\p{Cc}\\p{Cs}\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]";
const UNSEEN_IN_VALUE = new RegExp(UNSEEN, "u");
const UNSEEN_IN_SOURCE = new RegExp(`(?![\\t\\n]|\\r\\n)${UNSEEN}`, "u");

/** First character that no reviewer sees: its place and name (`U+0000`). */
export function unseen(
  text: string,
  where: "source" | "value",
): { readonly index: number; readonly name: string } | undefined {
  const match = (where === "source" ? UNSEEN_IN_SOURCE : UNSEEN_IN_VALUE).exec(text);
  if (match === null) return undefined;
  const code = match[0].codePointAt(0) ?? 0;
  return { index: match.index, name: `U+${code.toString(16).toUpperCase().padStart(4, "0")}` };
}
