import { notActiveYet } from "../../model/errors";
import type { Grant } from "../../model/grant";
import { poll } from "../../model/poll";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import type { VerifyResult } from "../../model/verify-result";
import type { VendorKey } from "../../vendors/vendor";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { isLive } from "../vendor-keys/ownership";

/** One run waits so long for a new key, a good minute in all; the next one goes on. */
const ACTIVATION_PAUSES_MILLIS = [2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000] as const;
/** Beyond the worst that is known of a vendor. */
const SLACK_SECONDS = 300;
/** Of vendors of which nobody knows. */
const WORST_SECONDS = 3_600;
/** Between two looks, before anything that cannot be undone. */
const LOOK_AGAIN_MILLIS = 5_000;

/** Unix seconds until which a vendor may not know a key that was minted at `since`. */
export function knownUntil({ activation }: Pick<VendorDescriptor, "activation">, since: number): number {
  return since + (activation?.worstSeconds ?? WORST_SECONDS) + SLACK_SECONDS;
}

/** The vendor may not know it yet: that it refuses the key is no proof. */
export function isYoung(descriptor: Pick<VendorDescriptor, "activation">, since: number, now: number): boolean {
  return now < knownUntil(descriptor, since);
}

/**
 * Waits until the vendor says that it knows the key everywhere, where it says so at all. A key that
 * is late is not a bad one.
 */
export async function untilActive(session: KeySession, keyId: string): Promise<void> {
  const { vendor, deadline } = session.engine;
  const isActive = vendor.isActive?.bind(vendor);
  if (isActive === undefined) return;
  const ask = () => isActive({ keyId, signal: deadline.signal });
  if (!(await patiently(session, ask, (active) => active))) {
    throw notActiveYet(session.key, vendor.descriptor.displayName);
  }
}

/** The vendor key as the vendor has it; one that is not there, or has ended, is looked at twice. */
export async function lookedUp(session: KeySession, keyId: string): Promise<VendorKey | undefined> {
  const { vendor, deadline, clock } = session.engine;
  const look = () => vendor.read({ keyId, signal: deadline.signal });
  return poll({
    first: await look(),
    again: look,
    isGood: (found) => found !== undefined && isLive(found, nowSeconds(clock)),
    pausesMillis: [LOOK_AGAIN_MILLIS],
    sleep: (millis) => clock.sleep(millis, deadline.signal),
  });
}

/** Waits for a young key to become known; gives up early where the run's time ends. */
export function verifyPatiently(session: KeySession, value: string, grant: Grant): Promise<VerifyResult> {
  const { vendor, deadline } = session.engine;
  const verify = () => vendor.verify({ value, grant, signal: deadline.signal });
  return patiently(session, verify, ({ outcome }) => outcome === "works");
}

/** The last answer: one that is good, or the one at the end of the wait. */
async function patiently<T>(session: KeySession, ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const { clock, deadline } = session.engine;
  const sleep = (millis: number) => {
    session.checkTime();
    return clock.sleep(millis, deadline.signal);
  };
  return poll({ first: await ask(), again: ask, isGood, pausesMillis: ACTIVATION_PAUSES_MILLIS, sleep });
}
