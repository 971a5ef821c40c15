import type { SimulatorRequest, SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { invalidUrl, notAllowed } from "./errors";
import type { OrganizationState } from "./state";

export interface RouteContext<Caller> {
  readonly state: OrganizationState;
  readonly caller: Caller;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Value of a part of the path template. */
  id(part: string): string;
  header(name: string): string | undefined;
}

export interface Route<Caller> {
  /** Method and path template below `/v1`. */
  readonly endpoint: string;
  handle(context: RouteContext<Caller>): SimulatorResponse;
}

export interface Match<Caller> {
  readonly route: Route<Caller>;
  readonly ids: ReadonlyMap<string, string>;
}

/** Undefined where no route has the path; throws 405 where one has it with another method. */
export function matchRoute<Caller>(
  routes: readonly Route<Caller>[],
  method: string,
  path: string,
): Match<Caller> | undefined {
  let pathIsKnown = false;
  for (const route of routes) {
    const [routeMethod, template = ""] = route.endpoint.split(" ");
    const ids = matchPath(template, path);
    if (ids === undefined) continue;
    if (routeMethod === method) return { route, ids };
    pathIsKnown = true;
  }
  if (pathIsKnown) throw notAllowed(method, path);
  return undefined;
}

function matchPath(template: string, path: string): Map<string, string> | undefined {
  const parts = path.split("/");
  const names = template.split("/");
  if (parts.length !== names.length) return undefined;
  const ids = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? "";
    if (name.startsWith("{") && part !== "") ids.set(name.slice(1, -1), part);
    else if (name !== part) return undefined;
  }
  return ids;
}

/** Header names come in any case. */
export function headerOf(request: SimulatorRequest, name: string): string | undefined {
  for (const [key, value] of Object.entries(request.headers)) {
    if (key.toLowerCase() === name) return value;
  }
  return undefined;
}

export function idOf(ids: ReadonlyMap<string, string>, part: string): string {
  const id = ids.get(part);
  if (id === undefined) throw invalidUrl("", part);
  return id;
}
