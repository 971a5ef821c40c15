import fc from "fast-check";
import { defined } from "../../src/model/defined";
import { type Step, script, UNDISTURBED } from "./deeds";
import { NATURES, type NatureName } from "./natures";
import { Scenario } from "./scenario";

const EFFECTS_SHOWN = 60;
const NATURE_NAMES = Object.keys(NATURES) as NatureName[];
/** Most vendors mint beside what is there. */
const nature = fc.oneof(
  { weight: 4, arbitrary: fc.constant<NatureName>("additive") },
  { weight: 4, arbitrary: fc.constantFrom(...NATURE_NAMES) },
);

/** A life begins with its first apply. */
export async function runScript(steps: readonly Step[], nature: NatureName = "additive"): Promise<void> {
  const scenario = new Scenario(NATURES[nature]);
  const first = {
    ...UNDISTURBED,
    deeds: [{ do: "apply", policy: 0 }],
  } as const;
  try {
    await scenario.step({ ...first, faults: steps[0]?.faults ?? [] });
    for (const step of steps) await scenario.step(step);
    await scenario.calm();
  } catch (error) {
    const { trace } = scenario.world;
    if (error instanceof Error) error.message += `\nlast effects:\n  ${trace.slice(-EFFECTS_SHOWN).join("\n  ")}`;
    throw error;
  }
}

/** Throws with seed, path and the shrunk script of a counterexample. */
export async function chaos(runs: number, seed: number, path?: string): Promise<void> {
  const property = fc.asyncProperty(script, nature, runScript);
  await fc.assert(property, { numRuns: runs, seed, endOnFailure: false, ...defined({ path }) });
}
