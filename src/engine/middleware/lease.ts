import { keyBusy } from "../../model/errors";
import { type Engine, LEASE_MILLIS } from "../ports";

/**
 * How long a run waits for another that works on the same key: longer than for one that is dead.
 */
const LEASE_WAIT_MILLIS = LEASE_MILLIS + 15_000;
const LEASE_POLL_MILLIS = 500;
/** Waiting leaves at least this much for the work. */
const LEASE_RESERVE_MILLIS = 10_000;

/**
 * Runs `work` while holding the key's lease. `busy`: the error where another holds it for too long.
 */
export async function withLease<T>(
  engine: Engine,
  key: string,
  work: () => Promise<T>,
  { waitMillis = LEASE_WAIT_MILLIS, busy = () => keyBusy(key) } = {},
): Promise<T> {
  const { ledger, clock, deadline } = engine;
  let waitedMillis = 0;
  for (;;) {
    const lease = await ledger.acquire(key);
    if (lease !== undefined) {
      try {
        return await work();
      } finally {
        await engine.effects.write(key, ledger, engine.telemetry);
        // A lease that cannot be given back ends by itself; the work's own outcome counts.
        await ledger
          .release(lease)
          .catch((error: unknown) => engine.telemetry.warn("lease not released", { key, error: String(error) }));
      }
    }
    if (waitedMillis >= waitMillis || deadline.remainingMillis() < LEASE_RESERVE_MILLIS) throw busy();
    await clock.sleep(LEASE_POLL_MILLIS, deadline.signal);
    waitedMillis += LEASE_POLL_MILLIS;
  }
}
