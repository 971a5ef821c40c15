import { canonicalGrant, type Grant } from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import { isoSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import { groupIdOf, scopeOf } from "./groups";
import type { Token } from "./schemas";

/**
 * What a grant is at Cloudflare. Types rather than interfaces, so that they fit what Cloudflare's
 * own client takes.
 */
export type GrantBody = {
  policies: Array<{ effect: "allow"; permission_groups: Array<{ id: string }>; resources: { [name: string]: string } }>;
  condition?: { request_ip: { in: string[] } };
};
/** What a token is besides. */
export type OwnBody = { name: string; status: "active" | "disabled"; not_before?: string; expires_on?: string };
export type CreateBody = GrantBody & Omit<OwnBody, "status">;

function accountResource(accountId: string): string {
  return `com.cloudflare.api.account.${accountId}`;
}

/**
 * The part of a token that a grant decides: one policy on the account, and the addresses of
 * callers.
 */
export function grantBody(endpoint: string, accountId: string, grant: Grant): GrantBody {
  const { scopes = [], networks } = canonicalGrant(grant);
  if (scopes.length === 0) throw new VendorError("invalid", endpoint, "a token of Cloudflare's needs a permission");
  const groups = scopes.map((scope) => {
    const id = groupIdOf(scope);
    if (id === undefined) throw new VendorError("invalid", endpoint, `Cloudflare has no permission group "${scope}"`);
    return { id };
  });
  return {
    policies: [{ effect: "allow", permission_groups: groups, resources: { [accountResource(accountId)]: "*" } }],
    ...(networks === undefined ? {} : { condition: { request_ip: { in: [...networks] } } }),
  };
}

/**
 * The same of a token as it is, in the form in which it is written. What is left out of a write is
 * lost.
 */
export function ownBody({ name, status, not_before, expires_on }: Token): OwnBody {
  return {
    name,
    status: status === "disabled" ? "disabled" : "active",
    ...(not_before == null ? {} : { not_before: isoSeconds(not_before) }),
    ...(expires_on == null ? {} : { expires_on: isoSeconds(expires_on) }),
  };
}

/** The grant of a token as it is, for a write that does not change it. */
export function keptGrantBody({ policies, condition }: Token): object {
  return { policies, ...(condition == null ? {} : { condition }) };
}

/**
 * Stands where an address list is there and empty: then no caller is let through, where an absent
 * list lets all.
 */
const NOBODY = "(nobody)";
const REASON = "policies have permissions for the whole account";

/**
 * A token in the words of a grant. What those cannot say is shown all the same, so that it is seen
 * as drift.
 */
export function grantedOf(accountId: string, { policies, condition }: Token): Granted {
  const odd: string[] = [];
  const scopes = policies.flatMap(({ effect, permission_groups, resources }) =>
    permission_groups.flatMap(({ id }) =>
      Object.entries(resources).map(([resource, of]) => {
        const whole = resource === accountResource(accountId) && of === "*";
        const where = typeof of === "string" ? resource : `${resource}/${Object.keys(of).join("+")}`;
        const shown = `${effect === "deny" ? "deny:" : ""}${scopeOf(id)}${whole ? "" : `@${where}`}`;
        if (effect === "deny" || !whole) odd.push(shown);
        return shown;
      }),
    ),
  );
  const { in: allowed, not_in: denied } = condition?.request_ip ?? {};
  const networks = [
    ...(allowed?.length === 0 ? [NOBODY] : (allowed ?? []).map(withPrefix)),
    ...(denied ?? []).map((network) => `not:${withPrefix(network)}`),
  ];
  const others: OtherLimit[] = [
    ...(odd.length === 0 ? [] : [{ of: "scopes" as const, shown: odd.join(", "), reason: REASON }]),
    ...(allowed?.length === 0
      ? [{ of: "networks" as const, shown: "request_ip.in []", reason: "it lets nobody through" }]
      : []),
  ];
  return {
    scopes: [...new Set(scopes)].sort(),
    networks: networks.length === 0 ? null : networks.sort(),
    ...(others.length === 0 ? {} : { others }),
  };
}

/** Cloudflare takes single addresses and blocks. */
function withPrefix(network: string): string {
  if (network.includes("/")) return network;
  return `${network}/${network.includes(":") ? 128 : 32}`;
}
