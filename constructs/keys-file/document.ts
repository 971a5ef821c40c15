import { Composer, type CST, isMap, isScalar, isSeq, LineCounter, type ParsedNode, Parser } from "yaml";
import { holdsValue } from "../../src/model/key-value";
import * as errors from "../errors";
import { quoted, VALUE_PREFIXES } from "../given";
import type { IConstruct } from "../terraform";
import { readSource, unseen } from "./source";

/** Names of fields and places in lists, from the top. */
export type Path = ReadonlyArray<string | number>;

/**
 * The file itself needs 9; the composer of documents is recursive, and must not meet more than it
 * can take.
 */
const DEPTH_MAX = 20;

/** YAML that is refused although it is YAML, by the type of its token. */
const NOT_READ: Readonly<Record<string, { readonly what: string; readonly remedy: string }>> = {
  alias: { what: "an alias", remedy: "write out what it stands for, or use `defaults`" },
  anchor: { what: "an anchor", remedy: "remove it; what keys share belongs in `defaults`" },
  tag: { what: "a tag", remedy: "remove it; a text that looks like something else is put in quotes" },
  directive: { what: "a directive", remedy: "remove it" },
};

/** Numbers as JSON has them, and without an exponent. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
/**
 * Texts of YAML 1.2 that programs for YAML 1.1 read as truth values, numbers, dates or merges.
 * https://yaml.org/type/
 */
const OTHERWISE_IN_YAML_1_1 =
  /^(?:y|n|yes|no|on|off|=|<<|[-+]?\.?\d[\d_,.]*|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?|[-+]?0[box][\da-f_]+)$/i;
/** Names that objects of JavaScript have of themselves. */
const OBJECT_NAMES = new Set(["__proto__", "constructor", "prototype"]);
const SHOWN_MAX = 80;
/**
 * A user id of ElevenLabs has the shape of keys that have no prefix; imported files name it in a
 * comment.
 */
const USER_ID = /\bserviceAccountUserId\b[^A-Za-z0-9]+[A-Za-z0-9]{28}\b/;

/**
 * A file of YAML or JSON: its value in plain data, and where each part of it is. Nothing in it is
 * open to interpretation.
 */
export class FileDocument {
  public readonly value: unknown;
  private readonly lines = new LineCounter();
  private readonly text: string;
  private readonly root: ParsedNode | null;

  public constructor(
    private readonly at: IConstruct,
    private readonly file: string,
  ) {
    this.text = readSource(at, file);
    const tokens = this.tokens();
    this.root = this.compose(tokens);
    this.value = this.root === null ? null : this.plain(this.root);
  }

  /**
   * Names of the map at the path in the order of the file, which objects do not keep for names like
   * `10`.
   */
  public names(path: Path): string[] {
    const node = path.reduce<unknown>(
      (within, part) => (isMap(within) ? within.get(part, true) : undefined),
      this.root,
    );
    return isMap(node)
      ? node.items.flatMap(({ key }) => (isScalar(key) && typeof key.value === "string" ? [key.value] : []))
      : [];
  }

