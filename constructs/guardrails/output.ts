import { GUARDRAILS_OUTPUT } from "../../src/model/guardrail-rules";
import { guardrailsOutputTaken } from "../errors";
import { isOutput, type TerraformStack } from "../terraform";

/**
 * The output that says which guardrails hold for a stack's keys. Reviews believe it, so nobody else
 * may write it.
 */
export function writeOutput(written: Map<TerraformStack, string>, stack: TerraformStack, value: object): void {
  const output = { description: "Guardrails and exceptions that hold for the keys of this stack", value };
  stack.addOverride(`output.${GUARDRAILS_OUTPUT}`, output);
  written.set(stack, JSON.stringify(output));
}

/**
 * Throws SK361.
 * @param written by synthesis itself, when it ran before
 */
export function refuseOtherOutput(stack: TerraformStack, written: string | undefined): void {
  const overridden: unknown = stack["rawOverrides"].output?.[GUARDRAILS_OUTPUT];
  const isOther = overridden !== undefined && JSON.stringify(overridden) !== written;
  if (isOther || stack.node.findAll().some((construct) => isOutput(construct, GUARDRAILS_OUTPUT))) {
    throw guardrailsOutputTaken(stack, GUARDRAILS_OUTPUT);
  }
}
