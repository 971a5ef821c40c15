import {
  failedKeyInUse,
  foreignPending,
  isNotTaken,
  keyNotKnownYet,
  keyNotTestedYet,
  keyStopped,
  LEDGER_CONFLICT,
  mintedByHand,
  noPendingValue,
  notPending,
  poisonedKey,
  ScopedKeysRuntimeError,
  secretMoved,
  unfitKey,
  unfitKeyInUse,
} from "../model/errors";
import { INCIDENTS } from "../model/incidents";
import { grantOf, type KeyPolicy, mintedFacts } from "../model/key-policy";
import type { CurrentKey, PendingKey } from "../model/key-record";
import { secretName, vendorKeyName } from "../model/names";
import { parseSecretPayload, type SecretPayload } from "../model/secret-payload";
import { isoTime, unixSeconds } from "../model/units";
import { VendorError, type VendorKey } from "../vendors/vendor";
import { isYoung, knownUntil, lookedUp, untilActive, verifyPatiently } from "./activation";
import { discard, unstage } from "./discard";
import { checkStorable } from "./encryption";
import { endOf, isNear, rewriteExpiry, setEnd } from "./expiry";
import { endReservation, reserveFirst } from "./first-value";
import { grantDifferences } from "./granted";
import { inPlaceGrace, rotateInPlace, valueEnds } from "./in-place";
import { foreignSlot } from "./kept";
import { reclaimLostMints } from "./lost-mints";
import { isMintedWith, isWritten, keyMark, ownerMark, policyMark, stopOf } from "./marks";
import { mint } from "./mint";
import { missingSecret } from "./missing-secret";
import { ageOf } from "./overdue";
import { owner, shownOwner } from "./owner";
import {
  CURRENT,
  currentVersion,
  nowSeconds,
  PENDING,
  previousVersion,
  type SecretState,
  STAGED,
  UNISSUED,
} from "./ports";
import { checkTaken } from "./read-back";
import { tidyKeyMarks } from "./seal";
import { isLive, isMintedFor } from "./vendor-keys";
import type { Workbench } from "./workbench";

/**
 * The four steps that give a key a new vendor key. A reconcile runs them in a row; Secrets Manager calls them one by one, maybe
 * more than once and maybe never to the end. Each can be repeated after a crash at any point.
 */

interface CreateRequest {
  readonly token: string;
  readonly policy: KeyPolicy;
  readonly origin: PendingKey["origin"];
  readonly rotationToken?: string;
  /** Version that is AWSCURRENT now, where another by somebody's hand is to be left alone. */
  readonly replaces?: string;
}

/** Step 1: exactly one vendor key for this token, its value stored under the token. */
export async function create(bench: Workbench, request: CreateRequest): Promise<void> {
  const { engine, key } = bench;
  const { token, policy, origin } = request;
  const name = secretName(engine.prefix, key);
  const { strategy, displayName } = engine.vendor.descriptor;
  if (strategy === "manual") throw mintedByHand(key, name, displayName);
  if (await adoptStored(bench, request)) return;
  await checkStorable(engine, key);

  const ownerId = await owner(bench);
  const again = bench.pending(token) !== undefined;
  if (again) await reclaimLostMints(bench, token, origin);
  const chosen = engine.vendor.chooseValue?.();
  const graceSeconds = again ? undefined : await inPlaceGrace(bench, request);
  const replaces = bench.pending(token)?.replaces ?? request.replaces;
  const startedAt = nowSeconds(engine.clock);
  const intent: PendingKey = {
    token,
    origin,
    startedAt,
    facts: mintedFacts(policy),
    ...(replaces === undefined ? {} : { replaces }),
    ...(chosen === undefined ? {} : { keyId: chosen.id }),
  };
  await bench.save({
    pending: [...bench.withoutPending(token), intent],
    ...(graceSeconds === undefined ? {} : valueEnds(bench.record, startedAt + graceSeconds)),
    ...(again ? bench.resolving(INCIDENTS.lostMint) : {}),
  });

  const order = { ownerId, name: vendorKeyName(engine.deployment, key, token), token, value: chosen?.value };
  const rotated = graceSeconds === undefined ? undefined : await rotateInPlace(bench, token, graceSeconds, policy);
  const minted = rotated ?? (await mint(bench, order, policy));
  // A rotation in place may leave the vendor key's end where it was; `settle` moves it.
  const end = rotated !== undefined && engine.vendor.descriptor.inPlace.expiry ? undefined : minted.expiresAt;
  const payload: SecretPayload = {
    apiKey: minted.value,
    vendor: policy.vendor,
    keyId: minted.id,
    baseUrl: engine.baseUrl,
    issuedAt: isoTime(minted.createdAt),
    expiresAt: isoTime(end ?? minted.createdAt + policy.lifetime.expirySeconds),
  };
  await claim(bench, intent, payload, rotated === undefined);
  // Whoever reads the secret gets nothing that may do more than was declared.
  if (engine.vendor.descriptor.grantAfterMint) await updateGrant(bench, minted.id, policy);
  if (origin === "reconcile") await reserveFirst(bench);
  const outcome = await engine.secrets.stage({
    name,
    versionId: token,
    value: JSON.stringify(payload),
    label: origin === "rotation" ? PENDING : STAGED,
    marks: await marksOf(bench, token, payload, policy),
    ...(request.rotationToken === undefined ? {} : { rotationToken: request.rotationToken }),
  });
  engine.effects.note(key, `vendor key minted: ${minted.id}`);
  engine.telemetry.info("vendor key minted", { key, keyId: minted.id, stored: outcome === "stored" });
  if (outcome === "other" && rotated === undefined) {
    // Another run with the same token stored its own first: theirs counts.
    await engine.vendor.revoke({ keyId: minted.id, signal: engine.deadline.signal });
  }
  if (await adoptStored(bench, request)) return;
  // Secrets Manager comes back to its token; a token of ours that somebody has a version of is of no use any more.
  if (outcome === "other" && origin === "reconcile") await bench.save({ pending: bench.withoutPending(token) });
  throw noPendingValue(key, token);
}

