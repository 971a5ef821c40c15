import { ScopedKeysRuntimeError } from "../../../model/errors";
import { INCIDENTS } from "../../../model/incidents";
import { mintedFacts } from "../../../model/key-policy";
import type { PendingKey } from "../../../model/key-record";
import { secretName } from "../../../model/names";
import { SECONDS_PER_DAY } from "../../../model/units";
import { CURRENT, currentVersion, isUnissued, PENDING, STAGED, UNISSUED } from "../../../secrets/labels";
import type { VendorKey } from "../../../vendors/vendor";
import { errorSummary } from "../../error-summary";
import { isWritten } from "../../integrity/marks";
import { abandon } from "../../issuance/abandon";
import { ageOf } from "../../issuance/age";
import { complete } from "../../issuance/issue";
import { recoverPromoted } from "../../issuance/promote";
import { endLostMint } from "../../issuance/recover/lost-mints";
import { checkApplied } from "../../issuance/recover/record-check";
import type { KeySession } from "../../key-session";
import type { SecretState } from "../../ports";
import { strategyOf } from "../../strategies";
import { payloadOf } from "../../vendor-keys/held";
import { isLostMint } from "../../vendor-keys/ownership";
import { resumeSubmission } from "../submit-key";

/** Secrets Manager has given up on a rotation that is still pending after this long. */
const STUCK_SECONDS = SECONDS_PER_DAY;

/**
 * After which a vendor key is kept, or was given up by who tested it: not known yet, no verdict,
 * failed its test, abandoned.
 */
const WAITS: ReadonlySet<string> = new Set([
  "SK228",
  "SK261",
  "SK262",
  "SK209",
  "SK249",
  "SK265",
  "SK252",
  "SK266",
  "SK253",
  "SK211",
]);

/** What became of a token that nobody has worked on for the grace period. */
export async function settlePending(
  session: KeySession,
  entry: PendingKey,
  listed: readonly VendorKey[],
  now: number,
): Promise<void> {
  const { engine, key } = session;
  const name = secretName(engine.prefix, key);
  const secret = await engine.secrets.describe(name);
  const { policy } = session.record;
  if (!strategyOf(engine.vendor.descriptor).issues && secret !== undefined && policy !== undefined) {
    const current = currentVersion(secret.versions);
    const theirs =
      current !== undefined &&
      !isUnissued(secret.versions) &&
      !isWritten(secret.versions, current) &&
      current !== entry.replaces;
    // Somebody put another value there since: an apply decides.
    if (theirs) return;
    return resumeSubmission(session, secret, entry.token, policy);
  }
  const labels = secret?.versions[entry.token] ?? [];
  if (labels.includes(UNISSUED)) {
    await session.save({ pending: session.withoutPending(entry.token) });
    return;
  }
  if (labels.includes(CURRENT)) return recoverPromoted(session, entry.token);
  if (secret !== undefined && (await isKept(session, entry, secret, now))) return;
  if (labels.includes(PENDING) && entry.discarded === undefined && ageOf(entry, now) < STUCK_SECONDS) {
    await clearIntent(session, entry, listed);
    return;
  }
  const incident = entry.origin === "rotation" ? INCIDENTS.abandonedRotation : undefined;
  await reclaimListed(session, entry, listed);
  await abandon(session, entry.token, entry.keyId, incident);
  await session.resolve(INCIDENTS.lostMint);
  engine.effects.note(key, "abandoned rotation cleared");
  engine.telemetry.warn("abandoned rotation cleared", { key, token: entry.token });
}

/** Whether a value that waits for its test goes on waiting, or has passed it now. */
async function isKept(session: KeySession, entry: PendingKey, secret: SecretState, now: number): Promise<boolean> {
  const { policy, stopped, unfinished } = session.record;
  const labels = secret.versions[entry.token] ?? [];
  const isWaiting = labels.includes(PENDING) || labels.includes(STAGED);
  if (!isWaiting || entry.discarded || entry.keyId === undefined || stopped !== undefined) return false;
  if ((await payloadOf(session, entry.token)) === undefined) return false;
  if (policy === undefined || entry.facts !== mintedFacts(policy)) {
    // What it is for, its apply knows, and comes back to it.
    return unfinished?.action === "apply" && entry.origin === "reconcile" && ageOf(entry, now) < STUCK_SECONDS;
  }
  if (!secret.rotationEnabled) return false;
  const inUse = currentVersion(secret.versions);
  const isTheirs = inUse !== undefined && !isWritten(secret.versions, inUse) && !isUnissued(secret.versions);
  // What a person has put into use, an apply replaces, and no sweep does.
  if (isTheirs && inUse !== entry.replaces) return ageOf(entry, now) < STUCK_SECONDS;
  try {
    await checkApplied(session, policy, secret);
    await complete(session, entry.token, policy);
    session.engine.telemetry.warn("a vendor key that waited for its test is in use", { key: session.key });
  } catch (error) {
    if (!(error instanceof ScopedKeysRuntimeError) || !WAITS.has(error.code)) throw error;
    session.engine.telemetry.warn("a vendor key waits for its test", { key: session.key, reason: errorSummary(error) });
  }
  return true;
}

/**
 * Secrets Manager may still come back to the token. With nothing lost under its name it starts
 * anew, and need not search.
 */
async function clearIntent(session: KeySession, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine, key } = session;
  if ((await engine.secrets.value(secretName(engine.prefix, key), entry.token)) !== undefined) return;
  const { keyId: _, ...intent } = entry;
  await reclaimListed(session, intent, listed);
  await session.save({
    pending: session.withoutPending(entry.token),
    ...session.resolving(INCIDENTS.lostMint),
  });
}

/** Revokes what was minted for the token, and is not the key that is known for it. */
async function reclaimListed(session: KeySession, entry: PendingKey, listed: readonly VendorKey[]): Promise<void> {
  const { engine } = session;
  for (const found of listed) {
    if (found.id === entry.keyId || !isLostMint(engine, session.record, entry.token, found)) continue;
    await session.open(INCIDENTS.lostMint);
    await endLostMint(session, found.id, listed);
  }
}
