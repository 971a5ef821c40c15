import type { Limits } from "../../model/grant";
import type { RateLimitBody, UsageLimitsBody } from "./bodies";
import type { Key } from "./schemas";

const RESETS = { week: "weekly", month: "monthly", life: null } as const;
const PER_MINUTE = "rpm";

export function rateLimits({ requestsPerMinute, tokensPerMinute }: Limits): RateLimitBody[] {
  const limit = (type: RateLimitBody["type"], value: number | undefined): RateLimitBody[] =>
    value === undefined ? [] : [{ type, unit: PER_MINUTE, value }];
  return [...limit("requests", requestsPerMinute), ...limit("tokens", tokensPerMinute)];
}

/** Undefined where Portkey has no such budget: cents, or anew each day. */
export function usageLimits({ usd, per }: NonNullable<Limits["spend"]>): UsageLimitsBody | undefined {
  if (per === "day" || !Number.isInteger(usd)) return undefined;
  return { type: "cost", credit_limit: usd, periodic_reset: RESETS[per] };
}

/**
 * `null`: no limit. Undefined where an answer has neither of the two. Portkey's document lets a key without a budget leave it out, and has
 * no `null` for it, so what stands alone is all that there is: else nobody would see that a budget was taken off. Limits that nothing declares
 * (a day's requests, a budget of tokens) are not shown.
 */
export function shownLimits({ rate_limits, usage_limits }: Key): Limits | null | undefined {
  if (rate_limits === undefined && usage_limits === undefined) return undefined;
  const perMinute = (type: RateLimitBody["type"]) =>
    rate_limits?.find((limit) => limit.type === type && limit.unit === PER_MINUTE)?.value;
  const requestsPerMinute = perMinute("requests");
  const tokensPerMinute = perMinute("tokens");
  const spend = shownSpend(usage_limits);
  const limits = {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(spend === undefined ? {} : { spend }),
  };
  return Object.keys(limits).length === 0 ? null : limits;
}

function shownSpend(limits: Key["usage_limits"]): Limits["spend"] {
  // An answer may leave out the type of a budget in US dollars.
  if (limits?.credit_limit == null || (limits.type ?? "cost") !== "cost" || limits.periodic_reset_days != null) {
    return undefined;
  }
  const periods = Object.keys(RESETS) as Array<keyof typeof RESETS>;
  const per = periods.find((period) => RESETS[period] === (limits.periodic_reset ?? null));
  return per === undefined ? undefined : { usd: limits.credit_limit, per };
}
