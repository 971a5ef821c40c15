import * as v from "valibot";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";

/** An answer that ends a call. */
export class Refused extends Error {
  constructor(readonly response: SimulatorResponse) {
    super("refused");
  }
}

export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refused {
  return new Refused({
    status,
    headers,
    body: { detail: { type: TYPES[status] ?? "api_error", code, status: code, message } },
  });
}

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request",
  401: "authentication_error",
  403: "authorization_error",
  404: "not_found",
  429: "rate_limit_error",
};

export const notFound = (what: string) => refusal(404, "not_found", `${what} was not found.`);

export const missingPermission = (permission: string) =>
  refusal(
    401,
    "missing_permissions",
    `The API key you used is missing the permission ${permission} to execute this operation.`,
  );

/** Bodies that do not follow the schema are answered 422, field by field, without their values. */
export function readBody<Output>(schema: v.GenericSchema<unknown, Output>, body: string): Output {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    throw unprocessable([{ type: "json_invalid", loc: ["body"], msg: "JSON decode error" }]);
  }
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw unprocessable(
    parsed.issues.map((issue) => ({
      type: issue.received === "undefined" ? "missing" : "value_error",
      loc: ["body", ...(issue.path ?? []).map(({ key }) => String(key))],
      msg: issue.received === "undefined" ? "Field required" : "Input is not valid",
    })),
  );
}

function unprocessable(detail: ReadonlyArray<{ type: string; loc: readonly string[]; msg: string }>): Refused {
  return new Refused({ status: 422, body: { detail } });
}
