import { notActiveYet } from "../model/errors";
import type { Grant } from "../model/grant";
import type { VerifyResult } from "../vendors/vendor";
import type { Workbench } from "./workbench";

/** A new key may take this long until the vendor knows it everywhere. */
const ACTIVATION_MAX_MILLIS = 70_000;
const POLL_MILLIS = 2_000;
const POLL_MAX_MILLIS = 15_000;

/** Waits until the vendor says that it knows the key everywhere, where it says so at all. A key that is late is not a bad one. */
export async function untilActive(bench: Workbench, keyId: string): Promise<void> {
  const { vendor, deadline } = bench.engine;
  const isActive = vendor.isActive?.bind(vendor);
  if (isActive === undefined) return;
  const ask = () => isActive({ keyId, signal: deadline.signal });
  if (!(await patiently(bench, ask, (active) => active))) {
    throw notActiveYet(bench.key, vendor.descriptor.displayName);
  }
}

/** Waits for a young key to become known; gives up early where the run's time ends. */
export function verifyPatiently(bench: Workbench, value: string, grant: Grant): Promise<VerifyResult> {
  const { vendor, deadline } = bench.engine;
  const verify = () => vendor.verify({ value, grant, signal: deadline.signal });
  return patiently(bench, verify, ({ outcome }) => outcome === "works");
}

/** The last answer: one that is good, or the one at the end of the wait. */
async function patiently<T>(bench: Workbench, ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const { clock, deadline } = bench.engine;
  let waitedMillis = 0;
  let pauseMillis = POLL_MILLIS;
  for (;;) {
    const answer = await ask();
    if (isGood(answer) || waitedMillis >= ACTIVATION_MAX_MILLIS) return answer;
    bench.checkTime();
    await clock.sleep(pauseMillis, deadline.signal);
    waitedMillis += pauseMillis;
    pauseMillis = Math.min(pauseMillis * 2, POLL_MAX_MILLIS);
  }
}
