import { INCIDENTS, type Incident } from "../../model/incidents";
import { secretName } from "../../model/names";
import { CURRENT, PENDING, PREVIOUS, STAGED } from "../../secrets/labels";
import { keyMarkOf } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { strategyOf } from "../strategies";
import { endVendorKey } from "../vendor-keys/end-vendor-key";
import { protectedKeys } from "../vendor-keys/protected";

/** Revokes a vendor key that must not be used, and takes its value out of the rotation's way. */
export async function abandon(
  session: KeySession,
  token: string,
  keyId: string | undefined,
  incident?: Incident,
): Promise<void> {
  const { engine, key } = session;
  // Before anything is healed: a run that dies half-way leaves nothing to the next by which it
  // would know.
  if (incident !== undefined) await session.open(incident);
  if (keyId !== undefined) {
    const entry = session.pending(token);
    if (entry !== undefined) {
      // Written down first: no other run puts into use what dies here, see `promote`.
      await session.save({ pending: [...session.withoutPending(token), { ...entry, discarded: true }] });
    }
    const { inUse, retained, overlapping } = await protectedKeys(session);
    const { revokesAbandoned } = strategyOf(engine.vendor.descriptor);
    // A rotation in place leaves the vendor key as it is; that key may be in its overlap by now.
    const { current, superseded } = session.record;
    const serves = [current, ...superseded].some((k) => k?.keyId === keyId);
    const stays = keyId === inUse || keyId === overlapping || retained.has(keyId);
    if (!stays && !serves && revokesAbandoned && (await endVendorKey(session, keyId)) !== "not_ours") {
      engine.effects.note(key, `vendor key discarded: ${keyId}`);
      engine.telemetry.warn("vendor key discarded", { key, keyId });
    }
  }
  await unstage(session, token);
  // With this nothing is left of it, and nothing by which a later run would know.
  await session.save({ pending: session.withoutPending(token), ...session.resolving(INCIDENTS.abandonedRotation) });
}

/** Takes the labels of a version that is not in use yet. */
export async function unstage(session: KeySession, token: string): Promise<void> {
  const { engine, key } = session;
  const name = secretName(engine.prefix, key);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  const labels = versions[token] ?? [];
  const mark = keyMarkOf(versions, token);
  const isKnown = session.record.current?.versionId === token;
  const inService = isKnown || [CURRENT, PREVIOUS].some((label) => labels.includes(label));
  if (mark !== undefined && !inService) await engine.secrets.unlabel(name, token, mark);
  for (const label of [PENDING, STAGED]) {
    if (labels.includes(label)) await engine.secrets.unlabel(name, token, label);
  }
}
