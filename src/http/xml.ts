import * as v from "valibot";

/** One tag with its attributes, which are passed over, or the text between two. */
const PART =
  /<(?<end>\/?)(?<name>[A-Za-z_][\w.-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(?<empty>\/?)>|(?<text>[^<]+)/y;
const DECLARATION = /^\s*<\?xml[^>]*\?>/;
/** Elements inside of each other; AWS's answers have a handful. */
const DEPTH_MAX = 100;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

interface Element {
  readonly name: string;
  readonly children: Record<string, unknown>;
  text: string;
  parent: boolean;
}

/**
 * XML as AWS's Query APIs answer it: an element is an object of its elements, or its text where it
 * has none, and a list where a name comes again. Undefined where the text is anything else;
 * comments, CDATA and document types are, and what nests too deep.
 */
export function parseXml(text: string): unknown {
  const open: Element[] = [element("")];
  const part = new RegExp(PART);
  part.lastIndex = DECLARATION.exec(text)?.[0].length ?? 0;
  while (part.lastIndex < text.length) {
    const found = part.exec(text)?.groups;
    const inner = open.at(-1);
    if (found === undefined || inner === undefined) return undefined;
    const { name = "", end, empty, text: between } = found;
    if (between !== undefined) inner.text += between;
    else if (end === "" && empty === "") {
      if (open.length > DEPTH_MAX) return undefined;
      open.push(element(name));
    } else if (end === "") add(inner, name, "");
    else {
      const outer = open.at(-2);
      if (inner.name !== name || outer === undefined || empty !== "") return undefined;
      open.pop();
      add(outer, name, inner.parent ? inner.children : unescaped(inner.text));
    }
  }
  const [document] = open;
  return open.length === 1 && document?.parent ? document.children : undefined;
}

/**
 * `<Names><member>a</member><member>b</member></Names>`: a list, of which one item looks like none
 * at all.
 */
export function members<Item>(item: v.GenericSchema<unknown, Item>) {
  const list = v.object({
    member: v.pipe(
      v.unknown(),
      v.transform((one) => [one].flat()),
      v.array(item),
    ),
  });
  return v.union([
    list,
    v.pipe(
      v.string(),
      v.regex(/^\s*$/),
      v.transform(() => ({ member: [] as Item[] })),
    ),
  ]);
}

/** A text as it stands in XML. */
export function escapeXml(text: string): string {
  const names = Object.entries(ENTITIES);
  return text.replace(/[<>&"']/g, (sign) => `&${names.find(([, meant]) => meant === sign)?.[0]};`);
}

function element(name: string): Element {
  // Without a prototype, since names come from outside.
  return { name, children: Object.create(null), text: "", parent: false };
}

function add(to: Element, name: string, value: unknown): void {
  const { children } = to;
  const before = children[name];
  if (Array.isArray(before)) before.push(value);
  else children[name] = before === undefined ? value : [before, value];
  to.parent = true;
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (all, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (name !== undefined) return ENTITIES[name] ?? all;
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
