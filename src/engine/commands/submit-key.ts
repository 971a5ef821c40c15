import { defined } from "../../model/defined";
import {
  alreadyAdopted,
  keyStopped,
  LEDGER_CONFLICT,
  notAdoptable,
  notManual,
  ScopedKeysRuntimeError,
  undeclaredKey,
  wordsOfOutcome,
} from "../../model/errors";
import type { AdoptEvent, AdoptResult } from "../../model/events";
import { INCIDENTS } from "../../model/incidents";
import { grantOf, type KeyPolicy, mintedFacts } from "../../model/key-policy";
import { type PendingKey, vendorKeyIds } from "../../model/key-record";
import { ownerName, secretName } from "../../model/names";
import { shorten } from "../../model/redact";
import { parseSecretPayload, type SecretPayload } from "../../model/secret-payload";
import { describeSeconds, isoTime, SECONDS_PER_DAY } from "../../model/units";
import { CURRENT, currentVersion, STAGED } from "../../secrets/labels";
import type { VendorKey } from "../../vendors/vendor";
import { errorSummary } from "../error-summary";
import { holds } from "../integrity/marks";
import { missingSecret } from "../integrity/missing-secret";
import { verifyPatiently } from "../issuance/activation";
import { reserveFirst } from "../issuance/first-value";
import { complete } from "../issuance/issue";
import { promote } from "../issuance/promote";
import { checkTrusted } from "../issuance/recover/record-check";
import { marksOf } from "../issuance/value-marks";
import { KeySession } from "../key-session";
import { withLease } from "../middleware/lease";
import { nowSeconds, type SecretState } from "../ports";
import { strategyOf } from "../strategies";
import { isLive } from "../vendor-keys/ownership";

/** People pick dates: a vendor key may end so much later than was declared. */
const EXPIRY_SLACK_SECONDS = SECONDS_PER_DAY;

/**
 * A person hands over a vendor key that they made in the vendor's console. Everything is checked
 * before anything is stored: a value that is refused changes nothing. Sent again with the same
 * value it goes on where it stopped.
 */
export async function submitKey(engine: KeySession["engine"], { key, value }: AdoptEvent): Promise<AdoptResult> {
  if (strategyOf(engine.vendor.descriptor).issues) throw notManual(key, engine.vendor.descriptor.displayName);
  return withLease(engine, key, async () => {
    const name = secretName(engine.prefix, key);
    const secret = await engine.secrets.describe(name);
    if (secret === undefined) throw await missingSecret(engine, key);
    const record = await engine.ledger.get(key);
    if (record?.policy === undefined) throw undeclaredKey(key);
    const session = new KeySession(engine, record);
    await checkTrusted(session, secret);
    const { stopped } = session.record;
    if (stopped !== undefined) throw keyStopped(key, undefined, isoTime(stopped.since));
    const { policy } = record;
    await resumeSubmissions(session, secret, policy).catch((error: unknown) => {
      // What was handed over before may be dead by now: this value is to take its place.
      if (!(error instanceof ScopedKeysRuntimeError) || error.code === LEDGER_CONFLICT) throw error;
      engine.telemetry.warn("an earlier adoption could not be finished", { key, reason: errorSummary(error) });
    });
    const found = await identified(session, value);
    if (found.id !== session.record.current?.keyId) {
      await check(session, found, value, policy);
      await store(session, found, value, policy, currentVersion(secret.versions));
    } else if (currentVersion(secret.versions) === session.record.current.versionId) {
      throw alreadyAdopted(key, found.id);
    } else await restoreSubmitted(session, secret);
    await session.resolve(INCIDENTS.rotationDue);
    return resultOf(session, found);
  });
}

function resultOf({ record, key }: KeySession, { id }: VendorKey): AdoptResult {
  const superseded = record.superseded.at(-1);
  return {
    key,
    keyId: id,
    expiresAt: isoTime(record.current?.expiresAt ?? 0),
    ...(superseded === undefined
      ? {}
      : { superseded: { keyId: superseded.keyId, until: isoTime(superseded.revokeAfter) } }),
  };
}

async function identified({ engine, key }: KeySession, value: string): Promise<VendorKey> {
  const { vendor, deadline, deployment } = engine;
  const found = await vendor.identify?.({ value, name: ownerName(deployment, key), signal: deadline.signal });
  if (found !== undefined) return found;
  throw notAdoptable(
    key,
    `${vendor.descriptor.displayName} lists no vendor key that this value can be told to be`,
    `a value that ${vendor.descriptor.displayName} has just shown, of a key named "${ownerName(deployment, key)}" in the issuer's own account or workspace`,
  );
}

