import { bitsOf, type Grant, type Limits } from "../model/grant";
import { GUARDRAIL_SEVERITIES, type GuardrailSeverity } from "../model/guardrail-rules";
import type { LifetimePolicy } from "../model/key-policy";

/**
 * What "looser" means, one dimension at a time. Each is a preorder: `within(a, b)` says that
 * whatever `a` allows, `b` allows as well. Two values that are within each other allow the same,
 * however they are written. Absent always means: not limited.
 */
export type Within<T> = (a: T, b: T) => boolean;

/**
 * Of a change. `incomparable`: something is allowed that was not, and something no longer; or two
 * values that cannot be compared. `unknown`: nobody can tell, since what stands there is nothing
 * that the constructs render. Whoever judges a change by one word has to take both for looser.
 */
export type Direction = "same" | "tighter" | "looser" | "incomparable" | "unknown";

export function directionOf<T>(within: Within<T>, before: T, after: T): Exclude<Direction, "unknown"> {
  const narrowed = within(after, before);
  const widened = within(before, after);
  if (narrowed && widened) return "same";
  if (narrowed) return "tighter";
  return widened ? "looser" : "incomparable";
}

/** For what says nothing about reach: owner, purpose, tags. */
export const noReach: Within<unknown> = () => true;

/** For what cannot be compared but for being the same: the project that keys are minted in. */
export const identical: Within<unknown> = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Absent allows everything. */
export function orUnlimited<T>(within: Within<T>): Within<T | undefined> {
  return (a, b) => b === undefined || (a !== undefined && within(a, b));
}

/** More entries allow more. */
export const listed: Within<readonly string[]> = (a, b) => {
  const allowed = new Set(b);
  return a.every((each) => allowed.has(each));
};

/** Fewer entries allow more: alarms, statements that deny. */
export const guards: Within<readonly string[]> = (a, b) => listed(b, a);

/** More entries allow more; one that ends in `*` is all that starts like it. */
export const patterns: Within<readonly string[]> = (a, b) => {
  const allowed = new Set(b);
  const starts = b.filter((each) => each.endsWith("*")).map((each) => each.slice(0, -1));
  return a.every((each) => allowed.has(each) || starts.some((start) => each.startsWith(start)));
};

/** More is looser: rates, seconds. */
export const atMost: Within<number> = (a, b) => a <= b;

/** Less is looser: days that logs are kept. */
export const atLeast: Within<number> = (a, b) => a >= b;

type Spend = NonNullable<Limits["spend"]>;
type Period = Spend["per"];

/**
 * What one vendor key spends in a period at the most, in limits of another. A week can lie in two
 * months, a month in six weeks. Nothing that starts anew is bounded for life.
 */
const MOST: Readonly<Record<Period, Readonly<Record<Period, number>>>> = {
  day: { day: 1, week: 7, month: 31, lifetime: Number.POSITIVE_INFINITY },
  week: { day: 1, week: 1, month: 6, lifetime: Number.POSITIVE_INFINITY },
  month: { day: 1, week: 2, month: 1, lifetime: Number.POSITIVE_INFINITY },
  lifetime: { day: 1, week: 1, month: 1, lifetime: 1 },
};

export const spends: Within<Spend> = (a, b) => cents(a.usd) * MOST[a.per][b.per] <= cents(b.usd);

function cents(usd: number): number {
  return Math.round(usd * 100);
}

/** More addresses are looser, however they are cut into blocks. */
export const networks: Within<readonly string[]> = (a, b) => {
  const allowed = ranges(b);
  return ranges(a).every((range) =>
    allowed.some(({ family, first, last }) => family === range.family && first <= range.first && range.last <= last),
  );
};

interface Range {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Joined where they touch, so that two halves are the whole. */
function ranges(blocks: readonly string[]): Range[] {
  const sorted = blocks.map(rangeOf).sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1));
  const joined: Range[] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before === undefined || before.family !== range.family || range.first > before.last + 1n) joined.push(range);
    else if (range.last > before.last) joined[joined.length - 1] = { ...before, last: range.last };
  }
  return joined;
}

function rangeOf(block: string): Range {
  const [address = "", length = ""] = block.split("/");
  const bits = bitsOf(address);
  const first = BigInt(`0b${bits}`);
  const size = 1n << BigInt(bits.length - Number(length));
  return { family: address.includes(":") ? 6 : 4, first, last: first + size - 1n };
}

