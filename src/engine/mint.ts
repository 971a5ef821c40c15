import { INCIDENTS } from "../model/incidents";
import { grantOf, type KeyPolicy } from "../model/key-policy";
import { ownerName } from "../model/names";
import { type MintedKey, VendorError, type VendorErrorKind } from "../vendors/vendor";
import type { Workbench } from "./workbench";

/** The key's account at the vendor: the one of its name, whoever's answer was lost, or else a new one. Undefined where vendors have none. */
export async function owner(bench: Workbench): Promise<string | undefined> {
  const { engine, record, key } = bench;
  if (record.ownerId !== undefined) return record.ownerId;
  const { vendor } = engine;
  const request = { name: ownerName(engine.deployment, key), signal: engine.deadline.signal };
  let ownerId = await vendor.findOwner?.(request);
  if (ownerId === undefined && vendor.createOwner !== undefined) {
    bench.checkTime();
    ownerId = await vendor.createOwner(request);
  }
  if (ownerId === undefined) return undefined;
  await bench.save({ ownerId });
  return ownerId;
}

interface MintOrder {
  readonly ownerId: string | undefined;
  readonly name: string;
  readonly token: string;
}

/** One vendor key under a name that only its token has. */
export async function mint(bench: Workbench, order: MintOrder, policy: KeyPolicy): Promise<MintedKey> {
  try {
    return await mintOnce(bench, order, policy);
  } catch (error) {
    // Somebody deleted the key's account: nothing was minted, and a new account is made.
    const ownerGone = order.ownerId !== undefined && error instanceof VendorError && error.kind === "not_found";
    if (!ownerGone) throw error;
    await bench.save({ ownerId: undefined });
    return await mintOnce(bench, { ...order, ownerId: await owner(bench) }, policy);
  }
}

/** Failures after which no vendor key can have been minted. */
const NOTHING_MINTED: ReadonlySet<VendorErrorKind> = new Set(["no_turn", "throttled", "admin_refused", "invalid"]);

async function mintOnce(bench: Workbench, order: MintOrder, policy: KeyPolicy): Promise<MintedKey> {
  const { vendor, deadline } = bench.engine;
  const { ownerId, name, token } = order;
  bench.checkTime();
  try {
    if (vendor.mint === undefined) {
      const { displayName } = vendor.descriptor;
      throw new VendorError("invalid", "mint", `keys of ${displayName} are made by a person, in its console`);
    }
    return await vendor.mint({
      name,
      ...(ownerId === undefined ? {} : { ownerId }),
      grant: grantOf(policy),
      expiresInSeconds: policy.lifetime.expirySeconds,
      signal: deadline.signal,
    });
  } catch (error) {
    if (error instanceof VendorError && error.kind === "unavailable") {
      // It may have happened all the same; the name tells the next run.
      await bench.saveReason(bench.opening(INCIDENTS.lostMint));
    } else if (error instanceof VendorError && NOTHING_MINTED.has(error.kind)) {
      // Without this the next run would search the whole project for it.
      await bench.saveReason({ pending: bench.withoutPending(token) });
    }
    throw error;
  }
}
