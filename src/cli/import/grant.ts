import * as v from "valibot";
import { defined } from "../../model/defined";
import {
  AMOUNT_MAX,
  describeLimits,
  describeSpend,
  type Grant,
  grantEntries,
  type Limits,
  SPEND_MAX_USD,
} from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import { SECONDS_PER_MINUTE } from "../../model/units";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import { WINDOW_SECONDS } from "../../vendors/shown-limits";

/**
 * What can be declared of what the vendor shows, and never more: what no policy can say becomes the
 * widest that is no wider, or, where there is none, something that synthesis refuses until somebody
 * has decided. Whatever is not the vendor's own is said in a comment.
 */
export function declaredGrant(
  vendor: VendorDescriptor,
  granted: Granted | undefined,
): { readonly grant: Grant; readonly comments: readonly string[] } {
  const said: Said = { comments: [], unknown: [] };
  const grant = { ...listsOf(vendor, granted, said), ...limitsOf(vendor, granted, said) };
  for (const { of, shown, reason } of granted?.others ?? []) {
    if (of === undefined) said.comments.push(`Not declared: ${shown}: ${reason}.`);
  }
  const { comments, unknown } = said;
  return {
    grant,
    comments:
      unknown.length === 0 ? comments : [...comments, `Not known, and not limited here: ${unknown.join(", ")}.`],
  };
}

interface Said {
  readonly comments: string[];
  /** Parts of a policy that the vendor does not show. */
  readonly unknown: string[];
}

const DIMENSIONS = { scopes: "permissions", models: "models", endpoints: "endpoints", networks: "sourceIp" } as const;
type List = keyof typeof DIMENSIONS;
const AMOUNTS = {
  requestsPerMinute: "requestsPerMinute",
  tokensPerMinute: "tokensPerMinute",
  charactersPerMonth: "characters",
} as const;

/** Synthesis refuses an empty list, and a limit of nothing. */
const UNDECIDED = 0;

function listsOf(vendor: VendorDescriptor, granted: Granted | undefined, said: Said): Pick<Grant, List> {
  const lists: { -readonly [name in List]?: Grant[name] } = {};
  for (const name of Object.keys(DIMENSIONS) as List[]) {
    const shown = granted?.[name];
    const odd = (granted?.others ?? []).filter(({ of }) => of === name);
    if (vendor.enforcement[DIMENSIONS[name]] !== "key") {
      if (shown != null && shown.length > 0) said.comments.push(notEnforced(vendor, `${name} ${shown.join(", ")}`));
      continue;
    }
    for (const { shown: words, reason, unset } of odd) {
      said.comments.push(`${unset ? "Not declared" : `FILL IN ${name}`}: ${words}: ${reason}.`);
    }
    if (odd.length > 0) {
      if (name === "scopes" || odd.some(({ unset }) => unset !== true)) lists[name] = [];
    } else if (shown == null || shown.length === 0) {
      if (name === "scopes") {
        lists.scopes = [];
        const all =
          shown !== undefined ? "it has all permissions" : `${vendor.displayName} does not show what it may do`;
        said.comments.push(`FILL IN scopes: ${all}.`);
      } else if (shown === undefined) said.unknown.push(name);
    } else {
      const parsed = v.safeParse(grantEntries[name], shown);
      lists[name] = parsed.success ? parsed.output : [];
      if (!parsed.success) {
        const why =
          v.getDotPath(parsed.issues[0]) === null ? parsed.issues[0].message : "a policy cannot contain one of them";
        said.comments.push(`FILL IN ${name}: ${vendor.displayName} shows ${shown.join(", ")}: ${why}.`);
      }
    }
  }
  return lists;
}

function limitsOf(vendor: VendorDescriptor, granted: Granted | undefined, said: Said): Pick<Grant, "limits"> {
  const limits: { -readonly [name in keyof Limits]?: Limits[name] } = {};
  const shown = granted?.limits ?? {};
  for (const name of Object.keys(AMOUNTS) as Array<keyof typeof AMOUNTS>) {
    const odd = othersOf(granted, name);
    if (vendor.enforcement[AMOUNTS[name]] !== "key") {
      const words = [...describeLimits(shown[name] === undefined ? {} : { [name]: shown[name] }), ...odd.map(shownOf)];
      if (words.length > 0) said.comments.push(notEnforced(vendor, words.join("; ")));
      continue;
    }
    const set = unsetSaid(odd, said);
    const base = name === "charactersPerMonth" ? WINDOW_SECONDS.month : SECONDS_PER_MINUTE;
    const exact = shown[name] === undefined ? [] : [shown[name]];
    if (set.length === 0 && exact.every(isAmount)) {
      if (exact[0] !== undefined) limits[name] = exact[0];
      continue;
    }
    const narrowed = set.map(({ within }) => (within === undefined ? UNDECIDED : shared(within, base ?? 0)));
    const amount = Math.floor(Math.min(...exact, ...narrowed, AMOUNT_MAX));
    limits[name] = amount >= 1 ? amount : UNDECIDED;
    sayNarrowed(set, name, amount >= 1 ? describeLimits({ [name]: amount }).join() : undefined, said);
  }
  const spend = spendOf(vendor, granted, said);
  if (spend !== undefined) limits.spend = spend;
  const enforced = [...Object.values(AMOUNTS), "spend" as const].some((name) => vendor.enforcement[name] === "key");
  if (enforced && granted?.limits === undefined) said.unknown.push("limits");
  return Object.keys(limits).length === 0 ? {} : { limits };
}