/** For a value that the engine stores. What becomes a mark is shown first. */
export async function marksOf(
  bench: Workbench,
  token: string,
  { keyId, issuedAt, expiresAt }: SecretPayload,
  policy: KeyPolicy,
): Promise<string[]> {
  const ownerId = await shownOwner(bench);
  const held = { versionId: token, keyId, issuedAt: unixSeconds(issuedAt), expiresAt: unixSeconds(expiresAt) };
  const marks = [keyMark(held, policy), policyMark(policy)];
  return ownerId === undefined ? marks : [...marks, ownerMark(ownerId)];
}

/** Written down before it is stored: a run that lost its lease since its intent, maybe to somebody who stops the key, leaves nothing alive. */
async function claim(
  bench: Workbench,
  intent: PendingKey,
  { keyId, issuedAt, expiresAt }: SecretPayload,
  isNew: boolean,
): Promise<void> {
  const { engine, key } = bench;
  const known = { ...intent, keyId, issuedAt: unixSeconds(issuedAt), expiresAt: unixSeconds(expiresAt) };
  try {
    await bench.save({ pending: [...bench.withoutPending(intent.token), known] });
  } catch (error) {
    if (isNew && error instanceof ScopedKeysRuntimeError && error.code === LEDGER_CONFLICT) {
      await engine.vendor.revoke({ keyId, signal: engine.deadline.signal });
      engine.effects.note(key, `vendor key discarded: ${keyId}`);
      engine.telemetry.warn("vendor key discarded: another run works on the key", { key, keyId });
    }
    throw error;
  }
}

/** Step 2: what the vendor has is what the policy says. */
export async function settle(bench: Workbench, token: string, policy: KeyPolicy): Promise<void> {
  const { engine, key } = bench;
  const payload = await storedPayload(bench, token);
  const found = await lookedUp(bench, payload.keyId);
  if (found === undefined || !isLive(found, nowSeconds(engine.clock))) {
    await discard(bench, token, payload.keyId, INCIDENTS.poisonedPending);
    throw poisonedKey(
      key,
      `${engine.vendor.descriptor.displayName} ${found === undefined ? "does not list it" : "has expired it"}`,
      bench.record.current !== undefined,
    );
  }
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  // A version cannot be changed: what was minted for another policy is given up, whatever the ledger says of it.
  const given = engine.vendor.descriptor.strategy === "manual" || versions[token]?.includes(CURRENT);
  if (!isMintedWith(versions, token, policy) && !given) {
    await discard(bench, token, payload.keyId, INCIDENTS.poisonedPending);
    throw poisonedKey(key, "it was minted for another policy", bench.record.current !== undefined);
  }
  await settleExpiry(bench, token, payload, found, policy);
  // What it was minted with, the secret knows for certain; what was set since, the ledger's word is enough to set again.
  const outdated = !isMintedWith(versions, token, policy) || bench.pending(token)?.facts !== mintedFacts(policy);
  if (!outdated && grantDifferences(policy, found.granted).length === 0) return;
  // Unknown while the call is under way: a run that dies here leaves it to the next.
  await saveFacts(bench, token, undefined);
  try {
    await updateGrant(bench, payload.keyId, policy);
  } catch (error) {
    // A vendor key that may do something else than was declared is never put into use.
    if (!given && isNotTaken(error)) await discard(bench, token, payload.keyId, INCIDENTS.poisonedPending);
    throw error;
  }
  await saveFacts(bench, token, mintedFacts(policy));
}

