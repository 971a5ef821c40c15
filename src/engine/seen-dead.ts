import { grantOf } from "../model/key-policy";
import { VendorError } from "../vendors/vendor";
import { payloadOf } from "./kept";
import { nowSeconds } from "./ports";
import { versionsOf } from "./seal";
import type { Workbench } from "./workbench";

/** Between two looks: the parts of a vendor learn of a revocation one by one. */
const LOOK_AGAIN_MILLIS = 2_000;

/** What became of the values of a vendor key that its vendor has taken off its list. */
export type Afterlife = { readonly dead: true } | { readonly dead: false; readonly until: number };

/**
 * Whether a vendor key that is off the vendor's list since then opens nothing any more, by real calls with its values. Where the secret has
 * no value of it, or the vendor's answer is no verdict, the vendor's own times count.
 */
export async function afterlife(bench: Workbench, keyId: string, since: number): Promise<Afterlife> {
  const { engine } = bench;
  const { revocation } = engine.vendor.descriptor;
  const worstSeconds = revocation?.worstSeconds ?? 0;
  const now = nowSeconds(engine.clock);
  const until = since + worstSeconds;
  const looks = worstSeconds === 0 ? 1 : 2;
  let isRefused = false;
  for (const value of await valuesOf(bench, keyId)) {
    isRefused = true;
    for (let look = 1; look <= looks; look += 1) {
      if (look > 1) await engine.clock.sleep(LOOK_AGAIN_MILLIS, engine.deadline.signal);
      const outcome = await outcomeOf(bench, value);
      if (outcome === "works") return { dead: false, until: Math.max(until, now) };
      if (outcome === "unknown" && until > now) return { dead: false, until };
    }
  }
  return isRefused || until <= now ? { dead: true } : { dead: false, until };
}

/** A vendor key that is replaced in place has several. */
async function valuesOf(bench: Workbench, keyId: string): Promise<Set<string>> {
  const values = new Set<string>();
  for (const versionId of Object.keys(await versionsOf(bench))) {
    const payload = await payloadOf(bench, versionId);
    if (payload?.keyId === keyId) values.add(payload.apiKey);
  }
  return values;
}

async function outcomeOf({ engine, record }: Workbench, value: string): Promise<"works" | "refused" | "unknown"> {
  const { vendor, deadline } = engine;
  const grant = record.policy === undefined ? {} : grantOf(record.policy);
  try {
    const { outcome } = await vendor.verify({ value, grant, signal: deadline.signal });
    return outcome === "refused" ? "refused" : "works";
  } catch (error) {
    if (error instanceof VendorError) return "unknown";
    throw error;
  }
}
