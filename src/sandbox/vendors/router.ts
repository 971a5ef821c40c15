import * as v from "valibot";
import type { SimulatorRequest, SimulatorResponse } from "./simulator";

/** One call of a vendor's API: `PATCH /keys/{hash}`. */
export interface ApiRoute<State> {
  readonly endpoint: string;
  handle(state: State, call: ApiCall): SimulatorResponse;
}

export interface ApiCall {
  readonly ids: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** An answer that ends a call. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Route and ids of a request; undefined where no route has the path with the method. */
export function routed<State>(
  routes: readonly ApiRoute<State>[],
  method: string,
  path: string,
): { readonly route: ApiRoute<State>; readonly ids: Readonly<Record<string, string>> } | undefined {
  for (const route of routes) {
    const [routeMethod, template = ""] = route.endpoint.split(" ");
    const ids = routeMethod === method ? idsIn(template, path) : undefined;
    if (ids !== undefined) return { route, ids };
  }
  return undefined;
}

/** Throws a 400 that names the field, and does not quote it. */
export function readJson<Output>(schema: v.GenericSchema<unknown, Output>, body: string): Output {
  let input: unknown;
  try {
    input = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new Refusal(400, "the body is no JSON");
  }
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw new Refusal(400, `invalid value of ${v.getDotPath(parsed.issues[0]) ?? "the body"}`);
}

/** Header names come in any case. */
export function bearerIn({ headers }: SimulatorRequest): string | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization") ?? [];
  return /^Bearer\s+(\S+)\s*$/i.exec(value ?? "")?.[1];
}

function idsIn(template: string, path: string): Record<string, string> | undefined {
  const parts = path.split("/");
  const names = template.split("/");
  if (parts.length !== names.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? "";
    if (name.startsWith("{") && part !== "") ids[name.slice(1, -1)] = decodeURIComponent(part);
    else if (name !== part) return undefined;
  }
  return ids;
}
