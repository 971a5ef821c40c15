/**
 * As much of HCL's syntax as it takes to find blocks and their plain attributes: comments, strings
 * with templates, heredocs, braces. Whoever asks decides on safety, so what is not understood is an
 * error and never nothing.
 */

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  /** Texts of attributes that are plain strings; undefined where the value is anything else. */
  readonly attributes: ReadonlyMap<string, string | undefined>;
  readonly blocks: readonly HclBlock[];
}

export class HclError extends Error {
  override readonly name = "HclError";
}

type Token =
  | { readonly kind: "word" | "mark"; readonly text: string }
  /** `text` is undefined where it holds a template, a heredoc or an escape. */
  | { readonly kind: "string"; readonly text: string | undefined }
  | { readonly kind: "newline" };

/** Blocks and attributes of a file, as of one block without a name. @throws HclError */
export function parseHcl(text: string): HclBlock {
  return new Parser(tokensOf(text.replace(/^\uFEFF/, ""))).body("", [], false);
}

const WORD = /[\p{ID_Start}_0-9][\p{ID_Continue}-]*/uy;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "\n") {
      tokens.push({ kind: "newline" });
      at += 1;
    } else if (/\s/.test(char)) {
      at += 1;
    } else if (char === "#" || text.startsWith("//", at)) {
      at = endOfLine(text, at);
    } else if (text.startsWith("/*", at)) {
      at = after(text, "*/", at + 2);
    } else if (char === '"') {
      const { end, literal } = endOfString(text, at);
      tokens.push({ kind: "string", text: literal });
      at = end;
    } else {
      const heredoc = match(HEREDOC, text, at);
      const word = heredoc === undefined ? match(WORD, text, at)?.[0] : undefined;
      if (heredoc !== undefined) {
        at = endOfHeredoc(text, at + heredoc[0].length, heredoc[1] ?? "");
        tokens.push({ kind: "string", text: undefined }, { kind: "newline" });
      } else if (word !== undefined) {
        tokens.push({ kind: "word", text: word });
        at += word.length;
      } else {
        tokens.push({ kind: "mark", text: char });
        at += 1;
      }
    }
  }
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  if (end < 0) throw new HclError(`${mark} is missing`);
  return end + mark.length;
}

function endOfHeredoc(text: string, from: number, name: string): number {
  for (let at = from; at <= text.length; at = endOfLine(text, at) + 1) {
    const line = text.slice(at, endOfLine(text, at));
    if (line.trim() === name) return endOfLine(text, at);
  }
  throw new HclError(`the text up to ${name} has no end`);
}

/** @param at of the opening quote */
function endOfString(text: string, at: number): { end: number; literal: string | undefined } {
  let plain = true;
  for (let i = at + 1; i < text.length; ) {
    const char = text[i];
    if (char === '"') return { end: i + 1, literal: plain ? text.slice(at + 1, i) : undefined };
    if (char === "\n") break;
    if (char === "\\") {
      plain = false;
      i += 2;
    } else if (text.startsWith("$${", i) || text.startsWith("%%{", i)) {
      plain = false;
      i += 3;
    } else if (text.startsWith("${", i) || text.startsWith("%{", i)) {
      plain = false;
      i = endOfTemplate(text, i + 2);
    } else {
      i += 1;
    }
  }
  throw new HclError("a string has no end");
}

function endOfTemplate(text: string, from: number): number {
  for (let i = from, depth = 1; i < text.length; ) {
    const char = text[i];
    if (char === '"') {
      i = endOfString(text, i).end;
      continue;
    }
    if (char === "{") depth += 1;
    if (char === "}") depth -= 1;
    i += 1;
    if (depth === 0) return i;
  }
  throw new HclError("a template in a string has no end");
}

class Parser {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** What stands between two braces, or in a file. */
  body(type: string, labels: readonly string[], closed: boolean): HclBlock {
    const attributes = new Map<string, string | undefined>();
    const blocks: HclBlock[] = [];
    for (;;) {
      const token = this.tokens[this.#at++];
      if (token === undefined) {
        if (closed) throw new HclError(`${type} has no end`);
        return { type, labels, attributes, blocks };
      }
      if (token.kind === "newline") continue;
      if (closed && isMark(token, "}")) return { type, labels, attributes, blocks };
      if (token.kind === "mark") throw new HclError(`${token.text} stands where a name belongs`);
      const name = token.text;
      if (name === undefined) throw new HclError("a template stands where a name belongs");
      if (isMark(this.tokens[this.#at], "=")) {
        this.#at += 1;
        // A second value for a name leaves nobody certain.
        attributes.set(name, attributes.has(name) ? undefined : this.#value());
      } else {
        blocks.push(this.#block(name));
      }
    }
  }

  #block(type: string): HclBlock {
    const labels: string[] = [];
    for (;;) {
      const token = this.tokens[this.#at++];
      if (isMark(token, "{")) return this.body(type, labels, true);
      if (token === undefined || token.kind === "newline" || token.kind === "mark" || token.text === undefined) {
        throw new HclError(`${type} is neither a block nor an attribute`);
      }
      labels.push(token.text);
    }
  }

  /** Goes to the end of an expression. @returns its text where it is one plain string */
  #value(): string | undefined {
    const first = this.tokens[this.#at];
    let length = 0;
    for (let depth = 0; ; length += 1) {
      const token = this.tokens[this.#at];
      if (token === undefined) {
        if (depth > 0) throw new HclError("a value has no end");
        break;
      }
      if (depth === 0 && (token.kind === "newline" || isMark(token, "}"))) break;
      if (token.kind === "mark" && "{[(".includes(token.text)) depth += 1;
      if (token.kind === "mark" && "}])".includes(token.text)) depth -= 1;
      this.#at += 1;
    }
    return length === 1 && first?.kind === "string" ? first.text : undefined;
  }
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === "mark" && token.text === text;
}
