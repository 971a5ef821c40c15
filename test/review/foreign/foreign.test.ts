import { rmSync } from "node:fs";
import type { Entry } from "../../../src/review/review";
import { removeFolders } from "../support";
import { type Addresses, HARMLESS, LOOSENING } from "./changes";
import { type Blocks, baseStack, idOf, reviewed, reviewedPlan, withBlocks } from "./stack";

let base: string;
let addresses: Addresses;
const made: string[] = [];
beforeAll(() => {
  base = baseStack();
  addresses = {
    secret: idOf(base, "aws_secretsmanager_secret", "kept_secret"),
    controller: idOf(base, "aws_lambda_function", "openai_controller"),
    rule: idOf(base, "aws_cloudwatch_event_rule", "openai_sweep"),
    table: idOf(base, "aws_dynamodb_table", "openai_ledger"),
    controllerRole: idOf(base, "aws_iam_role", "openai_controller"),
    invocation: idOf(base, "aws_lambda_invocation", "kept_reconcile"),
  };
});
afterAll(removeFolders);
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

function changed(blocks: Blocks | ((addresses: Addresses) => Blocks)): string {
  const folder = withBlocks(base, typeof blocks === "function" ? blocks(addresses) : blocks);
  made.push(folder);
  return folder;
}

/**
 * Told of a key, or of what reaches keys; what is told of the stack as a whole does not count here.
 */
const loosened = (entries: readonly Entry[]) =>
  entries.filter(({ subject, verdicts }) => subject !== "stack" && verdicts.includes("loosened"));
/** A plan tells resources before it and data sources after it, and what either does in full. */
const inPlans = ([, blocks]: readonly [string, Blocks | ((addresses: Addresses) => Blocks)]) => {
  const all = typeof blocks === "function" ? blocks(PLACEHOLDERS) : blocks;
  // What Terraform computes is the real Terraform's to show.
  return Object.keys(all).every((kind) => kind === "resource") && !JSON.stringify(all).includes("jsonencode(");
};
const PLACEHOLDERS: Addresses = {
  secret: "aws_x.s",
  controller: "aws_x.c",
  rule: "aws_x.r",
  table: "aws_x.t",
  controllerRole: "aws_iam_role.x",
  invocation: "aws_x.i",
};

describe("a resource of others that reaches keys", () => {
  test.each(Object.entries(LOOSENING))(
    "%s: loosened; undone, it is not; and where it stays, nothing is told",
    async (_, blocks) => {
      const after = changed(blocks);
      expect(loosened(await reviewed(base, after)).length).toBeGreaterThan(0);
      const undone = await reviewed(after, base);
      expect(undone.some(({ verdicts }) => verdicts.includes("tightened"))).toBe(true);
      expect(await reviewed(after, after)).toEqual([]);
    },
  );

  test.each(Object.entries(LOOSENING).filter(inPlans))("%s: loosened in a plan", async (_, blocks) => {
    expect(loosened(await reviewedPlan(base, changed(blocks))).length).toBeGreaterThan(0);
  });
});

describe("a resource of others that reaches no key", () => {
  test.each(Object.entries(HARMLESS))(
    "%s: nothing is told, neither when it comes nor when it goes",
    async (_, blocks) => {
      const after = changed(blocks);
      expect(await reviewed(base, after)).toEqual([]);
      expect(await reviewed(after, base)).toEqual([]);
    },
  );

  test.each(Object.entries(HARMLESS).filter(inPlans))("%s: nothing is told in a plan", async (_, blocks) => {
    expect(await reviewedPlan(base, changed(blocks))).toEqual([]);
  });
});
