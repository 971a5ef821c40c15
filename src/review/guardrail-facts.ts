import * as v from "valibot";
import { GUARDRAIL_SEVERITIES } from "../model/guardrail-rules";
import { grouped } from "./resources";

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
  until: v.string(),
});
const outputSchema = v.object({ guardrails: v.array(guardrailSchema), exceptions: v.array(exceptionSchema) });

export type Guard = v.InferOutput<typeof guardrailSchema>;
export type Exception = v.InferOutput<typeof exceptionSchema>;

/** What a stack's output says of the guardrails that hold for its keys. A stack with keys and without the output has none. */
export interface GuardrailFacts {
  readonly stack: string;
  /** Name of the output. */
  readonly name: string;
  readonly address: string;
  /** By rule and scope; the same rule may be there twice, with two demands. */
  readonly guardrails: ReadonlyMap<string, readonly Guard[]>;
  /** By rule and key. */
  readonly exceptions: ReadonlyMap<string, Exception>;
  /** The output, where it is none that this release understands. */
  readonly unread: unknown;
}

/** @param value of the output; undefined or null: there is none */
export function guardrailFacts(stack: string, name: string, value: unknown): GuardrailFacts {
  const parsed = v.safeParse(outputSchema, value ?? { guardrails: [], exceptions: [] });
  const { guardrails, exceptions } = parsed.success ? parsed.output : { guardrails: [], exceptions: [] };
  return {
    stack,
    name,
    address: `output.${name}`,
    guardrails: grouped(guardrails, ({ rule, scope }) => (scope === "" ? rule : `${rule} in ${scope}`)),
    exceptions: new Map(exceptions.map((exception) => [`${exception.rule} for ${exception.key}`, exception])),
    unread: parsed.success ? undefined : value,
  };
}
