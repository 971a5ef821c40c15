/**
 * Which routes a key may call: those on its list, what lies under them, patterns that end in `*`,
 * and groups.
 */

const LLM = ["/chat/completions", "/v1/chat/completions", "/embeddings", "/v1/embeddings", "/models", "/v1/models"];
const GROUPS = new Map<string, readonly string[]>(
  Object.entries({
    openai_routes: LLM,
    llm_api_routes: [...LLM, "/v1/messages"],
    anthropic_routes: ["/v1/messages"],
    info_routes: ["/key/info", "/key/list", "/models", "/v1/models"],
    management_routes: [
      "/key/generate",
      "/key/update",
      "/key/delete",
      "/key/info",
      "/key/list",
      "/key/block",
      "/key/unblock",
    ],
  }),
);

/** To the proxy no list is every route. */
export function mayCall(allowed: readonly string[], route: string): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((entry) => {
    if (entry.endsWith("*")) return route.startsWith(entry.slice(0, -1));
    return route === entry || route.startsWith(`${entry}/`) || GROUPS.get(entry)?.includes(route) === true;
  });
}

/** As Python prints it. */
export function routeRefused(allowed: readonly string[], route: string): string {
  const list = allowed.map((entry) => `'${entry}'`).join(", ");
  return `Virtual key is not allowed to call this route. Only allowed to call routes: [${list}]. Tried to call route: ${route}`;
}
