import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReview } from "../../../src/cli/review/run-review";
import type { Entry } from "../../../src/review/review";
import { planBetween } from "../plan";
import { removeFolders } from "../support";
import { baseStack, idOf } from "./stack";

interface Plan {
  resource_changes: object[];
  configuration: { root_module: { resources: object[] } };
}

const ref = (expression: string) => `\${${expression}}`;
const policy = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

let base: string;
let secret: string;
let folder: string;
beforeAll(() => {
  base = baseStack();
  secret = idOf(base, "aws_secretsmanager_secret", "second_secret");
  folder = mkdtempSync(join(tmpdir(), "review-unknown-"));
});
afterAll(() => {
  removeFolders();
  rmSync(folder, { recursive: true });
});

/**
 * The plan in which one more resource is made, of which Terraform does not know all yet, in the
 * shape of `terraform show -json`.
 */
async function reviewed(change: object, configured: object): Promise<readonly Entry[]> {
  const plan = planBetween(base, base) as unknown as Plan;
  plan.resource_changes.push({
    mode: "managed",
    change: { actions: ["create"], before: null, ...change },
    ...configured,
  });
  plan.configuration.root_module.resources.push({ mode: "managed", ...configured });
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  return JSON.parse((await runReview(file, undefined, { format: "json", failOn: [], name: "" })).text).entries;
}

const unknownPolicy = (expression: object, role = "other-app") =>
  reviewed(
    { after: { name: "x", role }, after_unknown: { id: true, policy: true } },
    {
      address: "aws_iam_role_policy.x",
      type: "aws_iam_role_policy",
      expressions: { name: { constant_value: "x" }, role: { constant_value: role }, policy: expression },
    },
  );

describe("a policy that a plan does not know yet", () => {
  test("is read where the configuration is JSON, which plans quote: it reads one key and no other", async () => {
    const written = policy({
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: ref(`${secret}.arn`),
    });
    const entries = await unknownPolicy({ constant_value: written, references: [`${secret}.arn`, secret] });
    expect(entries.map(({ name, verdicts }) => [name, verdicts])).toEqual([["ai-keys/openai/second", ["loosened"]]]);
  });

  test("is read where it reaches nothing", async () => {
    const written = policy({ Effect: "Allow", Action: "s3:GetObject", Resource: `${ref("aws_s3_bucket.b.arn")}/*` });
    expect(
      await unknownPolicy({ constant_value: written, references: ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"] }),
    ).toEqual([]);
  });

  test("and that jsonencode makes is read", async () => {
    const written = (action: string) =>
      ref(
        `jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = ["${action}"], "Resource" = "*"}]})`,
      );
    expect(await unknownPolicy({ constant_value: written("s3:GetObject") })).toEqual([]);
    const [entry] = await unknownPolicy({ constant_value: written("lambda:*") });
    expect(entry).toMatchObject({ subject: "resource", name: "role other-app", verdicts: ["loosened"] });
  });

  test.each([
    ["of which the references alone are told", { references: ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"] }],
    ["of which nothing is told", {}],
    [
      "with a local in it, which plans do not tell",
      { constant_value: ref("local.policy"), references: ["local.policy"] },
    ],
  ])("%s: nobody can tell", async (_, expression) => {
    const [entry] = await unknownPolicy(expression);
    expect(entry).toMatchObject({
      name: "role other-app",
      verdicts: ["loosened"],
      fields: [{ field: "nobody can tell" }],
    });
  });

  test("in a block is read", async () => {
    const inline = (action: string) =>
      reviewed(
        {
          after: { name: "new", assume_role_policy: "{}", inline_policy: [{ name: "x" }] },
          after_unknown: { arn: true, inline_policy: [{ policy: true }] },
        },
        {
          address: "aws_iam_role.new",
          type: "aws_iam_role",
          expressions: {
            name: { constant_value: "new" },
            inline_policy: [
              {
                name: { constant_value: "x" },
                policy: {
                  constant_value: policy({
                    Effect: "Allow",
                    Action: action,
                    Resource: ["*", ref("aws_s3_bucket.b.arn")],
                  }),
                  references: ["aws_s3_bucket.b.arn"],
                },
              },
            ],
          },
        },
      );
    expect(await inline("s3:GetObject")).toEqual([]);
    expect((await inline("secretsmanager:PutSecretValue"))[0]).toMatchObject({
      name: "role new",
      verdicts: ["loosened"],
    });
  });
});

describe("what a plan does not know yet of a resource", () => {
  test("a function that a variable names may be one of the library's", async () => {
    const entries = await reviewed(
      { after: { action: "lambda:InvokeFunction", principal: "999999999999" }, after_unknown: { function_name: true } },
      {
        address: "aws_lambda_permission.x",
        type: "aws_lambda_permission",
        expressions: {
          function_name: { constant_value: ref("module.m.name"), references: ["module.m.name", "module.m"] },
        },
      },
    );
    expect(entries).toMatchObject([{ name: "aws_lambda_permission.x", verdicts: ["loosened"] }]);
  });

  test("a function of its own is its own", async () => {
    const entries = await reviewed(
      { after: { action: "lambda:InvokeFunction", principal: "999999999999" }, after_unknown: { function_name: true } },
      {
        address: "module.m[0].aws_lambda_permission.x",
        type: "aws_lambda_permission",
        expressions: {},
      },
    );
    // Without its configuration nothing is known of it.
    expect(entries).toEqual([]);
  });
});
