import { KMS_KEY_UNUSABLE, ScopedKeysRuntimeError } from "../../model/errors";
import { secretName } from "../../model/names";
import { parseSecretPayload, type SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import type { VendorKey } from "../../vendors/vendor";
import { type Held as HeldVersion, holds } from "../integrity/marks";
import type { KeySession } from "../key-session";
import type { SecretState } from "../ports";

/** What is known of a version's vendor key. Times are Unix seconds. */
export type Held = Omit<HeldVersion, "versionId">;

/**
 * What a version holds. Where KMS lets nobody read its value, the version's own mark bears out what
 * ledger and vendor say of it: the mark is a digest of vendor key and times, which the controller
 * alone writes.
 * @param listed what the vendor was seen to list
 * @returns undefined where the version holds no value of ours
 * @throws ScopedKeysRuntimeError SK290 where it cannot be read, and nothing shows what it holds
 */
export async function heldBy(
  session: KeySession,
  versions: SecretState["versions"],
  versionId: string,
  listed: readonly VendorKey[] = [],
): Promise<Held | undefined> {
  try {
    const payload = await payloadOf(session, versionId);
    if (payload === undefined) return undefined;
    const { keyId, issuedAt, expiresAt } = payload;
    return { keyId, issuedAt: unixSeconds(issuedAt), expiresAt: unixSeconds(expiresAt) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const shown = told(session, listed).find((held) => holds(versions, { ...held, versionId }));
    if (shown === undefined) throw error;
    return shown;
  }
}

/** All that ledger and vendor say of the key's vendor keys. */
function told({ record }: KeySession, listed: readonly VendorKey[]): Held[] {
  const known: Held[] = record.current === undefined ? [] : [record.current];
  for (const { keyId, issuedAt, expiresAt } of record.pending) {
    if (keyId !== undefined && issuedAt !== undefined && expiresAt !== undefined)
      known.push({ keyId, issuedAt, expiresAt });
  }
  // The ledger has no times of their mints, and the vendor's list has no times that the controller
  // may have changed.
  const ends = new Set(
    [record.current, ...record.superseded].flatMap((each) => (each === undefined ? [] : [each.expiresAt])),
  );
  for (const { id: keyId, createdAt: issuedAt, expiresAt: end } of listed) {
    for (const expiresAt of new Set([...ends, ...(end === undefined ? [] : [end])]))
      known.push({ keyId, issuedAt, expiresAt });
  }
  return known;
}

/** Whether KMS is the reason why a value cannot be read. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof ScopedKeysRuntimeError && error.code === KMS_KEY_UNUSABLE;
}

export async function payloadOf({ engine, key }: KeySession, versionId: string): Promise<SecretPayload | undefined> {
  const text = await engine.secrets.value(secretName(engine.prefix, key), versionId);
  return text === undefined ? undefined : parseSecretPayload(text);
}
