import { defined } from "../../model/defined";
import { emergencyOpen, nothingToRetain, tooManyRetained, undeclaredKey } from "../../model/errors";
import type { RetainEvent, RetainResult } from "../../model/events";
import { secretName } from "../../model/names";
import { parseSecretPayload } from "../../model/secret-payload";
import { isoTime } from "../../model/units";
import { CURRENT, PREVIOUS, RETAINED } from "../../secrets/labels";
import { emergencyIn } from "../integrity/marks";
import { KeySession } from "../key-session";
import { withLease } from "../middleware/lease";
import { type Engine, nowSeconds } from "../ports";
import { retainedVersions } from "../vendor-keys/protected";

/** AWS: all versions of a secret have 20 labels in all. The engine needs up to 16. */
const RETAINED_MAX = 4;

const LABELS = { current: CURRENT, previous: PREVIOUS } as const;

/**
 * An operator marks a vendor key so that nothing revokes it, or takes all marks of a key off. The
 * vendor's own expiry still ends it.
 */
export async function retain(
  engine: Engine,
  { key, version, retain, overEmergency }: RetainEvent,
): Promise<RetainResult> {
  return withLease(engine, key, async () => {
    const name = secretName(engine.prefix, key);
    const versions = (await engine.secrets.describe(name))?.versions ?? {};
    const record = await engine.ledger.get(key);
    if (!retain) {
      for (const id of retainedVersions(versions)) await engine.secrets.unlabel(name, id, RETAINED + id);
      if (record?.retained !== undefined) await new KeySession(engine, record).save({ retained: undefined });
      engine.effects.note(key, "vendor keys are no longer retained");
      engine.telemetry.warn("vendor keys are no longer retained", { key });
      return { key, retained: [] };
    }
    if (record === undefined) throw undeclaredKey(key);
    const emergency = emergencyIn(versions)?.since ?? record.revocation?.since;
    if (emergency !== undefined && overEmergency !== true) throw emergencyOpen(key, name, isoTime(emergency));
    const marked = Object.keys(versions).find((id) => versions[id]?.includes(LABELS[version]));
    const keyId = marked === undefined ? undefined : await liveKeyOf(engine, name, marked);
    if (marked === undefined || keyId === undefined) throw nothingToRetain(key, LABELS[version]);
    const marks = retainedVersions(versions).filter((id) => id !== marked);
    if (marks.length >= RETAINED_MAX) throw tooManyRetained(key, name, RETAINED_MAX);
    const others = record.retained?.filter((mark) => mark.keyId !== keyId) ?? [];
    const known = record.retained?.find((mark) => mark.keyId === keyId);
    const { claimedBy } = engine.effects.attribution;
    const mark = known ?? {
      keyId,
      since: nowSeconds(engine.clock),
      ...defined({ by: claimedBy }),
    };
    await new KeySession(engine, record).save({ retained: [...others, mark] });
    await engine.secrets.label(name, marked, RETAINED + marked);
    engine.effects.note(key, `vendor key is retained: ${keyId}`);
    engine.telemetry.warn("vendor key is retained", { key, keyId });
    return { key, retained: [keyId] };
  });
}

async function liveKeyOf({ secrets, vendor, deadline }: Engine, name: string, id: string): Promise<string | undefined> {
  const payload = parseSecretPayload((await secrets.value(name, id)) ?? "");
  if (payload === undefined) return undefined;
  return (await vendor.read({ keyId: payload.keyId, signal: deadline.signal }))?.id;
}
