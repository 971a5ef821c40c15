import { unzipSync } from "node:zlib";
import { defined } from "../../model/defined";
import { DuplicateMemberError, parseStrictJson } from "../../model/strict-json";

/** A text in a secret that may be a key, and never more of it than what looks for keys needs. */
export interface Piece {
  /** Path of fields, or the name that a line gives: `deep.keys.1`, `OPENAI_API_KEY`. */
  readonly field?: string;
  /**
   * What stands before it in its line. To be searched, and never shown: it may hold another key.
   */
  readonly before?: string;
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
/** Secrets Manager's values have 64 KiB; what grows beyond this is no file of settings. */
const UNZIPPED_MAX = 1_048_576;
const BEFORE_MAX = 200;

/** `export OPENAI_API_KEY="…"`, `openai_api_key: …`, `key = …`, `- name: …`. */
const LINE = /^\s*(?:-\s+)?(?:export\s+|set\s+)?["']?([A-Za-z_][A-Za-z0-9_.-]{0,127})["']?\s*[:=]\s*(\S.*)$/;
/**
 * Of YAML, and of JSON that does not parse: what its indented lines belong to. `keys:`, `key: |`,
 * `"mistral": {`.
 */
const HEADING = /^\s*(?:-\s+)?["']?([A-Za-z_][A-Za-z0-9_.-]{0,127})["']?\s*:\s*(?:[|>][+-]?\d*|[[{])?\s*(?:#.*)?$/;
/** Of INI and TOML. */
const SECTION = /^\s*\[{1,2}\s*["']?([A-Za-z_][^\]"']{0,127}?)["']?\s*\]{1,2}\s*(?:[#;].*)?$/;
/** `{ "name": "OPENAI_API_KEY", "value": "…" }`, as containers and pipelines list what they set. */
const NAMES_VALUE = /^(?:name|key|variable|env|id)$/i;
const NAMED_VALUE = /^(?:value|content|secret|password)$/i;
const NAME_ALONE = /^["']?([A-Za-z_][A-Za-z0-9_.-]{0,127})["']?,?$/;
const BASE64 = /^[A-Za-z0-9+/_-]{20,}={0,2}$/;
const GZIP_IN_BASE64 = /^H4sI[A-Za-z0-9+/_-]+={0,2}$/;
/**
 * Between words of a text: also what URLs have around their parts, but no sign that a key may hold.
 */
const APART = /[\s"'`<>(){}[\],;|\\]+/;
const URL_PARTS = /[?&#@:/]+/;

/**
 * What a secret's value is made of, however it is written: text, JSON, JSON in JSON, lines of a
 * dotenv or YAML file, headers, URLs, and base64 of any of these. Reads in memory, and keeps
 * nothing.
 */
export function contentsOf(value: string | Uint8Array | undefined): Contents {
  const reader = new Reader();
  if (value === undefined) return { pieces: [], unread: ["it has no value"] };
  if (typeof value === "string") reader.read(undefined, value, 0);
  else reader.bytes(undefined, value, 0);
  return { pieces: reader.pieces, unread: [...reader.unread] };
}

class Reader {
  readonly pieces: Piece[] = [];
  readonly unread = new Set<string>();

  /** @param depth 0: the secret's own value. */
  bytes(field: string | undefined, bytes: Uint8Array, depth: number): void {
    const text = textOf(bytes) ?? this.#unzipped(bytes);
    if (text !== undefined) this.read(field, text, depth);
    else if (depth === 0) this.unread.add("its value is binary, not text");
  }

  #unzipped(bytes: Uint8Array): string | undefined {
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (!gzip && bytes[0] !== 0x78) return undefined;
    try {
      const text = textOf(unzipSync(bytes, { maxOutputLength: UNZIPPED_MAX }));
      if (text !== undefined) return text;
    } catch {
      // Not compressed, cut off, or larger than anybody's settings.
    }
    if (gzip) this.unread.add("it contains compressed data that could not be read");
    return undefined;
  }

  read(field: string | undefined, given: string, depth: number): void {
    if (depth > DEPTH_MAX) {
      this.unread.add(`its value is encoded in more than ${DEPTH_MAX} layers`);
      return;
    }
    if (given.length > LENGTH_MAX) this.unread.add(`it contains a text of more than ${LENGTH_MAX} characters`);
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
        this.unread.add("it contains a name twice, so it is not known which value is used");
      return false;
    }
    this.#node(field, parsed, depth);
    return true;
  }

  #node(field: string | undefined, node: unknown, depth: number): void {
    if (typeof node === "string") this.read(field, node, depth + 1);
    if (typeof node !== "object" || node === null) return;
    const members = Object.entries(node);
    const named = members.find(([name, inner]) => NAMES_VALUE.test(name) && NAME_ALONE.test(String(inner)))?.[1];
    for (const [name, inner] of members) {
      const at = named !== undefined && NAMED_VALUE.test(name) ? joined(field, String(named)) : joined(field, name);
      this.#node(at, inner, depth);
    }
  }

  #lines(field: string | undefined, text: string, depth: number): void {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    // Base64 that was wrapped.
    const whole = lines.map((line) => line.trim()).join("");
    if (lines.every((line) => /^[A-Za-z0-9+/=]+$/.test(line.trim())) && BASE64.test(whole)) {
      const before = this.pieces.length;
      this.bytes(field, Buffer.from(whole, "base64"), depth + 1);
      if (this.pieces.length > before) return;
    }
    const headings = new Headings();
    for (const line of lines) {
      if (line.trim().startsWith("#")) continue;
      const path = headings.of(line);
      if (path !== undefined) this.read(path === "" ? field : joined(field, path), line, depth + 1);
    }
    // Keys that somebody has commented out are no less keys.
    for (const line of lines) if (line.trim().startsWith("#")) this.read(field, line.replace(/^[\s#]+/, ""), depth + 1);
  }

  #words(field: string | undefined, text: string, depth: number): void {
    const said: string[] = [];
    for (const word of text.split(APART).filter((part) => part !== "")) {
      const before = said.join(" ").slice(-BEFORE_MAX);
      said.push(word);
      this.#word(field, word, depth, before);
      // Parts of it begin as it does, and are cut off.
      if (GZIP_IN_BASE64.test(word)) continue;
      // A URL holds a key in its user, its path or its query; there it may be encoded.
      for (const part of /[=?&#@:/]/.test(word) ? word.split(URL_PARTS) : []) {
        const [name = "", ...rest] = part.split("=");
        const given = rest.length === 0 ? name : rest.join("=");
        const at = rest.length === 0 ? field : joined(field, name);
        const inner = unescaped(given);
        if (inner !== given) this.read(at, inner, depth + 1);
        else if (inner !== "" && inner !== word) this.#word(at, inner, depth, before);
      }
    }
  }

  #word(field: string | undefined, word: string, depth: number, before: string): void {
    if (this.pieces.length >= PIECES_MAX) {
      this.unread.add(`it contains more than ${PIECES_MAX} texts`);
      return;
    }
    this.pieces.push({ ...defined({ field }), ...(before === "" ? {} : { before }), text: word });
    if (BASE64.test(word)) this.bytes(field, Buffer.from(word, "base64"), depth + 1);
  }
}

/** What the lines of a text belong to, by their indentation, as they are read one after another. */
class Headings {
  readonly #above: Array<{ readonly indent: number; readonly name: string }> = [];
  #section = "";
  #named: { readonly indent: number; readonly name: string } | undefined;

  /**
   * The path of what a line belongs to, `""` where it stands by itself; undefined for a line that
   * is a heading.
   */
  of(line: string): string | undefined {
    // An entry of a list may stand below the name of its list.
    const indent = /^\s*(?:-\s+)?/.exec(line)?.[0].length ?? 0;
    const section = SECTION.exec(line)?.[1];
    if (section !== undefined) {
      this.#section = section;
      this.#above.length = 0;
      this.#named = undefined;
      return undefined;
    }
    while ((this.#above.at(-1)?.indent ?? -1) >= indent) this.#above.pop();
    const heading = HEADING.exec(line)?.[1];
    if (heading !== undefined) {
      this.#above.push({ indent, name: heading });
      return undefined;
    }
    const [, name = "", rest = ""] = LINE.exec(line) ?? [];
    if (/^\s*-\s/.test(line) || this.#named?.indent !== indent) this.#named = undefined;
    const path = [this.#section, ...this.#above.map(({ name }) => name)];
    if (this.#named !== undefined && NAMED_VALUE.test(name)) path.push(this.#named.name);
    const alone = NAME_ALONE.exec(rest.trim())?.[1];
    if (NAMES_VALUE.test(name) && alone !== undefined) this.#named = { indent, name: alone };
    return path.filter((part) => part !== "").join(".");
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

function textOf(bytes: Uint8Array): string | undefined {
  try {
    // Files that Windows writes begin with its mark.
    const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    const text = new TextDecoder(utf16 ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
    return /^[\t\r\n\x20-\x7e\u00a0-\uffff]*$/.test(text) && text.trim() !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}
