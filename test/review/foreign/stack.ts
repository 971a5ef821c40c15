import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { runReview } from "../../../src/cli/review/run-review";
import type { Entry } from "../../../src/review/review";
import { newIssuer, newKey } from "../../constructs/support";
import { planBetween } from "../plan";
import { synthesised } from "../support";

/** Blocks that are merged into a stack's `cdk.tf.json`. */
export type Blocks = Readonly<Record<string, unknown>>;

export const ECS = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

export const KMS = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
export const TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts";

/** A stack with two keys, one of which a role reads, and a role that reads none. */
export function baseStack(): string {
  return synthesised((stack) => {
    const issuer = newIssuer(stack, { alertTopicArn: TOPIC });
    const kept = newKey(stack, issuer, { kmsKeyArn: KMS, purpose: "Work of kept" }, "kept");
    newKey(stack, issuer, { purpose: "Work of second" }, "second");
    kept.grants.read(new IamRole(stack, "app", { name: "results-page", assumeRolePolicy: ECS }));
    new IamRole(stack, "other", { name: "other-app", assumeRolePolicy: ECS });
  });
}

const FILE = join("stacks", "ai-keys", "cdk.tf.json");

export function contentOf(folder: string): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, FILE), "utf8"));
}

/** Ids in the base stack, by the start of their names. */
export function idOf(folder: string, type: string, start: string): string {
  const found = Object.keys((contentOf(folder)["resource"]?.[type] as object) ?? {}).find((id) => id.startsWith(start));
  if (found === undefined) throw new Error(`no ${type} ${start}`);
  return `${type}.${found}`;
}

/** The stack with blocks added, in a folder of its own beside the manifest. */
export function withBlocks(base: string, blocks: Blocks): string {
  const folder = mkdtempSync(join(tmpdir(), "review-foreign-"));
  cpSync(base, folder, { recursive: true });
  writeFileSync(join(folder, FILE), JSON.stringify(merged(contentOf(base), blocks)));
  return folder;
}

function merged(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return b ?? a;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, name in b ? merged(a[name], b[name]) : a[name]]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export async function reviewed(before: string, after: string): Promise<readonly Entry[]> {
  return JSON.parse((await runReview(before, after, { format: "json", failOn: [], name: "" })).text).entries;
}

/** Of the plan between both, with all that it can know. */
export async function reviewedPlan(before: string, after: string): Promise<readonly Entry[]> {
  const file = join(mkdtempSync(join(tmpdir(), "review-foreign-")), "plan.json");
  writeFileSync(file, JSON.stringify(planBetween(before, after)));
  return JSON.parse((await runReview(file, undefined, { format: "json", failOn: [], name: "" })).text).entries;
}