/** The vendor may have given another life than was asked, or have left the end where it was: it is set, where that can be, and looked at. */
async function settleExpiry(
  bench: Workbench,
  token: string,
  payload: SecretPayload,
  found: VendorKey,
  policy: KeyPolicy,
): Promise<void> {
  const { vendor } = bench.engine;
  const { strategy, enforcement, inPlace, expiryStepSeconds } = vendor.descriptor;
  if (strategy === "manual" || enforcement.expiry !== "key") return;
  const wanted = endOf(vendor, unixSeconds(payload.issuedAt), policy.lifetime.expirySeconds);
  let ends = found.expiresAt;
  const settable = inPlace.expiry && wanted > nowSeconds(bench.engine.clock);
  if (settable && !isNear(ends, wanted, expiryStepSeconds)) ends = await setEnd(bench, payload.keyId, wanted);
  if (ends === undefined || isNear(ends, unixSeconds(payload.expiresAt))) return;
  // The version cannot be changed: `finish` writes another with the true end.
  const end = ends;
  await bench.save({ pending: bench.record.pending.map((p) => (p.token === token ? { ...p, endsAt: end } : p)) });
}

/** Gives a vendor key that lives what the policy says, and looks whether the vendor took it. Where it cannot change one, it only looks. */
export async function updateGrant(bench: Workbench, keyId: string, policy: KeyPolicy): Promise<void> {
  const { engine, record } = bench;
  const update = async (ownerId: string | undefined) => {
    const of = ownerId === undefined ? { keyId } : { keyId, ownerId };
    const shown = await engine.vendor.update?.({ ...of, grant: grantOf(policy), signal: engine.deadline.signal });
    await checkTaken(bench, keyId, policy, shown);
  };
  try {
    await update(record.ownerId);
  } catch (error) {
    // Either the vendor key is gone, which the second attempt says again, or somebody deleted its owner.
    const gone = error instanceof VendorError && error.kind === "not_found" && record.ownerId !== undefined;
    if (!gone) throw error;
    await bench.save({ ownerId: undefined });
    await update(await owner(bench));
  }
}

async function saveFacts(bench: Workbench, token: string, facts: string | undefined): Promise<void> {
  const pending = bench.record.pending.map(({ facts: before, ...entry }) => {
    const after = entry.token === token ? facts : before;
    return after === undefined ? entry : { ...entry, facts: after };
  });
  await bench.save({ pending });
}

/**
 * Step 3: the key works, and what lies outside its grant is refused. A key that fails for certain is revoked. One that the vendor does not
 * know yet is kept, and so is one of which the vendor says nothing certain: the next attempt tests the same one.
 */
