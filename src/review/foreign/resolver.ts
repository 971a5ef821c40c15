import { unknownSegment, unknownText, withWords } from "../../iam";
import { type Attributes, isAttributes } from "../attributes";
import { arnOf } from "./arns";
import type { Block } from "./blocks";
import { evaluated, partsOf, referencesIn, under } from "./expression";
import { documentOf } from "./policy-document";

/** Locals may name each other, and lists of texts may grow. */
const DEPTH_MAX = 8;
const LENGTH_MAX = 200_000;

/** What references of one stack stand for. */
export interface Source {
  readonly blocks: readonly Block[];
  readonly locals: Attributes;
}

/**
 * Puts into the templates of a stack what the stack itself says: locals, attributes that are
 * written out, ARNs that follow from names. Parts that are not known are marked, and their words
 * hold all that they may stand for, so that a name in it is found.
 */
export class Resolver {
  readonly #byAddress: ReadonlyMap<string, Block>;
  readonly #open = new Set<string>();
  readonly #texts = new Map<string, string>();
  #depth = 0;

  constructor(private readonly source: Source) {
    this.#byAddress = new Map(source.blocks.map((block) => [block.address, block]));
  }

  text(template: string): string {
    if (!template.includes("${") && !template.includes("%{")) return template;
    const resolved = partsOf(template)
      .map((part) => ("text" in part ? part.text : this.#expression(part.expression)))
      .join("");
    return resolved.length > LENGTH_MAX ? unknownText(words(template, CUT)) : resolved;
  }

  /** The same value with every text in it resolved. */
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((inner) => this.value(inner));
    return isAttributes(value) ? this.body(value) : value;
  }

  body(attributes: Attributes): Attributes {
    return Object.fromEntries(
      Object.entries(attributes)
        .filter(([name]) => name !== "//")
        .map(([name, value]) => [name, this.value(value)]),
    );
  }

  #expression(expression: string): string {
    // The same stand in many resources. Inside of another one the way there plays a part.
    if (this.#depth > 0 || this.#open.size > 0) return this.#text(expression);
    const known = this.#texts.get(expression);
    if (known !== undefined) return known;
    const text = this.#text(expression);
    this.#texts.set(expression, text);
    return text;
  }

  #text(expression: string): string {
    const value = this.#evaluated(expression);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return this.#unknown(expression, value);
  }

  #evaluated(expression: string): unknown {
    if (this.#depth >= DEPTH_MAX) return undefined;
    this.#depth++;
    try {
      return evaluated(
        expression,
        (template) => this.text(template),
        (reference) => this.#reference(reference),
      );
    } finally {
      this.#depth--;
    }
  }

  #unknown(expression: string, value: unknown): string {
    const reached = value === undefined ? referencesIn(expression).map((reference) => this.#mentioned(reference)) : [];
    const shown = value === undefined ? "" : JSON.stringify(value);
    return unknownText(words(["${", expression, "}", shown, ...reached.filter((each) => each !== "")].join(" ")));
  }

  /** What is known of an expression by what it refers to alone. */
  unknown(references: readonly string[]): string {
    return this.#unknown(references.join(", "), undefined);
  }

  /** In words, all that a reference may lead to. */
  #mentioned(reference: string): string {
    if (this.#open.has(reference)) return "";
    if (this.#depth >= DEPTH_MAX) return CUT;
    this.#open.add(reference);
    this.#depth++;
    try {
      const value = this.#reference(reference) ?? this.#carried(reference);
      return value === undefined ? "" : withWords(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
    } finally {
      this.#depth--;
      this.#open.delete(reference);
    }
  }

  #reference(reference: string): unknown {
    const path = pathOf(reference);
    const [first = "", second = "", third = ""] = path;
    switch (first) {
      case "local":
        return this.#within(reference, this.source.locals[second], path.slice(2));
      case "var":
      case "each":
      case "count":
      case "self":
      case "module":
      case "path":
      case "terraform":
        return undefined;
      case "data":
        return this.#attribute(`data.${second}.${third}`, `data.${second}`, path.slice(3));
      default:
        return this.#attribute(`${first}.${second}`, first, path.slice(2));
    }
  }

  #within(reference: string, written: unknown, path: readonly string[]): unknown {
    if (written === undefined || this.#open.has(reference)) return undefined;
    this.#open.add(reference);
    try {
      const value = path.length === 0 ? written : under(written, path);
      if (typeof value !== "string") return this.value(value);
      const whole = partsOf(value);
      // A local that is a list or an object is one where it is named.
      const only = whole.length === 1 ? whole[0] : undefined;
      const inner = only !== undefined && "expression" in only ? this.#evaluated(only.expression) : undefined;
      return inner ?? this.text(value);
    } finally {
      this.#open.delete(reference);
    }
  }

  #attribute(address: string, type: string, path: readonly string[]): unknown {
    const block = this.#byAddress.get(address);
    // One of several: the first part of the path says which.
    const isOne = path.length > 1 && (/^\d+$/.test(path[0] ?? "") || block?.body["for_each"] !== undefined);
    const inside = isOne ? path.slice(1) : path;
    const [name = ""] = inside;
    const known = here(type, name);
    if (known !== undefined) return known;
    const put = (value: unknown) => (block?.isLiteral ? value : this.value(value));
    const attribute = (wanted: string) => {
      const value = put(block?.body[wanted]);
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    const reference = `${address}.${name}`;
    if (this.#open.has(reference)) return undefined;
    this.#open.add(reference);
    try {
      const derived = arnOf(type, name, attribute, address);
      if (derived !== undefined) return derived;
      const given = name === "json" && type === DOCUMENT ? documentOf(put(block?.body)) : undefined;
      const written = given ?? under(block?.body, inside);
      return given ?? (written === undefined ? undefined : put(written));
    } finally {
      this.#open.delete(reference);
    }
  }

  /** What carries others' values: data sources, `terraform_data`, `null_resource`. */
  #carried(reference: string): unknown {
    const path = pathOf(reference);
    const [first, second] = path;
    const address = first === "var" ? `variable.${second}` : path.slice(0, first === "data" ? 3 : 2).join(".");
    const block = this.#byAddress.get(address);
    const carries = block?.kind === "data" || CARRIERS.has(block?.type ?? "") || first === "var";
    return block === undefined || !carries ? undefined : block.isLiteral ? block.body : this.value(block.body);
  }
}

const DOCUMENT = "data.aws_iam_policy_document";
const CARRIERS = new Set(["terraform_data", "null_resource", "null_data_source"]);

/** Account, region and partition at hand: one segment of an ARN each. */
const HERE: Readonly<Record<string, readonly string[]>> = {
  "data.aws_partition": ["partition", "id", "dns_suffix"],
  "data.aws_region": ["id", "name", "region"],
  "data.aws_caller_identity": ["account_id", "id"],
};

function here(type: string, name: string): string | undefined {
  return HERE[type]?.includes(name) ? unknownSegment(`\${${type.slice("data.aws_".length)}}`) : undefined;
}

function pathOf(reference: string): string[] {
  return reference
    .split(/[.[\]]+/)
    .map((part) => part.replace(/^"|"$/g, ""))
    .filter((part) => part !== "");
}

const WORDS_MAX = 20_000;
/** Stands where more was said than is followed: it may name anything. */
export const CUT = "(and more that review does not follow)";

/** What can stand inside of JSON, and of one marked part. */
function words(text: string, more = ""): string {
  const said = withWords(text).replace(/["\\\p{Cc}]+/gu, "'");
  return said.length > WORDS_MAX ? `${said.slice(0, WORDS_MAX)} ${CUT}` : `${said}${more}`;
}
