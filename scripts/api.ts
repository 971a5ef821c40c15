// Writes docs/api.md: every public class, interface and type of constructs/index.ts, from the
// syntax tree of the sources. `npm run api`; with `--check`, changes nothing and fails where the
// page is out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "@swc/core";

const ROOT = join(__dirname, "..");
const PAGE = join(ROOT, "docs", "api.md");
const ENTRY = "constructs/index.ts";

/** One name that users can import. */
export interface PublicType {
  readonly name: string;
  readonly kind: "class" | "interface" | "type";
  /** From the project's root. */
  readonly file: string;
  readonly heading: string;
  readonly doc: string | undefined;
  readonly members: readonly PublicMember[];
}

export interface PublicMember {
  readonly name: string;
  /** Without its body, as TypeScript writes it. */
  readonly signature: string;
  readonly doc: string | undefined;
  readonly isOptional: boolean;
  readonly isConstructor: boolean;
  /** `static readonly NAME = Class.of("…")`: its text says what it is. */
  readonly isConstant: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: swc types its tree loosely, and says of no node where its documentation is
type Node = any;

export function publicTypes(): PublicType[] {
  return exportsOf(ENTRY).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function exportsOf(file: string): PublicType[] {
  const source = new Source(file);
  return source.body.flatMap((statement: Node): PublicType[] => {
    if (statement.type === "ExportAllDeclaration") return exportsOf(resolved(file, statement.source.value));
    if (statement.type === "ExportNamedDeclaration") {
      const from = resolved(file, statement.source.value);
      return statement.specifiers.map(({ orig }: Node) => declared(new Source(from), orig.value));
    }
    if (statement.type === "ExportDeclaration") return [typeOf(source, statement)];
    return [];
  });
}

function resolved(from: string, target: string): string {
  const path = join(dirname(from), target);
  return existsSync(join(ROOT, `${path}.ts`)) ? `${path}.ts` : join(path, "index.ts");
}

function declared(source: Source, name: string): PublicType {
  const statement = source.body.find(
    ({ type, declaration }: Node) => type === "ExportDeclaration" && nameOf(declaration) === name,
  );
  if (statement === undefined) throw new Error(`${source.file} exports no ${name}`);
  return typeOf(source, statement);
}

function nameOf(declaration: Node): string {
  return (declaration.identifier ?? declaration.id)?.value;
}

function typeOf(source: Source, { span, declaration }: Node): PublicType {
  const common = { name: nameOf(declaration), file: source.file, doc: source.docBefore(span.start) };
  if (declaration.type === "ClassDeclaration") {
    const members = declaration.body.flatMap((each: Node) => membersOfClass(source, each));
    return { ...common, kind: "class", heading: source.head(span), members };
  }
  if (declaration.type === "TsInterfaceDeclaration") {
    const members = declaration.body.body.flatMap((each: Node) => memberOfInterface(source, each));
    return { ...common, kind: "interface", heading: source.head(span), members };
  }
  if (declaration.type === "TsTypeAliasDeclaration") {
    return { ...common, kind: "type", heading: source.text(span.start, span.end), members: [] };
  }
  throw new Error(`${source.file}: nobody documents a ${declaration.type}`);
}

function membersOfClass(source: Source, node: Node): PublicMember[] {
  const isConstructor = node.type === "Constructor";
  if (node.accessibility === "private" || node.accessibility === "protected" || node.type === "EmptyStatement")
    return [];
  if (!isConstructor && !["ClassProperty", "ClassMethod"].includes(node.type)) return [];
  const name = isConstructor ? "constructor" : node.key.value;
  const doc = source.docBefore(node.span.start);
  if (name.startsWith("_") || isInternal(doc)) return [];
  const body = isConstructor ? node.body : node.function?.body;
  const value = node.type === "ClassProperty" ? node.value : undefined;
  const isConstant = node.isStatic === true && node.readonly === true && value != null;
  const end = body?.span.start ?? node.span.end;
  const own: PublicMember = {
    name,
    signature: oneLine(source.text(node.span.start, end))
      .replace(/[;{]\s*$/, "")
      .replace(/^public /, "")
      .trim(),
    doc,
    isOptional: node.isOptional === true,
    isConstructor,
    isConstant,
  };
  if (!isConstructor) return [own];
  const properties = node.params
    .filter(({ type, accessibility }: Node) => type === "TsParameterProperty" && accessibility === "public")
    .map((param: Node): PublicMember & { internal: boolean } => {
      const propertyDoc = source.docBefore(param.span.start);
      const text = oneLine(source.text(param.span.start, param.span.end)).replace(/^public /, "");
      const named = /(?:readonly )?(\w+)/.exec(text)?.[1] ?? text;
      const internal = named.startsWith("_") || isInternal(propertyDoc);
      return { ...own, name: named, signature: text, doc: propertyDoc, isConstructor: false, internal };
    })
    .filter(({ internal }: { internal: boolean }) => !internal);
  return [own, ...properties];
}

function memberOfInterface(source: Source, node: Node): PublicMember[] {
  const name: string = node.key?.value ?? "[index]";
  const doc = source.docBefore(node.span.start);
  if (name.startsWith("_") || isInternal(doc)) return [];
  const signature = oneLine(source.text(node.span.start, node.span.end))
    .replace(/;$/, "")
    .replace(/^readonly /, "");
  return [{ name, signature, doc, isOptional: node.optional === true, isConstructor: false, isConstant: false }];
}

function isInternal(doc: string | undefined): boolean {
  return doc?.includes("@internal") === true;
}

function oneLine(text: string): string {
  return text
    .replace(/\/\*\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replace(/\( /g, "(")
    .replace(/,? \)/g, ")");
}

/** A file, with positions as swc counts them. */
class Source {
  public readonly body: Node[];
  private readonly bytes: Buffer;
  private readonly base: number;

  public constructor(public readonly file: string) {
    // The first statement says where swc begins to count, in bytes.
    const text = `;${readFileSync(join(ROOT, file), "utf8")}`;
    this.bytes = Buffer.from(text);
    const { body } = parseSync(text, { syntax: "typescript", target: "es2022" });
    this.base = body[0]?.span.start ?? 0;
    this.body = body;
  }

  public text(start: number, end: number): string {
    return this.bytes.subarray(start - this.base, end - this.base).toString();
  }

  /** Up to the body. */
  public head({ start, end }: Node): string {
    return oneLine(this.text(start, end).split(" {\n")[0] ?? "").replace(/ \{.*$/, "");
  }

  /** Text of the documentation that ends before a position. */
  public docBefore(start: number): string | undefined {
    const before = this.bytes.subarray(0, start - this.base).toString();
    const at = before.lastIndexOf("/**");
    if (at < 0 || !/^\/\*\*((?!\*\/).)*\*\/\s*(?:\/\/ biome-ignore[^\n]*\s*)?$/s.test(before.slice(at)))
      return undefined;
    return before
      .slice(at + 3, before.lastIndexOf("*/"))
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
      .join("\n")
      .trim();
  }
}

/** What a reader of the API would miss, one line each. */
export function undocumented(types: readonly PublicType[] = publicTypes()): string[] {
  return types.flatMap(({ name, kind, doc, members }) => [
    ...(doc === undefined ? [`${name}: has no documentation`] : []),
    ...(kind === "class" && doc?.includes("@example") !== true ? [`${name}: has no @example`] : []),
    ...members.flatMap((member) => missing(name, member)),
  ]);
}

function missing(type: string, { name, doc, isOptional, isConstructor, isConstant }: PublicMember): string[] {
  if (doc === undefined) return isConstructor || isConstant ? [] : [`${type}.${name}: has no documentation`];
  return isOptional && !/@default|Absent/.test(doc) ? [`${type}.${name}: does not say what happens without it`] : [];
}

export function apiPage(types: readonly PublicType[] = publicTypes()): string {
  const parts = types.map(({ name, kind, heading, doc, members }) => {
    const rows = members.filter(({ isConstructor, doc }) => !isConstructor || doc !== undefined);
    return [
      `## ${name}\n`,
      `${kind}. \`${heading.replace(/^export /, "")}\`\n`,
      markdown(doc ?? ""),
      ...rows.map(({ signature, doc }) => `- \`${signature.replace(/`/g, "'")}\`\n${indented(markdown(doc ?? ""))}`),
    ]
      .filter((part) => part !== "")
      .join("\n");
  });
  return `# API reference

Written by \`npm run api\` from the docstrings of the sources. What each vendor enforces is in [vendors](vendors).

${parts.join("\n\n")}
`;
}

function markdown(doc: string): string {
  const [text = "", ...tags] = doc.split(/^(?=@)/m);
  const told = tags.map((tag) => {
    const example = /^@example\n(.*)$/s.exec(tag.trim());
    if (example !== null) return `\n\`\`\`ts\n${example[1]}\n\`\`\``;
    const [, kind = "", rest = ""] = /^@(\w+)\s*(.*)$/s.exec(tag.trim()) ?? [];
    return `${kind === "default" ? "Without it" : kind === "returns" ? "Returns" : `\`${kind}\``}: ${rest.replace(/^- /, "")}`;
  });
  return [text.trim(), ...told].filter((part) => part !== "").join("\n");
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

function main(): void {
  const page = apiPage();
  if (existsSync(PAGE) && readFileSync(PAGE, "utf8") === page) return;
  if (process.argv.includes("--check")) {
    console.error("docs/api.md is out of date: npm run api");
    process.exitCode = 1;
  } else {
    writeFileSync(PAGE, page);
  }
}

if (require.main === module) main();
