import type { KeyPolicy } from "../../model/key-policy";
import type { SupersededKey } from "../../model/key-record";
import { SECONDS_PER_DAY } from "../../model/units";
import type { KeySession } from "../key-session";

/** From the disabling of a superseded vendor key to its revocation. */
export const DISABLED_SECONDS = SECONDS_PER_DAY;

/**
 * Whether its overlap ends later than one that begins now: a shorter one was declared, or somebody
 * wrote a time that never comes.
 */
export function isEndless(superseded: SupersededKey, policy: KeyPolicy | undefined, now: number): boolean {
  return superseded.revokeAfter > latestEnd(superseded, policy, now);
}

/** A vendor key that was disabled has its own day. */
function latestEnd({ disabled }: SupersededKey, policy: KeyPolicy | undefined, now: number): number {
  if (disabled) return now + DISABLED_SECONDS;
  return policy === undefined ? Number.POSITIVE_INFINITY : now + policy.lifetime.overlapSeconds;
}

/** No overlap that is under way ends later than one that begins now. */
export async function boundOverlaps(session: KeySession, policy: KeyPolicy | undefined, now: number): Promise<void> {
  const { superseded } = session.record;
  if (!superseded.some((k) => isEndless(k, policy, now))) return;
  await session.save({
    superseded: superseded.map((k) => ({ ...k, revokeAfter: Math.min(k.revokeAfter, latestEnd(k, policy, now)) })),
  });
}
