import { createHash } from "node:crypto";
import { secretName } from "../../model/names";
import { notIssuedValue } from "../../model/secret-payload";
import { currentVersion, UNISSUED } from "../../secrets/labels";
import { versionsOf } from "../integrity/versions";
import type { KeySession } from "../key-session";

/**
 * AWS puts the first version of a secret into use by itself. So that no vendor key is in use before
 * its test, that one says that nothing was issued yet, and each value after it goes the one way. A
 * value that is in use, whoever put it there, stays.
 */
export async function reserveFirst(session: KeySession): Promise<void> {
  const { engine, key } = session;
  if (currentVersion(await versionsOf(session)) !== undefined) return;
  const name = secretName(engine.prefix, key);
  const value = notIssuedValue(engine.vendor.descriptor.id);
  // The same each time, so that a run that is repeated writes nothing new.
  const versionId = `not-issued-${createHash("sha256").update(`${name} ${value}`).digest("hex").slice(0, 32)}`;
  await engine.secrets.stage({ name, versionId, value, label: UNISSUED });
}

/** Something was issued. */
export async function endReservation(session: KeySession): Promise<void> {
  const { engine, key } = session;
  const versions = await versionsOf(session);
  for (const id of Object.keys(versions).filter((id) => versions[id]?.includes(UNISSUED))) {
    await engine.secrets.unlabel(secretName(engine.prefix, key), id, UNISSUED);
  }
}
