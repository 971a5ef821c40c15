import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isAttributes } from "../../src/review/attributes";

type Values = Record<string, unknown>;

/**
 * Resources of a synthesised stack as Terraform would have them in a state: references to what is
 * known are put in.
 */
function resourcesOf(folder: string, stack: string): Map<string, { type: string; values: Values }> {
  const text = readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8");
  const { resource = {}, locals = {}, variable = {} } = JSON.parse(text);
  const put = (value: unknown): unknown => {
    if (typeof value === "string") return putInto(value).replace(/([$%])\1\{/g, "$1{");
    if (Array.isArray(value)) return value.map(put);
    if (!isAttributes(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== "//" && key !== "depends_on")
        .map(([key, inner]) => [key, put(inner)]),
    );
  };
  const putInto = (value: string): string =>
    value
      .replace(/\$\{local\.([\w-]+)\}/g, (whole, name) => (typeof locals[name] === "string" ? locals[name] : whole))
      .replace(/\$\{var\.([\w-]+)\}/g, (whole, name) => variable[name]?.default ?? whole)
      .replace(/\$\{jsonencode\(lookup\(.*?\)\)\}/g, '"none"')
      .replace(/\$\{data\.aws_partition\.[\w-]+\.partition\}/g, "aws")
      .replace(/\$\{data\.aws_region\.[\w-]+\.id\}/g, "us-east-1")
      .replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, "111122223333")
      .replace(/\$\{aws_(\w+)\.([\w-]+)\.(arn|id|name|function_name)\}/g, (whole, type, id, attribute) => {
        const target = resource[`aws_${type}`]?.[id];
        const name = type === "lambda_alias" ? target?.name : (target?.function_name ?? target?.name);
        if (name === undefined) return whole;
        if (type === "lambda_alias" && attribute === "arn") {
          return `${arnOf("lambda_function", putInto(target?.function_name))}:${name}`;
        }
        if (attribute === "name" || attribute === "function_name") return putInto(name);
        return arnOf(type, putInto(name));
      })
      .replace(/([$%])\1\{/g, "$1{");
  const found = new Map<string, { type: string; values: Values }>();
  for (const [type, byId] of Object.entries<Record<string, Values>>(resource)) {
    for (const [id, values] of Object.entries(byId))
      found.set(`${type}.${id}`, { type, values: put(values) as Values });
  }
  return found;
}

const ACCOUNT = "111122223333";
const REGION = "us-east-1";

function arnOf(type: string, name: string): string {
  const at = (service: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}`;
  switch (type) {
    case "secretsmanager_secret":
      return `${at("secretsmanager")}:secret:${name}-AbCdEf`;
    case "lambda_function":
      return `${at("lambda")}:function:${name}`;
    case "dynamodb_table":
      return `${at("dynamodb")}:table/${name}`;
    case "sns_topic":
      return `${at("sns")}:${name}`;
    case "cloudwatch_event_rule":
      return `${at("events")}:rule/${name}`;
    default:
      return `arn:aws:iam::${ACCOUNT}:${type.replace(/.*_/, "")}/${name}`;
  }
}

/** What data sources say, as the state before a plan has it. */
const SEEN = [
  { mode: "data", type: "aws_caller_identity", values: { account_id: ACCOUNT } },
  { mode: "data", type: "aws_partition", values: { partition: "aws" } },
  { mode: "data", type: "aws_region", values: { id: REGION, name: REGION } },
];

/** Observers have nothing to say. */
function observationsOf(folder: string, stack: string): Values[] {
  const { data = {} } = JSON.parse(readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8"));
  return Object.keys(data["aws_lambda_invocation"] ?? {}).map((id) => {
    const observer = `${/^scoped-keys_(.+)_observed_/.exec(id)?.[1]}-observer`;
    return {
      mode: "data",
      type: "aws_lambda_invocation",
      values: { function_name: arnOf("lambda_function", observer), result: "{}" },
    };
  });
}

/** A plan quotes configuration that is JSON as it is written. */
function configurationOf(folder: string, stack: string): Values {
  const {
    data = {},
    resource = {},
    output = {},
    provider = {},
    terraform = {},
  } = JSON.parse(readFileSync(join(folder, "stacks", stack, "cdk.tf.json"), "utf8"));
  const quoted = (values: Values) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([name]) => name !== "//" && name !== "depends_on")
        .map(([name, value]) => [name, { constant_value: value }]),
    );
  const listed = (blocks: Record<string, Record<string, Values>>, mode: string) =>
    Object.entries(blocks).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, values]) => ({
        address: `${mode === "data" ? "data." : ""}${type}.${id}`,
        mode,
        type,
        name: id,
        provider_config_key: "aws",
        expressions: quoted(values),
        ...(values["depends_on"] === undefined ? {} : { depends_on: values["depends_on"] }),
      })),
    );
  const sourceOf = (name: string) => {
    const source = terraform.required_providers?.[name]?.source;
    if (source === undefined || source === name) return {};
    return { full_name: `registry.terraform.io/${source.includes("/") ? source : `hashicorp/${source}`}` };
  };
  return {
    provider_config: Object.fromEntries(
      Object.entries<Values[]>(provider).map(([name, [first = {}]]) => [
        name,
        { name, full_name: `registry.terraform.io/hashicorp/${name}`, ...sourceOf(name), expressions: quoted(first) },
      ]),
    ),
    root_module: {
      outputs: Object.fromEntries(
        Object.entries<Values>(output).map(([name, { value }]) => [name, { expression: { constant_value: value } }]),
      ),
      resources: [...listed(resource, "managed"), ...listed(data, "data")],
    },
  };
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
    prior_state: { values: { root_module: { resources: [...SEEN, ...observationsOf(after, stack)] } } },
    configuration: configurationOf(after, stack),
  };
}
