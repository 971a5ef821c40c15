import { keyStopped } from "../../model/errors";
import type { KeyPolicy } from "../../model/key-policy";
import { secretName } from "../../model/names";
import { parseSecretPayload } from "../../model/secret-payload";
import { isoTime } from "../../model/units";
import { previousVersion, STAGED } from "../../secrets/labels";
import { stopOf } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { endOf, isNear } from "./expiry";
import { tidyKeyMarks } from "./seal";
import { supersede } from "./supersede";
import { marksOf } from "./value-marks";

/**
 * Gives a vendor key that life from now on, where the vendor can, and answers when it ends then.
 */
export async function setEnd({ engine }: KeySession, keyId: string, end: number): Promise<number | undefined> {
  const { vendor, clock, deadline } = engine;
  const { signal } = deadline;
  await vendor.update?.({ keyId, expiresInSeconds: end - nowSeconds(clock), signal });
  return (await vendor.read({ keyId, signal }))?.expiresAt;
}

/** Of the key in use; answers what was changed. */
export async function adjustExpiry(
  session: KeySession,
  policy: KeyPolicy,
  repairing: boolean,
): Promise<string | undefined> {
  const { engine, record } = session;
  const { current } = record;
  // A rotation in place has moved it at the vendor, and writes it down when it ends.
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const { inPlace, enforcement, expiryStepSeconds } = engine.vendor.descriptor;
  const wanted = endOf(engine.vendor, current.issuedAt, policy.lifetime.expirySeconds);
  const recorded = isNear(current.expiresAt, wanted, expiryStepSeconds);
  if (recorded && !repairing) return undefined;
  let end: number | undefined = wanted;
  let set = true;
  // Where the vendor knows no expiry the sweep ends the key; where it sets one at the mint alone,
  // another life is a new key.
  if (enforcement.expiry === "key") {
    end = (await engine.vendor.read({ keyId: current.keyId, signal: engine.deadline.signal }))?.expiresAt;
    set = isNear(end, wanted, expiryStepSeconds);
    if (!set && inPlace.expiry) end = await setEnd(session, current.keyId, wanted);
  }
  const counts = end ?? wanted;
  if (counts !== current.expiresAt && !isNear(current.expiresAt, counts)) await rewriteExpiry(session, policy, counts);
  return set && recorded ? undefined : `set expiry ${isoTime(counts)}`;
}

/** The same vendor key in a new version of the secret, whose `expiresAt` is true again. */
export async function rewriteExpiry(session: KeySession, policy: KeyPolicy, expiresAt: number): Promise<void> {
  const { engine, key, record } = session;
  const { current } = record;
  if (current === undefined) return;
  const name = secretName(engine.prefix, key);
  const payload = parseSecretPayload((await engine.secrets.value(name, current.versionId)) ?? "");
  if (payload === undefined) return;
  const next = { ...payload, expiresAt: isoTime(expiresAt) };
  const token = engine.newToken();
  const marks = await marksOf(session, token, next, policy);
  await engine.secrets.stage({ name, versionId: token, value: JSON.stringify(next), label: STAGED, marks });
  // Ordered since this run looked last.
  const stop = stopOf((await engine.secrets.describe(name))?.versions ?? {});
  if (stop === undefined) await engine.secrets.promote(name, token, current.versionId);
  await engine.secrets.unlabel(name, token, STAGED);
  if (stop !== undefined) throw keyStopped(key, name, isoTime(stop.since));
  await supersede(session, token, next, 0);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  await tidyKeyMarks(session, versions, [token, previousVersion(versions)]);
}
