import { bases } from "./mutants/bases";
import { runHarmless } from "./mutants/harmless";
import { runMutants } from "./mutants/run";
import { removeFolders } from "./support";

afterAll(removeFolders);

/** `npm run review:mutants` does the same with ten times as many, over all examples. */
test("of 2,000 changes of what the constructs render, review lets none pass", () => {
  // GIVEN
  const made = bases(["quickstart", "custom-issuer"]);
  // WHEN
  const { mutants, equal, reported, refused, missed } = runMutants(made, 2_000, 7);
  // THEN
  expect(
    missed.map(({ how, mutant, base, seed }) => `${how}: ${mutant.words} (${base.kind} of ${base.name}, seed ${seed})`),
  ).toEqual([]);
  expect(reported + refused + equal).toBe(mutants);
  expect(reported).toBeGreaterThan(mutants / 2);
}, 300_000);

test("of 200 edits that allow no more, review takes none for loosened", () => {
  expect(runHarmless(200, 7).alarms).toEqual([]);
}, 300_000);
