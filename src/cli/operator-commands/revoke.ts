import { ScopedKeysRuntimeError } from "../../model/errors";
import { type RevokeResult, revokeResultSchema } from "../../model/events";
import { type Refusal, refusalOf } from "../../model/refusals";
import { type Controller, OrderFailed } from "./controller";

/** Between two tries: the vendor gets time, and who works on the key may end. */
const PAUSE_MILLIS = 15_000;
/** Exit codes beside 2, which is for wrong arguments. */
const DONE = 0;
const NOT_DONE = 1;
/** All is revoked or retained, and not all is dead. */
const REVOKED = 3;
const NOTHING_CHANGED = 4;

export interface RevokeOrder {
  readonly controller: Controller;
  readonly key: string;
  readonly successor: boolean;
  /** What is in use stays. */
  readonly keepCurrent?: true;
  /** The vendor is asked whether the account is gone. */
  readonly accountGone?: true;
}

/** What is known of one key's emergency when it ends, or when nobody waits any longer. */
export interface Revoked {
  /** Name of the key's secret. */
  readonly name: string;
  /** Of the last answer; `dead` holds what any answer confirmed. */
  readonly result?: RevokeResult;
  /** The last order got no answer. */
  readonly failure?: Failure;
  /** Every order of this run was refused before anything was changed. */
  readonly unchanged?: true;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly refusal: Refusal;
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** Whether it is worth another try. */
  readonly untilMillis: number;
  readonly now: () => number;
  readonly sleep: (millis: number, signal: AbortSignal) => Promise<void>;
  readonly progress: (text: string) => void;
}

/**
 * Repeats the order until everything is confirmed dead, or the time to wait is over. Never throws.
 */
export async function revokeKey(
  { controller, key, successor, keepCurrent, accountGone }: RevokeOrder,
  waiting: Waiting,
): Promise<Revoked> {
  const { signal, untilMillis, now, sleep, progress } = waiting;
  const name = `${controller.prefix}/${key}`;
  const dead = new Set<string>();
  const order = {
    action: "revoke",
    key,
    successor,
    ...(keepCurrent ? { keepCurrent } : {}),
    ...(accountGone ? { accountGone } : {}),
  };
  let known: Revoked = { name };
  let unchanged = true;
  for (;;) {
    try {
      const result = await controller.order(order, revokeResultSchema, signal);
      unchanged = false;
      for (const id of result.dead) dead.add(id);
      known = { name, result: { ...result, dead: [...dead] } };
      if (result.done) return known;
      progress(`${name}: ${result.alive.length} not confirmed dead yet${because(result.reasons)}`);
    } catch (error) {
      if (signal.aborted) return known;
      const failure = failureOf(error);
      unchanged &&= failure.refusal.unchanged === true;
      const { unchanged: _, ...before } = known;
      known = { ...before, failure, ...(unchanged ? { unchanged } : {}) };
      if (!mayPass(error)) return known;
      progress(`${name}: ${failure.message}`);
    }
    if (now() + PAUSE_MILLIS >= untilMillis) return known;
    await sleep(PAUSE_MILLIS, signal).catch(() => undefined);
    if (signal.aborted) return known;
  }
}

/** Nothing is left to do. What is retained may be alive all the same. */
export function isDone({ result, failure }: Revoked): boolean {
  return result?.done === true && failure === undefined;
}

/**
 * Of all keys: the worst, and of those that wait for a person only that where nothing else is open.
 */
export function exitCodeOf(revoked: readonly Revoked[]): number {
  const codes = revoked.map(codeOf);
  return [NOT_DONE, NOTHING_CHANGED, REVOKED].find((code) => codes.includes(code)) ?? DONE;
}

function codeOf(revoked: Revoked): number {
  const { result, failure } = revoked;
  if (isDone(revoked)) return result?.retained.length === 0 ? DONE : REVOKED;
  if (failure === undefined && result !== undefined && isRevoked(result)) return REVOKED;
  return changedNothing(revoked) && failure?.refusal.needsPerson === true ? NOTHING_CHANGED : NOT_DONE;
}

/** The vendor has taken all off its list, and goes on taking some for a while. */
function isRevoked({ alive, revoked = [], reasons }: RevokeResult): boolean {
  const ids = revoked.map(({ keyId }) => keyId);
  return alive.length > 0 && alive.every((keyId) => ids.includes(keyId)) && reasons.length === ids.length;
}

/** Refused before anything was changed. */
export function changedNothing({ result, unchanged }: Revoked): boolean {
  return result === undefined && unchanged === true;
}

export function because(reasons: readonly string[]): string {
  return reasons.length === 0 ? "" : ` (${[...new Set(reasons)].join("; ")})`;
}

function failureOf(error: unknown): Failure {
  if (error instanceof ScopedKeysRuntimeError) return error;
  if (error instanceof OrderFailed) return { code: error.code, message: error.message, refusal: refusalOf(error.code) };
  return { code: "SK200", message: error instanceof Error ? error.message : String(error), refusal: {} };
}

function mayPass(error: unknown): boolean {
  if (error instanceof ScopedKeysRuntimeError) return error.retryable;
  return error instanceof OrderFailed && refusalOf(error.code).final !== true;
}
