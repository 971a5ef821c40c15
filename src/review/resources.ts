import * as v from "valibot";
import type { Here } from "../model/rendered/rule";
import { type Attributes, json } from "./attributes";
import type { StackBlocks } from "./foreign/configuration";

/**
 * One resource of a stack, as a synthesised folder or a plan tells it. All of it was written by
 * others.
 */
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
  /**
   * As the configuration has it, with what Terraform takes for itself (`lifecycle`, `count` …);
   * undefined: not told.
   */
  readonly written: Attributes | undefined;
  /** Of a plan, which knows values; a folder knows what is written. */
  readonly planned: boolean;
  /** Terraform's mask of what is known only after apply, attribute by attribute. */
  readonly mask: Attributes;
}

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
  /**
   * Folder that the app ran in, or else that of the stack: CDKTF writes where it ran into the path
   * of a local state.
   */
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
