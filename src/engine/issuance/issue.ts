import type { KeyPolicy } from "../../model/key-policy";
import type { Workbench } from "../key-session";
import { discard } from "./abandon";
import { settle } from "./apply";
import { create } from "./create";
import { finish } from "./promote";
import { test } from "./verify";

/**
 * All four steps in a row, for a key that needs a new vendor key now. With `replaces` it gives way to whoever puts another version
 * than that one in use meanwhile.
 */
export async function issue(bench: Workbench, policy: KeyPolicy, replaces?: string): Promise<void> {
  const started = bench.record.pending.find((p) => p.origin === "reconcile");
  const fits = started?.replaces === replaces && started?.discarded === undefined;
  if (started !== undefined && !fits) await discard(bench, started.token, started.keyId);
  const token = fits && started !== undefined ? started.token : bench.engine.newToken();
  await create(bench, { token, policy, origin: "reconcile", ...(replaces === undefined ? {} : { replaces }) });
  await complete(bench, token, policy);
}

/** Steps 2 to 4, for a value that is stored. */
export async function complete(bench: Workbench, token: string, policy: KeyPolicy): Promise<void> {
  await settle(bench, token, policy);
  await test(bench, token, policy);
  await finish(bench, token, policy);
}
