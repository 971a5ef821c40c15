import * as v from "valibot";
import { type Check, isObject, type JsonObject, resolved, Schemas } from "./schemas";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  /** `deepObject`: `effective_at[gte]=1` is a field of `effective_at`. */
  readonly fields: readonly string[] | undefined;
  /** A list that is sent as one text, with commas. */
  readonly joined: boolean;
  readonly check: Check;
}

export interface Operation {
  /** `POST /keys` */
  readonly name: string;
  readonly method: string;
  readonly bases: readonly string[];
  readonly template: string;
  readonly parameters: readonly Parameter[];
  /** By media type. Undefined: it takes no body. */
  readonly body: { readonly required: boolean; readonly checks: ReadonlyMap<string, Check> } | undefined;
  /** By status as declared (`200`, `4XX`, `default`); undefined: without a body. */
  readonly answers: ReadonlyMap<string, Check | undefined>;
  /** Ways to be let in, each of headers that it takes. Empty: anybody is. */
  readonly credentials: ReadonlyArray<ReadonlyArray<{ readonly header: string; readonly start: string }>>;
}

const METHODS = ["get", "put", "post", "patch", "delete"];
const JSON_TYPE = "application/json";

const fieldsOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const parameterSchema = v.object({
  name: v.string(),
  in: v.picklist(["path", "query", "header", "cookie"]),
  required: v.optional(v.boolean(), false),
  style: v.optional(v.string()),
  explode: v.optional(v.boolean()),
  schema: v.optional(v.unknown()),
});

/**
 * Operations of an OpenAPI document, 3.0 or 3.1. `base`: where it names no server. Throws on what
 * is none.
 */
export function operationsOf(content: unknown, base: string): readonly Operation[] {
  if (!isObject(content) || !/^3\.[01]\./.test(String(content["openapi"]))) throw new Error("no OpenAPI 3.0 or 3.1");
  const document = content;
  const schemas = new Schemas(document);
  const operations: Operation[] = [];
  for (const [template, item] of Object.entries(fieldsOf(document["paths"]))) {
    for (const [method, given] of Object.entries(fieldsOf(resolved(document, item)))) {
      if (!METHODS.includes(method) || !isObject(given)) continue;
      const path = fieldsOf(resolved(document, item));
      const servers = given["servers"] ?? path["servers"] ?? document["servers"];
      operations.push({
        name: `${method.toUpperCase()} ${template}`,
        method: method.toUpperCase(),
        bases: basesOf(servers, base),
        template,
        parameters: parametersOf(document, schemas, [...listOf(path["parameters"]), ...listOf(given["parameters"])]),
        body: bodyOf(document, schemas, given["requestBody"]),
        answers: answersOf(document, schemas, given["responses"]),
        credentials: credentialsOf(document, given["security"] ?? document["security"]),
      });
    }
  }
  // `/keys/list` before `/keys/{id}`.
  return operations.sort((a, b) => a.template.split("{").length - b.template.split("{").length);
}

function basesOf(servers: unknown, base: string): string[] {
  const urls = listOf(servers).flatMap((server) => String(fieldsOf(server)["url"] ?? ""));
  const real = urls.filter((url) => url.startsWith("https://")).map((url) => url.replace(/\/$/, ""));
  return real.length === 0 ? [base] : real;
}

function parametersOf(document: JsonObject, schemas: Schemas, given: readonly unknown[]): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const each of given) {
    const { in: where, name, required, style, explode, schema } = v.parse(parameterSchema, resolved(document, each));
    if (where === "cookie") continue;
    const { properties } = fieldsOf(resolved(document, schema));
    const deep = where === "query" && (style === "deepObject" || isObject(properties));
    found.set(`${where} ${name}`, {
      name: where === "header" ? name.toLowerCase() : name,
      in: where,
      required,
      fields: deep ? Object.keys(fieldsOf(properties)) : undefined,
      joined: explode === false,
      check: schemas.text(schema ?? {}),
    });
  }
  return [...found.values()];
}

function bodyOf(document: JsonObject, schemas: Schemas, given: unknown): Operation["body"] {
  if (given === undefined) return undefined;
  const body = fieldsOf(resolved(document, given));
  const checks = Object.entries(fieldsOf(body["content"])).map(
    ([type, content]) => [type, schemas.body(fieldsOf(content)["schema"] ?? {}, "request")] as const,
  );
  return { required: body["required"] === true, checks: new Map(checks) };
}

function answersOf(document: JsonObject, schemas: Schemas, given: unknown): Operation["answers"] {
  const answers = Object.entries(fieldsOf(given)).map(([status, answer]) => {
    const content = fieldsOf(fieldsOf(resolved(document, answer))["content"]);
    const json = content[JSON_TYPE] ?? Object.entries(content).find(([type]) => /json/.test(type))?.[1];
    return [status, json === undefined ? undefined : schemas.body(fieldsOf(json)["schema"] ?? {}, "answer")] as const;
  });
  return new Map(answers);
}

function credentialsOf(document: JsonObject, security: unknown): Operation["credentials"] {
  const schemes = fieldsOf(fieldsOf(document["components"])["securitySchemes"]);
  return listOf(security).map((way) =>
    Object.keys(fieldsOf(way)).map((name) => {
      const { type, in: where, name: header, scheme } = fieldsOf(resolved(document, schemes[name]));
      if (type === "apiKey" && where === "header") return { header: String(header).toLowerCase(), start: "" };
      return { header: "authorization", start: String(scheme).toLowerCase() === "basic" ? "Basic " : "Bearer " };
    }),
  );
}

/**
 * The operation that a request is of, and the values of its path. Without a method: any of that
 * path.
 */
export function operationFor(
  operations: readonly Operation[],
  method: string | undefined,
  url: URL,
): { readonly operation: Operation; readonly values: ReadonlyMap<string, string> } | undefined {
  const full = url.origin + url.pathname;
  for (const operation of operations.filter((each) => each.method === (method ?? each.method))) {
    for (const base of operation.bases) {
      const values = full.startsWith(`${base}/`) ? valuesIn(operation.template, full.slice(base.length)) : undefined;
      if (values !== undefined) return { operation, values };
    }
  }
  return undefined;
}

function valuesIn(template: string, path: string): Map<string, string> | undefined {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const pattern = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "([^/]+)");
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (found === null) return undefined;
  return new Map(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")]));
}
