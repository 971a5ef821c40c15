import { searchBusy } from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import type { PendingKey } from "../../../model/key-record";
import type { VendorKey } from "../../../vendors/vendor";
import type { KeySession } from "../../key-session";
import { withLease } from "../../middleware/lease";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { shownOwner } from "../../vendor-keys/owner";
import { isLostMint } from "../../vendor-keys/ownership";
import { protectedKeys } from "../../vendor-keys/protected";

/** Name of a lease that no key can have. */
const SEARCH = "#lost-mints";
/** As long as two searches before it take, with 2,000 vendor keys at 7 calls a minute. */
const SEARCH_WAIT_MILLIS = 300_000;

/**
 * An earlier attempt recorded its intent and stored nothing: what it may have minted has a name
 * that only its token has. To find it takes a list of the whole project, so one run of the issuer
 * searches at a time: after an outage many have to, and would keep plans and sweeps from listing. A
 * rotation does not wait for the others: Secrets Manager tries again, and the sweep searches for
 * all.
 */
export async function reclaimLostMints(
  session: KeySession,
  token: string,
  origin: PendingKey["origin"],
): Promise<void> {
  const { engine, key } = session;
  const { vendor } = engine;
  const { signal } = engine.deadline;
  // Its id was known before it was minted: nothing has to be searched for.
  const known = vendor.chooseValue === undefined ? undefined : session.pending(token)?.keyId;
  if (known !== undefined) {
    await endLostMint(session, known);
    return;
  }
  if (vendor.descriptor.idempotentMint) return;
  const search = async () => {
    await shownOwner(session);
    const listed = await vendor.list({ signal });
    for (const found of listed) {
      if (!isLostMint(engine, session.record, token, found)) continue;
      await session.open(INCIDENTS.lostMint);
      await endLostMint(session, found.id, listed);
    }
  };
  const waitMillis = origin === "rotation" ? 0 : SEARCH_WAIT_MILLIS;
  await withLease(engine, SEARCH, search, { waitMillis, busy: () => searchBusy(key) });
}

/**
 * What was minted and not stored. A value that the secret has in use was not lost, whatever the
 * ledger says.
 */
export async function endLostMint(
  session: KeySession,
  keyId: string,
  listed: readonly VendorKey[] = [],
): Promise<void> {
  const { inUse, overlapping, retained } = await protectedKeys(session);
  if (keyId === inUse || keyId === overlapping || retained.has(keyId)) return;
  if ((await endVendorKey(session, keyId, listed)) === "not_ours") return;
  session.engine.effects.note(session.key, `lost mint revoked: ${keyId}`);
  session.engine.telemetry.warn("lost mint reclaimed", { key: session.key, keyId });
}
