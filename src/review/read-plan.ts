import * as v from "valibot";
import { GUARDRAILS_OUTPUT } from "../model/guardrail-rules";
import { functionName, issuerBase, sharedName } from "../model/names";
import { isAttributes, text } from "./attributes";
import { notAPlan } from "./errors";
import { StackBlocks } from "./foreign/configuration";
import { planBlocks } from "./foreign/plan-blocks";
import { ownFunction } from "./functions";
import { holdsUnknown, UNKNOWN } from "./guardrail-facts";
import { configurationOf } from "./owned/plan-configuration";
import { type Observations, observationsOf, type Resource, type Snapshot } from "./resources";

/** Both sides of a plan, and what it says of itself. */
export interface Plan {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Addresses that leave the state and stay in the world. */
  readonly forgotten: ReadonlySet<string>;
  /** Addresses of what is destroyed and made again. */
  readonly replaced: ReadonlySet<string>;
  readonly notes: readonly string[];
}

const attributes = v.nullish(v.record(v.string(), v.unknown()));
const planSchema = v.object({
  format_version: v.pipe(v.string(), v.regex(/^[01]\.\d+$/)),
  errored: v.optional(v.boolean()),
  complete: v.optional(v.boolean()),
  resource_changes: v.optional(
    v.array(
      v.object({
        address: v.string(),
        mode: v.string(),
        type: v.string(),
        deposed: v.optional(v.string()),
        change: v.object({
          actions: v.array(v.string()),
          before: attributes,
          after: attributes,
          after_unknown: v.optional(v.unknown()),
        }),
      }),
    ),
    [],
  ),
  output_changes: v.optional(
    v.record(
      v.string(),
      v.object({
        before: v.optional(v.unknown()),
        after: v.optional(v.unknown()),
        after_unknown: v.optional(v.unknown()),
      }),
    ),
    {},
  ),
  prior_state: v.optional(
    v.object({
      values: v.optional(
        v.object({
          root_module: v.optional(
            v.object({
              resources: v.optional(
                v.array(v.object({ mode: v.string(), type: v.string(), values: v.optional(attributes) })),
              ),
            }),
          ),
        }),
      ),
    }),
  ),
  configuration: v.optional(
    v.object({
      root_module: v.optional(
        v.object({
          resources: v.optional(
            v.array(
              v.object({
                address: v.string(),
                expressions: v.optional(v.record(v.string(), v.unknown())),
                depends_on: v.optional(v.array(v.string())),
              }),
            ),
          ),
        }),
      ),
    }),
  ),
});
type ParsedPlan = v.InferOutput<typeof planSchema>;

/**
 * @param what it is, for errors: the file's name
 * @param parsed JSON of `terraform show -json`. Throws SK283 or SK312.
 */
export function readPlan(what: string, parsed: unknown): Plan {
  const result = v.safeParse(planSchema, parsed);
  if (!result.success || !isPlan(parsed)) throw notAPlan(what, described(parsed));
  const plan = result.output;
  if (plan.errored === true) throw notAPlan(what, "a plan that ended with an error");
  const changes = plan.resource_changes.filter(({ mode, deposed }) => mode === "managed" && deposed === undefined);
  const references = referencesOf(plan);
  const guardrails = plan.output_changes[GUARDRAILS_OUTPUT];
  const { written, configuration } = configurationOf(parsed);
  const before = changes.flatMap(({ address, type, change }): Resource[] =>
    change.before == null
      ? []
      : [
          {
            stack: "",
            address,
            type,
            values: change.before,
            unknown: NONE,
            references: {},
            written: undefined,
            planned: true,
            mask: {},
          },
        ],
  );
  const after = changes.flatMap(({ address, type, change }): Resource[] =>
    change.after == null
      ? []
      : [
          {
            stack: "",
            address,
            type,
            values: change.after,
            unknown: unknownOf(change.after_unknown),
            references: references.get(address) ?? {},
            written: written.get(address),
            planned: true,
            mask: isAttributes(change.after_unknown) ? change.after_unknown : {},
          },
        ],
  );
  const blocks = planBlocks(isAttributes(parsed) ? parsed : {}, plan.resource_changes);
  return {
    before: {
      blocks: new Map([["", new StackBlocks("", blocks.before, {}, true)]]),
      resources: before,
      observed: new Map(),
      asked: undefined,
      guardrails: new Map([["", guardrails?.before]]),
      configurations: new Map([["", { ...configuration, blocks: undefined, plan: undefined }]]),
    },
    after: {
      blocks: new Map([["", new StackBlocks("", blocks.after, {}, true)]]),
      resources: after,
      observed: observedIn(plan),
      asked: askedIn(plan, after),
      guardrails: new Map([["", holdsUnknown(guardrails?.after_unknown) ? UNKNOWN : guardrails?.after]]),
      configurations: new Map([["", configuration]]),
    },
    replaced: new Set(
      changes
        .filter(({ change: { actions } }) => actions.includes("delete") && actions.includes("create"))
        .map(({ address }) => address),
    ),
    forgotten: new Set(changes.filter(({ change }) => change.actions.includes("forget")).map(({ address }) => address)),
    notes:
      plan.complete === false ? ["The plan covers only a part of the stack (-target). The rest is not reviewed."] : [],
  };
}

