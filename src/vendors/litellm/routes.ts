import type { Grant } from "../../model/grant";
import { routesOf } from "./grant";

/** Free calls of a key, each of which the proxy judges by its route before it does anything. */
export const MODEL_LIST = { endpoint: "GET /v1/models", path: "/v1/models" } as const;
export const OWN_RECORD = { endpoint: "GET /key/info", path: "/key/info" } as const;
export type Look = typeof MODEL_LIST | typeof OWN_RECORD;

/** Groups of routes whose part in those calls is the same in every release. */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ["llm_api_routes", [MODEL_LIST.path]],
  ["openai_routes", [MODEL_LIST.path]],
  ["management_routes", [OWN_RECORD.path]],
]);

/**
 * Where a route lies of what a key may call. `unknown`: a group is listed whose members this does
 * not know.
 */
export function placeOf(path: string, endpoints: Grant["endpoints"]): "inside" | "outside" | "unknown" {
  const routes = routesOf(endpoints);
  if (routes.some((route) => covers(route, path) || GROUPS.get(route)?.includes(path))) return "inside";
  return routes.every((route) => /^[/*]/.test(route) || GROUPS.has(route)) ? "outside" : "unknown";
}

/**
 * Whether a route is none that was asked. What lies in a group is the release's to say, and is not
 * known here.
 */
export function isBeyond(route: string, endpoints: Grant["endpoints"]): boolean {
  const routes = routesOf(endpoints);
  return !routes.includes(route) && routes.every((asked) => /^[/*]/.test(asked) && !covers(asked, route));
}

/** A route opens what lies under it; a pattern ends in `*`. */
function covers(route: string, path: string): boolean {
  if (route.endsWith("*")) return path.startsWith(route.slice(0, -1));
  return path === route || path.startsWith(`${route}/`);
}
