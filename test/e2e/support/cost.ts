import { RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { JournalEntry } from "../../../src/sandbox";
import type { Declaration, Deployment } from "./deployment";
import type { TerraformResult } from "./terraform";

/** Calls that something caused, in their order. */
export interface Cost {
  /** Names of the functions, once for each invocation. */
  readonly invocations: readonly string[];
  readonly vendorCalls: readonly string[];
  readonly entries: readonly JournalEntry[];
}

/** Terraform's default of ten creates at once leaves a machine idle where creating is waiting. */
export const MANY_AT_ONCE = { args: ["-parallelism=30"] };

export function manyKeys(count: number): Declaration["keys"] {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`service-${String(i).padStart(3, "0")}`, {}]));
}

export async function costOfPlan(deployment: Deployment): Promise<Cost & { readonly plan: TerraformResult }> {
  // A new rotation has Secrets Manager run testSecret once, after Terraform has its answer.
  await deployment.world.advance("PT1S");
  const mark = deployment.world.mark();
  const plan = await deployment.plan();
  return { ...costSince(deployment, mark), plan };
}

/** Rotates one key now, as Secrets Manager does when its time has come. */
export async function costOfRotation(deployment: Deployment, key: string): Promise<Cost> {
  const { world } = deployment;
  const mark = world.mark();
  await world.secrets.send(new RotateSecretCommand({ SecretId: deployment.secretName(key) }));
  await world.advance("PT1S");
  return costSince(deployment, mark);
}

function costSince({ world }: Deployment, since: number): Cost {
  const entries = world.journal({ since });
  return {
    invocations: entries.filter(({ kind }) => kind === "lambda").map(({ operation }) => operation),
    vendorCalls: entries.filter(({ kind }) => kind === "vendor").map(({ operation }) => operation),
    entries,
  };
}
