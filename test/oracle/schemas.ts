import Ajv2020, { type ErrorObject } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import * as v from "valibot";

/**
 * Schemas of an OpenAPI document, 3.0 or 3.1, as JSON Schema 2020-12 that is closed: a field that
 * is not declared is told.
 */

const object = v.record(v.string(), v.unknown());
export type JsonObject = v.InferOutput<typeof object>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Which way a body goes: of what is read-only nothing has to be sent, of what is write-only nothing
 * answered.
 */
export type Direction = "request" | "answer";

export interface Complaint {
  /** JSON pointer, with `N` for each index of a list; empty for the whole. */
  readonly at: string;
  readonly problem: string;
  readonly found: unknown;
  readonly allowed: string;
}

export type Check = (value: unknown) => readonly Complaint[];

const UNDECLARED = new Set(["additionalProperties", "unevaluatedProperties"]);
const BRANCHES = new Set(["anyOf", "oneOf"]);
const PARTS = new Set(["allOf", ...BRANCHES]);
/** What JSON Schema does not have, or what would name the schema. */
const DROPPED = new Set(["nullable", "discriminator", "$id", "$schema"]);
const BOUNDS = [
  ["exclusiveMinimum", "minimum"],
  ["exclusiveMaximum", "maximum"],
] as const;

/** The part of a document that `$ref` names; references to references are followed. */
export function resolved(document: JsonObject, given: unknown): unknown {
  let value = given;
  for (let steps = 0; isObject(value) && typeof value["$ref"] === "string"; steps += 1) {
    const pointer = value["$ref"];
    if (steps > 20 || !pointer.startsWith("#/")) throw new Error(`not a reference inside the document: ${pointer}`);
    value = pointer.slice(2).split("/").reduce<unknown>(step, document);
    if (value === undefined) throw new Error(`a reference to nothing: ${pointer}`);
  }
  return value;
}

function step(value: unknown, part: string): unknown {
  const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  return isObject(value) || Array.isArray(value)
    ? Object.entries(value).find(([each]) => each === name)?.[1]
    : undefined;
}

export class Schemas {
  readonly #document: JsonObject;
  readonly #bodies: Readonly<Record<Direction, Ajv2020>>;
  /** Texts of a URL or a header become what the schema wants them to be, where they can. */
  readonly #texts: Ajv2020;

  constructor(document: JsonObject) {
    this.#document = document;
    this.#bodies = { request: this.#ajv("request"), answer: this.#ajv("answer") };
    this.#texts = this.#ajv("request", { coerceTypes: "array" });
  }

  body(schema: unknown, direction: Direction): Check {
    return this.#compiled(this.#bodies[direction], this.#value(schema, direction));
  }

