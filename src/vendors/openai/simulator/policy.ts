import * as v from "valibot";
import { badRequest } from "./errors";
import type { OrganizationState, ProjectKey } from "./state";

export const EXPIRY_MAX_SECONDS = 31_536_000;

export const expirySeconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(EXPIRY_MAX_SECONDS));

/** Policy of the organisation on the life of a new or changed key. */
export function checkExpiry(state: OrganizationState, expiresInSeconds: number | null): void {
  const maximum = state.settings.maximumLifetimeSeconds;
  if (maximum === null || (expiresInSeconds !== null && expiresInSeconds <= maximum)) return;
  const problem =
    expiresInSeconds === null
      ? "The API key policy requires 'expires_in_seconds'"
      : "'expires_in_seconds' exceeds the maximum lifetime of the API key policy";
  throw badRequest(`${problem} (maximum: ${maximum} seconds).`, "expires_in_seconds", "api_key_expiration_policy");
}

export function isExpired(state: OrganizationState, key: { readonly expiresAt: number | null }): boolean {
  return key.expiresAt !== null && state.clock.now() >= key.expiresAt * 1_000;
}

/** Whether the data API knows the key: alive, old enough, and of an owner that may hold keys. */
export function opensData(state: OrganizationState, key: ProjectKey): boolean {
  const { activationDelaySeconds, serviceAccountKeysOnly } = state.settings;
  const activeAt = key.createdAtMillis + (activationDelaySeconds ?? 0) * 1_000;
  return (
    !isExpired(state, key) && state.clock.now() >= activeAt && !(serviceAccountKeysOnly && key.owner.type === "user")
  );
}

export function hasProjectAccess(key: ProjectKey): boolean {
  return key.owner.type === "user" || key.owner.account.role !== "none";
}

/**
 * Which of the scopes the key lacks. Scopes narrow what the owner may do; an owner without a role
 * may do nothing. No scopes at all mean no narrowing. `model.request` and `api.model.request` mean
 * the same.
 */
export function missing(key: ProjectKey, needed: readonly string[]): string[] {
  if (!hasProjectAccess(key)) return [...needed];
  if (key.scopes.length === 0) return [];
  const granted = new Set(key.scopes.map(longForm));
  if (granted.has("api.all")) return [];
  const allReads = granted.has("api.all.read");
  return needed.filter((scope) => !granted.has(longForm(scope)) && !(allReads && scope.endsWith(".read")));
}

function longForm(scope: string): string {
  return scope.startsWith("api.") ? scope : `api.${scope}`;
}
