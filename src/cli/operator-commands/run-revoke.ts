import { setTimeout as sleep } from "node:timers/promises";
import { keysResultSchema } from "../../model/events";
import { mapConcurrent } from "../../model/map-concurrent";
import { json } from "../../output/json";
import { print, tell } from "../../output/streams";
import { line, terminal } from "../../output/terminal";
import { exitCodeOfSignal, Signals } from "../run-in-sandbox";
import { controllerOf } from "./controller";
import { parseIssuer, parseKeyAddress } from "./key-address";
import { reportOf } from "./report";
import { exitCodeOf, type RevokeOrder, revokeKey, type Waiting } from "./revoke";

/**
 * All keys of an issuer share the vendor's admin calls, so more at once would only wait in line.
 */
const AT_ONCE = 4;
const MILLIS_PER_MINUTE = 60_000;

export interface RevokeOptions {
  readonly successor: boolean;
  /** What is in use stays, and all else dies. */
  readonly keepCurrent?: true;
  /** The vendor is asked whether the account is gone; then all is taken for dead. */
  readonly accountGone?: true;
  /** Its prefix; instead of single keys. */
  readonly issuer?: string;
  readonly region?: string;
  /** Minutes; false: not at all. */
  readonly wait: number | false;
  readonly json?: true;
}

/** @returns the exit code. */
export async function runRevoke(names: readonly string[], options: RevokeOptions): Promise<number> {
  const interruption = new AbortController();
  const { signal } = interruption;
  new Signals().listen((name) => interruption.abort(name));
  const untilMillis = Date.now() + (options.wait || 0) * MILLIS_PER_MINUTE;
  const waiting: Waiting = {
    signal,
    untilMillis,
    now: Date.now,
    sleep: (millis) => sleep(millis, undefined, { signal }),
    progress: (text) => tell(line(text)),
  };
  const results = await mapConcurrent(await ordersOf(names, options, signal), AT_ONCE, (order) =>
    revokeKey(order, waiting),
  );
  if (options.json) print(json(results));
  else for (const result of results) print(reportOf(result));
  if (signal.aborted) return exitCodeOfSignal(signal.reason);
  return exitCodeOf(results);
}

async function ordersOf(names: readonly string[], options: RevokeOptions, signal: AbortSignal): Promise<RevokeOrder[]> {
  const { successor, region, issuer, keepCurrent, accountGone } = options;
  const how = { successor, ...(keepCurrent ? { keepCurrent } : {}), ...(accountGone ? { accountGone } : {}) };
  if (issuer !== undefined) {
    const controller = controllerOf(parseIssuer(issuer), region, "emergency");
    const { keys } = await controller.order({ action: "keys" }, keysResultSchema, signal);
    if (keys.length === 0) tell(terminal`${issuer}: the ledger has no key, so there is nothing to revoke.`);
    return keys.map((key) => ({ controller, key, ...how }));
  }
  // All are understood before the first dies.
  return names.map(parseKeyAddress).map(({ prefix, key, region: inArn }) => ({
    controller: controllerOf(prefix, region ?? inArn, "emergency"),
    key,
    ...how,
  }));
}
