import { INCIDENTS } from "../model/incidents";
import { secretName } from "../model/names";
import type { VendorAdapter, VendorKey } from "../vendors/vendor";
import { writtenKeyIds } from "./kept";
import { shownOwner } from "./owner";
import { isOfKey } from "./vendor-keys";
import type { Workbench } from "./workbench";

/** `not_ours`: nothing but the ledger says that it is the key's, and so it was left alone. */
export type Ending = Awaited<ReturnType<VendorAdapter["revoke"]>> | "not_ours";

/**
 * The one way in which a vendor key is revoked that this run has not minted itself.
 * @param listed what the vendor was seen to list; one that is not in it is read
 */
export async function endVendorKey(
  bench: Workbench,
  keyId: string,
  listed: readonly VendorKey[] = [],
): Promise<Ending> {
  const proof = await showVendorKey(bench, keyId, listed);
  if (proof !== "ours") return proof;
  return bench.engine.vendor.revoke({ keyId, signal: bench.engine.deadline.signal });
}

/**
 * Whether a vendor key is shown to be the key's, by its name or its account at the vendor, or by a value of the secret that the controller
 * wrote. What is not shown is told as an incident.
 */
export async function showVendorKey(
  bench: Workbench,
  keyId: string,
  listed: readonly VendorKey[] = [],
): Promise<"ours" | "not_ours" | "gone"> {
  const { engine, key } = bench;
  const { vendor, deadline } = engine;
  const found = listed.find(({ id }) => id === keyId) ?? (await vendor.read({ keyId, signal: deadline.signal }));
  if (found === undefined) return "gone";
  await shownOwner(bench);
  if (isOfKey(engine, bench.record, found)) return "ours";
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  if ((await writtenKeyIds(bench, versions)).has(keyId)) return "ours";
  engine.telemetry.warn("vendor key is not shown to be this key's; left alone", { key, keyId });
  await bench.open(INCIDENTS.notShownOurs);
  return "not_ours";
}
