import { searchBusy } from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import type { PendingKey } from "../../../model/key-record";
import type { VendorKey } from "../../../vendors/vendor";
import type { Workbench } from "../../key-session";
import { withLease } from "../../middleware/lease";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { shownOwner } from "../../vendor-keys/owner";
import { isLostMint } from "../../vendor-keys/ownership";
import { kept } from "../../vendor-keys/protected";

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
    await endLostMint(bench, known);
    return;
  }
  if (vendor.descriptor.idempotentMint) return;
  const search = async () => {
    await shownOwner(bench);
    const listed = await vendor.list({ signal });
    for (const found of listed) {
      if (!isLostMint(engine, bench.record, token, found)) continue;
      await bench.open(INCIDENTS.lostMint);
      await endLostMint(bench, found.id, listed);
    }
  };
  const waitMillis = origin === "rotation" ? 0 : SEARCH_WAIT_MILLIS;
  await withLease(engine, SEARCH, search, { waitMillis, busy: () => searchBusy(key) });
}

/** What was minted and not stored. A value that the secret has in use was not lost, whatever the ledger says. */
export async function endLostMint(bench: Workbench, keyId: string, listed: readonly VendorKey[] = []): Promise<void> {
  const { inUse, overlapping, retained } = await kept(bench);
  if (keyId === inUse || keyId === overlapping || retained.has(keyId)) return;
  if ((await endVendorKey(bench, keyId, listed)) === "not_ours") return;
  bench.engine.effects.note(bench.key, `lost mint revoked: ${keyId}`);
  bench.engine.telemetry.warn("lost mint reclaimed", { key: bench.key, keyId });
}
