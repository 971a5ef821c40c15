/**
 * What each guardrail finds in a declaration. Each sentence says what is there; what is demanded
 * and why stands beside it.
 */
import { WILDCARD_SCOPE } from "../../src/model/grant";
import { describeSeconds } from "../../src/model/units";
import type { IKeyIssuer } from "../issuer/issuer";
import { IamRole, isToken } from "../terraform";
import { foreignPrincipals } from "./foreign-principals";
import { type IGuardrailContext, type KeyDeclaration, NotKnown } from "./key-declaration";

export type KeyJudge = (key: KeyDeclaration, all: IGuardrailContext) => ReadonlyArray<string | NotKnown>;
export type IssuerJudge = (issuer: IKeyIssuer, all: IGuardrailContext) => ReadonlyArray<string | NotKnown>;

const NOTHING: readonly string[] = [];

export function ownerMatches(pattern: RegExp): KeyJudge {
  return ({ policy: { owner } }) => (pattern.test(owner) ? NOTHING : [`its owner is ${owner}`]);
}

export function expiryMaximum(mostSeconds: number): KeyJudge {
  return ({ policy }) => {
    const { expirySeconds } = policy.lifetime;
    return expirySeconds <= mostSeconds ? NOTHING : [`its expiry is ${describeSeconds(expirySeconds)}`];
  };
}

export function rotationMaximum(mostSeconds: number): KeyJudge {
  return ({ policy }) => {
    const { rotateEverySeconds, expirySeconds } = policy.lifetime;
    if ((rotateEverySeconds ?? expirySeconds) <= mostSeconds) return NOTHING;
    return rotateEverySeconds === undefined
      ? [`it does not rotate, and is in use for ${describeSeconds(expirySeconds)}`]
      : [`it rotates every ${describeSeconds(rotateEverySeconds)}`];
  };
}

export function overlapBounds(leastSeconds: number, mostSeconds: number): KeyJudge {
  return ({ policy }) => {
    const { rotateEverySeconds, overlapSeconds } = policy.lifetime;
    if (rotateEverySeconds === undefined) return NOTHING;
    return overlapSeconds >= leastSeconds && overlapSeconds <= mostSeconds
      ? NOTHING
      : [`its overlap is ${describeSeconds(overlapSeconds)}`];
  };
}

export const noWildcardScopes: KeyJudge = ({ policy: { scopes = [] } }) => {
  const found = scopes.filter((scope) => WILDCARD_SCOPE.test(scope));
  return found.length === 0 ? NOTHING : [`its scopes include ${found.join(", ")}`];
};

/** Words of vendors' management APIs, for scopes that no descriptor knows. */
const ADMIN_WORD = /(?:^|[^a-z])(?:admin|administration|management|owner|billing)(?:$|[^a-z])/i;

export const noAdminScopes: KeyJudge = ({ policy: { scopes = [] }, issuer }) => {
  const known = issuer._vendor.adminScopes ?? [];
  const found = scopes.filter((scope) => known.includes(scope) || ADMIN_WORD.test(scope));
  return found.length === 0 ? NOTHING : [`its scopes include ${found.join(", ")}`];
};

/** Names by vendor; `*` stands for any text. */
export interface AllowedNames {
  readonly [vendor: string]: readonly string[];
}

export function scopesAllowed(allowed: AllowedNames): KeyJudge {
  const matches = matcher(allowed);
  return ({ policy: { vendor, scopes } }) => beyond("scope", vendor, scopes, matches);
}

export function modelsAllowed(allowed: AllowedNames): KeyJudge {
  const matches = matcher(allowed);
  return ({ policy: { vendor, models }, issuer }) => {
    const found = beyond("model", vendor, models ?? issuer._accountPolicy?.models, matches);
    return found.length > 0 && models === undefined ? orNotKnown(issuer, issuer._vendor.account?.models, found) : found;
  };
}

function beyond(
  what: string,
  vendor: string,
  names: readonly string[] | undefined,
  matches: (vendor: string, name: string) => boolean,
): readonly string[] {
  // A name that only `*` matches: may everything be used?
  if (names === undefined) return matches(vendor, ANYTHING) ? NOTHING : [`its ${what}s are not limited`];
  const found = names.filter((name) => !matches(vendor, name));
  return found.length === 0 ? NOTHING : [`its ${what}s include ${found.join(", ")}`];
}

const ANYTHING = "*";

/**
 * A name that holds stars itself, as vendors with wildcards take them, is matched as a text: only a
 * star matches a star, so whatever the name opens is within the pattern.
 */