  /**
   * The value at the path, else the nearest above it. Undefined where even its first part is not
   * there.
   */
  public find(path: Path, what: "name" | "value" = "value"): errors.FileLocation | undefined {
    let node: unknown = this.root;
    let offset: number | undefined;
    for (const [depth, part] of path.entries()) {
      const last = depth === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
        if (pair === undefined) break;
        offset = startOf(last && what === "name" ? pair.key : pair.value) ?? startOf(pair.key);
        node = pair.value;
      } else if (isSeq(node) && typeof part === "number") {
        node = node.items[part];
        offset = startOf(node) ?? offset;
      } else break;
    }
    return offset === undefined ? undefined : this.location(offset);
  }

  /** Of the whole, if there is nothing at the path. */
  public locate(path: Path, what: "name" | "value" = "value"): errors.FileLocation {
    return this.find(path, what) ?? this.location(startOf(this.root) ?? 0);
  }

  private location(offset: number): errors.FileLocation {
    const { line, col } = this.lines.linePos(Math.min(offset, this.text.length));
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  private refuse(offset: number, problem: string, remedy: string): errors.ScopedKeyError {
    const end = this.text.indexOf("\n", offset);
    const shown = this.text.slice(offset, Math.min(end === -1 ? this.text.length : end, offset + SHOWN_MAX)).trimEnd();
    return errors.notYaml(this.at, this.location(offset), { problem, given: quoted(shown), remedy });
  }

  /** Before anything of the text can be quoted. Comments too: a file of keys is in a repository. */
  private refuseValues(): void {
    let offset = 0;
    for (const line of this.text.split("\n")) {
      if (holdsValue(line.replace(USER_ID, ""), VALUE_PREFIXES)) {
        throw errors.valueGiven(this.at, "file", line.trim().length, this.location(offset));
      }
      offset += line.length + 1;
    }
  }

  private tokens(): CST.Token[] {
    // Lines are counted before anything can be refused.
    const tokens = [...new Parser(this.lines.addNewLine).parse(this.text)];
    this.refuseValues();
    const hidden = unseen(this.text, "source");
    if (hidden !== undefined) {
      throw this.refuse(hidden.index, `a character that no reader sees, ${hidden.name}`, "remove it");
    }
    const documents = tokens.filter(({ type }) => type === "document");
    const second = documents[1];
    if (second !== undefined) throw this.refuse(second.offset, "a second document", "make it a file of its own");
    for (const token of tokens) this.check(token);
    return tokens;
  }

  /** Refuses what is not read, and what is nested deeper than any declaration is. */
  private check(token: CST.Token): void {
    const open: Array<readonly [CST.Token | CST.SourceToken, number]> = [[token, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [current, depth] = next;
      const refused = NOT_READ[current.type];
      if (refused !== undefined) throw this.refuse(current.offset, `${refused.what} is not read`, refused.remedy);
      if (depth > DEPTH_MAX) throw this.refuse(current.offset, "nested too deep", "write it as the documentation does");
      // In the order of the text, so that the first is named.
      const parts = partsOf(current);
      for (const part of parts.reverse()) open.push([part, depth + 1]);
    }
  }

  private compose(tokens: readonly CST.Token[]): ParsedNode | null {
    // Names used twice are found by `plain`: the library compares each name with each.
    const composer = new Composer({
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: false,
      logLevel: "silent",
    });
    const [document] = [...composer.compose(tokens, true, this.text.length)];
    const [first] = document?.errors ?? [];
    if (first !== undefined) {
      throw this.refuse(first.pos[0], `not YAML: ${first.message.replace(/\.$/, "")}`, "correct the file here");
    }
    return document?.contents ?? null;
  }

  private plain(node: unknown): unknown {
    if (isMap(node)) {
      const entries: Array<[string, unknown]> = [];
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        const name = this.name(key, startOf(value) ?? startOf(node) ?? 0);
        if (seen.has(name))
          throw this.refuse(startOf(key) ?? 0, "a name that is there already", "remove one of the two");
        seen.add(name);
        entries.push([name, this.plain(value)]);
      }
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) return node.items.map((item) => this.plain(item));
    return isScalar(node)
      ? this.scalar(node.value, node.source ?? "", node.type === "PLAIN", startOf(node) ?? 0)
      : null;
  }

  private name(key: unknown, offset: number): string {
    const start = startOf(key) ?? offset;
    const name = isScalar(key) ? this.plain(key) : undefined;
    if (typeof name !== "string") throw this.refuse(start, "a name that is no text", "put it in quotes");
    if (OBJECT_NAMES.has(name)) throw this.refuse(start, "a name that nothing can have", "choose another");
    return name;
  }

  private scalar(value: unknown, source: string, isPlain: boolean, offset: number): unknown {
    if (typeof value === "number" && !PLAIN_NUMBER.test(source)) {
      const remedy = "write it in decimal digits, or in quotes if it is a text";
      throw this.refuse(offset, "a number in a spelling that programs read differently", remedy);
    }
    if (typeof value !== "string") return value;
    if (isPlain && OTHERWISE_IN_YAML_1_1.test(value)) {
      throw this.refuse(offset, "a text that programs read differently", "put it in quotes");
    }
    const hidden = unseen(value, "value");
    if (hidden !== undefined) {
      const remedy = hidden.name === "U+000A" ? "write it as one line: `>-` folds several into one" : "remove it";
      throw this.refuse(offset, `a text with a character that no reader sees, ${hidden.name}`, remedy);
    }
    return value;
  }
}

/** Offset of a node. */
function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

/** Tokens that a token consists of, in the order of the text. */
function partsOf(token: CST.Token | CST.SourceToken): Array<CST.Token | CST.SourceToken> {
  switch (token.type) {
    case "document":
      return [...token.start, ...present(token.value)];
    case "block-map":
    case "block-seq":
    case "flow-collection":
      return token.items.flatMap(({ start, key, sep, value }) => [
        ...start,
        ...present(key),
        ...(sep ?? []),
        ...present(value),
      ]);
    default:
      return [];
  }
}

function present<Value>(value: Value | null | undefined): Value[] {
  return value === null || value === undefined ? [] : [value];
}