export async function test(bench: Workbench, token: string, policy: KeyPolicy): Promise<void> {
  const { engine, key } = bench;
  const { descriptor } = engine.vendor;
  const payload = await storedPayload(bench, token);
  const isWaiting = bench.pending(token) !== undefined;
  const now = nowSeconds(engine.clock);
  const entry = bench.pending(token) ?? { startedAt: unixSeconds(payload.issuedAt) };
  const since = now - ageOf(entry, now);
  const young = isYoung(descriptor, since, now);
  if (young) await untilActive(bench, payload.keyId);
  const result = await verifyPatiently(bench, payload.apiKey, grantOf(policy)).catch((error: unknown) => {
    if (error instanceof VendorError) throw keyNotTestedYet(key, error);
    throw error;
  });
  engine.telemetry.info("vendor key tested", {
    key,
    keyId: payload.keyId,
    outcome: result.outcome,
    scopeProven: result.scopeProven,
    evidence: result.evidence,
  });
  if (result.outcome === "works") {
    const testedAt = nowSeconds(engine.clock);
    const tested = bench.record.pending.map((p) => (p.token === token ? { ...p, testedAt } : p));
    if (isWaiting) await bench.save({ pending: tested });
    return;
  }
  // That its list lacks it is the vendor's own word.
  const isLate = result.outcome === "refused" && young && isWaiting;
  if (isLate && (await lookedUp(bench, payload.keyId)) !== undefined) {
    throw keyNotKnownYet(key, result.evidence, isoTime(knownUntil(descriptor, since)));
  }
  // Secrets Manager copies the current value when it only tests a schedule: that key is in use.
  const inUse = payload.keyId === bench.record.current?.keyId && bench.pending(token) === undefined;
  if (!inUse) await discard(bench, token, payload.keyId, INCIDENTS.poisonedPending);
  const { outcome, evidence } = result;
  if (outcome === "refused") {
    throw inUse ? failedKeyInUse(key, evidence) : poisonedKey(key, evidence, bench.record.current !== undefined);
  }
  throw inUse
    ? unfitKeyInUse(key, outcome, evidence)
    : unfitKey(key, outcome, evidence, bench.record.current !== undefined);
}

/**
 * Step 4: AWSCURRENT moves, the superseded key keeps working for the overlap. Nothing is revoked here.
 * @returns false where the value was in use before: a step that is sent again ends no incident and is no effect in the key's history
 */
export async function finish(bench: Workbench, token: string, policy: KeyPolicy): Promise<boolean> {
  const { engine, key } = bench;
  const name = secretName(engine.prefix, key);
  const payload = await storedPayload(bench, token);
  const state = await engine.secrets.describe(name);
  if (state === undefined) throw await missingSecret(engine, key);
  const labels = state.versions[token] ?? [];
  const { current } = bench.record;
  const isKnown = current?.versionId === token && current.keyId === payload.keyId && bench.pending(token) === undefined;
  const isRepeated = labels.includes(CURRENT) && isKnown;
  if (!labels.includes(CURRENT)) {
    const from = currentVersion(state.versions);
    if (bench.pending(token)?.testedAt === undefined) await test(bench, token, policy);
    // Ordered since this run looked last. Who carries the order out gives the token up.
    const stop = stopOf(state.versions);
    if (stop !== undefined) throw keyStopped(key, name, isoTime(stop.since));
    await checkNotAbandoned(bench, token, state.versions, payload.keyId);
    if (from !== undefined) await grantOverlap(bench, from, policy.lifetime.overlapSeconds);
    bench.checkTime();
    // A run that lost its lease while it gave this key up either wrote that down before, and this write fails, or fails at writing it.
    await bench.save({});
    if ((await engine.secrets.promote(name, token, from)) === "moved") throw secretMoved(key);
  }
  await unstage(bench, token);
  const endsAt = bench.pending(token)?.endsAt;
  if (!isRepeated) await supersede(bench, token, payload, policy.lifetime.overlapSeconds);
  const previous = labels.includes(CURRENT) ? previousVersion(state.versions) : currentVersion(state.versions);
  await tidyKeyMarks(bench, state.versions, [token, previous]);
  if (Object.values(state.versions).some((held) => held.includes(UNISSUED))) await endReservation(bench);
  if (endsAt !== undefined) await rewriteExpiry(bench, policy, endsAt);
  if (isRepeated) return false;
  engine.effects.note(key, `vendor key put into use: ${payload.keyId}`);
  engine.telemetry.info("vendor key promoted", { key, keyId: payload.keyId });
  return true;
}

/** Somebody wrote a value since the rotation began: Secrets Manager gives the rotation up, and so does the engine. */
async function checkNotAbandoned(
  bench: Workbench,
  token: string,
  versions: SecretState["versions"],
  keyId: string,
): Promise<void> {
  const { record, key } = bench;
  const entry = bench.pending(token);
  const from = currentVersion(versions);
  const labels = versions[token] ?? [];
  const isStaged = labels.includes(STAGED) || (labels.includes(PENDING) && entry?.origin !== "reconcile");
  // An apply puts its own value in use, whoever wrote one.
  if (isStaged && entry?.origin === "reconcile" && entry.replaces === undefined) return;
  const ours =
    from === undefined ||
    from === record.current?.versionId ||
    bench.pending(from) !== undefined ||
    // Nobody remembers what it began with.
    (entry === undefined && isWritten(versions, from));
  if (isStaged && (ours || from === entry?.replaces)) return;
  await discard(bench, token, entry?.keyId ?? keyId, INCIDENTS.abandonedRotation);
  throw notPending(key, token);
}

