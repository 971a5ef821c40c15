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
  return new Refused({ status, headers, body: { status, error: { code, message } } });
}

export const unauthenticated = () => refusal(401, "UNAUTHENTICATED", "Invalid API key.");
export const notFound = (what: string) => refusal(404, "NOT_FOUND", `${what} not found.`);

/** The login host has an envelope of its own. */
export const loginRefusal = (status: number, error: string, error_description: string) =>
  new Refused({ status, body: { error, error_description } });

/** Undefined where the body is no JSON or does not follow the schema. */
export function readBody<Output>(schema: v.GenericSchema<unknown, Output>, body: string): Output | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(body));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
