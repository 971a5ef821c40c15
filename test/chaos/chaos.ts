import fc from "fast-check";
import { type Deed, POLICIES, Scenario, type Step } from "./scenario";
import type { FaultKind, PlannedFault } from "./world";

const fault: fc.Arbitrary<PlannedFault> = fc.record({
  at: fc.nat({ max: 40 }),
  kind: fc.constantFrom<FaultKind>("crash_before", "crash_after", "lost_reply", "unavailable", "throttled"),
});

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("apply" as const), policy: fc.nat({ max: POLICIES.length - 1 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Deed>({ do: "rotate" }, { do: "rotate" }, { do: "sweep" }, { do: "resend" }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: "destroy" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Deed>(
      { do: "edit_secret" },
      { do: "delete_vendor_key" },
      { do: "widen_scopes" },
      { do: "change_expiry" },
      { do: "add_foreign_key" },
      { do: "cancel_rotation" },
      { do: "lose_ledger" },
      { do: "delete_secret" },
    ),
  },
);

/** A script begins with the first apply; each step is one to three deeds at once, with up to two faults. */
export const script: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    deeds: fc.array(deed, { minLength: 1, maxLength: 3 }),
    faults: fc.array(fault, { maxLength: 2 }),
    order: fc.array(fc.nat({ max: 5 }), { maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 7 },
);

export async function runScript(steps: readonly Step[]): Promise<void> {
  const scenario = new Scenario();
  try {
    await scenario.step({ deeds: [{ do: "apply", policy: 0 }], faults: steps[0]?.faults ?? [], order: [] });
    for (const step of steps) await scenario.step(step);
    await scenario.calm();
  } catch (error) {
    if (error instanceof Error) error.message += `\nlast effects:\n  ${scenario.world.trace.slice(-40).join("\n  ")}`;
    throw error;
  }
}

/** Throws with seed, path and the shrunk script of a counterexample. */
export async function chaos(runs: number, seed: number): Promise<void> {
  await fc.assert(fc.asyncProperty(script, runScript), { numRuns: runs, seed, endOnFailure: false });
}
