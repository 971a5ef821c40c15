import type { Limits } from "../../model/grant";
import type { Granted } from "../../model/granted";
import { SECONDS_PER_DAY } from "../../model/units";
import { ShownLimits } from "../shown-limits";
import type { RateLimitBody, UsageLimitsBody } from "./bodies";
import type { Key } from "./schemas";

const RESETS = { week: "weekly", month: "monthly", lifetime: null } as const;
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

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ["rps", 1],
  ["rpm", 60],
  ["rph", 3_600],
  ["rpd", 86_400],
  ["rpw", 604_800],
]);
const LIMIT_OF: ReadonlyMap<string, "requestsPerMinute" | "tokensPerMinute"> = new Map([
  ["requests", "requestsPerMinute"],
  ["tokens", "tokensPerMinute"],
]);

/**
 * `null`: no limit. Undefined where an answer has neither of the two. Portkey's document lets a key
 * without a budget leave it out, and has no `null` for it, so what stands alone is all that there
 * is: else nobody would see that a budget was taken off.
 */
export function shownLimits({ rate_limits, usage_limits }: Key): Pick<Granted, "limits" | "others"> {
  if (rate_limits === undefined && usage_limits === undefined) return {};
  const shown = new ShownLimits();
  for (const { type, unit, value } of rate_limits ?? []) {
    const of = LIMIT_OF.get(type);
    const seconds = UNIT_SECONDS.get(unit);
    const words = `rate limit ${value} ${type} ${unit}`;
    if (of === undefined || seconds === undefined) shown.other({ shown: words, reason: "policies have no such limit" });
    else shown.amount(of, words, value, "nothing", seconds);
  }
  const { type, credit_limit, periodic_reset, periodic_reset_days } = usage_limits ?? {};
  if (credit_limit != null) {
    const resets = [periodic_reset, periodic_reset_days == null ? undefined : `every ${periodic_reset_days} days`];
    const words = ["usage limit", credit_limit, type ?? "cost", ...resets.filter((reset) => reset != null)].join(" ");
    // An answer may leave out the type of a budget in US dollars.
    if ((type ?? "cost") === "cost") {
      shown.budget(words, credit_limit, windowOf(periodic_reset, periodic_reset_days), "nothing");
    } else shown.other({ shown: words, reason: "policies have no such limit" });
  }
  return shown.shown;
}

function windowOf(reset: string | null | undefined, days: number | null | undefined) {
  if (days != null) return days > 0 ? { seconds: days * SECONDS_PER_DAY } : {};
  const periods = Object.keys(RESETS) as Array<keyof typeof RESETS>;
  const per = periods.find((period) => RESETS[period] === (reset ?? null));
  return per === undefined ? {} : { per };
}
