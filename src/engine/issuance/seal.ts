import type { KeyPolicy } from "../../model/key-policy";
import { secretName } from "../../model/names";
import { currentVersion, PENDING, STAGED } from "../../secrets/labels";
import {
  emergencyIn,
  isRevoked,
  isWritten,
  keyMarkOf,
  type Mark,
  orders,
  outdatedMarks,
  ownerMark,
  policyMark,
  revokedMark,
  versionWith,
} from "../integrity/marks";
import type { KeySession } from "../key-session";
import type { SecretState } from "../ports";
import { shownOwner } from "../vendor-keys/owner";

/**
 * Before an apply's first effect the secret says what the apply is for, and keeps what the one
 * before was for until this one has ended: a rotation in between mints for either. A secret without
 * a value has no version to say it; the first one that is stored does.
 */
export async function beginSeal(session: KeySession, { versions }: SecretState, policy: KeyPolicy): Promise<void> {
  const current = currentVersion(versions);
  if (current !== undefined) await put(session, versions, current, policyMark(policy));
}

/** After the apply has ended, and the ledger says so: the secret says that alone. */
export async function endSeal(session: KeySession, policy: KeyPolicy): Promise<void> {
  const { engine, key } = session;
  const ownerId = await shownOwner(session);
  const secret = await engine.secrets.describe(secretName(engine.prefix, key));
  if (secret === undefined) return;
  const { versions } = secret;
  const valid = [policyMark(policy), ...(ownerId === undefined ? [] : [ownerMark(ownerId)])];
  const current = currentVersion(versions);
  if (current !== undefined) for (const mark of valid) await put(session, versions, current, mark);
  await takeOff(session, outdatedMarks(secret, valid));
}

/**
 * For orders that an apply takes back, or that are carried out. Answers the versions as they are
 * then.
 */
export async function endOrders(
  session: KeySession,
  versions: SecretState["versions"],
  ...ended: ReadonlyArray<keyof typeof orders>
): Promise<SecretState["versions"]> {
  return endMarks(
    session,
    versions,
    ended.flatMap((order) => orders[order](versions)),
  );
}

/** Answers the versions as they are then. */
export async function endMarks(
  session: KeySession,
  versions: SecretState["versions"],
  marks: readonly Mark[],
): Promise<SecretState["versions"]> {
  await takeOff(session, marks);
  const gone = new Set(marks.map(({ label }) => label));
  const left = Object.entries(versions).map(
    ([id, labels]) => [id, labels.filter((label) => !gone.has(label))] as const,
  );
  return Object.assign(Object.create(null), Object.fromEntries(left));
}

/**
 * Puts an order on a version, so that it is the secret's word too. Answers the versions as they are
 * then.
 * @param versionId undefined: there is none that it could be put on
 */
export async function markVersion(
  session: KeySession,
  versions: SecretState["versions"],
  versionId: string | undefined,
  mark: string,
): Promise<SecretState["versions"]> {
  if (versionId === undefined || versionWith(versions, mark) !== undefined) return versions;
  await put(session, versions, versionId, mark);
  return labelled(versions, versionId, [...(versions[versionId] ?? []), mark]);
}

/**
 * An apply lifts the stop: what was to die still dies, and what is issued from now on is its
 * successor. Answers the versions as they are then.
 */
export async function liftEmergency(
  session: KeySession,
  versions: SecretState["versions"],
): Promise<SecretState["versions"]> {
  const { engine, key } = session;
  const emergency = emergencyIn(versions);
  if (emergency === undefined || emergency.successor) return versions;
  const mark = revokedMark({ ...emergency, successor: true });
  const name = secretName(engine.prefix, key);
  let lifted = versions;
  for (const { versionId, label } of orders.revoked(versions)) {
    await engine.secrets.label(name, versionId, mark);
    await engine.secrets.unlabel(name, versionId, label);
    lifted = labelled(lifted, versionId, [...(lifted[versionId] ?? []).filter((each) => each !== label), mark]);
  }
  return lifted;
}

/** Versions' ids come from outside: no name is one of a prototype's. */
function labelled(
  versions: SecretState["versions"],
  versionId: string,
  labels: readonly string[],
): SecretState["versions"] {
  return Object.assign(Object.create(null), versions, { [versionId]: labels });
}

/**
 * Versions that are out of use need no mark of their value: all versions of a secret have 20 labels
 * in all.
 */
export async function tidyKeyMarks(
  session: KeySession,
  versions: SecretState["versions"],
  inService: ReadonlyArray<string | undefined>,
): Promise<void> {
  const idle = Object.keys(versions).filter((id) => {
    const busy = [PENDING, STAGED].some((label) => versions[id]?.includes(label));
    const known = id === session.record.current?.versionId;
    // By it an emergency that is open knows what is to die.
    return isWritten(versions, id) && !busy && !known && !inService.includes(id) && !isRevoked(versions, id);
  });
  await takeOff(
    session,
    idle.map((versionId) => ({ versionId, label: keyMarkOf(versions, versionId) ?? "" })),
  );
}

async function put(
  { engine, key }: KeySession,
  versions: SecretState["versions"],
  versionId: string,
  mark: string,
): Promise<void> {
  const from = versionWith(versions, mark);
  // Wherever it is, it says the same.
  if (from === undefined) await engine.secrets.label(secretName(engine.prefix, key), versionId, mark);
}

async function takeOff({ engine, key }: KeySession, marks: readonly Mark[]): Promise<void> {
  for (const { versionId, label } of marks) {
    await engine.secrets.unlabel(secretName(engine.prefix, key), versionId, label);
  }
}
