import type { FieldChange } from "../field-change";
import type { Inventory, KeyFacts } from "../inventory-facts";
import type { IssuerFacts } from "../issuer-facts";
import type { Snapshot } from "../resources";
import { configurationChanges, unread } from "./configuration";
import { changeOf } from "./differences";
import { driftedIn } from "./drifted";
import { GuardedKeys, newlyBroken } from "./guarded";
import { OwnedWorld, untold } from "./world";

interface Side {
  readonly snapshot: Snapshot;
  readonly inventory: Inventory;
}

interface Pair<F> {
  readonly before: F | undefined;
  readonly after: F | undefined;
}

/** A key or an issuer on both sides, and the fields that are told of it already. */
export type Told = { readonly fields: readonly FieldChange[] } & (
  | ({ readonly of: "key" } & Pair<KeyFacts>)
  | ({ readonly of: "issuer" } & Pair<IssuerFacts>)
);

export interface OwnedReview {
  /** For each of what is told, what changes besides. */
  readonly besides: ReadonlyArray<readonly FieldChange[]>;
  /** For each of what is told, what a plan found changed outside of Terraform. */
  readonly drift: ReadonlyArray<readonly string[]>;
  /** Of stacks, what belongs to no key and no issuer. */
  readonly stacks: ReadonlyArray<{ readonly stack: string; readonly fields: readonly FieldChange[] }>;
  /** Whether a resource is judged here. */
  readonly isPart: (stack: string, address: string) => boolean;
}

/**
 * Everything that changes in what the constructs render and that no field tells. What is not known
 * to be harmless, nobody can tell.
 */
export function reviewOwned(before: Side, after: Side, told: readonly Told[]): OwnedReview {
  const world = new OwnedWorld(before, after);
  const [guardedBefore, guardedAfter] = [before, after].map(
    ({ inventory, snapshot }) => new GuardedKeys(inventory, snapshot),
  );
  const drifted = [...after.snapshot.configurations].flatMap(([stack, { plan }]) =>
    plan === undefined ? [] : driftedIn(plan, (address) => world.partOf(stack, address)),
  );
  const driftOf = (of: string, name: string) => drifted.filter(({ part }) => part.of === of && part.subject === name);
  const known = new Set<string>();
  const besides = told.map((each) => {
    for (const facts of [each.before, each.after]) {
      if (facts !== undefined) known.add(JSON.stringify([facts.stack, each.of, facts.name]));
    }
    const found = each.of === "key" ? world.ofKey(each.before, each.after) : world.ofIssuer(each.before, each.after);
    const broken =
      each.of === "key"
        ? newlyBroken(guardedBefore?.broken(each.before) ?? NONE, guardedAfter?.broken(each.after) ?? NONE)
        : [];
    const stays = driftOf(each.of, each.after?.name ?? "")
      .filter((one) => one.stays)
      .flatMap(({ sentences }) =>
        sentences.map((sentence) => changeOf(sentence, undefined, "the plan does not revert it")),
      );
    return [...broken, ...stays, ...untold(found, each.fields)];
  });
  const drift = told.map(({ of, after: facts }) =>
    driftOf(of, facts?.name ?? "").flatMap(({ sentences }) => sentences),
  );
  const strays = world.strays(known);
  const stacks = world.stacks.map((stack) => ({
    stack,
    fields: [
      ...(world.isLeft(stack) ? configurationChanges : none)({
        stack,
        before,
        after,
        partOf: (address) => world.partOf(stack, address),
      }),
      ...strays.filter(({ stack: of }) => of === stack).map(({ change }) => change),
    ],
  }));
  const others = [...after.snapshot.configurations]
    .filter(([stack, { plan }]) => plan === undefined && !world.stacks.includes(stack))
    .map(([stack, configuration]) => ({
      stack,
      fields: unread(before.snapshot.configurations.get(stack), configuration),
    }));
  return {
    besides,
    drift,
    stacks: [...stacks, ...others].filter(({ fields }) => fields.length > 0),
    isPart: (stack, address) => world.partOf(stack, address) !== undefined,
  };
}

const NONE: ReturnType<GuardedKeys["broken"]> = new Map();

function none(): FieldChange[] {
  return [];
}
