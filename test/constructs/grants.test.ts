import { DataAwsIamInstanceProfile } from "@cdktf/provider-aws/lib/data-aws-iam-instance-profile";
import { DataAwsIamRole } from "@cdktf/provider-aws/lib/data-aws-iam-role";
import { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamUser } from "@cdktf/provider-aws/lib/iam-user";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Fn, type TerraformStack } from "cdktf";
import { Dependable } from "constructs";
import type { Grant, IGrantee, KeyIssuer, ScopedKey } from "../../constructs";
import { newIssuer, newKey, newStack, only, refusal, render } from "./support";

type Give = (key: ScopedKey, issuer: KeyIssuer, role: IGrantee) => Grant;

describe.each<[string, Give]>([
  ["grants.read", (key, _, role) => key.grants.read(role)],
  ["grants.operate", (_, issuer, role) => issuer.grants.operate(role)],
  ["grants.plan", (_, issuer, role) => issuer.grants.plan(role)],
])("%s", (property, give) => {
  const declared = (stack: TerraformStack) => {
    const issuer = newIssuer(stack);
    const key = newKey(stack, issuer);
    return (role: IGrantee) => give(key, issuer, role);
  };
  const policies = (stack: TerraformStack) =>
    Object.entries(render(stack).resource["aws_iam_role_policy"] ?? {}).filter(
      ([id]) => !/controller|observer/.test(id),
    );

  test.each<[string, (stack: TerraformStack) => unknown, string]>([
    ["a user, who has a name as well", (stack) => new IamUser(stack, "jane", { name: "jane" }), "SK142"],
    ["a group", (stack) => new IamGroup(stack, "staff", { name: "staff" }), "SK142"],
    ["a queue", (stack) => new SqsQueue(stack, "queue", { name: "app" }), "SK142"],
    [
      "a profile, which has a role's name",
      (stack) => new DataAwsIamInstanceProfile(stack, "p", { name: "app" }),
      "SK142",
    ],
    ["an issuer", (stack) => newIssuer(stack, {}, "other"), "SK142"],
    ["an object with any name", () => ({ name: "on-call" }), "SK142"],
    ["an ARN", () => ({ roleName: "arn:aws:iam::111122223333:role/on-call" }), "SK142"],
    ["a pattern", () => ({ roleName: "*" }), "SK142"],
    ["an empty name", () => ({ roleName: "" }), "SK142"],
    ["a text", () => "on-call", "SK142"],
    ["nothing", () => undefined, "SK142"],
    ["a token", () => ({ roleName: Fn.join("-", ["on", "call"]) }), "SK141"],
  ])("is refused to %s", (_, given, code) => {
    // GIVEN
    const stack = newStack();
    const grant = declared(stack);
    const role = given(stack) as IGrantee;
    // WHEN
    const error = refusal(() => grant(role));
    // THEN
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(`\`${property}`)]);
    expect(policies(stack)).toEqual([]);
  });

  test.each<[string, (stack: TerraformStack) => IGrantee, string | RegExp]>([
    [
      "a role",
      (s) => new IamRole(s, "app", { name: "app", assumeRolePolicy: "{}" }),
      /^\$\{aws_iam_role\.app\.name\}$/,
    ],
    [
      "a role that is looked up",
      (s) => new DataAwsIamRole(s, "app", { name: "app" }),
      /^\$\{data\.aws_iam_role\.app\.name\}$/,
    ],
    ["a role by its name", () => ({ roleName: "app" }), /^app$/],
  ])("is given to %s, once, as something that can be depended on", (_, roleOf, name) => {
    // GIVEN
    const stack = newStack();
    const grant = declared(stack);
    const role = roleOf(stack);
    // WHEN
    const given = grant(role);
    const again = grant(role);
    new SqsQueue(stack, "needs-it", { name: "needs-it", dependsOn: [given] });
    // THEN
    expect(again).toBe(given);
    const [[id, policy] = ["", {}], ...more] = policies(stack);
    expect(more).toEqual([]);
    expect(policy.role).toMatch(name);
    expect(only(render(stack).resource["aws_sqs_queue"]).depends_on).toEqual([`aws_iam_role_policy.${id}`]);
    expect(Dependable.of(given).dependencyRoots.map(({ node }) => node.root)).toEqual([stack.node.root]);
  });
});

test("a right that is in a role's managed policy is that policy's attachment", () => {
  // GIVEN
  const stack = newStack();
  const issuer = newIssuer(stack);
  const names = Array.from({ length: 60 }, (_, at) => `a-key-with-a-rather-long-name-${at}`);
  // WHEN
  const grants = names.map((name) => newKey(stack, issuer, {}, name).grants.read({ roleName: "app" }).fqn);
  // THEN
  const { resource } = render(stack);
  const given = ["aws_iam_role_policy", "aws_iam_role_policy_attachment"].flatMap((type) =>
    Object.keys(resource[type] ?? {})
      .filter((id) => id.includes("_reads"))
      .map((id) => `${type}.${id}`),
  );
  expect(given.length).toBeGreaterThan(1);
  expect([...new Set(grants)].sort()).toEqual(given.sort());
});

test("what is no role does not compile", () => {
  const stack = newStack();
  const key = newKey(stack, newIssuer(stack));
  for (const refused of [
    // @ts-expect-error a user has no trust policy
    () => key.grants.read(new IamUser(stack, "jane", { name: "jane" })),
    // @ts-expect-error nor has a group
    () => key.grants.read(new IamGroup(stack, "staff", { name: "staff" })),
    // @ts-expect-error a name alone does not say what bears it
    () => key.grants.read({ name: "app" }),
  ]) {
    expect(refusal(refused).code).toBe("SK142");
  }
});
