import * as v from "valibot";
import type { Attributes } from "../attributes";
import { isAttributes, text } from "../attributes";
import type { Configuration, PlanFacts } from "../resources";

const attributes = v.nullish(v.record(v.string(), v.unknown()));
const resourceSchema = v.looseObject({
  address: v.string(),
  mode: v.optional(v.string()),
  type: v.optional(v.string(), ""),
  provider_config_key: v.optional(v.string(), ""),
  expressions: v.optional(v.record(v.string(), v.unknown()), {}),
  depends_on: v.optional(v.array(v.string())),
  count_expression: v.optional(v.unknown()),
  for_each_expression: v.optional(v.unknown()),
  provisioners: v.optional(v.unknown()),
});
const changeSchema = v.looseObject({
  address: v.string(),
  type: v.optional(v.string(), ""),
  change: v.looseObject({ actions: v.optional(v.array(v.string()), []), before: attributes, after: attributes }),
});
const addressed = v.looseObject({ address: v.optional(v.string(), "an unknown address") });
const schema = v.object({
  complete: v.optional(v.boolean(), true),
  resource_changes: v.optional(v.array(changeSchema), []),
  resource_drift: v.optional(v.array(changeSchema), []),
  deferred_changes: v.optional(v.array(v.looseObject({ resource_change: v.optional(addressed) })), []),
  action_invocations: v.optional(v.array(addressed), []),
  deferred_action_invocations: v.optional(v.array(v.looseObject({ action_invocation: v.optional(addressed) })), []),
  checks: v.optional(
    v.array(v.looseObject({ address: v.looseObject({ kind: v.string(), name: v.optional(v.string()) }) })),
  ),
  prior_state: v.optional(
    v.looseObject({
      values: v.optional(
        v.looseObject({
          root_module: v.optional(
            v.looseObject({
              resources: v.optional(
                v.array(v.looseObject({ mode: v.string(), type: v.string(), values: attributes })),
                [],
              ),
            }),
          ),
        }),
      ),
    }),
  ),
  configuration: v.optional(
    v.looseObject({
      provider_config: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
      root_module: v.optional(
        v.looseObject({
          resources: v.optional(v.array(resourceSchema), []),
          outputs: v.optional(v.record(v.string(), v.looseObject({ expression: v.optional(v.unknown()) })), {}),
        }),
      ),
    }),
  ),
});
type Shown = v.InferOutput<typeof schema>;

const NOTHING: Shown = v.parse(schema, {});

/** What is not of this shape is not told, and then nobody can tell. */
function shown(parsed: unknown): Shown {
  const result = v.safeParse(schema, parsed);
  return result.success ? result.output : { ...NOTHING, complete: false };
}

/**
 * The configuration of each resource. Where it is JSON, as CDKTF writes it, a plan quotes it as it
 * stands, references included.
 */
function writtenIn({ configuration }: Shown): ReadonlyMap<string, Attributes> {
  return new Map(
    (configuration?.root_module?.resources ?? []).map((resource) => {
      const { address, type, expressions, depends_on, count_expression, for_each_expression } = resource;
      const [provider] = type.split("_");
      const own: Record<string, unknown> = {
        depends_on,
        count: count_expression,
        for_each: for_each_expression,
        provisioner: resource.provisioners,
        provider: resource.provider_config_key === provider ? undefined : resource.provider_config_key,
      };
      const meta = Object.entries(own).filter(([, value]) => value !== undefined && value !== "");
      return [address, { ...mapped(expressions), ...Object.fromEntries(meta) }] as const;
    }),
  );
}

function mapped(expressions: Attributes): Attributes {
  return Object.fromEntries(Object.entries(expressions).map(([name, value]) => [name, quoted(value)]));
}

/** An expression that is not quoted is known by what it refers to. */
function quoted(expression: unknown): unknown {
  if (Array.isArray(expression)) return expression.map(quoted);
  if (!isAttributes(expression)) return expression;
  if ("constant_value" in expression) return expression["constant_value"];
  const { references } = expression;
  if (Array.isArray(references)) return `\${${String(references[0])}}`;
  return mapped(expression);
}

export function configurationOf(parsed: unknown): {
  readonly written: ReadonlyMap<string, Attributes>;
  readonly configuration: Configuration;
} {
  const plan = shown(parsed);
  const { configuration, prior_state } = plan;
  const data: Record<string, Record<string, unknown>> = {};
  const written = writtenIn(plan);
  for (const { address, mode, type } of configuration?.root_module?.resources ?? []) {
    if (mode !== "data") continue;
    data[type] = { ...data[type], [address.slice(`data.${type}.`.length)]: written.get(address) ?? {} };
  }
  const output = mapped(
    Object.fromEntries(
      Object.entries(configuration?.root_module?.outputs ?? {}).map(([name, { expression }]) => [
        name,
        { value: expression },
      ]),
    ),
  );
  const seen = (type: string, attribute: string) => {
    const values = (prior_state?.values?.root_module?.resources ?? [])
      .filter((resource) => resource.mode === "data" && resource.type === type)
      .map((resource) => text(resource.values ?? {}, attribute));
    return new Set(values).size === 1 ? values[0] : undefined;
  };
  const [partition, region, account] = [
    seen("aws_partition", "partition"),
    seen("aws_region", "id"),
    seen("aws_caller_identity", "account_id"),
  ];
  const here =
    partition === undefined || region === undefined || account === undefined
      ? undefined
      : { partition, region, account };
  const blocks = { data, output };
  return {
    written,
    configuration: { blocks, files: new Map(), zips: new Map(), here, plan: factsOf(plan) },
  };
}

function factsOf(plan: Shown): PlanFacts {
  return {
    complete: plan.complete,
    deferred: plan.deferred_changes.map(({ resource_change }) => resource_change?.address ?? "a resource"),
    actions: [
      ...plan.action_invocations,
      ...plan.deferred_action_invocations.map(({ action_invocation }) => action_invocation),
    ].map((action) => action?.address ?? "an action"),
    drifted: plan.resource_drift.map(({ address, type, change }) => ({
      address,
      type,
      before: change.before ?? undefined,
      after: change.after ?? undefined,
    })),
    checks:
      plan.checks === undefined
        ? undefined
        : new Set(
            plan.checks.filter(({ address }) => address.kind === "check").map(({ address }) => address.name ?? ""),
          ),
    providers: new Map(
      Object.entries(plan.configuration?.provider_config ?? {}).map(([key, { expressions }]) => [
        key,
        isAttributes(expressions) ? mapped(expressions) : {},
      ]),
    ),
    sources: new Map(
      Object.entries(plan.configuration?.provider_config ?? {}).flatMap(([key, { full_name }]) =>
        typeof full_name === "string" ? [[key, full_name] as const] : [],
      ),
    ),
    idle: new Set(
      plan.resource_changes.filter(({ change }) => change.actions.join() === "no-op").map(({ address }) => address),
    ),
  };
}
