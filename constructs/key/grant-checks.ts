/** What a declaration may ask of a vendor: what is enforced per key, and no more. */
import * as v from "valibot";
import { type askedDimensions, type Grant, grantEntries } from "../../src/model/grant";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import * as checks from "../checks";
import * as errors from "../errors";
import { type IConstruct, isToken } from "../terraform";
import { type LimitProps, limitsOf } from "./limits";
import type { Scope } from "./scope";

export interface GrantProps {
  readonly scopes?: readonly Scope[];
  readonly models?: readonly string[];
  readonly endpoints?: readonly string[];
  readonly limits?: LimitProps;
  readonly networks?: readonly string[];
}

const GRANT = v.object(grantEntries);

type Dimension = ReturnType<typeof askedDimensions>[number];

/** Properties of a declaration, with the dimensions of the descriptor that they ask for. */
const LISTS = { models: "models", endpoints: "endpoints", networks: "sourceIp" } as const;
const AMOUNTS = {
  requestsPerMinute: "requestsPerMinute",
  tokensPerMinute: "tokensPerMinute",
  charactersPerMonth: "characters",
  spend: "spend",
} as const;

export function grant(at: IConstruct, vendor: VendorDescriptor, props: GrantProps): Grant {
  const perKey = vendor.enforcement.permissions === "key";
  if (!perKey && props.scopes !== undefined) refuse(at, vendor, "scopes", "permissions");
  const asked: Record<string, unknown> = perKey ? { scopes: checks.scopes(at, vendor, props.scopes) } : {};
  for (const [prop, dimension] of Object.entries(LISTS) as Array<[keyof typeof LISTS, Dimension]>) {
    const given = props[prop];
    if (given === undefined) continue;
    if (isToken(given) || given.some((item) => isToken(item))) throw errors.tokenNotAllowed(at, prop);
    if (vendor.enforcement[dimension] !== "key") refuse(at, vendor, prop, dimension);
    asked[prop] = parsed(at, prop, given);
  }
  if (props.limits === undefined) return v.parse(GRANT, asked);
  const limits = limitsOf(props.limits);
  for (const [amount, dimension] of Object.entries(AMOUNTS) as Array<[keyof typeof AMOUNTS, Dimension]>) {
    if (isToken(limits[amount])) throw errors.tokenNotAllowed(at, `limits.${amount}`);
    if (limits[amount] !== undefined && vendor.enforcement[dimension] !== "key")
      refuse(at, vendor, `limits.${amount}`, dimension);
  }
  const { spend } = limits;
  if (spend !== undefined && vendor.spendPeriods?.includes(spend.per) !== true) {
    throw errors.spendPeriodNotKnown(at, vendor.displayName, "limits.spend", spend.per, vendor.spendPeriods ?? []);
  }
  const { spendStepUsd } = vendor;
  if (spend !== undefined && spendStepUsd !== undefined && cents(spend.usd) % cents(spendStepUsd) !== 0) {
    const rule = `whole multiples of ${spendStepUsd} USD at ${vendor.displayName}`;
    throw errors.malformedGrant(at, "limits.spend", `${spend.usd} USD`, rule);
  }
  return v.parse(GRANT, { ...asked, limits: parsed(at, "limits", limits) });
}

function parsed(at: IConstruct, prop: "models" | "endpoints" | "networks" | "limits", given: unknown): unknown {
  const result = v.safeParse(grantEntries[prop], given);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw errors.malformedGrant(at, prop, issue.received, issue.message);
}

/** Fractions of a dollar leave remainders of their own. */
function cents(usd: number): number {
  return Math.round(usd * 100);
}

function refuse(at: IConstruct, vendor: VendorDescriptor, prop: string, dimension: Dimension): never {
  throw errors.notEnforcedPerKey(
    at,
    vendor.displayName,
    prop,
    vendor.enforcement[dimension],
    vendor.account?.[dimension],
  );
}
