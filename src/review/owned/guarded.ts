import { WILDCARD_SCOPE } from "../../model/grant";
import { issuerPrefix } from "../../model/names";
import { describeSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../model/units";
import { vendorDescriptors } from "../../vendors/descriptors";
import type { FieldChange } from "../field-change";
import type { Guard, GuardrailFacts } from "../guardrail-facts";
import type { Inventory, KeyFacts } from "../inventory-facts";
import type { IssuerFacts } from "../issuer-facts";
import type { Snapshot } from "../resources";

/**
 * Guardrails as far as what they demand can be judged anew from what stands in the stack. Synthesis
 * refuses a key that breaks one which is an error; where such a key stands all the same, the output
 * that names the guardrail was not made by that synthesis.
 */
type Found = string | undefined;
type Facts = KeyFacts & { readonly policy: NonNullable<KeyFacts["policy"]> };

/** What a key is judged with. */
interface Sight {
  readonly issuer: IssuerFacts | undefined;
  /** Whether other stacks, which may read the key, are in sight. */
  readonly whole: boolean;
  readonly readers: ReadonlySet<string>;
}

/**
 * By rule: what a key has that the demand forbids; undefined where it has nothing, or where nobody
 * can tell.
 */
const RULES: Readonly<Record<string, (demand: string, key: Facts, sight: Sight) => Found>> = {
  "expiry-maximum": (demand, { policy }) => above(policy.lifetime.expirySeconds, most(demand), "its expiry is"),
  "rotation-maximum": (demand, { policy: { lifetime } }) =>
    above(lifetime.rotateEverySeconds ?? lifetime.expirySeconds, most(demand), "it is in use for"),
  "overlap-bounds": (demand, { policy: { lifetime } }) =>
    lifetime.rotateEverySeconds === undefined
      ? undefined
      : above(lifetime.overlapSeconds, most(demand.replace(/^.* to /, "at most ")), "its overlap is"),
  "no-wildcard-scopes": (_, { policy: { scopes = [] } }) =>
    held(
      "scopes",
      scopes.filter((scope) => WILDCARD_SCOPE.test(scope)),
    ),
  "no-admin-scopes": (_, { policy: { vendor, scopes = [] } }) => {
    const known = vendorDescriptors.find(({ id }) => id === vendor)?.adminScopes ?? [];
    return held(
      "scopes",
      scopes.filter((scope) => known.includes(scope)),
    );
  },
  "scopes-allowed": (demand, { policy }) => beyond("scopes", demand, policy.vendor, policy.scopes),
  "models-allowed": (demand, { policy }, { issuer }) =>
    policy.models === undefined && issuer === undefined
      ? undefined
      : beyond("models", demand, policy.vendor, policy.models ?? issuer?.account?.models),
  "spend-limit-required": (_, { policy }) =>
    policy.limits?.spend === undefined && enforcedPerKey(policy.vendor, ["spend"])
      ? "it has no spend limit"
      : undefined,
  "rate-limit-required": (_, { policy: { vendor, limits = {} } }) => {
    const { requestsPerMinute, tokensPerMinute, charactersPerMonth } = limits;
    const limited = [requestsPerMinute, tokensPerMinute, charactersPerMonth].some((limit) => limit !== undefined);
    return !limited && enforcedPerKey(vendor, ["requestsPerMinute", "tokensPerMinute", "characters"])
      ? "it limits neither requests nor tokens nor characters"
      : undefined;
  },
  "readers-named": (_, key, { whole, readers }) =>
    whole && key.readers.length === 0 && !readers.has(key.name) ? "no role is granted access" : undefined,
  "kms-key-required": (_, { kmsKey, replicas }) =>
    kmsKey === undefined || replicas.some((replica) => replica.kmsKey === undefined)
      ? "it is encrypted with AWS's own key"
      : undefined,
  "replicas-allowed": (demand, { replicas }) => {
    const allowed = demand === "none" ? [] : listed(demand);
    return held(
      "replicas",
      replicas.map(({ region }) => region).filter((region) => !allowed.includes(region)),
    );
  },
  "vendors-allowed": (demand, { policy: { vendor } }) =>
    listed(demand).includes(vendor) ? undefined : `its vendor is ${vendor}`,
};

const UNITS: Readonly<Record<string, number>> = {
  second: 1,
  minute: SECONDS_PER_MINUTE,
  hour: SECONDS_PER_HOUR,
  day: SECONDS_PER_DAY,
};

/** Seconds; undefined where the demand is of another form. */
function most(demand: string): number | undefined {
  const [, amount, unit = ""] = /^at most (\d+) (second|minute|hour|day)s?$/.exec(demand) ?? [];
  const size = UNITS[unit];
  return size === undefined ? undefined : Number(amount) * size;
}

function above(seconds: number, maximum: number | undefined, words: string): Found {
  return maximum !== undefined && seconds > maximum ? `${words} ${describeSeconds(seconds)}` : undefined;
}

function held(what: string, list: readonly string[]): Found {
  return list.length === 0 ? undefined : `its ${what} include ${list.join(", ")}`;
}

function listed(demand: string): string[] {
  return demand.replace(/^only /, "").split(", ");
}

/** `only openai: a, b*; groq: c` */
function beyond(what: string, demand: string, vendor: string, names: readonly string[] | undefined): Found {
  const vendors = new Map(
    demand
      .replace(/^only /, "")
      .split("; ")
      .map((each) => {
        const at = each.indexOf(": ");
        return [each.slice(0, at), each.slice(at + 2).split(", ")] as const;
      }),
  );
  const allowed = vendors.get(vendor) ?? [];
  if (names === undefined) return allowed.includes("*") ? undefined : `its ${what} are not limited`;
  return held(
    what,
    names.filter((name) => !allowed.some((pattern) => fits(pattern, name))),
  );
}

/** `*` stands for any text. Without regular expressions: the pattern comes from outside. */
function fits(pattern: string, name: string): boolean {
  const [start = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(start)) return false;
  const end = rest.pop() ?? "";
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - end.length >= at && name.endsWith(end);
}

function enforcedPerKey(
  vendor: string,
  dimensions: ReadonlyArray<"spend" | "requestsPerMinute" | "tokensPerMinute" | "characters">,
): boolean {
  const known = vendorDescriptors.find(({ id }) => id === vendor);
  return known !== undefined && dimensions.some((dimension) => known.enforcement[dimension] === "key");
}

/** One side: what breaks which guardrail. */
export class GuardedKeys {
  readonly #guardrails: ReadonlyMap<string, GuardrailFacts>;
  readonly #issuers: ReadonlyMap<string, IssuerFacts>;
  readonly #read: ReadonlySet<string>;
  readonly #whole: boolean;

  constructor({ guardrails, issuers, keys }: Inventory, snapshot: Snapshot) {
    this.#guardrails = new Map(guardrails.map((facts) => [facts.stack, facts]));
    this.#issuers = new Map(issuers.map((facts) => [facts.name, facts]));
    this.#read = new Set(keys.filter(({ readers }) => readers.length > 0).map(({ name }) => name));
    this.#whole = [...snapshot.configurations.values()].every(
      ({ plan, blocks }) => plan === undefined && blocks !== undefined,
    );
  }

  /** By guardrail, in words. */
  broken(key: KeyFacts | undefined): ReadonlyMap<string, { readonly demand: string; readonly found: string }> {
    const found = new Map<string, { demand: string; found: string }>();
    const facts = key === undefined ? undefined : this.#guardrails.get(key.stack);
    if (key?.policy === undefined || key.address === "" || facts === undefined) return found;
    const sight = {
      issuer: this.#issuers.get(issuerPrefix(key.name)),
      whole: this.#whole,
      readers: this.#read,
    };
    for (const [name, guards] of facts.guardrails) {
      for (const guard of guards) {
        if (guard.severity !== "error" || !this.#isAround(guard, key) || isExcepted(facts, guard, key)) continue;
        const broken = RULES[guard.rule]?.(guard.demand, { ...key, policy: key.policy }, sight);
        if (broken !== undefined)
          found.set(name, { demand: guard.demand === "" ? guard.rule : guard.demand, found: broken });
      }
    }
    return found;
  }

  /**
   * Ids of resources begin with the path of their construct below the stack; a plan does not tell
   * the stack's name.
   */
  #isAround({ scope }: Guard, { stack, address }: KeyFacts): boolean {
    const path = scope.split("/");
    const inside = path.slice(1).map((each) => each.replace(/[^A-Za-z0-9_-]/g, ""));
    if (inside.length === 0) return scope === "" || stack === "" || path[0] === stack;
    if (stack !== "" && path[0] !== stack) return false;
    return address.replace(/^aws_lambda_invocation\./, "").startsWith(`${inside.join("_")}_`);
  }
}

function isExcepted({ exceptions }: GuardrailFacts, { rule }: Guard, { name }: KeyFacts): boolean {
  return [...exceptions.values()].flat().some((exception) => exception.rule === rule && exception.key === name);
}

/** What a key breaks now and did not break before. */
export function newlyBroken(
  before: ReadonlyMap<string, { readonly found: string }>,
  after: ReadonlyMap<string, { readonly demand: string; readonly found: string }>,
): FieldChange[] {
  return [...after]
    .filter(([name, { found }]) => before.get(name)?.found !== found)
    .map(([name, { demand, found }]) => ({
      field: `allowed by guardrail ${name}`,
      direction: "looser",
      before: demand,
      after: found,
      was: demand,
      is: found,
      added: [],
      removed: [],
    }));
}
