import * as v from "valibot";
import { defined } from "./defined";

/**
 * What a key may do, and how much, in the words that all vendors share. Who enforces which part is
 * in the vendor's descriptor; what is absent is not limited by the key.
 */

/** A scope as written in a policy: visible ASCII without blanks, never empty. */
export const SCOPE = /^[\x21-\x7e]{1,128}$/;
/**
 * A model or an endpoint as the vendor names it: `anthropic/claude-sonnet-5`,
 * `/v1/chat/completions`, `models/*`.
 */
export const RESOURCE = /^[\x21-\x7e]{1,256}$/;
/** `api.all.read` and the like: OpenAI's wildcards are spelled with the word. */
export const WILDCARD_SCOPE = /\*|\ball\b/;
export const RESOURCE_RULE = "1 to 256 visible ASCII characters without blanks";

export const LISTED_MAX = 100;
export const AMOUNT_MAX = 1_000_000_000;
export const SPEND_MAX_USD = 1_000_000;
/** What a spend limit starts anew with; `lifetime`: never. */
export const SPEND_PERIODS = ["day", "week", "month", "lifetime"] as const;

function unique(what: string, item: RegExp) {
  return v.pipe(
    v.array(v.pipe(v.string(), v.regex(item))),
    v.minLength(1),
    v.maxLength(LISTED_MAX),
    v.check((list) => new Set(list).size === list.length, `list ${what} only once`),
    v.readonly(),
  );
}

export const amount = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(AMOUNT_MAX)));

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\/(?:3[0-2]|[12]?\d)$/;
const IPV6 = /^[0-9a-f:]{2,39}\/(?:12[0-8]|1[01]\d|[1-9]?\d)$/;
export const NETWORK_RULE =
  "CIDR blocks such as 203.0.113.0/24 or 2001:db8::/32, in their shortest form, without bits after the prefix";

/**
 * In one spelling only: that which vendors show, since a network in another one would be seen as
 * drift for ever.
 */
export function isNetwork(text: string): boolean {
  if (!IPV4.test(text) && !IPV6.test(text)) return false;
  const [address = "", length = ""] = text.split("/");
  const written = address.includes(":") ? `[${address}]` : address;
  const url = `http://${written}/`;
  if (!URL.canParse(url) || new URL(url).hostname !== written) return false;
  return !bitsOf(address).slice(Number(length)).includes("1");
}

/** Ones and zeros of an address. */
export function bitsOf(address: string): string {
  if (!address.includes(":")) return binary(address.split("."), 10, 8);
  const [head = [], tail = []] = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return binary([...head, ...zeros, ...tail], 16, 16);
}

function binary(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, "0")).join("");
}

/** US dollars, whole cents. */
export const usdSchema = v.pipe(
  v.number(),
  v.minValue(0.01),
  v.maxValue(SPEND_MAX_USD),
  v.check((usd) => Math.abs(usd * 100 - Math.round(usd * 100)) < 1e-6, "an amount in whole cents"),
);

export const limitsSchema = v.pipe(
  v.strictObject({
    requestsPerMinute: amount,
    tokensPerMinute: amount,
    /** Characters of text a month, or what the vendor counts in their place (credits). */
    charactersPerMonth: amount,
    spend: v.optional(
      v.strictObject({
        usd: usdSchema,
        per: v.picklist(SPEND_PERIODS),
      }),
    ),
  }),
  v.check((limits) => Object.values(limits).some((limit) => limit !== undefined), "declare at least one limit"),
);
export type Limits = v.InferOutput<typeof limitsSchema>;

/** Fields of a key policy that say what the key may do. */
export const grantEntries = {
  /** The vendor's permissions. Absent where it has none. */
  scopes: v.optional(unique("a scope", SCOPE)),
  models: v.optional(unique("a model", RESOURCE)),
  endpoints: v.optional(unique("an endpoint", RESOURCE)),
  limits: v.optional(limitsSchema),
  networks: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.check(isNetwork, NETWORK_RULE))),
      v.minLength(1),
      v.maxLength(LISTED_MAX),
      v.check((list) => new Set(list).size === list.length, "list a network only once"),
      v.readonly(),
    ),
  ),
};
const grantSchema = v.object(grantEntries);
export type Grant = Readonly<v.InferOutput<typeof grantSchema>>;

/**
 * Lists sorted, fields in the schema's order, absent ones left out: two grants that mean the same
 * are the same text.
 */
export function canonicalGrant({ scopes, models, endpoints, limits, networks }: Grant): Grant {
  const { requestsPerMinute, tokensPerMinute, charactersPerMonth, spend } = limits ?? {};
  const kept = {
    ...defined({ requestsPerMinute, tokensPerMinute, charactersPerMonth }),
    ...(spend === undefined ? {} : { spend: { usd: spend.usd, per: spend.per } }),
  };
  return {
    ...sorted("scopes", scopes),
    ...sorted("models", models),
    ...sorted("endpoints", endpoints),
    ...(Object.keys(kept).length === 0 ? {} : { limits: kept }),
    ...sorted("networks", networks),
  };
}

export function sameGrant(a: Grant, b: Grant): boolean {
  return JSON.stringify(canonicalGrant(a)) === JSON.stringify(canonicalGrant(b));
}

function sorted(name: string, list: readonly string[] | undefined): Record<string, string[]> {
  return list === undefined ? {} : { [name]: [...list].sort() };
}

/** "scopes a, b; models c; 60 requests a minute; 25 USD a month" */
export function describeGrant(grant: Grant): string {
  const { scopes, models, endpoints, limits, networks } = canonicalGrant(grant);
  const parts = [
    scopes === undefined ? "" : `scopes ${scopes.join(", ")}`,
    models === undefined ? "" : `models ${models.join(", ")}`,
    endpoints === undefined ? "" : `endpoints ${endpoints.join(", ")}`,
    ...describeLimits(limits),
    networks === undefined ? "" : `networks ${networks.join(", ")}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** One phrase a limit: `60 requests a minute`, `25 USD a month`. */
export function describeLimits({
  requestsPerMinute,
  tokensPerMinute,
  charactersPerMonth,
  spend,
}: Limits = {}): string[] {
  return [
    requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`],
    tokensPerMinute === undefined ? [] : [`${tokensPerMinute} tokens a minute`],
    charactersPerMonth === undefined ? [] : [`${charactersPerMonth} characters a month`],
    spend === undefined ? [] : [describeSpend(spend)],
  ].flat();
}

export function describeSpend({ usd, per }: NonNullable<Limits["spend"]>): string {
  return `${usd} USD ${per === "lifetime" ? "in total" : `a ${per}`}`;
}

/** Dimensions of a descriptor's `enforcement` that the grant asks for. */
export function askedDimensions({ scopes, models, endpoints, limits, networks }: Grant) {
  const asked = {
    permissions: scopes,
    models,
    endpoints,
    requestsPerMinute: limits?.requestsPerMinute,
    tokensPerMinute: limits?.tokensPerMinute,
    characters: limits?.charactersPerMonth,
    spend: limits?.spend,
    sourceIp: networks,
  };
  return (Object.keys(asked) as Array<keyof typeof asked>).filter((dimension) => asked[dimension] !== undefined);
}
