import * as v from "valibot";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";

/** An answer that ends a call. */
export class Refusal extends Error {
  constructor(readonly response: SimulatorResponse) {
    super(`answered ${response.status}`);
  }
}

/** In the proxy's own envelope, where the status is a text. */
export function refusal(
  status: number,
  type: string,
  message: string,
  { param = "None", headers = {} }: { param?: string | null; headers?: Readonly<Record<string, string>> } = {},
): Refusal {
  return new Refusal({ status, headers, body: { error: { message, type, param, code: String(status) } } });
}

/** As FastAPI answers what is refused outside of the proxy's own handlers. */
export function detail(status: number, text: string): Refusal {
  return new Refusal({ status, body: { detail: text } });
}

/** As FastAPI answers what does not follow the schema. Quotes the input, as it does. */
export function invalid(where: "body" | "query", issues: ReadonlyArray<v.BaseIssue<unknown>>, input: unknown): Refusal {
  return new Refusal({
    status: 422,
    body: {
      detail: issues.map((issue) => ({
        type: `${issue.type}_type`,
        loc: [where, ...(v.getDotPath(issue)?.split(".") ?? [])],
        msg: `Input should be a valid ${issue.expected ?? issue.type}`,
        input,
      })),
    },
  });
}

export function readBody<Output>(schema: v.GenericSchema<unknown, Output>, body: string): Output {
  let input: unknown;
  try {
    input = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new Refusal({
      status: 422,
      body: { detail: [{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {} }] },
    });
  }
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw invalid("body", parsed.issues, input);
}

export function readQuery<Output>(schema: v.GenericSchema<unknown, Output>, query: URLSearchParams): Output {
  const input = Object.fromEntries(query);
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw invalid("query", parsed.issues, input);
}
