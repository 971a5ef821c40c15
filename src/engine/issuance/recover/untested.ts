import {
  keyNotKnownYet,
  keyNotTestedYet,
  LEDGER_CONFLICT,
  ScopedKeysRuntimeError,
  wordsOfOutcome,
} from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import { grantOf, type KeyPolicy } from "../../../model/key-policy";
import type { KeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { isoTime } from "../../../model/units";
import { VendorError } from "../../../model/vendor-error";
import { CURRENT } from "../../../secrets/labels";
import { errorSummary } from "../../error-summary";
import type { KeySession } from "../../key-session";
import { nowSeconds } from "../../ports";
import { strategyOf } from "../../strategies";
import { payloadOf } from "../../vendor-keys/held";
import { isYoung, knownUntil, verifyPatiently } from "../activation";
import { issue } from "../issue";
import { checkApplied } from "./record-check";

/** In use, and never tested: put there by an older release, or taken over with a lost ledger. */
export function isUntested({ current, policy, stopped, unfinished }: KeyRecord): boolean {
  if (current === undefined || policy === undefined || stopped !== undefined) return false;
  return current.testedAt === undefined && unfinished?.action !== "destroy";
}

/**
 * Tests a value in use that nobody has tested. Answers why it cannot stay; undefined where it can.
 * Throws where there is no verdict.
 */
export async function testUntested(session: KeySession, policy: KeyPolicy): Promise<string | undefined> {
  const { engine, key } = session;
  const { current } = session.record;
  if (current === undefined || current.testedAt !== undefined) return undefined;
  const payload = await payloadOf(session, current.versionId);
  if (payload === undefined) return undefined;
  const result = await verifyPatiently(session, payload.apiKey, grantOf(policy)).catch((error: unknown) => {
    if (error instanceof VendorError) throw keyNotTestedYet(key, error);
    throw error;
  });
  const { outcome, scopeProven, evidence } = result;
  engine.telemetry.info("vendor key tested", { key, keyId: current.keyId, outcome, scopeProven, evidence });
  const now = nowSeconds(engine.clock);
  if (outcome === "works") {
    await session.save({ current: { ...current, testedAt: now } });
    return undefined;
  }
  const { descriptor } = engine.vendor;
  if (outcome === "refused" && isYoung(descriptor, current.issuedAt, now)) {
    throw keyNotKnownYet(key, evidence, isoTime(knownUntil(descriptor, current.issuedAt)));
  }
  return `it ${wordsOfOutcome(outcome)}: ${evidence}`;
}

/** The sweep's part. True where a successor was issued, which takes that the rotation is on. */
export async function sweepUntested(session: KeySession): Promise<boolean> {
  const { engine, key } = session;
  const { current, policy } = session.record;
  if (!isUntested(session.record) || current === undefined || policy === undefined) return false;
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  // A value that somebody put there is theirs to settle: the plan shows it.
  if (secret?.versions[current.versionId]?.includes(CURRENT) !== true) return false;
  await checkApplied(session, policy, secret);
  const failed = await testUntested(session, policy).catch((error: unknown) => {
    if (!(error instanceof ScopedKeysRuntimeError) || error.code === LEDGER_CONFLICT) throw error;
    engine.telemetry.warn("the vendor key in use is not tested yet", { key, reason: errorSummary(error) });
    return undefined;
  });
  if (failed === undefined) return false;
  await session.open(INCIDENTS.keyGone);
  engine.telemetry.warn("the vendor key in use, which nobody had tested, failed its test", {
    key,
    keyId: current.keyId,
    reason: failed,
  });
  if (!secret.rotationEnabled || !strategyOf(engine.vendor.descriptor).issues) return false;
  await issue(session, policy, current.versionId);
  return true;
}
