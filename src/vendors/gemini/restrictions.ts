import { canonicalGrant, type Grant } from "../../model/grant";
import type { Granted } from "../vendor";
import type { Restrictions } from "./schemas";

export const SERVICE = "generativelanguage.googleapis.com";
/** What cannot be said in the words of a grant is shown by Google's own names, so that it is seen as drift. */
const OTHER_CLIENTS = ["browserKeyRestrictions", "androidKeyRestrictions", "iosKeyRestrictions"] as const;

/** What a grant is at Google. Without a list of methods it is the whole Gemini API, and never more than that. */
export function restrictionsOf(grant: Grant): object {
  const { endpoints, networks } = canonicalGrant(grant);
  return {
    apiTargets: [endpoints === undefined ? { service: SERVICE } : { service: SERVICE, methods: endpoints }],
    ...(networks === undefined ? {} : { serverKeyRestrictions: { allowedIps: networks } }),
  };
}

/** The same in the words of a grant. A key that somebody opened wider shows `*`, or the other service. */
export function grantedOf(restrictions: Restrictions | undefined): Granted {
  return { endpoints: endpointsOf(restrictions?.apiTargets ?? []), networks: networksOf(restrictions) };
}

export function isGranted(restrictions: Restrictions | undefined, grant: Grant): boolean {
  const { endpoints = null, networks = null } = canonicalGrant(grant);
  return JSON.stringify(grantedOf(restrictions)) === JSON.stringify({ endpoints, networks });
}

function endpointsOf(targets: Restrictions["apiTargets"]): string[] | null {
  if (targets.length === 0) return ["*"];
  const isWhole = (target: (typeof targets)[number]) => target.methods.length === 0;
  if (targets.length === 1 && targets.every((target) => isGemini(target.service) && isWhole(target))) return null;
  const shown = targets.flatMap(({ service, methods }) => {
    if (methods.length === 0) return [`${service}.*`];
    return isGemini(service) ? methods : methods.map((method) => `${service}: ${method}`);
  });
  return [...new Set(shown)].sort();
}

function networksOf(restrictions: Restrictions | undefined): string[] | null {
  if (restrictions === undefined) return null;
  const { serverKeyRestrictions } = restrictions;
  const others = OTHER_CLIENTS.filter((kind) => restrictions[kind] !== undefined);
  const networks = [...(serverKeyRestrictions?.allowedIps ?? []).map(withPrefix), ...others];
  return networks.length === 0 ? null : networks.sort();
}

/** Google takes single addresses and blocks. */
function withPrefix(network: string): string {
  if (network.includes("/")) return network;
  return `${network}/${network.includes(":") ? 128 : 32}`;
}

function isGemini(service: string): boolean {
  return service.toLowerCase() === SERVICE;
}

/** Whether a list of methods opens one: by its full name or the last part of it, in any case, `*` at the end standing for the rest. */
export function opens(methods: readonly string[] | undefined, fullName: string): boolean {
  if (methods === undefined) return true;
  const full = fullName.toLowerCase();
  const names = [full, full.slice(full.lastIndexOf(".") + 1)];
  return methods.some((method) => {
    const wanted = method.toLowerCase().replace(`${SERVICE}.`, "");
    return names.some((name) => (wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted));
  });
}