  text(schema: unknown): Check {
    const holder = { type: "object", properties: { value: this.#value(schema, "request") } };
    const check = this.#compiled(this.#texts, holder);
    return (value) => check({ value }).map((complaint) => ({ ...complaint, at: complaint.at.replace("/value", "") }));
  }

  #ajv(direction: Direction, options: { coerceTypes?: "array" } = {}): Ajv2020 {
    const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, logger: false, ...options });
    addFormats(ajv);
    const components = resolved(this.#document, this.#document["components"] ?? {});
    const schemas = isObject(components) ? components["schemas"] : undefined;
    const own = Object.entries(isObject(schemas) ? schemas : {});
    const parts = Object.fromEntries(own.map(([name, schema]) => [name, this.#part(schema, direction)]));
    ajv.addSchema({ $id: "document", components: { schemas: parts } });
    return ajv;
  }

  #compiled(ajv: Ajv2020, schema: unknown): Check {
    const validate = ajv.compile(isObject(schema) ? schema : {});
    return (value) => (validate(value) ? [] : this.#complaints(validate.errors ?? [], value));
  }

  /**
   * A schema of what stands somewhere in a body, and not of a part of another schema: here all
   * fields are known.
   */
  #value(schema: unknown, direction: Direction): unknown {
    const part = this.#part(schema, direction);
    return isObject(part) && this.#names(schema).length > 0 ? { ...part, unevaluatedProperties: false } : part;
  }

  #part(schema: unknown, direction: Direction): unknown {
    if (!isObject(schema)) return schema;
    const kept = Object.entries(schema).filter(([keyword]) => !DROPPED.has(keyword));
    const made: JsonObject = Object.fromEntries(
      kept.map(([keyword, value]) => [keyword, this.#keyword(schema, keyword, value, direction)]),
    );
    for (const [exclusive, bound] of BOUNDS) {
      // Up to 3.0 a switch, afterwards the bound itself.
      if (typeof made[exclusive] !== "boolean") continue;
      const { [exclusive]: isExclusive, [bound]: limit } = made;
      delete made[exclusive];
      if (!isExclusive) continue;
      delete made[bound];
      made[exclusive] = limit;
    }
    return schema["nullable"] === true ? { anyOf: [made, { type: "null" }] } : made;
  }

  #keyword(schema: JsonObject, keyword: string, value: unknown, direction: Direction): unknown {
    if (keyword === "properties" && isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#value(field, direction)]));
    }
    if (keyword === "items" || keyword === "additionalProperties") return this.#value(value, direction);
    if (keyword === "prefixItems" && Array.isArray(value)) return value.map((item) => this.#value(item, direction));
    if (PARTS.has(keyword) && Array.isArray(value)) return value.map((item) => this.#part(item, direction));
    if (keyword === "not") return this.#part(value, direction);
    if (keyword === "$ref" && typeof value === "string") return `document${value}`;
    if (keyword === "required" && Array.isArray(value)) {
      return value.filter((name) => !this.#isOneWay(schema, name, direction));
    }
    return value;
  }

  #isOneWay(schema: JsonObject, name: unknown, direction: Direction): boolean {
    const fields = schema["properties"];
    const field = resolved(this.#document, isObject(fields) ? fields[String(name)] : undefined);
    return isObject(field) && field[direction === "request" ? "readOnly" : "writeOnly"] === true;
  }

  /** Fields that a schema declares, in whichever of its parts. */
  #names(given: unknown, depth = 0): readonly string[] {
    const schema = resolved(this.#document, given);
    if (!isObject(schema) || depth > 10) return [];
    const parts = [...PARTS].flatMap((keyword) => schema[keyword] ?? []);
    const fields = schema["properties"];
    const inner = parts.flatMap((part) => this.#names(part, depth + 1));
    return [...(isObject(fields) ? Object.keys(fields) : []), ...inner];
  }

  /** One for each place; where a place within another is wrong, that one alone. */
  #complaints(errors: readonly ErrorObject[], whole: unknown): Complaint[] {
    const undecided = new Set(errors.filter(({ keyword }) => BRANCHES.has(keyword)).map((error) => error.instancePath));
    const places = new Map<string, { readonly error: ErrorObject; readonly path: string }[]>();
    for (const error of errors) {
      const undeclared = UNDECLARED.has(error.keyword);
      // Where no branch fits, none has declared anything.
      if (error.keyword === "unevaluatedProperties" && undecided.has(error.instancePath)) continue;
      const name: unknown = error.params["additionalProperty"] ?? error.params["unevaluatedProperty"];
      const missing: unknown = error.params["missingProperty"];
      const field = undeclared ? name : error.keyword === "required" ? missing : undefined;
      const path = field === undefined ? error.instancePath : `${error.instancePath}/${String(field)}`;
      places.set(path, [...(places.get(path) ?? []), { error, path }]);
    }
    const paths = [...places.keys()];
    const deepest = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
    return deepest.map((path) => {
      const found = (places.get(path) ?? []).map(({ error }) => error);
      return {
        at: path.replace(/\/\d+(?=\/|$)/g, "/N"),
        problem: [...new Set(found.map(problemOf))].join("; "),
        found: path.split("/").slice(1).reduce<unknown>(step, whole),
        allowed: [...new Set(found.map((error) => this.#allowed(error)))].filter((text) => text !== "").join("; "),
      };
    });
  }

  #allowed({ keyword, schema, parentSchema }: ErrorObject): string {
    if (UNDECLARED.has(keyword)) return `the fields ${[...new Set(this.#names(unmade(parentSchema)))].join(", ")}`;
    if (BRANCHES.has(keyword)) return "";
    return `${keyword} ${JSON.stringify(schema)}`;
  }
}

function problemOf({ keyword, message = "" }: ErrorObject): string {
  if (UNDECLARED.has(keyword)) return "is not declared";
  return keyword === "required" ? "is missing" : message;
}

/** References as the document has them. */
function unmade(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema ?? {}).replaceAll('"$ref":"document#', '"$ref":"#'));
}
