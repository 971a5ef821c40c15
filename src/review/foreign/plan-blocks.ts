import { type Attributes, isAttributes } from "../attributes";
import type { Block } from "./blocks";

/** Blocks of a plan's two sides. Before it, a plan tells resources alone. */
export interface PlanBlocks {
  readonly before: readonly Block[];
  readonly after: readonly Block[];
}

interface Change {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly deposed?: string | undefined;
  readonly change: {
    readonly actions: readonly string[];
    readonly before?: Attributes | null | undefined;
    readonly after?: Attributes | null | undefined;
    readonly after_unknown?: unknown;
  };
}

/**
 * In place of an expression of which a plan tells only what it refers to; no template of
 * Terraform's can be that.
 */
export const REFERENCES = "references only:";

/** @param plan JSON of `terraform show -json`, of which the changes were read already */
export function planBlocks(plan: Attributes, changes: readonly Change[]): PlanBlocks {
  const configuration = isAttributes(plan["configuration"]) ? plan["configuration"] : {};
  const root = isAttributes(configuration["root_module"]) ? configuration["root_module"] : {};
  const configured = new Map<string, Attributes>();
  collect(root, "", configured);
  const managed = changes.filter(({ mode, deposed }) => mode === "managed" && deposed === undefined);
  return {
    before: managed.flatMap(({ address, type, change }) =>
      change.before == null ? [] : [resource(address, type, change.before, true)],
    ),
    after: [
      ...managed.flatMap(({ address, type, change }) =>
        change.after == null ? [] : [planned(address, type, change, configured.get(withoutIndexes(address)))],
      ),
      ...ofConfiguration(root, configured, plan),
    ],
  };
}

function resource(address: string, type: string, body: Attributes, isLiteral: boolean): Block {
  return { stack: "", kind: "resource", type, address, body, ...(isLiteral ? { isLiteral: true } : {}) };
}

function withoutIndexes(address: string): string {
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");
}

/** Resources of a module and of those that it calls, by their address from the root. */
function collect(module: Attributes, path: string, found: Map<string, Attributes>): void {
  for (const each of objects(module["resources"])) {
    if (typeof each["address"] === "string") found.set(`${path}${each["address"]}`, each);
  }
  const calls = module["module_calls"];
  if (!isAttributes(calls)) return;
  for (const [name, call] of Object.entries(calls)) {
    if (isAttributes(call) && isAttributes(call["module"])) collect(call["module"], `${path}module.${name}.`, found);
  }
}

function objects(value: unknown): Attributes[] {
  return Array.isArray(value) ? value.filter(isAttributes) : [];
}

function planned(
  address: string,
  type: string,
  { actions, after, after_unknown }: Change["change"],
  configured: Attributes | undefined,
): Block {
  // Of what is there already, the side before tells neither.
  const made = actions.includes("create") ? configured : undefined;
  const applied = actions.join() === "no-op" ? undefined : configured;
  const more = {
    ...(applied?.["provisioners"] === undefined ? {} : { provisioner: mapped(applied["provisioners"]) }),
    ...(made?.["depends_on"] === undefined ? {} : { depends_on: made["depends_on"] }),
  };
  const known = after ?? {};
  if (!holdsTrue(after_unknown)) return resource(address, type, { ...known, ...more }, true);
  const expressions = configured?.["expressions"];
  const patched = patch(known, after_unknown, expressions);
  const body = isAttributes(patched) ? patched : {};
  return resource(address, type, { ...body, ...more }, false);
}

function holdsTrue(mask: unknown): boolean {
  if (Array.isArray(mask)) return mask.some(holdsTrue);
  return isAttributes(mask) ? Object.values(mask).some(holdsTrue) : mask === true;
}

/**
 * What is known, as a template; in place of what is not, its expression. Computed attributes have
 * none, and are left out.
 */
function patch(value: unknown, mask: unknown, expression: unknown): unknown {
  if (mask === true) return mapped(expression);
  if (Array.isArray(mask) && (Array.isArray(value) || value === undefined)) {
    const [values, written] = [value ?? [], isAttributes(expression) ? constant(expression) : expression];
    const list = Array.isArray(written) && written.length === mask.length ? written : undefined;
    return mask.map((inner, i) =>
      holdsTrue(inner) ? patch(values[i], inner, list?.[i] ?? expression) : literal(values[i]),
    );
  }
  if (!isAttributes(mask) || !(isAttributes(value) || value === undefined || value === null)) return literal(value);
  const names = new Set([...Object.keys(value ?? {}), ...Object.keys(mask)]);
  const written = isAttributes(expression) ? (constant(expression) ?? expression) : {};
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const inner = patch(value?.[name], mask[name] ?? false, under(written, name));
      return inner === undefined ? [] : [[name, inner]];
    }),
  );
}

function under(value: unknown, name: string): unknown {
  return isAttributes(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function constant(expression: Attributes): unknown {
  return expression["constant_value"];
}

/** A text as the template that says the same. */
function literal(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/([$%])\{/g, "$1$1{");
  if (Array.isArray(value)) return value.map(literal);
  return isAttributes(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, literal(inner)]))
    : value;
}

/**
 * Expressions of a configuration as what is written. Of a configuration in JSON a plan quotes texts
 * as they stand.
 */
function mapped(expression: unknown): unknown {
  if (Array.isArray(expression)) return expression.map(mapped);
  if (!isAttributes(expression)) return expression;
  if ("constant_value" in expression) return expression["constant_value"];
  if (Array.isArray(expression["references"]))
    return `\${${REFERENCES} ${expression["references"].filter((each) => typeof each === "string").join(" ")}}`;
  const names = Object.keys(expression);
  // An expression of which nothing is told, e.g. a call of a function.
  return names.length === 0
    ? `\${${REFERENCES}}`
    : Object.fromEntries(names.map((name) => [name, mapped(expression[name])]));
}

function ofConfiguration(root: Attributes, configured: ReadonlyMap<string, Attributes>, plan: Attributes): Block[] {
  const resources = [...configured].flatMap(([address, each]): Block[] => {
    const [mode, type] = [each["mode"], each["type"]];
    if (typeof mode !== "string" || typeof type !== "string" || mode === "managed") return [];
    const body = isAttributes(each["expressions"]) ? mapped(each["expressions"]) : {};
    return [{ stack: "", kind: mode, type, address, body: isAttributes(body) ? body : {}, isUntoldBefore: true }];
  });
  const changed = isAttributes(plan["output_changes"]) ? plan["output_changes"] : {};
  const outputs = Object.entries(isAttributes(root["outputs"]) ? root["outputs"] : {}).flatMap(([name, output]) => {
    const change = changed[name];
    const stays = isAttributes(change) && JSON.stringify(change["actions"]) === '["no-op"]';
    if (stays || !isAttributes(output)) return [];
    const body = { value: mapped(output["expression"]) };
    return [{ stack: "", kind: "output", type: "", address: `output.${name}`, body, isUntoldBefore: true } as const];
  });
  const others = Object.entries(root)
    .filter(([kind]) => !TOLD.has(kind))
    .map(([kind, content]): Block => {
      const body = { content: mapped(content) };
      return { stack: "", kind, type: "", address: kind, body, isUntoldBefore: true };
    });
  return [...resources, ...outputs, ...others];
}

/** Modules are told by their resources. */
const TOLD = new Set(["resources", "outputs", "module_calls", "variables"]);
