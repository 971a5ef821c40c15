import * as v from "valibot";
import type { Here } from "../model/rendered/rule";
import { DuplicateMemberError, parseStrictJson } from "../model/strict-json";
import type { StackBlocks } from "./foreign/configuration";

/** One resource of a stack, as a synthesised folder or a plan tells it. All of it was written by others. */
export interface Resource {
  /** Of the stack's folder; empty where a plan is read, which is always of one. */
  readonly stack: string;
  /** `aws_lambda_invocation.summariser_reconcile_82A61621` */
  readonly address: string;
  readonly type: string;
  readonly values: Attributes;
  /** Attributes, outermost ones, that are known only after apply. */
  readonly unknown: ReadonlySet<string>;
  /** Addresses that the configuration of an attribute names. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** As the configuration has it, with what Terraform takes for itself (`lifecycle`, `count` …); undefined: not told. */
  readonly written: Attributes | undefined;
  /** Of a plan, which knows values; a folder knows what is written. */
  readonly planned: boolean;
  /** Terraform's mask of what is known only after apply, attribute by attribute. */
  readonly mask: Attributes;
}

export type Attributes = Readonly<Record<string, unknown>>;

/** What stands before or after a change. */
export interface Snapshot {
  readonly resources: readonly Resource[];
  /** What observers said when the plan was made, by the name of their function. */
  readonly observed: ReadonlyMap<string, Observations>;
  /** Functions that plans ask about drift; undefined: not told. */
  readonly asked: ReadonlySet<string> | undefined;
  /** Values of the outputs that say what guardrails hold, by stack. */
  readonly guardrails: ReadonlyMap<string, unknown>;
  /** All that is configured beside, by stack. */
  readonly blocks: ReadonlyMap<string, StackBlocks>;
  /** What else each stack's configuration holds. */
  readonly configurations: ReadonlyMap<string, Configuration>;
}

/** What stands in a stack beside its resources. */
export interface Configuration {
  /** Top-level blocks but `resource`, as they are written; undefined: not told. */
  readonly blocks: Attributes | undefined;
  /** Files beside the stack's own, each with what it holds in one word. */
  readonly files: ReadonlyMap<string, string>;
  /** What the zips of functions hold, by the name that the configuration gives them. */
  readonly zips: ReadonlyMap<string, Zip>;
  /** Folder that the app ran in, or else that of the stack: CDKTF writes where it ran into the path of a local state. */
  readonly origin?: string;
  /** Account, region and partition, as texts in ARNs have them. */
  readonly here: Here | undefined;
  /** Of a plan alone: what it says of itself. */
  readonly plan: PlanFacts | undefined;
}

export interface Zip {
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** The same of each file in it; undefined where it is no zip that can be read. */
  readonly members: ReadonlyMap<string, string> | undefined;
}

export interface PlanFacts {
  readonly complete: boolean;
  /** Addresses of what is put off to a later plan. */
  readonly deferred: readonly string[];
  /** Actions that the apply invokes. */
  readonly actions: readonly string[];
  /** What was changed outside of Terraform: the state before and the world now. */
  readonly drifted: ReadonlyArray<{
    readonly address: string;
    readonly type: string;
    readonly before: Attributes | undefined;
    readonly after: Attributes | undefined;
  }>;
  /** Names of `check` blocks; undefined: not told. */
  readonly checks: ReadonlySet<string> | undefined;
  /** Providers by the key that resources name them by. */
  readonly providers: ReadonlyMap<string, Attributes>;
  /** Resources that the apply leaves alone. */
  readonly idle: ReadonlySet<string>;
  /** Where each provider comes from, by its key: `registry.terraform.io/hashicorp/aws`. */
  readonly sources: ReadonlyMap<string, string>;
}

const observationsSchema = v.record(
  v.string(),
  v.object({
    repair: v.string(),
    state: v.picklist(["in_sync", "behind", "drift", "due", "unknown", "expired"]),
    drift: v.array(v.string()),
    applied: v.optional(v.record(v.string(), v.unknown())),
    by: v.optional(v.string()),
  }),
);
export type Observations = v.InferOutput<typeof observationsSchema>;

/** The result of an observer; undefined where it is none. */
export function observationsOf(result: string): Observations | undefined {
  const parsed = v.safeParse(observationsSchema, json(result));
  return parsed.success ? parsed.output : undefined;
}

export function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Blocks come as an object or as a list of one, by who wrote the JSON. */
export function blocks(attributes: Attributes, name: string): Attributes[] {
  const value = attributes[name];
  return (Array.isArray(value) ? value : [value]).filter(isAttributes);
}

export function texts(attributes: Attributes, name: string): string[] {
  const value = attributes[name];
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter((each) => typeof each === "string");
}

export function isAttributes(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined where it is no JSON. Throws DuplicateMemberError: what is reviewed has to be what is applied. */
export function json(source: string): unknown {
  try {
    return parseStrictJson(source);
  } catch (error) {
    if (error instanceof SyntaxError && !(error instanceof DuplicateMemberError)) return undefined;
    throw error;
  }
}

/** One text for values that mean the same. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isAttributes(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

export function tagsOf(values: Attributes): Record<string, string> {
  const tags = values["tags"];
  if (!isAttributes(tags)) return {};
  const pairs = Object.entries(tags).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function grouped<T, K extends string = string>(items: Iterable<T>, by: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = by(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
