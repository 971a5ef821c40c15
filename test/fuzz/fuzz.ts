import fc from "fast-check";
import type { Door } from "./door";
import { controllerEvents, observerEvents } from "./doors/events";
import { ledgerItems } from "./doors/ledger-items";
import { policies } from "./doors/policies";
import { secretPayloads } from "./doors/secret-payloads";
import { vendorAnswers } from "./doors/vendor-answers";

export const DOORS: readonly Door[] = [
  controllerEvents,
  observerEvents,
  policies,
  secretPayloads,
  vendorAnswers,
  ledgerItems,
];

/** Throws with seed, path and the shrunk input of the first door that breaks. */
export async function fuzz(runs: number, seed: number, path?: string, doors: readonly Door[] = DOORS): Promise<void> {
  // The path of a replay begins with the door's name.
  const [only, ...steps] = path?.split("/") ?? [];
  for (const door of doors) {
    if (only !== undefined && only !== door.name) continue;
    const property = fc.asyncProperty(door.input, (input) => door.enter(input));
    try {
      await fc.assert(property, {
        numRuns: Math.max(1, Math.round((runs * door.share) / 100)),
        seed,
        endOnFailure: false,
        ...(path === undefined ? {} : { path: steps.join("/") }),
      });
    } catch (error) {
      throw new Error(`door "${door.name}" (replay with --seed ${seed} --path ${door.name}/<path>)`, { cause: error });
    }
  }
}
