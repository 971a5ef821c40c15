import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isAttributes } from "../../src/review/resources";

type Values = Record<string, unknown>;

const HERE = "us-east-1:111122223333";
/** By type, without `aws_`. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  lambda_function: (name) => `arn:aws:lambda:${HERE}:function:${name}`,
  cloudwatch_event_rule: (name) => `arn:aws:events:${HERE}:rule/${name}`,
  dynamodb_table: (name) => `arn:aws:dynamodb:${HERE}:table/${name}`,
  cloudwatch_log_group: (name) => `arn:aws:logs:${HERE}:log-group:${name}`,
  iam_policy: (name) => `arn:aws:iam::111122223333:policy/${name}`,
  iam_role: (name) => `arn:aws:iam::111122223333:role/${name}`,
};

/** Resources of a synthesised stack as Terraform would have them in a state: references to what is known are put in. */
function resourcesOf(folder: string, stack: string): Map<string, { type: string; values: Values }> {
  const text = readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8");
  const { resource = {}, locals = {} } = JSON.parse(text);
  const put = (value: unknown): unknown => {
    if (typeof value === "string") return putInto(value).replace(/([$%])\1\{/g, "$1{");
    if (Array.isArray(value)) return value.map(put);
    if (!isAttributes(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== "//")
        .map(([key, inner]) => [key, put(inner)]),
    );
  };
  const putInto = (value: string): string =>
    value
      .replace(/\$\{local\.([\w-]+)\}/g, (whole, name) => (typeof locals[name] === "string" ? locals[name] : whole))
      .replace(/\$\{jsonencode\(lookup\(.*?\)\)\}/g, '"none"')
      .replace(/\$\{data\.aws_partition\.[\w-]+\.partition\}/g, "aws")
      .replace(/\$\{data\.aws_region\.[\w-]+\.id\}/g, "us-east-1")
      .replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, "111122223333")
      .replace(/\$\{aws_(\w+)\.([\w-]+)\.(arn|id|name|function_name)\}/g, (whole, type, id, attribute) => {
        const target = resource[`aws_${type}`]?.[id];
        const name = target?.function_name ?? target?.name;
        if (name === undefined) return whole;
        if (attribute === "name" || attribute === "function_name") return putInto(name);
        if (type === "secretsmanager_secret")
          return `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-AbCdEf`;
        return (ARNS[type] ?? ((named: string) => `arn:aws:iam::111122223333:${type}/${named}`))(putInto(name));
      });
  const found = new Map<string, { type: string; values: Values }>();
  for (const [type, byId] of Object.entries<Record<string, Values>>(resource)) {
    for (const [id, values] of Object.entries(byId))
      found.set(`${type}.${id}`, { type, values: put(values) as Values });
  }
  return found;
}

/** Of data sources a plan's configuration holds the addresses. */
function dataOf(folder: string, stack: string): Array<{ address: string }> {
  const { data = {} } = JSON.parse(readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8"));
  return Object.entries<object>(data).flatMap(([type, byId]) =>
    Object.keys(byId).map((id) => ({ address: `data.${type}.${id}` })),
  );
}

function outputsOf(folder: string, stack: string): Values {
  const { output = {} } = JSON.parse(readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8"));
  return Object.fromEntries(Object.entries<{ value: unknown }>(output).map(([name, { value }]) => [name, value]));
}

function outputChanges(before: Values, after: Values): Record<string, Values> {
  const names = [...new Set([before, after].flatMap(Object.keys))];
  return Object.fromEntries(names.map((name) => [name, { before: before[name] ?? null, after: after[name] ?? null }]));
}

/** The plan from one synthesised stack to another, in the shape of `terraform show -json`. */
export function planBetween(before: string, after: string, stack = "ai-keys"): Values {
  const [old, young] = [resourcesOf(before, stack), resourcesOf(after, stack)];
  const addresses = [...new Set([...old.keys(), ...young.keys()])].sort();
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: {},
    resource_changes: addresses.map((address) => {
      const [was, is] = [old.get(address), young.get(address)];
      const same = isDeepStrictEqual(was, is);
      const actions = same ? ["no-op"] : was === undefined ? ["create"] : is === undefined ? ["delete"] : ["update"];
      return {
        address,
        mode: "managed",
        type: was?.type ?? is?.type,
        change: { actions, before: was?.values ?? null, after: is?.values ?? null, after_unknown: {} },
      };
    }),
    output_changes: outputChanges(outputsOf(before, stack), outputsOf(after, stack)),
    prior_state: { values: { root_module: { resources: [] } } },
    configuration: { root_module: { resources: dataOf(after, stack) } },
  };
}