/** The key that is in use until now gets its overlap, also where the ledger does not have it for the current one. */
async function grantOverlap(bench: Workbench, versionId: string, overlapSeconds: number): Promise<void> {
  const { engine, key, record } = bench;
  if (versionId === record.current?.versionId) return;
  if (bench.pending(versionId) !== undefined) {
    // An earlier run moved the label and died before it wrote that down; unless it is no value of ours.
    await adoptPromoted(bench, versionId, overlapSeconds);
    if (bench.record.current?.versionId === versionId) return;
  }
  // Somebody moved the label back by hand, or the ledger is older than the secret.
  const text = await engine.secrets.value(secretName(engine.prefix, key), versionId);
  const inUse = text === undefined ? undefined : parseSecretPayload(text);
  if (inUse === undefined) {
    const slot = await foreignSlot(bench, versionId);
    if (slot === undefined || slot.id === record.current?.keyId) return;
    // The next rotation would overwrite it, however soon that comes.
    const until = nowSeconds(engine.clock) + overlapSeconds;
    await bench.save({
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
  await bench.save({ superseded: [...record.superseded.filter((k) => k.keyId !== keyId), entry] });
}

/**
 * A run ended between moving AWSCURRENT to its token and writing that down.
 * @param overlapSeconds undefined: of a key whose first apply has not ended nobody knows it yet, and that apply writes it down
 */
export async function adoptPromoted(
  bench: Workbench,
  token: string,
  overlapSeconds = (bench.record.policy ?? bench.declared)?.lifetime.overlapSeconds,
): Promise<void> {
  const { engine, key } = bench;
  const name = secretName(engine.prefix, key);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  if (!isWritten(versions, token)) {
    // Somebody put a value of their own under the token: the plan shows it, and what was minted for the token is an orphan.
    await bench.save({ pending: bench.withoutPending(token) });
    return;
  }
  if (overlapSeconds === undefined && bench.record.current !== undefined) return;
  const payload = parseSecretPayload((await engine.secrets.value(name, token)) ?? "");
  if (payload !== undefined) await supersede(bench, token, payload, overlapSeconds ?? 0);
}

/** Makes the ledger say what Secrets Manager says: the token's key is the current one. */
export async function supersede(
  bench: Workbench,
  token: string,
  payload: SecretPayload,
  overlapSeconds: number,
): Promise<void> {
  const { record, engine } = bench;
  const now = nowSeconds(engine.clock);
  const previous = record.current;
  const entry = bench.pending(token);
  // The same value in a new version was tested when it was the old one's, and may have begun to end.
  const isSame = previous?.versionId === token || (entry === undefined && previous?.keyId === payload.keyId);
  const testedAt = isSame ? previous?.testedAt : entry?.testedAt;
  const current: CurrentKey = {
    keyId: payload.keyId,
    versionId: token,
    issuedAt: unixSeconds(payload.issuedAt),
    expiresAt: unixSeconds(payload.expiresAt),
    ...(testedAt === undefined ? {} : { testedAt }),
    ...(isSame && previous?.valueEndsAt !== undefined ? { valueEndsAt: previous.valueEndsAt } : {}),
  };
  const superseded =
    previous === undefined || previous.keyId === current.keyId
      ? record.superseded
      : [
          ...record.superseded.filter((k) => k.keyId !== previous.keyId),
          { keyId: previous.keyId, revokeAfter: now + overlapSeconds, expiresAt: previous.expiresAt },
        ];
  await bench.save({
    current,
    superseded: superseded.filter((k) => k.keyId !== current.keyId),
    pending: bench.withoutPending(token),
    ...bench.resolving(
      INCIDENTS.poisonedPending,
      INCIDENTS.keyGone,
      INCIDENTS.abandonedRotation,
      INCIDENTS.overdueRotation,
    ),
  });
}

/**
 * All four steps in a row, for a key that needs a new vendor key now. With `replaces` it gives way to whoever puts another version
 * than that one in use meanwhile.
 */
export async function issue(bench: Workbench, policy: KeyPolicy, replaces?: string): Promise<void> {
  const started = bench.record.pending.find((p) => p.origin === "reconcile");
  const fits = started?.replaces === replaces && started?.discarded === undefined;
  if (started !== undefined && !fits) await discard(bench, started.token, started.keyId);
  const token = fits && started !== undefined ? started.token : bench.engine.newToken();
  await create(bench, { token, policy, origin: "reconcile", ...(replaces === undefined ? {} : { replaces }) });
  await complete(bench, token, policy);
}

/** Steps 2 to 4, for a value that is stored. */
export async function complete(bench: Workbench, token: string, policy: KeyPolicy): Promise<void> {
  await settle(bench, token, policy);
  await test(bench, token, policy);
  await finish(bench, token, policy);
}

/**
 * Brings order into what other runs left behind: a value that already is AWSCURRENT is written down, and what was minted for another
 * policy is given up, since a version cannot be changed. A rotation that is under way then fails, and is retried with a new token.
 */
export async function tidyPending(bench: Workbench, secret: SecretState, policy: KeyPolicy): Promise<void> {
  const { rotationEnabled, versions } = secret;
  for (const entry of bench.record.pending) {
    if (versions[entry.token]?.includes(UNISSUED)) {
      // Nothing was minted for that version.
      await bench.save({ pending: bench.withoutPending(entry.token) });
    } else if (versions[entry.token]?.includes(CURRENT)) {
      // Of older releases the first value was in use before its test; any other was tested before, and is not to be lost to a test now.
      if (bench.record.current === undefined) await complete(bench, entry.token, policy);
      else await finish(bench, entry.token, policy);
    } else if (
      entry.discarded ||
      entry.facts !== mintedFacts(policy) ||
      (entry.origin === "rotation" && !rotationEnabled)
    ) {
      await discard(bench, entry.token, entry.keyId);
    }
  }
  if (rotationEnabled) return;
  // Somebody cancelled a rotation: Secrets Manager leaves its AWSPENDING, and would refuse to switch rotation on again.
  await freeLabel(bench, versions);
}

/** Takes AWSPENDING off a version that nobody will finish: as long as it is there, Secrets Manager takes its rotation for incomplete. */
export async function freeLabel(bench: Workbench, versions: SecretState["versions"]): Promise<void> {
  const stuck = Object.keys(versions).filter((id) => {
    const labels = versions[id] ?? [];
    return labels.includes(PENDING) && !labels.includes(CURRENT) && bench.pending(id) === undefined;
  });
  if (stuck.length > 0) await bench.open(INCIDENTS.stuckLabel);
  for (const token of stuck) await unstage(bench, token);
  await bench.resolve(INCIDENTS.stuckLabel);
}

/** If the token's value is stored, the ledger learns its key. */
async function adoptStored(bench: Workbench, { token, origin, policy }: CreateRequest): Promise<boolean> {
  const { engine, key, record } = bench;
  const text = await engine.secrets.value(secretName(engine.prefix, key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) return false;
  const intent = bench.pending(token);
  if (payload.keyId === record.current?.keyId || intent?.keyId === payload.keyId) return true;
  await checkOurs(bench, token, payload.keyId);
  const known: PendingKey = {
    token,
    origin,
    startedAt: intent?.startedAt ?? nowSeconds(engine.clock),
    facts: intent?.facts ?? mintedFacts(policy),
    ...(intent?.replaces === undefined ? {} : { replaces: intent.replaces }),
    keyId: payload.keyId,
    issuedAt: unixSeconds(payload.issuedAt),
    expiresAt: unixSeconds(payload.expiresAt),
  };
  await bench.save({ pending: [...bench.withoutPending(token), known] });
  return true;
}

/** A value that this ledger did not see being made may name anybody's vendor key: what is adopted is changed, and revoked some day. */
async function checkOurs(bench: Workbench, token: string, keyId: string): Promise<void> {
  const { engine, key } = bench;
  const found = await engine.vendor.read({ keyId, signal: engine.deadline.signal });
  if (found === undefined || isMintedFor(engine, bench.record, found)) return;
  await unstage(bench, token);
  await bench.save({ pending: bench.withoutPending(token) });
  throw foreignPending(key, keyId);
}

async function storedPayload(bench: Workbench, token: string): Promise<SecretPayload> {
  const text = await bench.engine.secrets.value(secretName(bench.engine.prefix, bench.key), token);
  const payload = text === undefined ? undefined : parseSecretPayload(text);
  if (payload === undefined) throw noPendingValue(bench.key, token);
  return payload;
}