/** Throws SK230 where the vendor key is not what the policy declares. */
async function check(session: KeySession, found: VendorKey, value: string, policy: KeyPolicy): Promise<void> {
  const { engine, key } = session;
  const { displayName, nameless, enforcement } = engine.vendor.descriptor;
  const now = nowSeconds(engine.clock);
  const own = ownerName(engine.deployment, key);
  const refuse = (problem: string, allowed: string) => notAdoptable(key, `vendor key ${found.id} ${problem}`, allowed);
  if (!nameless && found.name !== own && !found.name.startsWith(`${own}/`)) {
    throw refuse(
      `has the name "${shorten(found.name, 80)}" at ${displayName}`,
      `the name "${own}", with or without "/" and more`,
    );
  }
  const { records } = await engine.ledger.list();
  const other = records.find((record) => record.key !== key && vendorKeyIds(record).has(found.id));
  if (other !== undefined) throw refuse(`is key "${other.key}"'s`, "one for this key alone");
  if (!isLive(found, now)) throw refuse(`is disabled or has expired at ${displayName}`, "an active one");
  if (enforcement.expiry === "key") {
    const latest = now + policy.lifetime.expirySeconds + EXPIRY_SLACK_SECONDS;
    const life = describeSeconds(policy.lifetime.expirySeconds);
    if (found.expiresAt === undefined) throw refuse("never expires", `an expiry ${life} from now at the latest`);
    if (found.expiresAt > latest) {
      throw refuse(`expires on ${isoTime(found.expiresAt)}`, `an expiry ${life} from now at the latest`);
    }
  }
  const { outcome, evidence } = await verifyPatiently(session, value, grantOf(policy));
  if (outcome !== "works")
    throw refuse(`${wordsOfOutcome(outcome)} (${evidence})`, "one that works, and may do what is declared");
}

async function store(
  session: KeySession,
  found: VendorKey,
  value: string,
  policy: KeyPolicy,
  replaces: string | undefined,
): Promise<void> {
  const { engine, key } = session;
  const now = nowSeconds(engine.clock);
  const expiresAt = found.expiresAt ?? now + policy.lifetime.expirySeconds;
  const token = engine.newToken();
  const entry: PendingKey = {
    token,
    origin: "reconcile",
    startedAt: now,
    facts: mintedFacts(policy),
    ...defined({ replaces }),
    keyId: found.id,
    issuedAt: now,
    expiresAt,
  };
  const payload: SecretPayload = {
    apiKey: value,
    vendor: policy.vendor,
    keyId: found.id,
    baseUrl: engine.baseUrl,
    issuedAt: isoTime(now),
    expiresAt: isoTime(expiresAt),
  };
  await reserveFirst(session);
  await session.save({ pending: [...session.record.pending, entry] });
  await engine.secrets.stage({
    name: secretName(engine.prefix, key),
    versionId: token,
    value: JSON.stringify(payload),
    label: STAGED,
    marks: await marksOf(session, token, payload, policy),
  });
  await complete(session, token, policy);
  engine.effects.note(key, `vendor key adopted: ${found.id}`);
  engine.telemetry.info("vendor key adopted", { key, keyId: found.id });
}

/**
 * Finishes what earlier runs began: a value that is stored goes into use, as its person wanted;
 * without one there is nothing to do.
 */
export async function resumeSubmissions(session: KeySession, secret: SecretState, policy: KeyPolicy): Promise<void> {
  for (const { token } of session.record.pending) await resumeSubmission(session, secret, token, policy);
}

export async function resumeSubmission(
  session: KeySession,
  { versions }: SecretState,
  token: string,
  policy: KeyPolicy,
): Promise<void> {
  const { engine, key } = session;
  const stored = await engine.secrets.value(secretName(engine.prefix, key), token);
  if (parseSecretPayload(stored ?? "") === undefined) {
    // Nothing of it was stored: the person still has the value.
    await session.save({ pending: session.withoutPending(token) });
  } else if (versions[token]?.includes(CURRENT) && session.record.current !== undefined) {
    await promote(session, token, policy);
  } else await complete(session, token, policy);
}

/**
 * Somebody put another value into the secret: the adopted one is still in its version. False where
 * it is not.
 */
export async function restoreSubmitted({ engine, key, record }: KeySession, secret: SecretState): Promise<boolean> {
  const { current } = record;
  if (current === undefined || !holds(secret.versions, current)) return false;
  const name = secretName(engine.prefix, key);
  const payload = parseSecretPayload((await engine.secrets.value(name, current.versionId)) ?? "");
  if (payload?.keyId !== current.keyId) return false;
  return (await engine.secrets.promote(name, current.versionId, currentVersion(secret.versions))) === "promoted";
}
