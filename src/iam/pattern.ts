import { type Answer, answerOf } from "./answer";

/**
 * Patterns of IAM: `*` is any text, `?` is one character. Parts of a pattern may be unknown, e.g.
 * what a Terraform reference will be.
 *
 * A compiled pattern is a text with one character for each token. Tokens are characters of the
 * private use area; where a text from outside holds one of those, that place is unknown.
 */
export type Pattern = string & { readonly __pattern: never };

const ANY = "\uf8f0";
const ONE = "\uf8f1";
/** Any text without a colon: a `*` inside of one of an ARN's first five segments. */
const ANY_IN_SEGMENT = "\uf8f2";
/** A text that is not known, and has neither a colon nor a slash: a region, an account. */
const SEGMENT = "\uf8f3";
/** A text of which nothing is known. */
const UNKNOWN = "\uf8f4";
const END = "\uf8f5";

const TOKENS = /[\uf8f0-\uf8f5]/;
const MEANING = /[*?\uf8f0-\uf8f5]/;

/**
 * Stands in a text for a part that is not known; `words` tell parts apart, and say what they are.
 */
export function unknownText(words: string): string {
  return `${UNKNOWN}${plain(words)}${END}`;
}

/** As `unknownText`, for a part that holds neither a colon nor a slash. */
export function unknownSegment(words: string): string {
  return `${SEGMENT}${plain(words)}${END}`;
}

/** Nothing in it is a mark or a policy variable. */
function plain(words: string): string {
  return withWords(words).replace(/\$\{/g, "{");
}

/** The text with the words of what is not known in it, for people. */
export function withWords(text: string): string {
  return text.replace(/[\uf8f0-\uf8f5]/g, "");
}

/** Whether a part of the text is not known. */
export function holdsUnknown(text: string): boolean {
  return TOKENS.test(text);
}

/** Whether a part of the text is not known that may hold anything, and not one segment alone. */
export function isOpen(text: string): boolean {
  return text.includes(UNKNOWN);
}

export interface CompileOptions {
  /** Without `*` and `?`: the text itself. */
  readonly literal?: boolean;
  /**
   * As IAM reads resources: a `*` inside of one of the first five segments of an ARN stays in it.
   */
  readonly arn?: boolean;
  /** In the part of the ARN before this text. @default 0 */
  readonly colonsBefore?: number;
}

export function compile(
  text: string,
  { literal = false, arn = false, colonsBefore = 0 }: CompileOptions = {},
): Pattern {
  // Most texts hold nothing that means anything.
  if (!(literal ? TOKENS : MEANING).test(text)) return text as Pattern;
  let compiled = "";
  let colons = colonsBefore;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === ":") colons++;
    if (character === SEGMENT || character === UNKNOWN) {
      const end = text.indexOf(END, i);
      compiled += character;
      i = end < 0 ? text.length : end;
    } else if (TOKENS.test(character)) compiled += UNKNOWN;
    else if (literal || (character !== "*" && character !== "?")) compiled += character;
    else if (character === "?") compiled += ONE;
    else {
      const next = text.charAt(i + 1);
      const inside = arn && colons < 5 && next !== "" && next !== ":" && next !== "*";
      compiled += inside ? ANY_IN_SEGMENT : ANY;
    }
  }
  return compiled as Pattern;
}

/** Whether a token stands for a text of any length. */
function isLong(token: string): boolean {
  return token === ANY || token === ANY_IN_SEGMENT || token === SEGMENT || token === UNKNOWN;
}

function isLiteral(token: string): boolean {
  return token < ANY || token > END;
}

/** Whether a character that stands in a pattern may be part of what a long token stands for. */
function takes(long: string, token: string): boolean {
  if (token === ":") return long === ANY || long === UNKNOWN;
  return token !== "/" || long !== SEGMENT;
}

/**
 * Whether there is a text that both patterns match. Parts that are not known may be anything, so
 * that `no` is certain, and `yes` is said where neither pattern has an unknown part beyond single
 * segments.
 */
export function intersects(a: Pattern, b: Pattern): Answer {
  if (!meets(a, b)) return "no";
  return a.includes(UNKNOWN) || b.includes(UNKNOWN) ? "unknown" : "yes";
}

function meets(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && start < b.length && isLiteral(a.charAt(start)) && isLiteral(b.charAt(start))) {
    if (a[start] !== b[start]) return false;
    start++;
  }
  let [n, m] = [a.length, b.length];
  // From the end it is the same, and most differ there: names stand at the end of ARNs.
  while (n > start && m > start && isLiteral(a.charAt(n - 1)) && isLiteral(b.charAt(m - 1))) {
    if (a[n - 1] !== b[m - 1]) return false;
    n--;
    m--;
  }
  const [pattern, text] = TOKENS.test(b) ? [b, a] : [a, b];
  const expression = TOKENS.test(text) ? undefined : expressionOf(pattern);
  if (expression !== undefined) return expression.test(text);
  const known = MET.get(a)?.get(b);
  if (known !== undefined) return known;
  const found = meetsBetween(a, b, start, n, m);
  if (remembered++ > REMEMBERED_MAX) {
    MET.clear();
    remembered = 0;
  }
  const met = MET.get(a);
  if (met === undefined) MET.set(a, new Map([[b, found]]));
  else met.set(b, found);
  return found;
}

