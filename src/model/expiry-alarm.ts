import type { LifetimePolicy } from "./key-policy";
import { rotationSchedule } from "./rotation-schedule";
import { SECONDS_PER_DAY } from "./units";

/**
 * Days of life left at which a rotating key's rotation has gone wrong: its window is over and half
 * of the time for retries has passed. The other half, two hours at least, is left to a person.
 * Undefined for a key that is meant to end.
 */
export function expiryAlarmDays({ rotateEverySeconds, expirySeconds }: LifetimePolicy): number | undefined {
  if (rotateEverySeconds === undefined) return undefined;
  // Which window it is depends on the secret, how long it is does not.
  const { windowSeconds } = rotationSchedule(rotateEverySeconds, "") ?? { windowSeconds: SECONDS_PER_DAY };
  const retriesSeconds = Math.min(SECONDS_PER_DAY, rotateEverySeconds);
  const seconds = expirySeconds - rotateEverySeconds - windowSeconds - retriesSeconds / 2;
  return Math.round((seconds / SECONDS_PER_DAY) * 100) / 100;
}
