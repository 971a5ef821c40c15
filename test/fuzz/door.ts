import type fc from "fast-check";
import { LedgerConflict } from "../../src/engine/ports";
import { presentable } from "../../src/handlers/failure";
import { ScopedKeysRuntimeError } from "../../src/model/errors";
import { VendorError } from "../../src/model/vendor-error";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import { CANARY } from "./mutate";

/** A place where something comes in from outside. */
export interface Door {
  readonly name: string;
  /** Out of a hundred inputs. */
  readonly share: number;
  readonly input: fc.Arbitrary<unknown>;
  /**
   * Throws `Broken` where what must hold does not; lets any other error pass that is none of the
   * refusals.
   */
  enter(input: unknown): Promise<void>;
}

/** What must hold did not. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/**
 * Refusals after which nothing may have happened: events, secrets and vendors that the function
 * does not know, records it cannot read.
 */
const UNTOUCHED: ReadonlySet<string> = new Set([
  "SK201",
  "SK202",
  "SK203",
  "SK204",
  "SK213",
  "SK224",
  "SK241",
  "SK242",
  "SK243",
  "SK250",
]);

/**
 * Runs what is refused or done. Throws where the error is no refusal, or tells the canary. True
 * where it was done.
 */
export async function refusedOrDone(work: () => Promise<unknown>, effects: () => readonly string[]): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    checkRefusal(error, effects());
    return false;
  }
}

export function checkRefusal(error: unknown, effects: readonly string[]): void {
  if (error instanceof Broken) throw error;
  const typed =
    error instanceof ScopedKeysRuntimeError || error instanceof VendorError || error instanceof LedgerConflict;
  // What AWS itself refuses has AWS's own name.
  const aws = error instanceof Error && /^(Resource|Invalid|Validation)\w*Exception/.test(error.message);
  if (!typed && !aws) throw new Broken(`no refusal, but ${describe(error)}`);
  const shown = presentable(error, {
    key: "summariser",
    adminSecret: "ai/admin/openai",
    vendor: { descriptor: openAiDescriptor },
  });
  checkSilent(shown.message);
  if (error instanceof ScopedKeysRuntimeError && UNTOUCHED.has(error.code) && effects.length > 0) {
    throw new Broken(`refused with ${error.code}, after ${effects.join(", ")}`);
  }
}

export function checkSilent(text: string): void {
  if (text.includes(CANARY)) throw new Broken(`the canary is in: ${text}`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