/** Both sides of a review ask the same. */
const MET = new Map<string, Map<string, boolean>>();
const REMEMBERED_MAX = 200_000;
let remembered = 0;

function meetsBetween(a: string, b: string, start: number, n: number, m: number): boolean {
  const width = m + 1;
  const seen = new Uint8Array((n + 1) * width);
  const open: number[] = [start * width + start];
  const visit = (i: number, j: number) => {
    const at = i * width + j;
    if (seen[at] === 0) {
      seen[at] = 1;
      open.push(at);
    }
  };
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [i, j] = [Math.floor(at / width), at % width];
    if (i === n && j === m) return true;
    const [x, y] = [i === n ? "" : a.charAt(i), j === m ? "" : b.charAt(j)];
    const [longX, longY] = [x !== "" && isLong(x), y !== "" && isLong(y)];
    if (longX) visit(i + 1, j);
    if (longY) visit(i, j + 1);
    if (longX && y !== "" && !longY && takes(x, y)) visit(i, j + 1);
    if (longY && x !== "" && !longX && takes(y, x)) visit(i + 1, j);
    if (x === "" || y === "" || longX || longY) continue;
    if (x === ONE || y === ONE || x === y) visit(i + 1, j + 1);
  }
  return false;
}

const EXPRESSIONS = new Map<string, RegExp | undefined>();
const EXPRESSIONS_MAX = 20_000;
/** With more of them a regular expression may take very long. */
const LONG_MAX = 5;
const EXPRESSION_OF: Readonly<Record<string, string>> = {
  [ANY]: "[^]*",
  [UNKNOWN]: "[^]*",
  [ANY_IN_SEGMENT]: "[^:]*",
  [SEGMENT]: "[^:/]*",
  [ONE]: "[^]",
};

/** What a text is that a pattern matches: the same patterns are asked about many texts. */
function expressionOf(pattern: string): RegExp | undefined {
  if (EXPRESSIONS.has(pattern)) return EXPRESSIONS.get(pattern);
  if (EXPRESSIONS.size >= EXPRESSIONS_MAX) EXPRESSIONS.clear();
  const longs = [...pattern].filter(isLong).length;
  const source = pattern.replace(
    /[\s\S]/g,
    (each) => EXPRESSION_OF[each] ?? each.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&"),
  );
  const expression = longs > LONG_MAX ? undefined : new RegExp(`^${source}$`);
  EXPRESSIONS.set(pattern, expression);
  return expression;
}

/**
 * Whether `pattern` certainly matches every text that `other` matches. `false` where it does not,
 * or nobody can tell. A single segment that is not known is taken for the one that `other` leaves
 * open in the same place: both are the region or account at hand.
 */
export function covers(pattern: Pattern, other: Pattern): boolean {
  if (pattern.includes(UNKNOWN)) return false;
  const [n, m] = [pattern.length, other.length];
  // Which prefixes of `other` the prefix of `pattern` so far covers.
  let reached = new Uint8Array(m + 1);
  reached[0] = 1;
  for (let i = 0; i < n; i++) {
    const token = pattern.charAt(i);
    const next = new Uint8Array(m + 1);
    for (let j = 0; j <= m; j++) {
      if (reached[j] === 0) continue;
      const facing = other.charAt(j);
      if (token === ANY || token === ANY_IN_SEGMENT) {
        next[j] = 1;
        if (j < m && (token === ANY || staysInSegment(facing))) reached[j + 1] = 1;
      } else if (j === m) continue;
      else if (token === SEGMENT) {
        if (facing === SEGMENT) next[j + 1] = 1;
      } else if (token === ONE ? facing === ONE || isLiteral(facing) : token === facing) next[j + 1] = 1;
    }
    reached = next;
  }
  return reached[m] === 1;
}

function staysInSegment(token: string): boolean {
  return token === SEGMENT || token === ONE || token === ANY_IN_SEGMENT || (isLiteral(token) && token !== ":");
}

/** Whether a part of what the pattern matches is not known. */
export function isUncertain(pattern: Pattern): boolean {
  return pattern.includes(UNKNOWN) || pattern.includes(SEGMENT);
}

/** Whether the pattern matches the text. */
export function matches(pattern: Pattern, text: string): Answer {
  const literal = compile(text, { literal: true });
  if (isUncertain(pattern) || isUncertain(literal)) return meets(pattern, literal) ? "unknown" : "no";
  return answerOf(covers(pattern, literal));
}
