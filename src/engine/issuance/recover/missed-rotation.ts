import { INCIDENTS } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { rotationSchedule } from "../../../model/rotation-schedule";
import { SECONDS_PER_DAY } from "../../../model/units";
import { CURRENT } from "../../../secrets/labels";
import type { KeySession } from "../../key-session";
import type { Engine } from "../../ports";
import { strategyOf } from "../../strategies";
import { isYoung } from "../activation";
import { ageOf } from "../age";
import { earlyRotation } from "../expiry";
import { issue } from "../issue";
import { checkApplied } from "./record-check";

/** A rotation that was tried within this time is Secrets Manager's own to finish. */
const TRIED_SECONDS = 3_600;

/**
 * Whether Secrets Manager should have rotated the key, and nobody works on it. It tries a rotation
 * "multiple times" and then waits for the next window, an interval later; after an outage of some
 * hours that may be too late.
 */
export function isRotationMissed(
  { vendor }: { readonly vendor: Pick<Engine["vendor"], "descriptor"> },
  record: KeyRecord,
  now: number,
): boolean {
  // A person is reminded instead.
  if (!strategyOf(vendor.descriptor).issues) return false;
  const { key, current, policy, pending, stopped, revocation, unfinished } = record;
  if (current === undefined) return false;
  if (stopped !== undefined || revocation !== undefined || unfinished?.action === "destroy") return false;
  // One that the vendor may not know yet is tested again, and no other is minted meanwhile.
  const tried = pending.some(
    (entry) =>
      ageOf(entry, now) < TRIED_SECONDS ||
      (entry.keyId !== undefined && isYoung(vendor.descriptor, now - ageOf(entry, now), now)),
  );
  // A rotation in place that nobody has finished: the value in use has an end.
  if (current.valueEndsAt !== undefined) return !tried;
  const everySeconds = policy?.lifetime.rotateEverySeconds;
  if (everySeconds === undefined) return false;
  // Its end, and what comes before it, waits for no schedule.
  const early = Math.min(
    current.expiresAt,
    earlyRotation({ descriptor: vendor.descriptor }, record) ?? current.expiresAt,
  );
  if (early <= now) return !tried;
  const windowSeconds = rotationSchedule(everySeconds, key)?.windowSeconds ?? SECONDS_PER_DAY;
  if (current.issuedAt + everySeconds + windowSeconds > now) return false;
  return !tried;
}

/**
 * Gives an overdue key its new vendor key, without Secrets Manager: its function is here already,
 * and a rotation that it tried before may still be in its way. The value counts as a rotation for
 * the schedule. True where one was issued.
 */
export async function catchUpRotation(session: KeySession, now: number): Promise<boolean> {
  const { engine, key, record } = session;
  const { current, policy } = record;
  if (current === undefined || policy === undefined || !isRotationMissed(engine, record, now)) return false;
  await session.open(INCIDENTS.overdueRotation);
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  // A value that somebody put there, or a rotation that is switched off, is theirs to settle: the
  // plan shows it.
  if (secret?.versions[current.versionId]?.includes(CURRENT) !== true) return false;
  // But a value that has begun to end needs its successor all the same.
  if (!secret.rotationEnabled && current.valueEndsAt === undefined) return false;
  await checkApplied(session, policy, secret);
  await issue(session, policy, current.versionId);
  engine.telemetry.warn("rotation was overdue; a successor is in use", { key, keyId: current.keyId });
  return true;
}
