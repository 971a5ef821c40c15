import { canonicalGrant, type Grant } from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import type { Restrictions } from "./schemas";

/**
 * Versions of the API that clients call. Restrictions name methods with their version; who declares
 * one without means it in each.
 */
export const VERSIONS = ["v1", "v1beta", "v1alpha"] as const;
const PACKAGE = "google.ai.generativelanguage.";
const VERSIONED = new RegExp(`^${PACKAGE.replaceAll(".", "\\.")}(?:${VERSIONS.join("|")})\\.`);

/**
 * `google.ai.generativelanguage.FileService.*` -> the same in each version. What names one, or no
 * package at all, is left as it is.
 */
function withVersions(method: string): string[] {
  if (!method.startsWith(PACKAGE) || VERSIONED.test(method)) return [method];
  return VERSIONS.map((version) => `${PACKAGE}${version}.${method.slice(PACKAGE.length)}`);
}

/** The other way round: what is there in every version is shown once. */
function withoutVersions(methods: readonly string[]): string[] {
  const all = new Set(methods);
  const shown = methods.map((method) => {
    const bare = method.replace(VERSIONED, PACKAGE);
    return bare !== method && withVersions(bare).every((version) => all.has(version)) ? bare : method;
  });
  return [...new Set(shown)];
}

export const SERVICE = "generativelanguage.googleapis.com";
/**
 * What cannot be said in the words of a grant is shown by Google's own names, so that it is seen as
 * drift.
 */
const OTHER_CLIENTS = ["browserKeyRestrictions", "androidKeyRestrictions", "iosKeyRestrictions"] as const;

/**
 * What a grant is at Google. Without a list of methods it is the whole Gemini API, and never more
 * than that.
 */
export function restrictionsOf(grant: Grant): object {
  const { endpoints, networks } = canonicalGrant(grant);
  return {
    apiTargets: [
      endpoints === undefined ? { service: SERVICE } : { service: SERVICE, methods: endpoints.flatMap(withVersions) },
    ],
    ...(networks === undefined ? {} : { serverKeyRestrictions: { allowedIps: networks } }),
  };
}

/**
 * The same in the words of a grant. A key that somebody opened wider shows `*`, or the other
 * service.
 */
export function grantedOf(restrictions: Restrictions | undefined): Granted {
  const others = othersIn(restrictions);
  return {
    endpoints: endpointsOf(restrictions?.apiTargets ?? []),
    networks: networksOf(restrictions),
    ...(others.length === 0 ? {} : { others }),
  };
}

/** APIs of Google that a key opens, where the Gemini API is none of them. */
export function otherApis(restrictions: Restrictions | undefined): readonly string[] {
  const services = (restrictions?.apiTargets ?? []).map(({ service }) => service);
  return services.some(isGemini) ? [] : [...new Set(services)].sort();
}

function othersIn(restrictions: Restrictions | undefined): OtherLimit[] {
  const targets = restrictions?.apiTargets ?? [];
  const foreign = targets.filter(({ service }) => !isGemini(service)).map(({ service }) => service);
  const clients = OTHER_CLIENTS.filter((kind) => restrictions?.[kind] !== undefined);
  const { allowedIps } = restrictions?.serverKeyRestrictions ?? {};
  return [
    ...(targets.length === 0
      ? [
          {
            of: "endpoints" as const,
            shown: "no apiTargets, so all APIs of the project",
            reason: "a declared key opens the Gemini API alone",
            unset: true as const,
          },
        ]
      : []),
    ...(foreign.length === 0
      ? []
      : [
          {
            of: "endpoints" as const,
            shown: `apiTargets ${foreign.join(", ")}`,
            reason: "a declared key opens the Gemini API alone",
          },
        ]),
    ...clients.map((kind) => ({
      of: "networks" as const,
      shown: kind,
      reason: "policies have networks, and neither web pages nor apps",
    })),
    ...(allowedIps?.length === 0
      ? [{ of: "networks" as const, shown: "serverKeyRestrictions without addresses", reason: NO_ADDRESSES }]
      : []),
  ];
}

const NO_ADDRESSES = "Google does not say whether it lets everybody through, or nobody";

export function isGranted(restrictions: Restrictions | undefined, grant: Grant): boolean {
  const { endpoints = null, networks = null } = canonicalGrant(grant);
  const shown = grantedOf(restrictions);
  return JSON.stringify([shown.endpoints, shown.networks]) === JSON.stringify([endpoints, networks]);
}

function endpointsOf(targets: Restrictions["apiTargets"]): string[] | null {
  if (targets.length === 0) return ["*"];
  const isWhole = (target: (typeof targets)[number]) => target.methods.length === 0;
  if (targets.length === 1 && targets.every((target) => isGemini(target.service) && isWhole(target))) return null;
  const shown = targets.flatMap(({ service, methods }) => {
    if (methods.length === 0) return [`${service}.*`];
    return isGemini(service) ? methods : methods.map((method) => `${service}: ${method}`);
  });
  return withoutVersions([...new Set(shown)]).sort();
}

function networksOf(restrictions: Restrictions | undefined): string[] | null {
  if (restrictions === undefined) return null;
  const { serverKeyRestrictions } = restrictions;
  const others = OTHER_CLIENTS.filter((kind) => restrictions[kind] !== undefined);
  const { allowedIps } = serverKeyRestrictions ?? {};
  const networks = [...(allowedIps?.length === 0 ? ["(no addresses)"] : (allowedIps ?? []).map(withPrefix)), ...others];
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

/**
 * Whether a list of methods opens one: by its full name or the last part of it, in any case, `*` at
 * the end standing for the rest.
 */
export function opens(methods: readonly string[] | undefined, fullName: string): boolean {
  if (methods === undefined) return true;
  const full = fullName.toLowerCase();
  const names = [full, full.slice(full.lastIndexOf(".") + 1)];
  return methods.flatMap(withVersions).some((method) => {
    const wanted = method.toLowerCase().replace(`${SERVICE}.`, "");
    return names.some((name) => (wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted));
  });
}
