import * as v from "valibot";
import { badRequest } from "./errors";

/** Parses a query; `name[]` is a list. Unknown parameters are refused. */
export function readQuery<Output>(schema: v.GenericSchema<unknown, Output>, query: URLSearchParams): Output {
  const input: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    input[name] = name.endsWith("[]") ? query.getAll(name) : (query.getAll(name).at(-1) ?? "");
  }
  return read(schema, input);
}

/**
 * Parses a JSON body. An absent body counts as an empty object, since all fields of some calls are
 * optional.
 */
export function readBody<Output>(schema: v.GenericSchema<unknown, Output>, body: string): Output {
  let input: unknown;
  try {
    input = body === "" ? {} : JSON.parse(body);
  } catch {
    throw badRequest("We could not parse the JSON body of your request.");
  }
  return read(schema, input);
}

function read<Output>(schema: v.GenericSchema<unknown, Output>, input: unknown): Output {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const name = v.getDotPath(issue);
  if (name === null) throw badRequest(issue.message);
  if (issue.expected === "never") throw badRequest(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
  if (issue.received === "undefined") {
    throw badRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
  }
  throw badRequest(`Invalid value for '${name}': expected ${issue.expected ?? issue.message}.`, name, "invalid_value");
}
