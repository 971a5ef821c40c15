import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Deployment } from "./deployment";
import type { TerraformResult } from "./terraform";

/** The part of a printed plan about one resource of a key; empty where the plan leaves it alone. */
export function blockOf({ text }: TerraformResult, resource: string, key: string): string {
  const blocks = text.split(/(?=# aws_)/);
  return blocks.filter((block) => block.startsWith(`# aws_${resource}.${key}_`)).join("\n");
}

const planSchema = v.object({
  resource_changes: v.array(
    v.object({
      address: v.string(),
      change: v.object({
        actions: v.array(v.string()),
        after: v.nullish(v.record(v.string(), v.unknown())),
        after_unknown: v.optional(v.unknown()),
      }),
    }),
  ),
});

export interface PlannedChange {
  /** `update aws_lambda_function.…`; `delete create aws_…` for a replacement. */
  readonly what: string;
  /** Input of an invocation; undefined where there is none, or where it is known after apply. */
  readonly input: string | undefined;
}

/** What a saved plan does, apart from nothing. */
export async function plannedChanges(deployment: Deployment, file: string): Promise<PlannedChange[]> {
  const { raw, exitCode } = await deployment.terraform(["show", "-json"], { args: [file] }).ended;
  if (exitCode !== 0) throw new Error(raw);
  return v
    .parse(planSchema, JSON.parse(raw))
    .resource_changes.filter(({ change }) => change.actions.join() !== "no-op")
    .map(({ address, change }) => {
      const input = change.after?.["input"];
      return {
        what: `${change.actions.join(" ")} ${address}`,
        input: typeof input === "string" ? input : undefined,
      };
    })
    .sort((a, b) => (a.what < b.what ? -1 : 1));
}

const stackSchema = v.looseObject({
  resource: v.looseObject({
    aws_lambda_function: v.record(v.string(), v.looseObject({ filename: v.string(), function_name: v.string() })),
  }),
});

/** Puts other code into the synthesised stack, as a release with other bundles would. */
export function changeFunctionCode(
  { folder }: Deployment,
  change: (zip: Buffer) => { readonly zip: Uint8Array; readonly sourceCodeHash: string },
): void {
  const file = join(folder, "cdk.tf.json");
  const stack = v.parse(stackSchema, JSON.parse(readFileSync(file, "utf8")));
  for (const lambda of Object.values(stack.resource.aws_lambda_function)) {
    const { zip, sourceCodeHash } = change(readFileSync(join(folder, lambda.filename)));
    lambda.filename = `assets/${lambda.function_name}-next.zip`;
    lambda["source_code_hash"] = sourceCodeHash;
    writeFileSync(join(folder, lambda.filename), zip);
  }
  writeFileSync(file, JSON.stringify(stack));
}

const rotationsSchema = v.looseObject({
  resource: v.looseObject({
    aws_secretsmanager_secret_rotation: v.record(v.string(), v.looseObject({ rotation_rules: v.unknown() })),
  }),
});

/** Puts other rotation rules into the synthesised stack. */
export function changeSchedule({ folder }: Deployment, rules: Readonly<Record<string, string>>): void {
  const file = join(folder, "cdk.tf.json");
  const stack = v.parse(rotationsSchema, JSON.parse(readFileSync(file, "utf8")));
  for (const rotation of Object.values(stack.resource.aws_secretsmanager_secret_rotation)) {
    rotation.rotation_rules = rules;
  }
  writeFileSync(file, JSON.stringify(stack));
}
