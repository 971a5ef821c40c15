import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stackFolder } from "../../../src/cli/review/stack-folder";
import type { Attributes } from "../../../src/review/attributes";
import { inventoryOf } from "../../../src/review/inventory";
import type { Inventory } from "../../../src/review/inventory-facts";
import { readPlan } from "../../../src/review/read-plan";
import { readStack } from "../../../src/review/read-stack";
import type { Configuration, Snapshot } from "../../../src/review/resources";
import { type Review, review } from "../../../src/review/review";
import { EXAMPLES, everyProperty, synthesisedExample } from "../examples";
import { planBetween } from "../plan";
import { synthesised } from "../support";

/** A configuration, or a plan that changes nothing, whose mutants are reviewed. */
export interface Base {
  readonly name: string;
  readonly kind: "folder" | "plan";
  readonly json: Attributes;
  /** What stands in the stack's folder. */
  readonly beside: Pick<Configuration, "files" | "zips">;
}

/** Of every example, and of a stack with every property. */
export function bases(only?: readonly string[]): Base[] {
  return [...EXAMPLES, "every property"]
    .filter((name) => only === undefined || only.includes(name))
    .flatMap((name) => {
      const example = EXAMPLES.find((each) => each === name);
      const folder = example === undefined ? synthesised(everyProperty) : synthesisedExample(example);
      return basesOf(folder);
    });
}

/** Each stack of a synthesised folder, and a plan that changes nothing of it. */
export function basesOf(folder: string): Base[] {
  const { stacks } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  return Object.keys(stacks).flatMap((stack): Base[] => {
    const file = join(folder, "stacks", stack, "cdk.tf.json");
    const json: Attributes = JSON.parse(readFileSync(file, "utf8"));
    return [
      { name: stack, kind: "folder", json, beside: stackFolder(file, json) },
      { name: stack, kind: "plan", json: planBetween(folder, folder, stack), beside: NOTHING },
    ];
  });
}

const NOTHING = { files: new Map(), zips: new Map() };

/**
 * @param json of the mutant
 * @param besideBefore what stood in the folder before, where that is another one
 */
export function reviewed({ name, kind, json: base, beside }: Base, json: Attributes, besideBefore = beside): Review {
  if (kind === "plan") {
    const plan = readPlan("mutant", json);
    return review(inventoryOf(plan.before), inventoryOf(plan.after), plan);
  }
  const { before, inventory } = readBase(name, base, besideBefore);
  const after: Snapshot = readStack(name, "mutant", json, beside);
  const circumstances = { before, after, forgotten: new Set<string>(), replaced: new Set<string>(), notes: [] };
  return review(inventory, inventoryOf(after), circumstances);
}

interface Read {
  readonly beside: Base["beside"];
  readonly before: Snapshot;
  readonly inventory: Inventory;
}

/** Each base is reviewed against many mutants, and read once. */
const READ = new WeakMap<Attributes, Read>();

function readBase(name: string, base: Attributes, beside: Base["beside"]): Read {
  const known = READ.get(base);
  if (known?.beside === beside) return known;
  const before = readStack(name, "base", base, beside);
  const read = { beside, before, inventory: inventoryOf(before) };
  READ.set(base, read);
  return read;
}
