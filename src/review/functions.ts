import { ENVIRONMENT } from "../model/environment";
import { functionName } from "../model/names";
import { type Attributes, blocks, text } from "./attributes";
import type { Resource } from "./resources";

/** A function that the library rendered. */
export interface OwnFunction {
  readonly resource: Resource;
  readonly prefix: string;
  readonly role: "controller" | "observer";
  readonly variables: Attributes;
}

export function ownFunction(resource: Resource): OwnFunction[] {
  const [environment = {}] = blocks(resource.values, "environment");
  const [variables = {}] = blocks(environment, "variables");
  const prefix = text(variables, ENVIRONMENT.prefix);
  const name = text(resource.values, "function_name");
  if (prefix === undefined) return [];
  for (const role of ["controller", "observer"] as const) {
    if (functionName(prefix, role) === name) return [{ resource, prefix, role, variables }];
  }
  return [];
}

/**
 * Whether a policy is in the role that a function runs as: by the role's name, or both name one
 * role of the configuration.
 */
export function isPolicyOf(policy: Resource, lambda: Resource): boolean {
  const role = text(policy.values, "role");
  const arn = text(lambda.values, "role");
  if (role !== undefined && arn !== undefined && /^arn:[^$]*:role\//.test(arn)) {
    if (arn.slice(arn.lastIndexOf("/") + 1) === role) return true;
  }
  const roles = (lambda.references["role"] ?? []).filter((address) => address.startsWith("aws_iam_role."));
  return roles.some((address) => (policy.references["role"] ?? []).includes(address));
}
