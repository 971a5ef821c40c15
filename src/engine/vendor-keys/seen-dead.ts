import { defined } from "../../model/defined";
import { grantOf } from "../../model/key-policy";
import type { KeyRecord } from "../../model/key-record";
import { VendorError } from "../../model/vendor-error";
import { errorSummary } from "../error-summary";
import { versionsOf } from "../integrity/versions";
import type { KeySession } from "../key-session";
import { type Engine, nowSeconds } from "../ports";
import { isUnreadable, payloadOf } from "./held";

/** Between two looks: the parts of a vendor learn of a revocation one by one. */
const LOOK_AGAIN_MILLIS = 2_000;

/** A vendor that refuses what it has revoked within this time is taken at its word. */
const PROMPT_SECONDS = 60;

/** What became of the values of a vendor key that its vendor has taken off its list. */
export type Afterlife =
  /**
   * With `untried`: KMS lets nobody read a value of it, in these words, so the vendor's list and
   * times are all that speaks for its death.
   */
  { readonly dead: true; readonly untried?: string } | { readonly dead: false; readonly until: number };

/**
 * Whether a vendor key that is off the vendor's list since then opens nothing any more, by real
 * calls with its values. Where the secret has no value of it that can be read, the vendor's list
 * counts, or, of vendors that are slow and where there is no verdict, their own times.
 */
export async function afterlife(session: KeySession, keyId: string, since: number): Promise<Afterlife> {
  const { engine } = session;
  const { revocation } = engine.vendor.descriptor;
  const { typicalSeconds, worstSeconds } = revocation ?? { typicalSeconds: 0, worstSeconds: 0 };
  const now = nowSeconds(engine.clock);
  const until = since + worstSeconds;
  const looks = worstSeconds === 0 ? 1 : 2;
  const { values, unread } = await valuesOf(session, keyId);
  for (const value of values) {
    for (let look = 1; look <= looks; look += 1) {
      if (look > 1) await engine.clock.sleep(LOOK_AGAIN_MILLIS, engine.deadline.signal);
      const outcome = await outcomeOf(session, value);
      if (outcome === "works") return { dead: false, until: Math.max(until, now) };
      if (outcome === "unknown" && until > now) return { dead: false, until };
    }
  }
  // Nobody can try what has no value here: the vendor's list counts, unless the vendor is known to
  // be slow.
  const isListEnough = values.size > 0 || typicalSeconds <= PROMPT_SECONDS;
  if (!isListEnough && until > now) return { dead: false, until };
  return { dead: true, ...defined({ untried: unread }) };
}

/**
 * A vendor key that is replaced in place has several. `unread`: why one cannot be read that may be
 * of it.
 */
async function valuesOf(
  session: KeySession,
  keyId: string,
): Promise<{ values: Set<string>; unread: string | undefined }> {
  const values = new Set<string>();
  let unread: string | undefined;
  for (const versionId of Object.keys(await versionsOf(session))) {
    try {
      const payload = await payloadOf(session, versionId);
      if (payload?.keyId === keyId) values.add(payload.apiKey);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unread = errorSummary(error);
    }
  }
  return { values, unread };
}

/** What a real call with a value shows; `unknown` where the vendor gives no verdict. */
export async function outcomeOf(
  {
    engine,
    record,
  }: { readonly engine: Pick<Engine, "vendor" | "deadline">; readonly record: Pick<KeyRecord, "policy"> },
  value: string,
): Promise<"works" | "refused" | "unknown"> {
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
