import { INCIDENTS } from "../../model/incidents";
import { ownerName, secretName } from "../../model/names";
import { isMarked, ownerMark } from "../integrity/marks";
import type { KeySession } from "../key-session";

/**
 * The key's account at the vendor, as far as it is shown to be the key's: the ledger's word counts
 * where the secret has it too, else the vendor is asked for the account of the key's name. From
 * here on the record says what was shown. Undefined where there is none.
 */
export async function shownOwner(session: KeySession): Promise<string | undefined> {
  const { engine, key } = session;
  const { ownerId } = session.record;
  if (ownerId === undefined || session.shownOwner === ownerId) return ownerId;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  const { vendor, deployment, deadline } = engine;
  const owned = vendor.findOwner !== undefined;
  const found =
    owned && isMarked(versions, ownerMark(ownerId))
      ? ownerId
      : await vendor.findOwner?.({ name: ownerName(deployment, key), signal: deadline.signal });
  if (found !== ownerId) {
    engine.telemetry.warn("the ledger names an account that is not the key's", { key, ownerId });
    await session.save({ ownerId: found, ...session.opening(INCIDENTS.ledgerTampered) });
  }
  session.shownOwner = found;
  return found;
}

/**
 * The key's account at the vendor: the one of its name, whoever's answer was lost, or else a new
 * one. Undefined where vendors have none.
 */
export async function owner(session: KeySession): Promise<string | undefined> {
  const known = await shownOwner(session);
  if (known !== undefined) return known;
  const { engine, key } = session;
  const { vendor } = engine;
  const request = { name: ownerName(engine.deployment, key), signal: engine.deadline.signal };
  let ownerId = await vendor.findOwner?.(request);
  if (ownerId === undefined && vendor.createOwner !== undefined) {
    session.checkTime();
    ownerId = await vendor.createOwner(request);
  }
  if (ownerId === undefined) return undefined;
  session.shownOwner = ownerId;
  await session.save({ ownerId });
  return ownerId;
}
