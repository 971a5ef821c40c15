import { defined } from "../../model/defined";
import type { KeyPolicy } from "../../model/key-policy";
import type { KeySession } from "../key-session";
import { abandon } from "./abandon";
import { applyPending } from "./apply";
import { create } from "./create";
import { promote } from "./promote";
import { verifyPending } from "./verify";

/**
 * All four steps in a row, for a key that needs a new vendor key now. With `replaces` it gives way
 * to whoever puts another version than that one in use meanwhile.
 */
export async function issue(session: KeySession, policy: KeyPolicy, replaces?: string): Promise<void> {
  const started = session.record.pending.find((p) => p.origin === "reconcile");
  const fits = started?.replaces === replaces && started?.discarded === undefined;
  if (started !== undefined && !fits) await abandon(session, started.token, started.keyId);
  const token = fits && started !== undefined ? started.token : session.engine.newToken();
  await create(session, { token, policy, origin: "reconcile", ...defined({ replaces }) });
  await complete(session, token, policy);
}

/** Steps 2 to 4, for a value that is stored. */
export async function complete(session: KeySession, token: string, policy: KeyPolicy): Promise<void> {
  await applyPending(session, token, policy);
  await verifyPending(session, token, policy);
  await promote(session, token, policy);
}