function spendOf(vendor: VendorDescriptor, granted: Granted | undefined, said: Said): Limits["spend"] {
  const exact = granted?.limits?.spend;
  const odd = othersOf(granted, "spend");
  if (vendor.enforcement.spend !== "key") {
    const words = [...(exact === undefined ? [] : [describeSpend(exact)]), ...odd.map(shownOf)];
    if (words.length > 0) said.comments.push(notEnforced(vendor, words.join("; ")));
    return undefined;
  }
  const set = unsetSaid(odd, said);
  const { spendPeriods = [], spendStepUsd = 0.01 } = vendor;
  if (exact === undefined && set.length === 0) return undefined;
  const isExact = exact !== undefined && spendPeriods.includes(exact.per) && isMultiple(exact.usd, spendStepUsd);
  if (isExact && set.length === 0) return exact;
  const seconds = exact === undefined ? undefined : WINDOW_SECONDS[exact.per];
  const budgets = [
    ...(exact === undefined ? [] : [{ amount: exact.usd, ...defined({ seconds }) }]),
    ...set.map(({ within }) => within ?? { amount: UNDECIDED }),
  ];
  const per = periodFor(budgets, spendPeriods);
  const base = per === undefined ? undefined : WINDOW_SECONDS[per];
  const most = Math.min(...budgets.map((budget) => (base === undefined ? budget.amount : shared(budget, base))));
  const usd = per === undefined ? 0 : floorTo(Math.min(most, SPEND_MAX_USD), spendStepUsd);
  const spend = usd > 0 && per !== undefined ? { usd, per } : { usd: UNDECIDED, per: per ?? spendPeriods[0] ?? "day" };
  const kept = exact !== undefined && spend.usd === exact.usd && spend.per === exact.per;
  const why = set.length > 0 ? BESIDE_OTHERS : NO_SUCH_PERIOD;
  const own = exact === undefined || kept ? [] : [{ shown: describeSpend(exact), reason: why }];
  sayNarrowed([...own, ...set], "limits.spend", usd > 0 ? describeSpend(spend) : undefined, said);
  return spend;
}

const BESIDE_OTHERS = "a policy has one budget, which must not exceed any of them";
const NO_SUCH_PERIOD = "its keys cannot be given such a budget";

/**
 * The one in which all of them can be said, and the shortest where there are several; undefined: in
 * none.
 */
function periodFor(
  budgets: ReadonlyArray<{ readonly seconds?: number }>,
  periods: NonNullable<VendorDescriptor["spendPeriods"]>,
): NonNullable<Limits["spend"]>["per"] | undefined {
  const windows = new Set(budgets.map(({ seconds }) => seconds));
  const same = periods.find((per) => windows.size === 1 && windows.has(WINDOW_SECONDS[per]));
  if (same !== undefined) return same;
  // Altogether and by the day: neither says the other, and the tightest of both would end the key
  // some day.
  if (windows.has(undefined)) return undefined;
  return periods
    .filter((per) => per !== "lifetime")
    .sort((a, b) => (WINDOW_SECONDS[a] ?? 0) - (WINDOW_SECONDS[b] ?? 0))
    .find((per) => per !== "month" || [...windows].every((seconds) => (seconds ?? 0) <= (WINDOW_SECONDS.month ?? 0)));
}

/**
 * What each window of `baseSeconds` may have, so that no longer stretch of time gets more than in
 * the vendor's own windows: all of it where those are shorter, and a share where they are longer.
 */
function shared({ amount, seconds }: NonNullable<OtherLimit["within"]>, baseSeconds: number): number {
  if (seconds === undefined) return UNDECIDED;
  return seconds <= baseSeconds ? amount : amount / Math.ceil(seconds / baseSeconds);
}

function othersOf(granted: Granted | undefined, name: keyof Limits): OtherLimit[] {
  return (granted?.others ?? []).filter(({ of }) => of === name);
}

/** Those that limit something; the others are said. */
function unsetSaid(odd: readonly OtherLimit[], said: Said): OtherLimit[] {
  for (const { shown, reason } of odd.filter(({ unset }) => unset === true)) {
    said.comments.push(`Not declared: ${shown}: ${reason}.`);
  }
  return odd.filter(({ unset }) => unset !== true);
}

function sayNarrowed(
  odd: ReadonlyArray<Pick<OtherLimit, "shown" | "reason">>,
  name: string,
  declared: string | undefined,
  said: Said,
): void {
  const why = odd.map(({ shown, reason }) => `${shown} (${reason})`).join("; ");
  said.comments.push(
    declared === undefined
      ? `FILL IN ${name}: the vendor's ${why}.`
      : `Declared as ${declared}, which is no wider than the vendor's ${why}.`,
  );
}

function shownOf({ shown }: OtherLimit): string {
  return shown;
}

function notEnforced({ displayName }: VendorDescriptor, words: string): string {
  return `Not declared, since ${displayName} does not enforce it per key: ${words}.`;
}

function isAmount(amount: number): boolean {
  return Number.isInteger(amount) && amount >= 1 && amount <= AMOUNT_MAX;
}

function isMultiple(usd: number, step: number): boolean {
  return Math.abs(usd / step - Math.round(usd / step)) < 1e-6;
}

/** In whole cents, without what binary fractions add. */
function floorTo(usd: number, step: number): number {
  return Math.round(Math.floor(usd / step + 1e-9) * step * 100) / 100;
}
