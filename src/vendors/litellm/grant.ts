import type { Grant, Limits } from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import { ShownLimits } from "../shown-limits";
import type { Key } from "./schemas";

/**
 * LiteLLM's group of all that calls models. What manages keys, users and the proxy lies outside of
 * it.
 */
export const LLM_API_ROUTES = "llm_api_routes";

type Period = NonNullable<Limits["spend"]>["per"];

/**
 * A hundred years for "never": an update can always set a period, but in some releases take none
 * off again.
 */
const PERIODS: Readonly<Record<Period, string>> = { day: "1d", week: "7d", month: "30d", lifetime: "36500d" };
/**
 * Each starts a budget anew at the same moments as ours: at midnight, on Mondays, on the first of
 * the month.
 */
const PERIOD_OF: ReadonlyMap<string, Period> = new Map([
  ["1d", "day"],
  ["24h", "day"],
  ["7d", "week"],
  ["1w", "week"],
  ["30d", "month"],
  ["1mo", "month"],
  ["36500d", "lifetime"],
]);
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: SECONDS_PER_MINUTE,
  h: SECONDS_PER_HOUR,
  d: SECONDS_PER_DAY,
  w: 7 * SECONDS_PER_DAY,
  mo: 31 * SECONDS_PER_DAY,
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
 * All of a grant, what is absent taken off. Routes are always listed: without a list a key may also
 * read about the proxy, and manage keys of its user. A `key_type` would overwrite the list.
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
  const { rpm_limit, tpm_limit, max_budget, budget_duration, budget_limits } = key;
  const shown = new ShownLimits()
    .amount("requestsPerMinute", `rpm_limit ${rpm_limit}`, rpm_limit, "unset")
    .amount("tokensPerMinute", `tpm_limit ${tpm_limit}`, tpm_limit, "unset");
  const budgets = [{ max_budget, budget_duration }, ...(budget_limits ?? [])];
  for (const [at, budget] of budgets.entries()) {
    const words = describe({ max_budget: budget.max_budget, budget_duration: budget.budget_duration });
    shown.budget(at === 0 ? words : `budget_limits: ${words}`, budget.max_budget, windowOf(budget), "unset");
  }
  for (const other of othersIn(key)) shown.other(other);
  return { models: listed(key.models), endpoints: endpointsIn(key.allowed_routes), ...shown.shown };
}

const IN_ITS_OWN = "policies have no such limit";

/** What narrows a key beside its grant, or makes of its list of models another one. */
function othersIn(key: Key): OtherLimit[] {
  const { models, team_id } = key;
  const own = (["max_parallel_requests", "model_max_budget", "model_rpm_limit", "model_tpm_limit"] as const).flatMap(
    (name) => {
      const value = key[name];
      const isEmpty = value == null || (typeof value === "object" && Object.keys(value).length === 0);
      return isEmpty ? [] : [{ shown: `${name} ${JSON.stringify(value)}`, reason: IN_ITS_OWN }];
    },
  );
  const team = team_id == null ? [] : [{ shown: `team_id ${team_id}`, reason: TEAM }];
  return [...own, ...team, ...modelsIn(models, team_id)];
}

const TEAM = "limits of its team hold for it as well, and for no key that is declared";

/** Words of LiteLLM's that stand for lists which it keeps elsewhere. */
function modelsIn(models: Key["models"], team: Key["team_id"]): OtherLimit[] {
  const named = models ?? [];
  if (named.includes("all-proxy-models")) {
    const reason = "it stands for all models of the proxy, as no list does";
    return [{ of: "models", shown: "all-proxy-models", reason, unset: true }];
  }
  const ofTeam = named.includes("all-team-models") || (named.length === 0 && team != null);
  if (!ofTeam && !named.includes("no-default-models")) return [];
  const shown = named.length === 0 ? `no models of its own, in team ${team}` : `models ${named.join(", ")}`;
  return [{ of: "models", shown, reason: "LiteLLM keeps the list of models with the team or the user" }];
}

/** To LiteLLM no list is every route, so more than any key is given here. */
function endpointsIn(routes: Key["allowed_routes"]): string[] | null {
  const all = listed(routes) ?? ["*"];
  return all.length === 1 && all[0] === LLM_API_ROUTES ? null : all;
}

function listed(items: readonly string[] | null | undefined): string[] | null {
  return items == null || items.length === 0 ? null : [...new Set(items)].sort();
}

type Budget = Pick<Key, "max_budget" | "budget_duration">;

/**
 * Without a period it is altogether; a period that cannot be read is taken for the longest there
 * is, which is no wider.
 */
function windowOf({ budget_duration }: Budget): { readonly per: Period } | { readonly seconds?: number } {
  if (budget_duration == null) return { per: "lifetime" };
  const per = PERIOD_OF.get(budget_duration);
  if (per !== undefined) return { per };
  const [, count = "", unit = ""] = /^(\d{1,6})(mo|[smhdw])$/.exec(budget_duration) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 0);
  return seconds > 0 ? { seconds } : {};
}

function describe(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value != null)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Takes off what no grant has and an update would leave: budgets in windows of their own. */
export function leftoversOff({ budget_limits }: Key): { readonly budget_limits?: never[] } {
  return budget_limits == null || budget_limits.length === 0 ? {} : { budget_limits: [] };
}
