import * as v from "valibot";
import { GUARDRAIL_SEVERITIES } from "../model/guardrail-rules";
import { grouped, isAttributes } from "./attributes";

const guardrailSchema = v.object({
  rule: v.string(),
  severity: v.picklist(GUARDRAIL_SEVERITIES),
  demand: v.string(),
  scope: v.string(),
});
const exceptionSchema = v.object({
  rule: v.string(),
  key: v.string(),
  reason: v.string(),
  approver: v.string(),
  until: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
  scope: v.string(),
});
const environmentSchema = v.object({ name: v.string(), scope: v.string() });
const outputSchema = v.object({
  guardrails: v.array(guardrailSchema),
  exceptions: v.array(exceptionSchema),
  environments: v.array(environmentSchema),
});

export type Guard = v.InferOutput<typeof guardrailSchema>;
export type Exception = v.InferOutput<typeof exceptionSchema>;
type Environment = v.InferOutput<typeof environmentSchema>;

/**
 * What a stack's output says of the guardrails that hold for its keys. A stack with keys and
 * without the output has none.
 */
export interface GuardrailFacts {
  readonly stack: string;
  /** Name of the output. */
  readonly name: string;
  readonly address: string;
  /** By rule and scope; the same rule may be there twice, with two demands. */
  readonly guardrails: ReadonlyMap<string, readonly Guard[]>;
  /** By rule, key and scope. */
  readonly exceptions: ReadonlyMap<string, readonly Exception[]>;
  /** By scope. */
  readonly environments: ReadonlyMap<string, readonly Environment[]>;
  /** The output, where it is none that this release understands, or known only after apply. */
  readonly unread: unknown;
}

/** What stands in an output's place that is known only after apply. */
export const UNKNOWN = "known after apply";

/** @param value of the output; undefined or null: there is none */
export function guardrailFacts(stack: string, name: string, value: unknown): GuardrailFacts {
  const parsed = v.safeParse(outputSchema, value ?? { guardrails: [], exceptions: [], environments: [] });
  const { guardrails = [], exceptions = [], environments = [] } = parsed.success ? parsed.output : {};
  return {
    stack,
    name,
    address: `output.${name}`,
    guardrails: grouped(guardrails, ({ rule, scope }) => within(rule, scope)),
    exceptions: grouped(exceptions, ({ rule, key, scope }) => within(`${rule} for ${key}`, scope)),
    environments: grouped(environments, ({ scope }) => within("environment", scope)),
    unread: parsed.success ? undefined : value,
  };
}

/** The root's path is empty. */
function within(what: string, scope: string): string {
  return scope === "" ? what : `${what} in ${scope}`;
}

/** Whether something in it is known only after apply, by Terraform's mask of a value. */
export function holdsUnknown(mask: unknown): boolean {
  if (Array.isArray(mask)) return mask.some(holdsUnknown);
  return isAttributes(mask) ? Object.values(mask).some(holdsUnknown) : mask === true;
}

/** What stacks that are gone were guarded by, all together; undefined where there are none. */
export function together(facts: readonly GuardrailFacts[]): GuardrailFacts | undefined {
  const [first] = facts;
  if (first === undefined) return undefined;
  return {
    ...first,
    guardrails: new Map(facts.flatMap(({ guardrails }) => [...guardrails])),
    exceptions: new Map(facts.flatMap(({ exceptions }) => [...exceptions])),
    environments: new Map(facts.flatMap(({ environments }) => [...environments])),
    unread: facts.map(({ unread }) => unread).find((unread) => unread !== undefined),
  };
}
