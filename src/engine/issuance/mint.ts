import { defined } from "../../model/defined";
import { INCIDENTS } from "../../model/incidents";
import { grantOf, type KeyPolicy } from "../../model/key-policy";
import { VendorError, type VendorErrorKind } from "../../model/vendor-error";
import type { MintedKey } from "../../vendors/vendor";
import type { KeySession } from "../key-session";
import { owner } from "../vendor-keys/owner";
import { freeQuota } from "./quota";

interface MintOrder {
  readonly ownerId: string | undefined;
  readonly name: string;
  readonly token: string;
  /** Where the caller chooses it. */
  readonly value: string | undefined;
}

/** One vendor key under a name that only its token has. */
export async function mint(session: KeySession, order: MintOrder, policy: KeyPolicy): Promise<MintedKey> {
  try {
    return await mintOnce(session, order, policy);
  } catch (error) {
    // Somebody deleted the key's account: nothing was minted, and a new account is made.
    const ownerGone = order.ownerId !== undefined && error instanceof VendorError && error.kind === "not_found";
    if (!ownerGone) throw error;
    await session.save({ ownerId: undefined });
    return await mintOnce(session, { ...order, ownerId: await owner(session) }, policy);
  }
}

/** Failures after which no vendor key can have been minted. */
const NOTHING_MINTED: ReadonlySet<VendorErrorKind> = new Set([
  "queue_timeout",
  "throttled",
  "admin_refused",
  "invalid",
]);

async function mintOnce(session: KeySession, order: MintOrder, policy: KeyPolicy): Promise<MintedKey> {
  const { vendor, deadline } = session.engine;
  const { ownerId, name, token, value } = order;
  session.checkTime();
  try {
    const keep = await freeQuota(session, token);
    if (vendor.mint === undefined) throw new Error(`${vendor.descriptor.id} mints nothing`);
    return await vendor.mint({
      name,
      ...defined({ ownerId, value }),
      ...(keep.length === 0 ? {} : { keep }),
      grant: grantOf(policy),
      expiresInSeconds: policy.lifetime.expirySeconds,
      signal: deadline.signal,
    });
  } catch (error) {
    if (error instanceof VendorError && error.kind === "unavailable") {
      // It may have happened all the same; the name tells the next run.
      await session.saveReason(session.opening(INCIDENTS.lostMint));
    } else if (error instanceof VendorError && NOTHING_MINTED.has(error.kind)) {
      // Without this the next run would search the whole project for it.
      await session.saveReason({ pending: session.withoutPending(token) });
    }
    throw error;
  }
}
