/**
 * Tells a key's value from a name. A value that somebody typed where a name belongs must be
 * refused, and must not be shown; a name that only starts like a value (`sk-team`) must pass.
 */

import { literal } from "./literal";

/** Fewer letters and digits behind a vendor's prefix are a word. */
const TAIL_MIN = 16;
/** No name has so many letters and digits in one piece behind a vendor's prefix. */
const PIECE_MAX = 24;
/**
 * Neighbours of different kinds (upper case, lower case, digit) among all neighbours: words have
 * fewer, random text twice as many.
 */
const MIXED = 0.3;
/** Of letters alone: names of words in a row (`SearchTeamProduction`) come near to 0.3. */
const MIXED_LETTERS = 0.4;
/** `summariser2024` is a word with its year or version. */
const WORD_AND_NUMBER = /^[A-Za-z]+\d{1,4}$/;

/** `-----BEGIN PRIVATE KEY-----`, as in the admin keys of service accounts. */
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY/;
/** With the key: programs that read such keys have the first line alone. */
const PEM_WITH_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\r|\\n)*[A-Za-z0-9+/]{40}/;
/** An admin key that is a JSON object holds its secret in one of these. */
const JSON_SECRET = /["'](?:clientSecret|client_secret|private_key|apiKey)["']\s*:/;
/**
 * Letters and digits, as many as the shortest value without a prefix has (Portkey), between blanks,
 * quotes, slashes and the like; what has hyphens or underscores is a name.
 */
const WORD = /(?<![A-Za-z0-9_-])[A-Za-z0-9]{28,}(?![A-Za-z0-9_-])/g;
/**
 * So many letters and digits in one piece are in no name, whatever stands before or behind them.
 */
const LONG_PIECE = /[A-Za-z0-9]{40,}/g;
const PLAIN = /^[\x20-\x7e]*$/;
const HEX_32 = /(?<![A-Za-z0-9-])[0-9a-fA-F]{32}(?![A-Za-z0-9-])/;

/**
 * Whether a text holds what is plausibly a key's value. @param prefixes fixed starts of vendors'
 * values
 */
export function holdsValue(given: string, prefixes: readonly string[]): boolean {
  const text = asRead(given);
  if (PEM.test(text) || JSON_SECRET.test(text)) return true;
  if (tailsOf(text, prefixes).some(isRandomTail)) return true;
  return [...(text.match(WORD) ?? []), ...(text.match(LONG_PIECE) ?? [])].some(isBareValue);
}

/**
 * Without what a copied value may have in its midst, line breaks and characters that nobody sees,
 * and with plain letters.
 */
function asRead(text: string): string {
  return PLAIN.test(text) ? text : text.normalize("NFKC").replace(/[\p{Cc}\p{Cf}]/gu, "");
}

/**
 * Whether a program holds a value: only what a vendor's prefix or a whole private key shows, since
 * bundled code is full of long words.
 * @param prefixes fixed starts of vendors' values
 */
export function holdsValueInCode(code: string, prefixes: readonly string[]): boolean {
  return PEM_WITH_KEY.test(code) || tailsOf(code, prefixes).some(isRandomTail);
}

/**
 * Older keys of Azure OpenAI: 32 hexadecimal digits, as many an id has them. For places that no id
 * belongs into.
 */
export function holdsHexValue(text: string): boolean {
  return HEX_32.test(text);
}

/** The text without what is plausibly a value: for errors, which may quote what somebody gave. */
export function withoutValues(text: string, prefixes: readonly string[]): string {
  if (PEM.test(text) || JSON_SECRET.test(text)) return HIDDEN;
  // What has invisible characters in its midst cannot be cut out. Lines of a text are not joined
  // for it.
  if (text.split("\n").some((line) => asRead(line) !== line && holdsValue(line, prefixes))) return HIDDEN;
  return text
    .replace(prefixed(prefixes), (found, tail: string) => (isRandomTail(tail) ? HIDDEN : found))
    .replace(WORD, (word) => (isBareValue(word) ? HIDDEN : word))
    .replace(LONG_PIECE, (piece) => (isBareValue(piece) ? HIDDEN : piece));
}

/**
 * Whether a text that was refused may be quoted. Refusing errs on the side of names, and quoting on
 * that of values: one that is cut, or has a character too many, is not quoted either.
 */
export function isPresentable(text: string, prefixes: readonly string[]): boolean {
  if (text.length > PRESENTABLE_MAX || holdsValue(text, prefixes) || holdsHexValue(text)) return false;
  if (tailsOf(text, prefixes).some(isUncertain)) return false;
  return !piecesOf(text).some((piece) => piece.length >= 20 && /\d/.test(piece));
}

function isUncertain(tail: string): boolean {
  return /\d/.test(tail) || mixedness(tail) >= MIXED || piecesOf(tail).some((piece) => piece.length >= TAIL_MIN);
}

const HIDDEN = "[not shown]";
const PRESENTABLE_MAX = 512;

/** What follows a vendor's prefix at the start of a word. */
function tailsOf(text: string, prefixes: readonly string[]): string[] {
  return [...text.matchAll(prefixed(prefixes))].map(([, tail = ""]) => tail);
}

const patterns = new WeakMap<readonly string[], RegExp>();

function prefixed(prefixes: readonly string[]): RegExp {
  const known = patterns.get(prefixes);
  if (known !== undefined) return known;
  const starts = [...prefixes].sort((a, b) => b.length - a.length).map(literal);
  const made = new RegExp(`(?<![A-Za-z0-9])(?:${starts.join("|")})([A-Za-z0-9_.+/=-]{6,})`, "g");
  patterns.set(prefixes, made);
  return made;
}

/** Whether what follows a vendor's prefix is a value, and no word. */
export function isRandomTail(tail: string): boolean {
  // A name's next segment is no part of a value: `sk-admin/production`.
  const [first = ""] = tail.split("/");
  const text = first.replace(/[^A-Za-z0-9]/g, "").length >= TAIL_MIN ? first : "";
  const pieces = piecesOf(text);
  if (pieces.length === 0) return false;
  return (
    mixedness(text) >= MIXED ||
    pieces.some((piece) => piece.length >= PIECE_MAX || (piece.length >= 12 && isLettersAndDigits(piece)))
  );
}

/**
 * A whole word of letters and digits of all kinds. Names that programs make
 * (`ReaderRole9F3C2A1B-1QW2E3R4T5Y6U`) have hyphens.
 */
function isBareValue(word: string): boolean {
  if (!/[A-Z]/.test(word) || !/[a-z]/.test(word)) return false;
  return mixedness(word) >= (/\d/.test(word) ? MIXED : MIXED_LETTERS);
}

function piecesOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9]+/).filter((piece) => piece !== "");
}

function isLettersAndDigits(piece: string): boolean {
  return /[A-Za-z]/.test(piece) && /\d/.test(piece) && !WORD_AND_NUMBER.test(piece);
}

/** 0 to 1. */
function mixedness(text: string): number {
  let neighbours = 0;
  let changes = 0;
  for (const piece of piecesOf(text)) {
    for (let at = 1; at < piece.length; at++) {
      neighbours++;
      if (kindOf(piece.charCodeAt(at)) !== kindOf(piece.charCodeAt(at - 1))) changes++;
    }
  }
  return neighbours === 0 ? 0 : changes / neighbours;
}

function kindOf(code: number): "digit" | "upper" | "lower" {
  if (code <= 57) return "digit";
  return code <= 90 ? "upper" : "lower";
}
