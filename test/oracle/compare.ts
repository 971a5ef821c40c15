import { type Difference, shown } from "./difference";
import { type Operation, operationFor, type Parameter } from "./document";
import type { Complaint } from "./schemas";

/** A request and what it was answered. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  /** Undefined: none. */
  readonly answer: unknown;
}

export interface Comparison {
  /** Undefined: the document has no such operation. */
  readonly operation: Operation | undefined;
  readonly differences: readonly Difference[];
}

interface Found extends Complaint {
  /** What of the exchange it is in: `body`, `query limit`. */
  readonly part: string;
}

/** Holds one exchange against the operations of a vendor's document. */
export function compare(
  vendor: string,
  operations: readonly Operation[],
  exchange: Exchange,
  secrets: readonly string[],
): Comparison {
  const url = new URL(exchange.url);
  const match = operationFor(operations, exchange.method, url);
  const tell = (operation: string, { part, at, problem, found, allowed }: Found): Difference => ({
    vendor,
    operation,
    at: at === "" ? part : `${part} ${at}`,
    problem,
    found: shown(found, secrets),
    allowed,
  });
  if (match === undefined) {
    const allowed = operations.map(({ name }) => name).join(", ");
    const problem = "is not in the document";
    const sibling = operationFor(operations, undefined, url)?.operation;
    const name = `${exchange.method} ${sibling?.template ?? url.pathname}`;
    const unknown = { part: "operation", at: "", problem, found: `${url.origin}${url.pathname}`, allowed };
    return { operation: undefined, differences: [tell(name, unknown)] };
  }
  const { operation, values } = match;
  const found = [
    ...operation.parameters
      .filter((each) => each.in === "path")
      .flatMap((each) => parameter(each, [...one(values, each)])),
    ...inQuery(operation, url.searchParams),
    ...inHeaders(operation, exchange.headers),
    ...inBody(operation, exchange),
    ...inAnswer(operation, exchange),
  ];
  return { operation, differences: found.map((each) => tell(operation.name, each)) };
}

function one(values: ReadonlyMap<string, string>, { name }: Parameter): readonly string[] {
  const value = values.get(name);
  return value === undefined ? [] : [value];
}

function parameter({ in: where, name, required, joined, fields, check }: Parameter, texts: readonly string[]): Found[] {
  const part = `${where} ${name}`;
  if (texts.length === 0) {
    return required ? [{ part, at: "", problem: "is missing", found: undefined, allowed: "it is required" }] : [];
  }
  const list = joined ? texts.flatMap((text) => text.split(",")) : texts;
  const value = fields === undefined && list.length === 1 ? list[0] : list;
  return check(value).map((complaint) => ({ part, ...complaint }));
}

function inQuery({ parameters }: Operation, query: URLSearchParams): Found[] {
  const declared = parameters.filter((each) => each.in === "query");
  const deep = declared.filter(({ fields }) => fields !== undefined);
  const partOf = (name: string) => deep.find((each) => name.startsWith(`${each.name}[`));
  const unknown = [...new Set(query.keys())]
    .filter((name) => !declared.some((each) => each.fields === undefined && each.name === name))
    .filter((name) => partOf(name) === undefined)
    .map((name) => ({
      part: `query ${name}`,
      at: "",
      problem: "is not declared",
      found: query.get(name),
      allowed: declared.length === 0 ? "no query" : declared.map((each) => each.name).join(", "),
    }));
  const known = declared.flatMap((each) => {
    if (each.fields === undefined) return parameter(each, query.getAll(each.name));
    const given = [...query].filter(([name]) => partOf(name) === each);
    if (given.length === 0) return parameter(each, []);
    const value = Object.fromEntries(given.map(([name, text]) => [name.slice(each.name.length + 1, -1), text]));
    return each.check(value).map((complaint) => ({ part: `query ${each.name}`, ...complaint }));
  });
  return [...unknown, ...known];
}

function inHeaders({ parameters, credentials }: Operation, headers: Exchange["headers"]): Found[] {
  const declared = parameters.filter((each) => each.in === "header");
  const values = new Map(Object.entries(headers));
  const isLetIn = credentials.some((way) =>
    way.every(({ header, start }) => headers[header]?.startsWith(start) === true),
  );
  const ways = credentials.map((way) => way.map(({ header, start }) => `${header}: ${start}…`).join(" and "));
  return [
    ...declared.flatMap((each) => parameter(each, one(values, each))),
    ...(credentials.length === 0 || isLetIn
      ? []
      : [
          {
            part: "credentials",
            at: "",
            problem: "are not those that it takes",
            found: Object.keys(headers),
            allowed: ways.join(", or "),
          },
        ]),
  ];
}

function inBody({ body }: Operation, { headers, body: sent }: Exchange): Found[] {
  if (body === undefined) {
    if (sent === "") return [];
    return [{ part: "body", at: "", problem: "is not declared", found: json(sent), allowed: "no body" }];
  }
  if (sent === "") {
    if (!body.required) return [];
    return [{ part: "body", at: "", problem: "is missing", found: undefined, allowed: "it is required" }];
  }
  const type = (headers["content-type"] ?? "").replace(/;.*/, "").trim();
  const check = body.checks.get(type);
  if (check !== undefined) return check(json(sent)).map((complaint) => ({ part: "body", ...complaint }));
  return [
    {
      part: "header content-type",
      at: "",
      problem: "is not declared",
      found: type,
      allowed: [...body.checks.keys()].join(", "),
    },
  ];
}

function inAnswer({ answers }: Operation, { status, answer }: Exchange): Found[] {
  const range = `${String(status)[0]}XX`;
  const declared = [...answers.keys()];
  const key = [String(status), range, range.toLowerCase(), "default"].find((each) => answers.has(each));
  if (key === undefined) {
    const problem = "is not declared";
    return [{ part: `status ${status}`, at: "", problem, found: answer, allowed: declared.join(", ") }];
  }
  const part = `answer ${status}`;
  const check = answers.get(key);
  if (check !== undefined) return check(answer).map((complaint) => ({ part, ...complaint }));
  const isEmpty = answer === undefined || answer === null || answer === "";
  return isEmpty || key !== String(status)
    ? []
    : [{ part, at: "", problem: "is not declared", found: answer, allowed: "no body" }];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
