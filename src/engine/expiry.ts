import { keyStopped } from "../model/errors";
import type { KeyPolicy } from "../model/key-policy";
import { retryMarginSeconds } from "../model/key-policy";
import type { CurrentKey, KeyRecord } from "../model/key-record";
import { secretName } from "../model/names";
import { parseSecretPayload } from "../model/secret-payload";
import { isoTime } from "../model/units";
import type { VendorDescriptor, VendorKey } from "../vendors/vendor";
import { marksOf, supersede } from "./issue";
import { stopOf } from "./marks";
import { nowSeconds, previousVersion, STAGED } from "./ports";
import { tidyKeyMarks } from "./seal";
import type { Workbench } from "./workbench";

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

/** The vendor ends the key in use before the time that is declared; undefined where it does not. People may pick a nearer date. */
export function shortLife(
  { descriptor }: Vendor,
  current: CurrentKey | undefined,
  { lifetime }: Pick<KeyPolicy, "lifetime">,
): { readonly ends: number; readonly declared: number } | undefined {
  const { strategy, enforcement } = descriptor;
  if (strategy === "manual" || enforcement.expiry !== "key") return undefined;
  // A rotation in place is under way, and moves the end.
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const declared = endOf({ descriptor }, current.issuedAt, lifetime.expirySeconds);
  return current.expiresAt < declared - EXPIRY_TOLERANCE_SECONDS ? { ends: current.expiresAt, declared } : undefined;
}

/**
 * Unix seconds at which a key whose life is short is rotated, since its schedule may come too late: so that its successor has an overlap,
 * and never before half of its life, or it would be rotated for ever. Undefined where the life is as declared.
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
  if (descriptor.strategy === "manual" || descriptor.enforcement.expiry !== "key") return undefined;
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const ends = listed.find(({ id }) => id === current.keyId)?.expiresAt;
  return ends !== undefined && ends < current.expiresAt - EXPIRY_TOLERANCE_SECONDS ? ends : undefined;
}

/** Gives a vendor key that life from now on, where the vendor can, and answers when it ends then. */
export async function setEnd({ engine }: Workbench, keyId: string, end: number): Promise<number | undefined> {
  const { vendor, clock, deadline } = engine;
  const { signal } = deadline;
  await vendor.update?.({ keyId, expiresInSeconds: end - nowSeconds(clock), signal });
  return (await vendor.read({ keyId, signal }))?.expiresAt;
}

/** Of the key in use; answers what was changed. */
export async function adjustExpiry(
  bench: Workbench,
  policy: KeyPolicy,
  repairing: boolean,
): Promise<string | undefined> {
  const { engine, record } = bench;
  const { current } = record;
  // A rotation in place has moved it at the vendor, and writes it down when it ends.
  if (current === undefined || current.valueEndsAt !== undefined) return undefined;
  const { inPlace, enforcement, expiryStepSeconds } = engine.vendor.descriptor;
  const wanted = endOf(engine.vendor, current.issuedAt, policy.lifetime.expirySeconds);
  const recorded = isNear(current.expiresAt, wanted, expiryStepSeconds);
  if (recorded && !repairing) return undefined;
  let end: number | undefined = wanted;
  let set = true;
  // Where the vendor knows no expiry the sweep ends the key; where it sets one at the mint alone, another life is a new key.
  if (enforcement.expiry === "key") {
    end = (await engine.vendor.read({ keyId: current.keyId, signal: engine.deadline.signal }))?.expiresAt;
    set = isNear(end, wanted, expiryStepSeconds);
    if (!set && inPlace.expiry) end = await setEnd(bench, current.keyId, wanted);
  }
  const counts = end ?? wanted;
  if (counts !== current.expiresAt && !isNear(current.expiresAt, counts)) await rewriteExpiry(bench, policy, counts);
  return set && recorded ? undefined : `set expiry ${isoTime(counts)}`;
}

/** The same vendor key in a new version of the secret, whose `expiresAt` is true again. */
export async function rewriteExpiry(bench: Workbench, policy: KeyPolicy, expiresAt: number): Promise<void> {
  const { engine, key, record } = bench;
  const { current } = record;
  if (current === undefined) return;
  const name = secretName(engine.prefix, key);
  const payload = parseSecretPayload((await engine.secrets.value(name, current.versionId)) ?? "");
  if (payload === undefined) return;
  const next = { ...payload, expiresAt: isoTime(expiresAt) };
  const token = engine.newToken();
  const marks = await marksOf(bench, token, next, policy);
  await engine.secrets.stage({ name, versionId: token, value: JSON.stringify(next), label: STAGED, marks });
  // Ordered since this run looked last.
  const stop = stopOf((await engine.secrets.describe(name))?.versions ?? {});
  if (stop === undefined) await engine.secrets.promote(name, token, current.versionId);
  await engine.secrets.unlabel(name, token, STAGED);
  if (stop !== undefined) throw keyStopped(key, name, isoTime(stop.since));
  await supersede(bench, token, next, 0);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  await tidyKeyMarks(bench, versions, [token, previousVersion(versions)]);
}
