import { INCIDENTS } from "../../model/incidents";
import { policyDigest } from "../../model/key-policy";
import type { KeyRecord } from "../../model/key-record";
import { askedAt } from "../../model/plans";
import { errorSummary } from "../error-summary";
import { type Engine, nowSeconds } from "../ports";

/**
 * Whether a plan asked the observer about what is about to be set. `unknown` where nobody can tell:
 * drift is not looked for at plans, no plan of this release was made yet, or the ledger has lost
 * its plans. `same`: it was applied before.
 */
export type Foresight =
  | { readonly of: "unknown" | "unforeseen" | "same" }
  | { readonly of: "foreseen"; readonly at: number };

export async function foresightOf(
  engine: Engine,
  { key, digest, stored }: { readonly key: string; readonly digest: string; readonly stored: KeyRecord | undefined },
): Promise<Foresight> {
  if (!engine.plansAreObserved) return { of: "unknown" };
  const applied = stored?.policy === undefined ? undefined : policyDigest(stored.policy);
  const isOpen = stored?.incidents?.some(({ kind }) => kind === INCIDENTS.unforeseenPolicy) ?? false;
  if (applied === digest && !isOpen) return { of: "same" };
  try {
    const plans = await engine.ledger.plans();
    if (plans === undefined) return { of: "unknown" };
    const at = askedAt(plans, key, digest, nowSeconds(engine.clock));
    if (at !== undefined) return { of: "foreseen", at };
    if (applied === digest) return { of: "same" };
    // Replaced: the key was destroyed and is made again as it was, and the plan saw nothing that
    // differed.
    if (applied === undefined && (await engine.ledger.history(key)).some(({ policy }) => policy === digest)) {
      return { of: "same" };
    }
    return { of: "unforeseen" };
  } catch (error) {
    engine.telemetry.warn("not known whether a plan foresaw this policy", { key, reason: errorSummary(error) });
    return { of: "unknown" };
  }
}

/**
 * Since when something unforeseen waits for a person to see it in a plan; undefined where nothing
 * does.
 */
export function unforeseenSince({ incidents = [] }: KeyRecord): number | undefined {
  return incidents.find(({ kind }) => kind === INCIDENTS.unforeseenPolicy)?.since;
}
