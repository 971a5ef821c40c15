import type { Resource } from "../resources";
import type { StackBlocks } from "./configuration";
import { principalsIn } from "./facts";
import { type Owned, permissionSetNamed, policyNamed, roleNamed, userNamed } from "./owned";
import type { Principal } from "./principals";
import { rightsFacts } from "./reach";

/** Everybody who has rights on a side. */
export interface Principals {
  readonly stack: string;
  readonly all: readonly Principal[];
}

export function principalsOn(
  resources: readonly Resource[],
  stacks: ReadonlyMap<string, StackBlocks>,
): readonly Principals[] {
  return [...stacks.values()].map((stack) => ({ stack: stack.stack, all: principalsIn(resources, stack) }));
}

/**
 * Roles, users, policies and permission sets by which keys are reached: whoever becomes one, or is
 * given one, reaches them as well. Those that may become one of these are among them.
 * @param readers known already
 */
export function strongAmong(
  principals: readonly Principals[],
  owned: readonly Owned[],
  readers: readonly Owned[],
): readonly Owned[] {
  const found = new Map(readers.map((each) => [whoOf(each), each]));
  const left = new Set(principals.flatMap(({ stack, all }) => all.map((principal) => ({ stack, principal }))));
  for (const each of left) if (found.has(each.principal.label)) left.delete(each);
  // Each round asks for what the last one found.
  for (let asked: readonly Owned[] = [...owned, ...readers]; asked.length > 0; ) {
    const next: Owned[] = [];
    for (const each of left) {
      const { stack, principal } = each;
      if (rightsFacts(stack, principal, asked, NONE_DECLARED).length === 0) continue;
      left.delete(each);
      const strong = named(principal);
      if (strong === undefined) continue;
      found.set(whoOf(strong), strong);
      next.push(strong);
    }
    asked = next;
  }
  return [...found.values()];
}

/** Whoever reads a declared key is strong as well. */
const NONE_DECLARED = () => false;

/** `role app`, whatever it is known for. */
export function whoOf({ label }: Owned): string {
  return label.replace(/, wh(?:o|ich) (?:reads|reaches) keys$/, "");
}

function named({ kind, name, label }: Principal): Owned | undefined {
  switch (kind) {
    case "role":
      return roleNamed("reader", `${label}, which reaches keys`, name);
    case "user":
      return userNamed(`${label}, who reaches keys`, name);
    case "policy":
      return policyNamed(`${label}, which reaches keys`, name);
    case "permission set":
      return permissionSetNamed(`${label}, which reaches keys`, name);
    // Who joins one is told by the membership.
    case "group":
      return undefined;
  }
}
