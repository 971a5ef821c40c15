import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Review } from "../../../src/review/review";
import { type Base, basesOf, reviewed } from "../mutants/bases";
import { planBetween } from "../plan";
import { removeFolders } from "../support";
import { ORDINARY, platformStack, WIDENED } from "./authors";
import { reviewed as reviewedFolders, withBlocks } from "./stack";

let folder: string;
let base: Base;
let made: string;
beforeAll(() => {
  folder = platformStack();
  const [first] = basesOf(folder);
  if (first === undefined) throw new Error("no stack");
  base = first;
  made = withBlocks(folder, {});
});
afterAll(() => {
  rmSync(made, { recursive: true });
  removeFolders();
});

const FILE = "stacks/ai-keys/cdk.tf.json";

function changedBy(change: (json: unknown) => void): Record<string, unknown> {
  const json = JSON.parse(readFileSync(join(folder, FILE), "utf8"));
  change(json);
  return json;
}

/** Undefined: refused. */
function inFolder(json: Record<string, unknown>): Review | undefined {
  try {
    return reviewed(base, json);
  } catch (error) {
    if (error instanceof Error && ("code" in error || error.name === "DuplicateMemberError")) return undefined;
    throw error;
  }
}

function inPlan(json: Record<string, unknown>): Review {
  writeFileSync(join(made, FILE), JSON.stringify(json));
  return reviewed({ ...base, kind: "plan" }, planBetween(folder, made));
}

const loosened = (review: Review | undefined) =>
  review === undefined || review.entries.some(({ verdicts }) => verdicts.includes("loosened"));

describe("a change by which somebody can do more to keys", () => {
  test.each(Object.entries(WIDENED))("%s: loosened, or refused", (_, change) => {
    expect(loosened(inFolder(changedBy(change)))).toBe(true);
  });
});

describe("a change of every week", () => {
  test.each(Object.entries(ORDINARY))("%s: not loosened, in folders and in a plan", (_, change) => {
    const json = changedBy(change);
    expect(loosened(inFolder(json))).toBe(false);
    expect(loosened(inPlan(json))).toBe(false);
  });
});

/** Whatever changes resources alone, and of what a plan made without Terraform knows all. */
const PLANNED = [
  "operator is trusted by all",
  "deployer loses its boundary",
  "one that may become the reader is trusted by all",
  "reader by rolesanywhere",
  "another function under the reader",
  "exclusive attachments give all",
  "permission set is assigned",
  "metric filter fakes the sweep's metric",
  "resource of a shell",
  "topic policy inline",
  "pager is removed",
  "sns to lambda",
  "provider from elsewhere",
];

test.each(PLANNED)("%s: loosened in a plan as well", (name) => {
  const change = WIDENED[name];
  expect(change !== undefined && loosened(inPlan(changedBy(change)))).toBe(true);
});

test("a stack without keys that Terraform reads more of than its own file is loosened", async () => {
  // GIVEN
  const after = withBlocks(folder, {});
  const manifest = JSON.parse(readFileSync(join(after, "manifest.json"), "utf8"));
  manifest.stacks.web = { ...manifest.stacks["ai-keys"], name: "web", synthesizedStackPath: "stacks/web/cdk.tf.json" };
  writeFileSync(join(after, "manifest.json"), JSON.stringify(manifest));
  mkdirSync(join(after, "stacks/web"));
  writeFileSync(join(after, "stacks/web/cdk.tf.json"), '{"terraform":{}}');
  expect(await reviewedFolders(folder, after)).toEqual([]);
  // WHEN
  writeFileSync(join(after, "stacks/web/reader.tf"), "# whatever it is");
  // THEN
  const [entry] = await reviewedFolders(folder, after);
  expect(entry?.verdicts).toContain("loosened");
  rmSync(after, { recursive: true });
});

test("a local that is further away than anything is followed is nobody's to tell, wherever it is named", () => {
  const chain = (target: string) =>
    changedBy((json: unknown) => {
      const { locals, resource } = json as Record<string, Record<string, unknown>>;
      for (let i = 0; i < 14; i++) Object.assign(locals ?? {}, { [`l${i}`]: `\${local.l${i + 1}}` });
      Object.assign(locals ?? {}, { l14: target });
      Object.assign(resource ?? {}, { aws_sfn_state_machine: { x: { definition: '{"F":"$' + '{local.l0}"}' } } });
    });
  expect(loosened(inFolder(chain("arn:aws:lambda:us-east-1:1:function:ai-keys-openai-controller")))).toBe(true);
});
