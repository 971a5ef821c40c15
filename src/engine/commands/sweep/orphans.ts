import { secretName } from "../../../model/names";
import type { VendorKey } from "../../../vendors/vendor";
import { isRecordLost } from "../../issuance/recover/lost-ledger";
import type { KeySession } from "../../key-session";
import { endVendorKey } from "../../vendor-keys/end-vendor-key";
import { protectedKeys } from "../../vendor-keys/protected";
import { RECLAIM_MAX, type Tally } from "./sweep-run";

export async function reclaim(
  session: KeySession,
  orphans: readonly VendorKey[],
  listed: readonly VendorKey[],
  tally: Tally,
): Promise<void> {
  const { engine, key } = session;
  if (orphans.length === 0) return;
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  if (secret !== undefined && isRecordLost(session.record, secret)) {
    engine.telemetry.warn("the ledger has lost what is in use; nothing is reclaimed until an apply", { key });
    return;
  }
  const { inUse, retained, overlapping } = await protectedKeys(session);
  if (inUse !== undefined && inUse !== session.record.current?.keyId) {
    // A rebuild that was cut off, or a table from a backup: such a record does not know whom it
    // accounts for.
    engine.telemetry.warn("AWSCURRENT is not what the ledger says; nothing is reclaimed until an apply", { key });
    return;
  }
  for (const orphan of orphans) {
    if (retained.has(orphan.id) || orphan.id === inUse || orphan.id === overlapping) continue;
    if (tally.reclaimed >= RECLAIM_MAX) {
      engine.telemetry.warn("more orphans than one sweep reclaims; the rest waits", { key, limit: RECLAIM_MAX });
      break;
    }
    if ((await endVendorKey(session, orphan.id, listed)) === "not_ours") continue;
    tally.reclaimed += 1;
    engine.effects.note(key, `orphan revoked: ${orphan.id}`);
    engine.telemetry.warn("orphan reclaimed", { key, keyId: orphan.id });
  }
}
