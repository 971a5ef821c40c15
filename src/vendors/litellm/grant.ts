import type { Grant, Limits } from "../../model/grant";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../model/units";
import { type Granted, VendorError } from "../vendor";
import type { Key } from "./schemas";

/** LiteLLM's group of all that calls models. What manages keys, users and the proxy lies outside of it. */
export const LLM_API_ROUTES = "llm_api_routes";

type Period = NonNullable<Limits["spend"]>["per"];

/** A hundred years for "never": an update can always set a period, but in some releases take none off again. */
const PERIODS: Readonly<Record<Period, string>> = { day: "1d", week: "7d", month: "30d", life: "36500d" };
/** Each starts a budget anew at the same moments as ours: at midnight, on Mondays, on the first of the month. */
const PERIOD_OF: ReadonlyMap<string, Period> = new Map([
  ["1d", "day"],
  ["24h", "day"],
  ["7d", "week"],
  ["1w", "week"],
  ["30d", "month"],
  ["1mo", "month"],
  ["36500d", "life"],
]);
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: SECONDS_PER_MINUTE,
  h: SECONDS_PER_HOUR,
  d: SECONDS_PER_DAY,
  w: 7 * SECONDS_PER_DAY,
  mo: 30 * SECONDS_PER_DAY,
};

export interface GrantBody {
  readonly models: string[];
  readonly allowed_routes: string[];
  readonly rpm_limit: number | null;
  readonly tpm_limit: number | null;
  readonly max_budget: number | null;
  readonly budget_duration?: string;
}

/**
 * All of a grant, what is absent taken off. Routes are always listed: without a list a key may also read about the proxy, and manage keys of
 * its user. A `key_type` would overwrite the list.
 */
export function grantBody(endpoint: string, { models, endpoints, limits }: Grant): GrantBody {
  if (endpoints?.length === 1 && endpoints[0] === LLM_API_ROUTES) {
    // The proxy would show it as it shows a key without endpoints.
    const why = `"${LLM_API_ROUTES}" is what a key without \`endpoints\` may call: leave them out`;
    throw new VendorError("invalid", endpoint, why);
  }
  const { requestsPerMinute, tokensPerMinute, spend } = limits ?? {};
  return {
    models: [...(models ?? [])],
    allowed_routes: routesOf(endpoints),
    rpm_limit: requestsPerMinute ?? null,
    tpm_limit: tokensPerMinute ?? null,
    max_budget: spend?.usd ?? null,
    ...(spend === undefined ? {} : { budget_duration: PERIODS[spend.per] }),
  };
}

export function routesOf(endpoints: Grant["endpoints"]): string[] {
  return [...(endpoints ?? [LLM_API_ROUTES])];
}

export function grantedIn(key: Key): Granted {
  const limits = {
    ...(key.rpm_limit == null ? {} : { requestsPerMinute: key.rpm_limit }),
    ...(key.tpm_limit == null ? {} : { tokensPerMinute: key.tpm_limit }),
    ...spendIn(key),
  };
  return {
    models: listed(key.models),
    endpoints: endpointsIn(key.allowed_routes),
    limits: Object.keys(limits).length === 0 ? null : limits,
  };
}

/** To LiteLLM no list is every route, so more than any key is given here. */
function endpointsIn(routes: Key["allowed_routes"]): string[] | null {
  const all = listed(routes) ?? ["*"];
  return all.length === 1 && all[0] === LLM_API_ROUTES ? null : all;
}

function listed(items: readonly string[] | null | undefined): string[] | null {
  return items == null || items.length === 0 ? null : [...new Set(items)].sort();
}

/** Periods that have no word here, which somebody has set by hand, are told as what may be spent in a day. */
function spendIn({ max_budget, budget_duration }: Key): Pick<Limits, "spend"> {
  if (max_budget == null) return {};
  if (budget_duration == null) return { spend: { usd: max_budget, per: "life" } };
  const per = PERIOD_OF.get(budget_duration);
  if (per !== undefined) return { spend: { usd: max_budget, per } };
  const [, count = "1", unit = "d"] = /^(\d+)(mo|[smhdw])$/.exec(budget_duration) ?? [];
  const days = (Number(count) * (UNIT_SECONDS[unit] ?? SECONDS_PER_DAY)) / SECONDS_PER_DAY;
  return { spend: { usd: Math.round((max_budget / (days || 1)) * 100) / 100, per: "day" } };
}
