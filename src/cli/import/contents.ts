import { DuplicateMemberError, parseStrictJson } from "../../model/strict-json";

/** A text in a secret that may be a key, and never more of it than what looks for keys needs. */
export interface Piece {
  /** Path of fields, or the name that a line gives: `deep.keys.1`, `OPENAI_API_KEY`. */
  readonly field?: string;
  readonly text: string;
}

export interface Contents {
  readonly pieces: readonly Piece[];
  /** Why not all of it was read. */
  readonly unread: readonly string[];
}

const PIECES_MAX = 2_000;
/** JSON in JSON in base64 and so on. */
const DEPTH_MAX = 5;
const LENGTH_MAX = 65_536;

/** `export OPENAI_API_KEY="…"`, `openai_api_key: …`, `key = …`, `- name: …`. */
const LINE = /^\s*(?:-\s+)?(?:export\s+|set\s+)?["']?([A-Za-z_][A-Za-z0-9_.-]{0,127})["']?\s*[:=]\s*(\S.*)$/;
const BASE64 = /^[A-Za-z0-9+/_-]{20,}={0,2}$/;
/** Between words of a text: also what URLs have around their parts, but no sign that a key may hold. */
const APART = /[\s"'`<>(){}[\],;|\\]+/;
const URL_PARTS = /[?&#@:/]+/;

/**
 * What a secret's value is made of, however it is written: text, JSON, JSON in JSON, lines of a dotenv or YAML file, headers, URLs, and base64
 * of any of these. Reads in memory, and keeps nothing.
 */
export function contentsOf(value: string | Uint8Array | undefined): Contents {
  const reader = new Reader();
  if (value === undefined) return { pieces: [], unread: ["it has no value"] };
  const text = typeof value === "string" ? value : textOf(value);
  if (text === undefined) return { pieces: [], unread: ["its value is binary and no text"] };
  reader.read(undefined, text, 0);
  return { pieces: reader.pieces, unread: [...reader.unread] };
}

class Reader {
  readonly pieces: Piece[] = [];
  readonly unread = new Set<string>();

  read(field: string | undefined, given: string, depth: number): void {
    if (depth > DEPTH_MAX) {
      this.unread.add(`it is written in more than ${DEPTH_MAX} layers`);
      return;
    }
    if (given.length > LENGTH_MAX) this.unread.add(`a text in it has more than ${LENGTH_MAX} characters`);
    const text = given.slice(0, LENGTH_MAX).trim();
    if (text === "" || this.#json(field, text, depth)) return;
    if (/[\r\n]/.test(text)) {
      this.#lines(field, text, depth);
      return;
    }
    const [, name, rest = ""] = LINE.exec(text) ?? [];
    // `https://…` is no name with a value.
    if (name !== undefined && !rest.startsWith("//") && /[^=]/.test(rest)) {
      this.read(joined(field, name), withoutComment(rest), depth + 1);
      return;
    }
    this.#words(field, text, depth);
  }

  #json(field: string | undefined, text: string, depth: number): boolean {
    if (!/^["[{]/.test(text)) return false;
    let parsed: unknown;
    try {
      parsed = parseStrictJson(text);
    } catch (error) {
      // Programs take one of them or the other: both are looked at as words.
      if (error instanceof DuplicateMemberError)
        this.unread.add("a name stands in it twice, so which is used is not known");
      return false;
    }
    this.#node(field, parsed, depth);
    return true;
  }

  #node(field: string | undefined, node: unknown, depth: number): void {
    if (typeof node === "string") this.read(field, node, depth + 1);
    if (typeof node !== "object" || node === null) return;
    for (const [name, inner] of Object.entries(node)) this.#node(joined(field, name), inner, depth);
  }

  #lines(field: string | undefined, text: string, depth: number): void {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    // Base64 that was wrapped.
    const whole = lines.map((line) => line.trim()).join("");
    if (lines.every((line) => /^[A-Za-z0-9+/=]+$/.test(line.trim())) && BASE64.test(whole)) {
      const inner = decoded(whole);
      if (inner !== undefined) {
        this.read(field, inner, depth + 1);
        return;
      }
    }
    for (const line of lines) if (!line.trim().startsWith("#")) this.read(field, line, depth + 1);
    // Keys that somebody has commented out are no less keys.
    for (const line of lines) if (line.trim().startsWith("#")) this.read(field, line.replace(/^[\s#]+/, ""), depth + 1);
  }

  #words(field: string | undefined, text: string, depth: number): void {
    for (const word of text.split(APART).filter((part) => part !== "")) {
      this.#word(field, word, depth);
      // A URL holds a key in its user, its path or its query; there it may be encoded.
      for (const part of /[=?&#@:/]/.test(word) ? word.split(URL_PARTS) : []) {
        const [name = "", ...rest] = part.split("=");
        const given = rest.length === 0 ? name : rest.join("=");
        const at = rest.length === 0 ? field : joined(field, name);
        const inner = unescaped(given);
        if (inner !== given) this.read(at, inner, depth + 1);
        else if (inner !== "" && inner !== word) this.#word(at, inner, depth);
      }
    }
  }

  #word(field: string | undefined, word: string, depth: number): void {
    if (this.pieces.length >= PIECES_MAX) {
      this.unread.add(`more than ${PIECES_MAX} texts are in it`);
      return;
    }
    this.pieces.push({ ...(field === undefined ? {} : { field }), text: word });
    const inner = BASE64.test(word) ? decoded(word) : undefined;
    if (inner !== undefined) this.read(field, inner, depth + 1);
  }
}

function joined(field: string | undefined, name: string): string {
  return field === undefined || field === "" ? name : `${field}.${name}`;
}

function withoutComment(text: string): string {
  return text.replace(/\s+#.*$/, "");
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text that a base64 is of; undefined: of none that anybody writes. */
function decoded(text: string): string | undefined {
  return textOf(Buffer.from(text, "base64"));
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /^[\t\r\n\x20-\x7e\u00a0-\uffff]*$/.test(text) && text.trim() !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}
