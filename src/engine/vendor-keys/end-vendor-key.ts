import { INCIDENTS } from "../../model/incidents";
import { secretName } from "../../model/names";
import { SECONDS_PER_DAY } from "../../model/units";
import type { VendorAdapter, VendorKey } from "../../vendors/vendor";
import { isWritten } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";
import { shownOwner } from "./owner";
import { isOfKey, tellsNothing } from "./ownership";
import { isWrittenKey } from "./protected";

/** `not_ours`: nothing but the ledger says that it is the key's, and so it was left alone. */
export type Ending = Awaited<ReturnType<VendorAdapter["revoke"]>> | "not_ours";

/**
 * The one way in which a vendor key is revoked that this run has not minted itself.
 * @param listed what the vendor was seen to list; one that is not in it is read
 */
export async function endVendorKey(
  session: KeySession,
  keyId: string,
  listed: readonly VendorKey[] = [],
): Promise<Ending> {
  const proof = await showVendorKey(session, keyId, listed);
  if (proof !== "ours") return proof;
  const ending = await session.engine.vendor.revoke({ keyId, signal: session.engine.deadline.signal });
  return unlessRefusedForLong(session, keyId, ending);
}

/** Nothing but refusals speaks for its death: no outage lasts so long. */
const REFUSED_SECONDS = SECONDS_PER_DAY;

async function unlessRefusedForLong(session: KeySession, keyId: string, ending: Ending): Promise<Ending> {
  const { refused = [] } = session.record;
  const known = refused.find((entry) => entry.keyId === keyId);
  const others = refused.filter((entry) => entry !== known);
  const now = nowSeconds(session.engine.clock);
  if (ending === "unconfirmed") {
    if (known === undefined) await session.save({ refused: [...others, { keyId, since: now }] });
    if (known === undefined || known.since + REFUSED_SECONDS > now) return ending;
  }
  if (known !== undefined) await session.save({ refused: others.length === 0 ? undefined : others });
  return ending === "unconfirmed" ? "gone" : ending;
}

/**
 * The vendor says nothing of whose it is. Where the whole account is for one key, that key has to
 * be one: by a value of its secret, or by the order of who names it. Else a value of the secret has
 * to be of this very vendor key.
 */
async function isInSecret(session: KeySession, found: VendorKey): Promise<boolean> {
  const { engine, key, record } = session;
  const isAccounts = isOfKey(engine, record, found);
  if (isAccounts && session.named) return true;
  const versions = (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
  if (isAccounts) return Object.keys(versions).some((id) => isWritten(versions, id));
  return isWrittenKey(session, versions, found);
}

/**
 * Whether a vendor key is shown to be the key's, by its name or its account at the vendor or, where
 * vendor keys have neither, by the secret. What is not shown is told as an incident.
 */
export async function showVendorKey(
  session: KeySession,
  keyId: string,
  listed: readonly VendorKey[] = [],
): Promise<"ours" | "not_ours" | "gone"> {
  const { engine, key } = session;
  const { vendor, deadline } = engine;
  const found = listed.find(({ id }) => id === keyId) ?? (await vendor.read({ keyId, signal: deadline.signal }));
  if (found === undefined) return "gone";
  await shownOwner(session);
  const isOurs = tellsNothing(engine, found)
    ? await isInSecret(session, found)
    : isOfKey(engine, session.record, found);
  if (isOurs) return "ours";
  engine.telemetry.warn("vendor key is not shown to be this key's; left alone", { key, keyId });
  await session.open(INCIDENTS.notShownOurs);
  return "not_ours";
}
