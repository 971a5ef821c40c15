import { isAttributes } from "../../../src/review/attributes";
import { type Base, reviewed } from "./bases";
import { meaningOf } from "./meaning";
import { GENERATORS, type Mutant } from "./mutate";
import { Random } from "./random";

export interface Missed {
  readonly seed: number;
  readonly base: Base;
  readonly mutant: Mutant;
  /** `unseen`: nothing is told; `calm`: something is, and not as loosened. */
  readonly how: "unseen" | "calm";
}

export interface Figures {
  mutants: number;
  /** Mutants that mean what the base means. */
  equal: number;
  reported: number;
  /** Refused as something that cannot be reviewed. */
  refused: number;
  missed: Missed[];
}

/**
 * Reviews the first `count` mutants of the bases, or one part of them. The same seed makes the same
 * mutants.
 */
export function runMutants(
  bases: readonly Base[],
  count: number,
  seed: number,
  { part, parts }: { readonly part: number; readonly parts: number } = { part: 0, parts: 1 },
): Figures {
  const figures: Figures = { mutants: 0, equal: 0, reported: 0, refused: 0, missed: [] };
  for (let i = 0, made = 0; made < count; i++) {
    const one = seed * 1_000_003 + i;
    const random = new Random(one);
    const base = random.of(bases);
    const mutant = random.of(GENERATORS)(base, random);
    if (mutant === undefined) continue;
    made += 1;
    if (made % parts !== part) continue;
    figures.mutants += 1;
    const how = judged(base, mutant);
    if (how === "equal" || how === "reported" || how === "refused") figures[how] += 1;
    else figures.missed.push({ seed: one, base, mutant, how });
  }
  return figures;
}

export function judged(base: Base, mutant: Mutant): "equal" | "reported" | "refused" | Missed["how"] {
  if (meaningOf(mutant.before) === meaningOf(mutant.after)) return "equal";
  try {
    const { entries } = reviewed(base, mutant.json);
    if (entries.length === 0) return "unseen";
    return mutant.widens && !entries.some(({ verdicts }) => verdicts.includes("loosened")) ? "calm" : "reported";
  } catch (error) {
    // A coded refusal ends the pipeline as well; anything else is a fault of ours.
    if (error instanceof Error && ("code" in error || error.name === "DuplicateMemberError")) return "refused";
    throw error;
  }
}

/** The same fault with as few resources beside it as possible. */
export function shrunk({ base, mutant, how }: Missed): string {
  let [before, after] = [base.json, mutant.json];
  for (const type of Object.keys(Object(before["resource"]))) {
    for (const id of Object.keys(Object(Object(before["resource"])[type]))) {
      const [smaller, small] = [without(before, type, id), without(after, type, id)];
      if (smaller === before) continue;
      try {
        if (judged({ ...base, json: smaller }, { ...mutant, json: small }) === how) [before, after] = [smaller, small];
      } catch {
        // It stays.
      }
    }
  }
  return JSON.stringify({ before: before["resource"], after: after["resource"] }, null, 2);
}

function without(json: Base["json"], type: string, id: string): Base["json"] {
  const resource = json["resource"];
  if (!isAttributes(resource) || !isAttributes(resource[type]) || !(id in resource[type])) return json;
  const { [id]: _, ...rest } = resource[type];
  return { ...json, resource: { ...resource, [type]: rest } };
}
