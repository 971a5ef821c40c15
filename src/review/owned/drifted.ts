import { RENDERED } from "../../model/rendered";
import { formOf, type Rule } from "../../model/rendered/rule";
import { type Attributes, isAttributes } from "../attributes";
import type { PlanFacts } from "../resources";
import { changeOf } from "./differences";
import type { Part } from "./parts";

/** What somebody changed outside of Terraform in one resource that the constructs render. */
export interface Drifted {
  readonly part: Part;
  readonly sentences: readonly string[];
  /** The plan leaves it as it is. */
  readonly stays: boolean;
}

/** Of a plan: what it found changed in the world since the last apply, as far as it is owned. */
export function driftedIn(plan: PlanFacts, partOf: (address: string) => Part | undefined): Drifted[] {
  return plan.drifted.flatMap(({ address, before, after }) => {
    const part = partOf(address);
    const rules = part === undefined ? undefined : RENDERED[part.name]?.rules;
    if (part === undefined || rules === undefined || before === undefined) return [];
    const sentences =
      after === undefined
        ? [`${address} was deleted outside Terraform`]
        : [...changed(address, before, after, rules), ...attached(address, part.name, after)];
    return sentences.length === 0 ? [] : [{ part, sentences, stays: plan.idle.has(address) }];
  });
}

/**
 * Hash of the code that a function runs: the provider's own answer, and nobody else's to change.
 */
const CODE = "code_sha256";

/**
 * What somebody changed outside of Terraform in a resource of a type that the constructs render,
 * told without knowing whose part it is. Undefined for other types.
 */
export function driftOfType(
  address: string,
  type: string,
  before: Attributes,
  after: Attributes,
): string[] | undefined {
  const found = Object.entries(RENDERED).find(([, part]) => part.type === type);
  if (found === undefined) return undefined;
  const [name, { rules }] = found;
  return [...changed(address, before, after, rules), ...attached(address, name, after)];
}

function changed(
  address: string,
  before: Attributes,
  after: Attributes,
  rules: Readonly<Record<string, Rule>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if ((rule?.computed && name !== CODE) || isDefault(rule, before[name], after[name])) return [];
    const form = rule?.form ?? formOf;
    if (JSON.stringify(form(before[name])) === JSON.stringify(form(after[name]))) return [];
    const { was, is } = changeOf(name, before[name], after[name]);
    return [`${address}.${name} was changed outside Terraform from ${was} to ${is}`];
  });
}

/**
 * After its first apply a resource is read anew, with what the provider says where nothing is
 * written.
 */
function isDefault(rule: Rule | undefined, before: unknown, after: unknown): boolean {
  if (rule === undefined || formOf(before) !== undefined || rule.block !== undefined) return false;
  return rule.isDefault?.(after) ?? false;
}

/** Names of the policies that the constructs put into functions' roles. */
const OWN_POLICIES: ReadonlySet<string> = new Set(["controller", "observer"]);

/** Policies that Terraform itself shows of a role as the provider's answer. */
function attached(address: string, part: string, after: Attributes): string[] {
  if (!part.endsWith(" role")) return [];
  const [inline, managed] = [after["inline_policy"], after["managed_policy_arns"]].map((list) =>
    Array.isArray(list) ? list : [],
  );
  const names = (inline ?? []).filter(isAttributes).map((policy) => String(policy["name"]));
  return [...names.filter((each) => !OWN_POLICIES.has(each)), ...(managed ?? []).map(String)].map(
    (policy) => `${address} was given the policy ${policy} outside Terraform`,
  );
}
