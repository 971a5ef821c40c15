import { secretName } from "../../model/names";
import { candidateValues, parseSecretPayload } from "../../model/secret-payload";
import { currentVersion, previousVersion, RETAINED } from "../../secrets/labels";
import type { VendorKey } from "../../vendors/vendor";
import { isApplied, isRevoked, isWritten } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { nowSeconds, type SecretState } from "../ports";
import { strategyOf } from "../strategies";
import { type Held, heldBy, isUnreadable } from "./held";

/** What a key's secret says about vendor keys that must stay, whatever the ledger says. */
export interface ProtectedKeys {
  /** Id of the vendor key that AWSCURRENT holds. */
  readonly inUse: string | undefined;
  /** Ids of vendor keys that somebody marked. */
  readonly retained: ReadonlySet<string>;
  /**
   * Id of the vendor key that AWSPREVIOUS holds, as long as the secret's own times give it an
   * overlap.
   */
  readonly overlapping: string | undefined;
}

export async function protectedKeys(session: KeySession): Promise<ProtectedKeys> {
  const { engine, key } = session;
  const name = secretName(engine.prefix, key);
  const secret = await engine.secrets.describe(name);
  const versions = secret?.versions ?? {};
  const current = currentVersion(versions);
  const retained = await retainedIn(session, versions);
  if (secret === undefined || current === undefined) return { inUse: undefined, retained, overlapping: undefined };
  const held = await heldBy(session, versions, current);
  const inUse = held?.keyId ?? (await foreignSlot(session, current))?.id;
  return { inUse, retained, overlapping: await overlapping(session, secret, current, held) };
}

/**
 * Of `protectedKeys` what somebody marked. Reads no other value, so that whoever ends all else can
 * do so where none can be read.
 * @param listed what the vendor was seen to list
 */
export async function retainedKeyIds(
  session: KeySession,
  listed: readonly VendorKey[] = [],
): Promise<ReadonlySet<string>> {
  const { engine, key } = session;
  return retainedIn(session, (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {}, listed);
}

async function retainedIn(
  session: KeySession,
  versions: SecretState["versions"],
  listed: readonly VendorKey[] = [],
): Promise<ReadonlySet<string>> {
  const retained = new Set<string>();
  for (const versionId of retainedVersions(versions)) {
    const keyId = (await heldBy(session, versions, versionId, listed))?.keyId;
    if (keyId !== undefined) retained.add(keyId);
  }
  return retained;
}

async function overlapping(
  session: KeySession,
  secret: SecretState,
  current: string,
  inUse: Held | undefined,
): Promise<string | undefined> {
  const { versions } = secret;
  const previous = previousVersion(versions);
  // An emergency leaves none.
  if (previous === undefined || isRevoked(versions)) return undefined;
  const { policy = session.declared } = session.record;
  const ordered = policy !== undefined && (policy === session.declared || isApplied(secret, policy));
  const known = inUse !== undefined && isWritten(versions, current) && ordered;
  const until = known ? inUse.issuedAt + policy.lifetime.overlapSeconds : Number.POSITIVE_INFINITY;
  return until > nowSeconds(session.engine.clock) ? (await heldBy(session, versions, previous))?.keyId : undefined;
}

/**
 * Whether the controller wrote a value of the vendor key into the secret. Throws SK290 where no
 * version shows it and one cannot be read.
 */
export async function isWrittenKey(
  session: KeySession,
  versions: SecretState["versions"],
  found: VendorKey,
): Promise<boolean> {
  let unread: unknown;
  for (const versionId of Object.keys(versions).filter((id) => isWritten(versions, id))) {
    try {
      if ((await heldBy(session, versions, versionId, [found]))?.keyId === found.id) return true;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unread = error;
    }
  }
  if (unread !== undefined) throw unread;
  return false;
}

/**
 * Which of a vendor's slots holds the value that somebody else put into a version. Of other
 * vendors' keys nobody needs to know: what this library did not mint it never ends; but of two
 * slots it gives one a new value.
 */
export async function foreignSlot({ engine, key }: KeySession, versionId: string): Promise<VendorKey | undefined> {
  const { vendor, secrets, deadline } = engine;
  const { displayName } = vendor.descriptor;
  if (!strategyOf(vendor.descriptor).slots || vendor.identify === undefined) return undefined;
  const text = (await secrets.value(secretName(engine.prefix, key), versionId)) ?? "";
  if (parseSecretPayload(text) !== undefined) return undefined;
  for (const { value } of candidateValues(text)) {
    const found = await vendor.identify({ value, name: displayName, signal: deadline.signal });
    if (found !== undefined) return found;
  }
  return undefined;
}

export function retainedVersions(versions: SecretState["versions"]): string[] {
  return Object.keys(versions).filter((id) => versions[id]?.includes(RETAINED + id));
}