const NONE: ReadonlySet<string> = new Set();

function isPlan(parsed: unknown): boolean {
  return isAttributes(parsed) && ("planned_values" in parsed || "resource_changes" in parsed);
}

/** What people hand over in a plan's place. */
function described(parsed: unknown): string {
  if (!isAttributes(parsed))
    return `a JSON ${Array.isArray(parsed) ? "list" : parsed === null ? "null" : typeof parsed}`;
  if ("@level" in parsed) return "the log of terraform plan -json, which holds no values";
  if ("values" in parsed && "format_version" in parsed) return "a state, or a plan file that holds none";
  if ("serial" in parsed && "lineage" in parsed) return "a state file";
  if ("terraform" in parsed && ("resource" in parsed || "provider" in parsed))
    return "a synthesised stack (name its folder)";
  if ("AWSTemplateFormatVersion" in parsed || "Resources" in parsed) return "a CloudFormation template";
  if (typeof parsed["format_version"] === "string" && isPlan(parsed)) {
    return `a plan in a format that this release does not read (${parsed["format_version"].slice(0, 20)})`;
  }
  return "JSON of something else";
}

function unknownOf(afterUnknown: unknown): ReadonlySet<string> {
  if (!isAttributes(afterUnknown)) return NONE;
  return new Set(Object.keys(afterUnknown).filter((name) => afterUnknown[name] === true));
}

type References = Readonly<Record<string, readonly string[]>>;

function referencesOf({ configuration }: ParsedPlan): Map<string, References> {
  const resources = configuration?.root_module?.resources ?? [];
  return new Map(
    resources.map(({ address, expressions = {}, depends_on = [] }) => [
      address,
      {
        ...Object.fromEntries(Object.entries(expressions).map(([name, value]) => [name, named(value)])),
        depends_on,
      },
    ]),
  );
}

/** Terraform lists `aws_iam_role.app.name` and `aws_iam_role.app`. */
function named(expression: unknown): string[] {
  const list = isAttributes(expression) ? expression["references"] : undefined;
  if (!Array.isArray(list)) return [];
  return list.filter((each): each is string => typeof each === "string" && each.split(".").length === 2);
}

function observedIn({ prior_state }: ParsedPlan): Map<string, Observations> {
  const found = new Map<string, Observations>();
  for (const { mode, type, values } of prior_state?.values?.root_module?.resources ?? []) {
    if (mode !== "data" || type !== "aws_lambda_invocation" || values == null) continue;
    const observed = observationsOf(text(values, "result") ?? "");
    const name = (text(values, "function_name") ?? "").split(":").at(-1) ?? "";
    if (observed !== undefined) found.set(name, { ...found.get(name), ...observed });
  }
  return found;
}

/**
 * Of the observers' data sources the configuration holds the address alone, which follows from the
 * names of the issuer's functions.
 */
function askedIn({ configuration }: ParsedPlan, resources: readonly Resource[]): Set<string> {
  const sources = new Set(
    (configuration?.root_module?.resources ?? []).flatMap(
      ({ address }) => /^data\.aws_lambda_invocation\.(.+)_[0-9A-F]{8}$/.exec(address)?.[1] ?? [],
    ),
  );
  return new Set(
    resources.flatMap((resource) => {
      const [own] = resource.type === "aws_lambda_function" ? ownFunction(resource) : [];
      if (own === undefined) return [];
      const observer = functionName(own.prefix, "observer");
      return sources.has(sharedName(issuerBase(own.prefix).slice(0, -1), "observed")) ? [observer] : [];
    }),
  );
}
