import { defined } from "../../model/defined";
import type { Limits } from "../../model/grant";
import { canonicalPolicy, type KeyPolicy, type LifetimePolicy } from "../../model/key-policy";
import { spends } from "../direction";

/**
 * What several invocations for one key allow together: whichever comes last is the one that holds,
 * and nobody knows which that is. Undefined where they have nothing in common.
 */
export function unionOf(policies: readonly KeyPolicy[]): KeyPolicy | undefined {
  const [first, ...rest] = policies;
  if (first === undefined || rest.some(({ vendor }) => vendor !== first.vendor)) return undefined;
  return rest.reduce((a, b) => canonicalPolicy(united(a, b)), first);
}

function united(a: KeyPolicy, b: KeyPolicy): KeyPolicy {
  const limits = limitsOf(a.limits, b.limits);
  const { scopes: _, models: __, endpoints: ___, networks: ____, limits: _____, ...named } = a;
  return {
    ...named,
    ...listsOf(a, b),
    ...defined({ limits }),
    lifetime: lifetimeOf(a.lifetime, b.lifetime),
  };
}

const LISTS = ["scopes", "models", "endpoints", "networks"] as const;

/** Absent is: not limited. */
function listsOf(a: KeyPolicy, b: KeyPolicy): Partial<Pick<KeyPolicy, (typeof LISTS)[number]>> {
  return Object.fromEntries(
    LISTS.flatMap((name) => {
      const [one, other] = [a[name], b[name]];
      return one === undefined || other === undefined ? [] : [[name, [...new Set([...one, ...other])]]];
    }),
  );
}

function limitsOf(a: Limits | undefined, b: Limits | undefined): Limits | undefined {
  const most = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : Math.max(one, other);
  const spend = [a?.spend, b?.spend];
  const [one, other] = spend;
  const widest =
    one === undefined || other === undefined
      ? undefined
      : spends(one, other)
        ? other
        : spends(other, one)
          ? one
          : undefined;
  const limits = Object.entries({
    requestsPerMinute: most(a?.requestsPerMinute, b?.requestsPerMinute),
    tokensPerMinute: most(a?.tokensPerMinute, b?.tokensPerMinute),
    charactersPerMonth: most(a?.charactersPerMonth, b?.charactersPerMonth),
    spend: widest,
  }).filter(([, limit]) => limit !== undefined);
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

function lifetimeOf(a: LifetimePolicy, b: LifetimePolicy): LifetimePolicy {
  const [one, other] = [a.rotateEverySeconds, b.rotateEverySeconds];
  return {
    ...(one === undefined || other === undefined ? {} : { rotateEverySeconds: Math.max(one, other) }),
    overlapSeconds: Math.max(a.overlapSeconds, b.overlapSeconds),
    expirySeconds: Math.max(a.expirySeconds, b.expirySeconds),
  };
}
