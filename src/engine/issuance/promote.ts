import { keyStopped, notPending, secretMoved } from "../../model/errors";
import { INCIDENTS } from "../../model/incidents";
import type { KeyPolicy } from "../../model/key-policy";
import { secretName } from "../../model/names";
import { parseSecretPayload } from "../../model/secret-payload";
import { isoTime, unixSeconds } from "../../model/units";
import { CURRENT, currentVersion, PENDING, previousVersion, STAGED, UNISSUED } from "../../secrets/labels";
import { isWritten, stopOf } from "../integrity/marks";
import { missingSecret } from "../integrity/missing-secret";
import type { KeySession } from "../key-session";
import { nowSeconds, type SecretState } from "../ports";
import { isMintedFor } from "../vendor-keys/ownership";
import { foreignSlot } from "../vendor-keys/protected";
import { abandon, unstage } from "./abandon";
import { rewriteExpiry } from "./change-expiry";
import { endReservation } from "./first-value";
import { tidyKeyMarks } from "./seal";
import { storedPayload } from "./stored";
import { supersede } from "./supersede";
import { verifyPending } from "./verify";

/**
 * Step 4: AWSCURRENT moves, the superseded key keeps working for the overlap. Nothing is revoked
 * here.
 * @returns false where the value was in use before: a step that is sent again ends no incident and
 * is no effect in the key's history
 */
export async function promote(session: KeySession, token: string, policy: KeyPolicy): Promise<boolean> {
  const { engine, key } = session;
  const name = secretName(engine.prefix, key);
  const payload = await storedPayload(session, token);
  const state = await engine.secrets.describe(name);
  if (state === undefined) throw await missingSecret(engine, key);
  const labels = state.versions[token] ?? [];
  const { current } = session.record;
  const isKnown =
    current?.versionId === token && current.keyId === payload.keyId && session.pending(token) === undefined;
  const isRepeated = labels.includes(CURRENT) && isKnown;
  if (!labels.includes(CURRENT)) {
    const from = currentVersion(state.versions);
    if (session.pending(token)?.testedAt === undefined) await verifyPending(session, token, policy);
    // Ordered since this run looked last. Who carries the order out gives the token up.
    const stop = stopOf(state.versions);
    if (stop !== undefined) throw keyStopped(key, name, isoTime(stop.since));
    await checkNotAbandoned(session, token, state.versions, payload.keyId);
    if (from !== undefined) await grantOverlap(session, from, policy.lifetime.overlapSeconds);
    session.checkTime();
    // A run that lost its lease while it gave this key up either wrote that down before, and this
    // write fails, or fails at writing it.
    await session.save({});
    if ((await engine.secrets.promote(name, token, from)) === "moved") throw secretMoved(key);
  }
  await unstage(session, token);
  const endsAt = session.pending(token)?.endsAt;
  if (!isRepeated) await supersede(session, token, payload, policy.lifetime.overlapSeconds);
  const previous = labels.includes(CURRENT) ? previousVersion(state.versions) : currentVersion(state.versions);
  await tidyKeyMarks(session, state.versions, [token, previous]);
  if (Object.values(state.versions).some((held) => held.includes(UNISSUED))) await endReservation(session);
  if (endsAt !== undefined) await rewriteExpiry(session, policy, endsAt);
  if (isRepeated) return false;
  engine.effects.note(key, `vendor key put into use: ${payload.keyId}`);
  engine.telemetry.info("vendor key promoted", { key, keyId: payload.keyId });
  return true;
}

/**
 * Somebody wrote a value since the rotation began: Secrets Manager gives the rotation up, and so
 * does the engine.
 */
async function checkNotAbandoned(
  session: KeySession,
  token: string,
  versions: SecretState["versions"],
  keyId: string,
): Promise<void> {
  const { record, key } = session;
  const entry = session.pending(token);
  const from = currentVersion(versions);
  const labels = versions[token] ?? [];
  const isStaged = labels.includes(STAGED) || (labels.includes(PENDING) && entry?.origin !== "reconcile");
  // An apply puts its own value in use, whoever wrote one.
  if (isStaged && entry?.origin === "reconcile" && entry.replaces === undefined) return;
  const ours =
    from === undefined ||
    from === record.current?.versionId ||
    session.pending(from) !== undefined ||
    // Nobody remembers what it began with.
    (entry === undefined && isWritten(versions, from));
  if (isStaged && (ours || from === entry?.replaces)) return;
  await abandon(session, token, entry?.keyId ?? keyId, INCIDENTS.abandonedRotation);
  throw notPending(key, token);
}

/**
 * The key that is in use until now gets its overlap, also where the ledger does not have it for the
 * current one.
 */
async function grantOverlap(session: KeySession, versionId: string, overlapSeconds: number): Promise<void> {
  const { engine, key, record } = session;
  if (versionId === record.current?.versionId) return;
  if (session.pending(versionId) !== undefined) {
    // An earlier run moved the label and died before it wrote that down; unless it is no value of
    // ours.
    await recoverPromoted(session, versionId, overlapSeconds);
    if (session.record.current?.versionId === versionId) return;
  }
  // Somebody moved the label back by hand, or the ledger is older than the secret.
  const text = await engine.secrets.value(secretName(engine.prefix, key), versionId);
  const inUse = text === undefined ? undefined : parseSecretPayload(text);
  if (inUse === undefined) {
    const slot = await foreignSlot(session, versionId);
    if (slot === undefined || slot.id === record.current?.keyId) return;
    // The next rotation would overwrite it, however soon that comes.
    const until = nowSeconds(engine.clock) + overlapSeconds;
    await session.save({
      superseded: [
        ...record.superseded.filter((k) => k.keyId !== slot.id),
        { keyId: slot.id, revokeAfter: until, expiresAt: Math.max(until, slot.expiresAt ?? 0) },
      ],
    });
    return;
  }
  if (inUse.keyId === record.current?.keyId) return;
  const { keyId } = inUse;
  const found = await engine.vendor.read({ keyId, signal: engine.deadline.signal });
  if (found === undefined || !isMintedFor(engine, record, found)) return;
  const entry = {
    keyId,
    revokeAfter: nowSeconds(engine.clock) + overlapSeconds,
    expiresAt: found.expiresAt ?? unixSeconds(inUse.expiresAt),
  };
  await session.save({ superseded: [...record.superseded.filter((k) => k.keyId !== keyId), entry] });
}

/**
 * A run ended between moving AWSCURRENT to its token and writing that down.
 * @param overlapSeconds undefined: of a key whose first apply has not ended nobody knows it yet,
 * and that apply writes it down
 */
export async function recoverPromoted(
  session: KeySession,
  token: string,
  overlapSeconds = (session.record.policy ?? session.declared)?.lifetime.overlapSeconds,
): Promise<void> {
  const { engine, key } = session;
  const name = secretName(engine.prefix, key);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  if (!isWritten(versions, token)) {
    // Somebody put a value of their own under the token: the plan shows it, and what was minted for
    // the token is an orphan.
    await session.save({ pending: session.withoutPending(token) });
    return;
  }
  if (overlapSeconds === undefined && session.record.current !== undefined) return;
  const payload = parseSecretPayload((await engine.secrets.value(name, token)) ?? "");
  if (payload !== undefined) await supersede(session, token, payload, overlapSeconds ?? 0);
}
