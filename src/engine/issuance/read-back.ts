import { grantNotTaken } from "../../model/errors";
import type { KeyPolicy } from "../../model/key-policy";
import { poll } from "../../model/poll";
import type { VendorKey } from "../../vendors/vendor";
import type { KeySession } from "../key-session";
import { grantDifferences } from "../vendor-keys/permission-diff";

/** Some vendors show a change only after a moment. */
const PAUSES_MILLIS = [1_000, 3_000] as const;

/**
 * Throws where the vendor shows another grant than it was asked for: a release that knows no such
 * limit takes it, answers that all is well, and enforces nothing. What a vendor does not show is
 * not compared.
 * @param shown what it answered to the request, where it did
 */
export async function checkTaken(
  session: KeySession,
  keyId: string,
  policy: KeyPolicy,
  shown: VendorKey | undefined,
): Promise<void> {
  const { engine, key } = session;
  const { signal } = engine.deadline;
  const read = () => engine.vendor.read({ keyId, signal });
  const found = await poll({
    first: shown ?? (await read()),
    again: read,
    isGood: (key) => grantDifferences(policy, key?.granted).length === 0,
    pausesMillis: PAUSES_MILLIS,
    sleep: (millis) => engine.clock.sleep(millis, signal),
  });
  const differences = grantDifferences(policy, found?.granted);
  if (differences.length === 0) return;
  const words = differences.map(({ dimension, change }) => `${dimension}${change}`).join("; ");
  throw grantNotTaken(key, engine.vendor.descriptor.displayName, keyId, words);
}
