import { isAttributes } from "../attributes";

/**
 * What an expression of Terraform is, as far as it is written out: texts, lists, objects,
 * `jsonencode`, and references, which `resolve` puts in. Anything else is `undefined`: what it will
 * be is not known.
 */
export function evaluated(source: string, text: (template: string) => string, resolve: Resolve): unknown {
  const reader = new Reader(source, text, resolve);
  try {
    const value = reader.value();
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof NotWrittenOut) return undefined;
    throw error;
  }
}

/** @param reference `aws_iam_role.app.name`. Undefined: not known. */
export type Resolve = (reference: string) => unknown;

/** One for all: it says nothing, and most expressions end so. */
class NotWrittenOut extends Error {}
const NOT_WRITTEN_OUT = new NotWrittenOut();

class Reader {
  #at = 0;

  constructor(
    private readonly source: string,
    private readonly text: (template: string) => string,
    private readonly resolve: Resolve,
  ) {}

  isAtEnd(): boolean {
    this.#blank();
    return this.#at === this.source.length;
  }

  value(): unknown {
    this.#blank();
    const character = this.source[this.#at];
    if (character === '"') return this.text(this.#quoted());
    if (character === "[") return this.#list();
    if (character === "{") return this.#object();
    if (character === "(") {
      this.#take("(");
      const inner = this.value();
      this.#take(")");
      return inner;
    }
    const word = this.#match(/-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*(?:\.[\w-]+|\[(?:\d+|"[^"\\$]*")\])*/y);
    if (/^-?\d/.test(word)) return Number(word);
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    this.#blank();
    if (this.source[this.#at] !== "(") {
      const value = this.resolve(word);
      if (value === undefined) throw NOT_WRITTEN_OUT;
      return value;
    }
    this.#take("(");
    const inner = this.value();
    this.#take(")");
    if (word === "jsonencode") return JSON.stringify(inner);
    if ((word === "tostring" || word === "trimspace") && typeof inner === "string") return inner;
    throw NOT_WRITTEN_OUT;
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    this.#take("[");
    for (this.#blank(); this.source[this.#at] !== "]"; this.#blank()) {
      items.push(this.value());
      this.#blank();
      if (this.source[this.#at] === ",") this.#at++;
      else if (this.source[this.#at] !== "]") throw NOT_WRITTEN_OUT;
    }
    this.#take("]");
    return items;
  }

  #object(): Record<string, unknown> {
    const members: Array<readonly [string, unknown]> = [];
    this.#take("{");
    for (this.#blank(); this.source[this.#at] !== "}"; this.#blank()) {
      const name = this.source[this.#at] === '"' ? this.text(this.#quoted()) : this.#match(/[A-Za-z_][\w-]*/y);
      this.#blank();
      if (this.source[this.#at] !== "=" && this.source[this.#at] !== ":") throw NOT_WRITTEN_OUT;
      this.#at++;
      members.push([name, this.value()]);
      this.#blank();
      if (this.source[this.#at] === ",") this.#at++;
    }
    this.#take("}");
    // The last of a name holds in Terraform, and which of them was meant nobody can tell.
    if (new Set(members.map(([name]) => name)).size < members.length) throw NOT_WRITTEN_OUT;
    return Object.fromEntries(members);
  }

  /** The template between two quotes, without the escapes of a quoted text. */
  #quoted(): string {
    const start = ++this.#at;
    const end = endOfQuoted(this.source, start);
    if (end < 0) throw NOT_WRITTEN_OUT;
    this.#at = end + 1;
    return this.source
      .slice(start, end)
      .replace(/\\(["\\nrt])/g, (_, c: string) => ({ n: "\n", r: "\r", t: "\t" })[c] ?? c);
  }

  #match(token: RegExp): string {
    token.lastIndex = this.#at;
    const [found] = token.exec(this.source) ?? [];
    if (found === undefined || found === "") throw NOT_WRITTEN_OUT;
    this.#at += found.length;
    return found;
  }

  #take(character: string): void {
    this.#blank();
    if (this.source[this.#at] !== character) throw NOT_WRITTEN_OUT;
    this.#at++;
  }

  #blank(): void {
    while (/\s/.test(this.source[this.#at] ?? "")) this.#at++;
  }
}

/**
 * Where a quoted text ends that starts at `start`; expressions in it may hold quoted texts. -1: it
 * does not.
 */
function endOfQuoted(source: string, start: number): number {
  for (let i = start; i < source.length; i++) {
    const character = source[i];
    if (character === "\\") i++;
    else if (character === '"') return i;
    else if (isOpened(source, i)) {
      const end = endOfExpression(source, i + 2);
      if (end < 0) return -1;
      i = end;
    }
  }
  return -1;
}

/** Whether `${` or `%{` starts here, and no escape of it. */
function isOpened(source: string, at: number): boolean {
  const mark = source[at];
  return (mark === "$" || mark === "%") && source[at + 1] === "{" && source[at - 1] !== mark;
}

/** Where the brace is that ends an expression; -1: there is none. */
function endOfExpression(source: string, start: number): number {
  let depth = 1;
  for (let i = start; i < source.length; i++) {
    const character = source[i];
    if (character === '"') {
      i = endOfQuoted(source, i + 1);
      if (i < 0) return -1;
    } else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return i;
  }
  return -1;
}

/** A template cut into what is written and what is computed. */
export type Part = { readonly text: string } | { readonly expression: string };

export function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let written = "";
  for (let i = 0; i < template.length; i++) {
    const mark = template.charAt(i);
    if ((mark === "$" || mark === "%") && template[i + 1] === mark && template[i + 2] === "{") {
      written += `${mark}{`;
      i += 2;
    } else if ((mark === "$" || mark === "%") && template[i + 1] === "{") {
      const end = endOfExpression(template, i + 2);
      if (written !== "") parts.push({ text: written });
      written = "";
      // What `%{` directs is not followed.
      const inner = template.slice(i + 2, end < 0 ? undefined : end);
      parts.push({ expression: mark === "%" ? `%{${inner}}` : inner.replace(/^~|~$/g, "").trim() });
      i = end < 0 ? template.length : end;
    } else written += mark;
  }
  if (written !== "") parts.push({ text: written });
  return parts;
}

/**
 * Everything in an expression that may be a reference, e.g. `local.names`, `aws_iam_role.app.name`.
 */
export function referencesIn(expression: string): string[] {
  return [...new Set(expression.match(/(?<![\w.-])[A-Za-z_][\w-]*(?:\.[\w-]+|\[(?:\d+|"[^"\\$]*")\])+/g) ?? [])];
}

/** The value under a path of names and indexes; undefined where there is none. */
export function under(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (Array.isArray(at)) at = at[Number(name)];
    else if (isAttributes(at) && Object.hasOwn(at, name)) at = at[name];
    else return undefined;
  }
  return at;
}
