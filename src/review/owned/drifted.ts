import { RENDERED } from "../../model/rendered";
import { formOf, type Rule } from "../../model/rendered/rule";
import { type Attributes, isAttributes, type PlanFacts } from "../resources";
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
        ? [`${address} was deleted outside of Terraform`]
        : [...changed(address, before, after, rules), ...attached(address, part, after)];
    return sentences.length === 0 ? [] : [{ part, sentences, stays: plan.idle.has(address) }];
  });
}

function changed(
  address: string,
  before: Attributes,
  after: Attributes,
  rules: Readonly<Record<string, Rule>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule?.computed || isDefault(rule, before[name], after[name])) return [];
    const form = rule?.form ?? formOf;
    if (JSON.stringify(form(before[name])) === JSON.stringify(form(after[name]))) return [];
    const { was, is } = changeOf(name, before[name], after[name]);
    return [`${address}.${name} was changed outside of Terraform from ${was} to ${is}`];
  });
}

/** After its first apply a resource is read anew, with what the provider says where nothing is written. */
function isDefault(rule: Rule | undefined, before: unknown, after: unknown): boolean {
  if (rule === undefined || formOf(before) !== undefined || rule.block !== undefined) return false;
  return rule.isDefault?.(after) ?? false;
}

/** Policies that Terraform itself shows of a role as the provider's answer. */
function attached(address: string, { name }: Part, after: Attributes): string[] {
  if (!name.endsWith(" role")) return [];
  const [role] = name.split(" ");
  const [inline, managed] = [after["inline_policy"], after["managed_policy_arns"]].map((list) =>
    Array.isArray(list) ? list : [],
  );
  const names = (inline ?? []).filter(isAttributes).map((policy) => String(policy["name"]));
  return [...names.filter((each) => each !== role), ...(managed ?? []).map(String)].map(
    (policy) => `${address} was given the policy ${policy} outside of Terraform`,
  );
}
