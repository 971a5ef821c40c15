import { INCIDENTS } from "../../model/incidents";
import type { KeyRecord } from "../../model/key-record";
import { ownerName, secretName } from "../../model/names";
import { shorten } from "../../model/redact";
import { isoTime, SECONDS_PER_DAY } from "../../model/units";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import type { VendorKey } from "../../vendors/vendor";
import type { KeySession } from "../key-session";
import { isLive, isOfKey } from "../vendor-keys/ownership";

/**
 * Keys that a person mints in the vendor's console: what nobody but a person can do is never drift,
 * which an apply would heal, but due: the plan says it in a warning, and the sweep tells of it as
 * an incident until a new vendor key is adopted.
 */

/** Reminded so long before the date, or a quarter of the time to it where that is shorter. */
const LEAD_MAX_SECONDS = 7 * SECONDS_PER_DAY;

interface Context {
  readonly prefix: string;
  readonly deployment: string;
  readonly vendor: { readonly descriptor: VendorDescriptor };
}

/** Unix seconds from when on a successor is asked for; 0 where there is nothing in use. */
export function rotationDueAt({ current, policy }: KeyRecord): number {
  if (current === undefined) return 0;
  const { rotateEverySeconds = Number.POSITIVE_INFINITY } = policy?.lifetime ?? {};
  const end = Math.min(current.issuedAt + rotateEverySeconds, current.expiresAt);
  return end - Math.min(LEAD_MAX_SECONDS, Math.floor((end - current.issuedAt) / 4));
}

/**
 * What a person has to do, and why; empty where nothing. `listed`: what the vendor lists of the
 * key, where it was read.
 */
export function rotationDueSentences(
  here: Context,
  record: KeyRecord,
  listed: readonly VendorKey[] | undefined,
  now: number,
): string[] {
  const { displayName } = here.vendor.descriptor;
  const waiting = (listed ?? []).filter((found) => isLive(found, now) && isUnadopted(here, record, found));
  const why = reason(here, record, listed, now);
  const sentences = waiting.map(
    ({ id, name }) => `vendor key ${id} "${shorten(name, 80)}" at ${displayName} is not adopted`,
  );
  if (why === undefined) return sentences;
  const how = `make a key named "${ownerName(here.deployment, record.key)}" in the console of ${displayName}, then run: scoped-keys adopt ${secretName(here.prefix, record.key)}`;
  return [`${why}; ${how}`, ...sentences];
}

function reason(
  { vendor }: Context,
  record: KeyRecord,
  listed: readonly VendorKey[] | undefined,
  now: number,
): string | undefined {
  const { current, policy } = record;
  const { displayName } = vendor.descriptor;
  if (current === undefined) return "no vendor key was adopted yet";
  if (current.expiresAt <= now) return `vendor key ${current.keyId} expired on ${isoTime(current.expiresAt)}`;
  if (listed !== undefined) {
    const found = listed.find((k) => k.id === current.keyId);
    if (found === undefined) return `vendor key ${current.keyId} was deleted at ${displayName}`;
    if (!isLive(found, now)) return `vendor key ${current.keyId} was disabled at ${displayName}`;
  }
  if (record.revocation?.keyIds.includes(current.keyId)) return `an operator revoked vendor key ${current.keyId}`;
  if (rotationDueAt(record) > now) return undefined;
  const { rotateEverySeconds } = policy?.lifetime ?? {};
  const rotation = current.issuedAt + (rotateEverySeconds ?? Number.POSITIVE_INFINITY);
  return rotation < current.expiresAt
    ? `due for rotation on ${isoTime(rotation)}`
    : `due for rotation before it expires on ${isoTime(current.expiresAt)}`;
}

/** Made in the key's name, by whom ever, and not handed over. */
function isUnadopted(here: Context, record: KeyRecord, found: VendorKey): boolean {
  if (here.vendor.descriptor.nameless || !isOfKey(here, record, found)) return false;
  return ![record.current, ...record.pending, ...record.superseded].some((k) => k?.keyId === found.id);
}

export function isRotationDue(here: Context, record: KeyRecord, listed: readonly VendorKey[], now: number): boolean {
  if (record.stopped !== undefined || (record.policy ?? record.current) === undefined) return false;
  return reason(here, record, listed, now) !== undefined;
}

/** Whether the sweep has something to tell. */
export function isRotationDueChanged(
  here: Context,
  record: KeyRecord,
  listed: readonly VendorKey[],
  now: number,
): boolean {
  const told = (record.incidents ?? []).some(({ kind }) => kind === INCIDENTS.rotationDue);
  return isRotationDue(here, record, listed, now) !== told;
}

/** Tells a person once when it is due, and once when it no longer is. */
export async function remindOfRotation(session: KeySession, listed: readonly VendorKey[], now: number): Promise<void> {
  if (isRotationDue(session.engine, session.record, listed, now)) await session.open(INCIDENTS.rotationDue);
  else await session.resolve(INCIDENTS.rotationDue);
}
