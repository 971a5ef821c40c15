/**
 * Ids of permission groups. They are the same in every account, and what a policy holds; names are
 * for people, and some have changed ("Auto Rag" is AI Search now).
 */
const GROUP_IDS: Readonly<Record<string, string>> = {
  "workers-ai.read": "a92d2450e05d4e7bb7d0a64968f83d11",
  "workers-ai.write": "bacc64e0f6c34fc0883a1223f938a104",
  "ai-gateway.read": "4dc8917b4b40457d88d3035d5dadb054",
  "ai-gateway.run": "644535f4ed854494a59cb289d634b257",
  "ai-gateway.write": "6c8a3737f07f46369c1ea1f22138daaf",
  "ai-search.read": "d7887c7a417e4cf2a69f1d01c1a1dc3b",
  "ai-search.write": "7fb8d27511b34d02994d005b520b679f",
  "vectorize.read": "1799edaae5db489294430e20d9b519e0",
  "vectorize.write": "64156ba5be47441096c83c7fc17c488b",
};
const SCOPES: ReadonlyMap<string, string> = new Map(Object.entries(GROUP_IDS).map(([scope, id]) => [id, scope]));
const GROUP_ID = /^[0-9a-f]{32}$/;

/** Undefined where a scope is neither known nor the id of a group. */
export function groupIdOf(scope: string): string | undefined {
  if (Object.hasOwn(GROUP_IDS, scope)) return GROUP_IDS[scope];
  return GROUP_ID.test(scope) ? scope : undefined;
}

export function scopeOf(groupId: string): string {
  return SCOPES.get(groupId) ?? groupId;
}

export function isKnownScope(scope: string): boolean {
  return Object.hasOwn(GROUP_IDS, scope);
}
