import { searchBusy } from "../model/errors";
import { INCIDENTS } from "../model/incidents";
import type { PendingKey } from "../model/key-record";
import { withLease } from "./lease";
import { isLostMint } from "./vendor-keys";
import type { Workbench } from "./workbench";

/** Name of a lease that no key can have. */
const SEARCH = "#lost-mints";
/** As long as two searches before it take, with 2,000 vendor keys at 7 calls a minute. */
const SEARCH_WAIT_MILLIS = 300_000;

/**
 * An earlier attempt recorded its intent and stored nothing: what it may have minted has a name that only its token has. To find it
 * takes a list of the whole project, so one run of the issuer searches at a time: after an outage many have to, and would keep plans and
 * sweeps from listing. A rotation does not wait for the others: Secrets Manager tries again, and the sweep searches for all.
 */
export async function reclaimLostMints(bench: Workbench, token: string, origin: PendingKey["origin"]): Promise<void> {
  const { engine, key } = bench;
  const { vendor } = engine;
  const { signal } = engine.deadline;
  // Its id was known before it was minted: nothing has to be searched for.
  const known = vendor.chooseValue === undefined ? undefined : bench.pending(token)?.keyId;
  if (known !== undefined) {
    await vendor.revoke({ keyId: known, signal });
    return;
  }
  if (vendor.descriptor.idempotentMint) return;
  const search = async () => {
    for (const found of await vendor.list({ signal })) {
      if (!isLostMint(engine, bench.record, token, found)) continue;
      await bench.open(INCIDENTS.lostMint);
      await vendor.revoke({ keyId: found.id, signal });
      engine.effects.note(key, `lost mint revoked: ${found.id}`);
      engine.telemetry.warn("lost mint reclaimed", { key, keyId: found.id });
    }
  };
  const waitMillis = origin === "rotation" ? 0 : SEARCH_WAIT_MILLIS;
  await withLease(engine, SEARCH, search, { waitMillis, busy: () => searchBusy(key) });
}