export function matcher(allowed: AllowedNames): (vendor: string, name: string) => boolean {
  const patterns = new Map(
    Object.entries(allowed).map(([vendor, names]) => [
      vendor,
      names.map((name) => new RegExp(`^${name.split("*").map(escaped).join(".*")}$`, "s")),
    ]),
  );
  return (vendor, name) => (patterns.get(vendor) ?? []).some((pattern) => pattern.test(name));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

export const spendLimitRequired: KeyJudge = ({ policy: { limits }, issuer }) => {
  const { enforcement, account, displayName } = issuer._vendor;
  if (limits?.spend !== undefined || issuer._accountPolicy?.spendUsdPerMonth !== undefined) return NOTHING;
  const property = account?.spend;
  if (enforcement.spend === "key") return orNotKnown(issuer, property, ["it has no `limits.spend`"]);
  return property === undefined
    ? NOTHING
    : orNotKnown(issuer, property, [`its issuer ${issuer.node.path} declares no \`${property}\` at ${displayName}`]);
};

/**
 * @param property by which an issuer declares it for the whole project; undefined: no issuer of the
 * vendor can
 */
function orNotKnown(
  issuer: IKeyIssuer,
  property: string | undefined,
  found: readonly string[],
): ReadonlyArray<string | NotKnown> {
  if (!issuer._isImported || property === undefined) return found;
  return [new NotKnown(`not known: another app declares ${issuer.prefix}, maybe with \`${property}\``)];
}

const RATES = ["requestsPerMinute", "tokensPerMinute", "characters"] as const;

export const rateLimitRequired: KeyJudge = ({ policy: { limits = {} }, issuer }) => {
  const { enforcement, account, displayName } = issuer._vendor;
  const { requestsPerMinute, tokensPerMinute, charactersPerMonth } = limits;
  if ((requestsPerMinute ?? tokensPerMinute ?? charactersPerMonth ?? issuer._accountPolicy?.rates) !== undefined) {
    return NOTHING;
  }
  const property = RATES.map((rate) => account?.[rate]).find((found) => found !== undefined);
  if (RATES.some((rate) => enforcement[rate] === "key")) {
    return orNotKnown(issuer, property, ["it limits neither requests nor tokens nor characters"]);
  }
  return property === undefined
    ? NOTHING
    : orNotKnown(issuer, property, [`its issuer ${issuer.node.path} declares no \`${property}\` at ${displayName}`]);
};

export const readersNamed: KeyJudge = (key, all) =>
  all.readersOf(key).length > 0 ? NOTHING : ["no role is granted access"];

export const declaredReadersOnly: KeyJudge = (key) =>
  key.declaredReadersOnly ? NOTHING : ["everybody whom IAM allows may read it"];

export function noForeignReaders(listed: readonly string[]): KeyJudge {
  return (key, all) => [
    ...foreignOfSecret(key, listed),
    ...all.readersOf(key).flatMap((reader) => {
      // What is no role of this program has a trust policy that nobody here can see.
      const trust = reader.construct instanceof IamRole ? reader.construct.assumeRolePolicyInput : undefined;
      const found = trust === undefined ? [] : (foreignPrincipals(trust, listed) ?? []);
      return found.map((principal) => `its reader ${reader.id} may be assumed by ${principal}`);
    }),
  ];
}

/** Our own policy lets nobody of another account in. */
function foreignOfSecret({ secret, secretPolicy }: KeyDeclaration, listed: readonly string[]): readonly string[] {
  const policy = renderedPolicy(secret);
  if (policy === secretPolicy) return NOTHING;
  const found = policy === undefined ? [] : foreignPrincipals(policy, listed);
  if (found === undefined) return ["its secret has another resource policy, which cannot be read at synthesis"];
  return found.map((principal) => `the resource policy put on its secret lets ${principal} in`);
}

/** With what was overridden. Rendering each secret once more would cost a tenth of a synthesis. */
function renderedPolicy(secret: KeyDeclaration["secret"]): string | undefined {
  if (Object.keys(secret["rawOverrides"]).length === 0) return secret.policyInput;
  const { resource } = secret.toTerraform();
  const policy: unknown = resource[secret.terraformResourceType][secret.friendlyUniqueId].policy;
  return typeof policy === "string" ? policy : undefined;
}

export const kmsKeyRequired: KeyJudge = ({ kmsKeyArn, replicas }) => {
  const bare = replicas.filter((replica) => replica.kmsKeyArn === undefined).map(({ region }) => region);
  return [
    ...(kmsKeyArn === undefined ? ["it has no `kmsKeyArn`"] : NOTHING),
    ...(bare.length === 0 ? NOTHING : [`its replicas in ${bare.join(", ")} have no \`kmsKeyArn\``]),
  ];
};

export function replicasAllowed(regions: readonly string[]): KeyJudge {
  return ({ replicas }) => {
    const found = replicas.map(({ region }) => region).filter((region) => !regions.includes(region));
    return found.length === 0 ? NOTHING : [`it is replicated to ${found.join(", ")}`];
  };
}

export const keylessPreferred: KeyJudge = ({ issuer }) => {
  const { displayName, keyless } = issuer._vendor;
  return keyless === undefined ? NOTHING : [`${displayName} needs no key: it takes ${keyless}`];
};

export const noSharedKeys: KeyJudge = (key, all) => {
  const environments = all.environmentsOf(key);
  return environments.length < 2 ? NOTHING : [`it is shared by ${environments.join(" and ")}`];
};

export function vendorsAllowed(vendors: readonly string[]): KeyJudge {
  return ({ policy: { vendor } }) => (vendors.includes(vendor) ? NOTHING : [`its vendor is ${vendor}`]);
}

export function adminKeyApart(environment: string): IssuerJudge {
  return (issuer, all) => {
    if (issuer._isImported && issuer._vendor.adminKey !== "none") {
      return [new NotKnown("not known: another app declares the issuer, and says what its admin key is used for")];
    }
    const use = all.adminKeyUse(issuer);
    if (use === undefined || !use.environments.has(environment) || use.environments.size < 2) return NOTHING;
    const name = isToken(use.name) ? "its admin key" : `its admin key ${use.name}`;
    const issuers = use.issuers.length < 2 ? "" : ` (issuers ${use.issuers.join(", ")})`;
    return [`${name} is used for ${[...use.environments].sort().join(" and ")}${issuers}`];
  };
}