/** No rotation is the loosest: what leaked works until it ends. */
export const rotation: Within<LifetimePolicy> = (a, b) =>
  orUnlimited(atMost)(a.rotateEverySeconds, b.rotateEverySeconds);

/**
 * Where nothing is rotated nothing is superseded, and what leaked works until it ends: looser than
 * any overlap.
 */
export const overlap: Within<LifetimePolicy> = (a, b) => orUnlimited(atMost)(overlapOf(a), overlapOf(b));

function overlapOf({ rotateEverySeconds, overlapSeconds }: LifetimePolicy): number | undefined {
  return rotateEverySeconds === undefined ? undefined : overlapSeconds;
}

export const expiry: Within<LifetimePolicy> = (a, b) => a.expirySeconds <= b.expirySeconds;

/**
 * ARN of the KMS key. Absent is the account's own key for the service, whose use nobody can
 * restrict: the weakest. Which of two keys is stronger nobody can tell.
 */
export const encryption: Within<string | undefined> = orUnlimited<string>((a, b) => a === b);

export interface Replica {
  readonly region: string;
  readonly kmsKey?: string | undefined;
}

/** Copies in more regions, or more weakly encrypted ones, are looser. */
export const replicas: Within<readonly Replica[]> = (a, b) =>
  a.every(({ region, kmsKey }) => b.some((each) => each.region === region && encryption(kmsKey, each.kmsKey)));

/** Statements of an AWS policy, each as one canonical text. */
export interface Rights {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** More that allow or fewer that deny is looser. Statements are compared as they are written. */
export const rights: Within<Rights> = (a, b) => listed(a.allow, b.allow) && guards(a.deny, b.deny);

/**
 * One guardrail, by its demands. One that demands the same and is at least as severe replaces
 * another; which of two demands is stricter nobody can tell.
 */
export const demands: Within<ReadonlyArray<{ readonly severity: GuardrailSeverity; readonly demand: string }>> = (
  a,
  b,
) =>
  b.every((other) =>
    a.some(
      ({ severity, demand }) =>
        demand === other.demand &&
        GUARDRAIL_SEVERITIES.indexOf(severity) <= GUARDRAIL_SEVERITIES.indexOf(other.severity),
    ),
  );

/** Exceptions of one key from one guardrail: what lasts longer is looser, none the tightest. */
export const exceptions: Within<ReadonlyArray<{ readonly until: string }>> = (a, b) => lastDay(a) <= lastDay(b);

function lastDay(list: ReadonlyArray<{ readonly until: string }>): string {
  return list.map(({ until }) => until).reduce((latest, until) => (until > latest ? until : latest), "");
}

/** Whether something stands guard: a rotation, the look at drift. */
export const present: Within<boolean> = (a, b) => a || !b;

/** Who may use a key, for what, how much and for how long. */
export interface Reach extends Grant {
  readonly vendor: string;
  readonly lifetime: LifetimePolicy;
  readonly kmsKey?: string | undefined;
  readonly replicas: readonly Replica[];
  readonly readers: readonly string[];
  readonly resourcePolicy: Rights;
  /** Secrets Manager rotates it. Where people mint, nothing does. */
  readonly rotated: boolean;
}

export const reach: Within<Reach> = (a, b) =>
  a.vendor === b.vendor &&
  orUnlimited(listed)(a.scopes, b.scopes) &&
  orUnlimited(patterns)(a.models, b.models) &&
  orUnlimited(patterns)(a.endpoints, b.endpoints) &&
  limits(a.limits, b.limits) &&
  orUnlimited(networks)(a.networks, b.networks) &&
  rotation(a.lifetime, b.lifetime) &&
  overlap(a.lifetime, b.lifetime) &&
  expiry(a.lifetime, b.lifetime) &&
  encryption(a.kmsKey, b.kmsKey) &&
  replicas(a.replicas, b.replicas) &&
  listed(a.readers, b.readers) &&
  rights(a.resourcePolicy, b.resourcePolicy) &&
  present(a.rotated, b.rotated);

const limits: Within<Limits | undefined> = (a = {}, b = {}) =>
  orUnlimited(atMost)(a.requestsPerMinute, b.requestsPerMinute) &&
  orUnlimited(atMost)(a.tokensPerMinute, b.tokensPerMinute) &&
  orUnlimited(atMost)(a.charactersPerMonth, b.charactersPerMonth) &&
  orUnlimited(spends)(a.spend, b.spend);
