import {
  failedKeyInUse,
  keyNotKnownYet,
  keyNotTestedYet,
  poisonedKey,
  unfitKey,
  unfitKeyInUse,
} from "../../model/errors";
import { INCIDENTS } from "../../model/incidents";
import { grantOf, type KeyPolicy } from "../../model/key-policy";
import { isoTime, unixSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { abandon } from "./abandon";
import { isYoung, knownUntil, lookedUp, untilActive, verifyPatiently } from "./activation";
import { ageOf } from "./age";
import { storedPayload } from "./stored";

/**
 * Step 3: the key works, and what lies outside its grant is refused. A key that fails for certain
 * is revoked. One that the vendor does not know yet is kept, and so is one of which the vendor says
 * nothing certain: the next attempt tests the same one.
 */
export async function verifyPending(session: KeySession, token: string, policy: KeyPolicy): Promise<void> {
  const { engine, key } = session;
  const { descriptor } = engine.vendor;
  const payload = await storedPayload(session, token);
  const isWaiting = session.pending(token) !== undefined;
  const now = nowSeconds(engine.clock);
  const entry = session.pending(token) ?? { startedAt: unixSeconds(payload.issuedAt) };
  const since = now - ageOf(entry, now);
  const young = isYoung(descriptor, since, now);
  if (young) await untilActive(session, payload.keyId);
  const result = await verifyPatiently(session, payload.apiKey, grantOf(policy)).catch((error: unknown) => {
    if (error instanceof VendorError) throw keyNotTestedYet(key, error);
    throw error;
  });
  engine.telemetry.info("vendor key tested", {
    key,
    keyId: payload.keyId,
    outcome: result.outcome,
    scopeProven: result.scopeProven,
    evidence: result.evidence,
  });
  if (result.outcome === "works") {
    const testedAt = nowSeconds(engine.clock);
    const tested = session.record.pending.map((p) => (p.token === token ? { ...p, testedAt } : p));
    if (isWaiting) await session.save({ pending: tested });
    return;
  }
  // That its list lacks it is the vendor's own word.
  const isLate = result.outcome === "refused" && young && isWaiting;
  if (isLate && (await lookedUp(session, payload.keyId)) !== undefined) {
    throw keyNotKnownYet(key, result.evidence, isoTime(knownUntil(descriptor, since)));
  }
  // Secrets Manager copies the current value when it only tests a schedule: that key is in use.
  const inUse = payload.keyId === session.record.current?.keyId && session.pending(token) === undefined;
  if (!inUse) await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);
  const { outcome, evidence } = result;
  if (outcome === "refused") {
    throw inUse ? failedKeyInUse(key, evidence) : poisonedKey(key, evidence, session.record.current !== undefined);
  }
  throw inUse
    ? unfitKeyInUse(key, outcome, evidence)
    : unfitKey(key, outcome, evidence, session.record.current !== undefined);
}
