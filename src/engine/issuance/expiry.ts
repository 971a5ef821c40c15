import type { KeyPolicy } from "../../model/key-policy";
import { retryMarginSeconds } from "../../model/key-policy";
import type { CurrentKey, KeyRecord } from "../../model/key-record";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import type { VendorKey } from "../../vendors/vendor";
import { strategyOf } from "../strategies";

/** When a vendor key ends is the vendor's word: what it shows counts, and not what was asked. */

/** Vendors round to seconds, and an expiry counts from when the request arrived. */
export const EXPIRY_TOLERANCE_SECONDS = 120;

interface Vendor {
  readonly descriptor: VendorDescriptor;
}

/** When a vendor key ends that is to live so long: the vendor may round a life up. */
export function endOf({ descriptor }: Vendor, issuedAt: number, expirySeconds: number): number {
  const { expiryUnitSeconds = 1 } = descriptor;
  return issuedAt + Math.ceil(expirySeconds / expiryUnitSeconds) * expiryUnitSeconds;
}

/** @param stepSeconds by which the vendor may have put off the end that was asked for */
export function isNear(a: number | undefined, b: number, stepSeconds = 1): boolean {
  return a !== undefined && b - a <= EXPIRY_TOLERANCE_SECONDS && a - b <= EXPIRY_TOLERANCE_SECONDS + stepSeconds - 1;
}

/**
 * The vendor ends the key in use before the time that is declared; undefined where it does not.
 * People may pick a nearer date.
 */
export function shortLife(
  { descriptor }: Vendor,
  current: CurrentKey | undefined,
  { lifetime }: Pick<KeyPolicy, "lifetime">,
): { readonly ends: number; readonly declared: number } | undefined {
  if (!strategyOf(descriptor).setsExpiry || descriptor.enforcement.expiry !== "key") return undefined;
  // A rotation in place is under way, and moves the end.
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const declared = endOf({ descriptor }, current.issuedAt, lifetime.expirySeconds);
  return current.expiresAt < declared - EXPIRY_TOLERANCE_SECONDS ? { ends: current.expiresAt, declared } : undefined;
}

/**
 * Unix seconds at which a key whose life is short is rotated, since its schedule may come too late:
 * so that its successor has an overlap, and never before half of its life, or it would be rotated
 * for ever. Undefined where the life is as declared.
 */
export function earlyRotation(vendor: Vendor, { current, policy }: KeyRecord): number | undefined {
  const everySeconds = policy?.lifetime.rotateEverySeconds;
  if (current === undefined || policy === undefined || everySeconds === undefined) return undefined;
  if (shortLife(vendor, current, policy) === undefined) return undefined;
  const { issuedAt, expiresAt } = current;
  const half = issuedAt + Math.floor((expiresAt - issuedAt) / 2);
  return Math.max(half, expiresAt - policy.lifetime.overlapSeconds - retryMarginSeconds(everySeconds));
}

/** Whether the vendor ends the key in use sooner than ledger and secret say. */
export function endsSooner(
  { descriptor }: Vendor,
  { current, stopped }: Pick<KeyRecord, "current" | "stopped">,
  listed: readonly VendorKey[],
): number | undefined {
  // What was stopped is not put into use again, with whatever end.
  if (stopped !== undefined) return undefined;
  if (!strategyOf(descriptor).setsExpiry || descriptor.enforcement.expiry !== "key") return undefined;
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const ends = listed.find(({ id }) => id === current.keyId)?.expiresAt;
  return ends !== undefined && ends < current.expiresAt - EXPIRY_TOLERANCE_SECONDS ? ends : undefined;
}
