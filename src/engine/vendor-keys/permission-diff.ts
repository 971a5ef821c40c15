import { canonicalGrant, describeLimits, type Grant, type Limits } from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import { shorten } from "../../model/redact";

const LISTS = ["scopes", "models", "endpoints", "networks"] as const;
const DIFFERENCE_MAX_LENGTH = 300;

/** One dimension in which what the vendor shows is not what was applied. */
export interface Difference {
  readonly dimension: keyof Grant;
  /**
   * `to all permissions`, `: +a -b`, ` from 25 USD a month to 100 USD a month`: follows "changed at
   * <vendor>".
   */
  readonly change: string;
}

/** What the vendor shows is compared, and nothing else. */
export function grantDifferences(applied: Grant, granted: Granted = {}): Difference[] {
  const wanted = canonicalGrant(applied);
  const found: Difference[] = [];
  for (const dimension of LISTS) {
    const shown = granted[dimension];
    if (shown === undefined) continue;
    const change = listChange(wanted[dimension], shown, dimension === "scopes" ? " to all permissions" : " to all");
    if (change !== undefined) found.push({ dimension, change });
  }
  const others = (granted.others ?? []).filter(isLimit).map(({ shown }) => shown);
  if (granted.limits !== undefined || others.length > 0) {
    const before = wordsOf(wanted.limits);
    const after = wordsOf(granted.limits ?? undefined, others);
    if (before !== after) found.push({ dimension: "limits", change: ` from ${before} to ${after}` });
  }
  return found;
}

function listChange(
  applied: readonly string[] | undefined,
  shown: readonly string[] | null,
  unlimited: string,
): string | undefined {
  // To vendors an empty list is no list: nothing is limited by it.
  const after = shown === null || shown.length === 0 ? undefined : shown;
  if (applied === undefined && after === undefined) return undefined;
  if (after === undefined) return unlimited;
  const before = applied ?? [];
  const added = after.filter((item) => !before.includes(item)).map((item) => `+${item}`);
  const removed = before.filter((item) => !after.includes(item)).map((item) => `-${item}`);
  if (added.length + removed.length === 0) return undefined;
  return `: ${shorten([...added, ...removed].join(" "), DIFFERENCE_MAX_LENGTH)}`;
}

/**
 * Lists are shown as they are, and compared item by item. Of the limits that policies have, an
 * update takes off what it does not set.
 */
function isLimit({ of }: OtherLimit): boolean {
  return of !== undefined && !LISTS.some((list) => list === of);
}

function wordsOf(limits: Limits | undefined, others: readonly string[] = []): string {
  return shorten([...describeLimits(limits), ...others].join(", "), DIFFERENCE_MAX_LENGTH) || "no limit";
}
