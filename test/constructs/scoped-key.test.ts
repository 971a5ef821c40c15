import { DataAwsIamRole } from "@cdktf/provider-aws/lib/data-aws-iam-role";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Testing } from "cdktf";
import * as v from "valibot";
import { DriftDetection, Duration, Lifetime, OpenAiScope, ScopedKey } from "../../constructs";
import { observeEventSchema, reconcileEventSchema } from "../../src/model/events";
import { policyDigest } from "../../src/model/key-policy";
import { inline, newIssuer, newKey, newStack, only, plain, type Rendered, render, statements } from "./support";

/** What Terraform sends for the key when the observer has nothing to say. */
function reconcileEvent(rendered: Rendered, idPart = "") {
  const { input } = only(rendered.resource["aws_lambda_invocation"], idPart);
  const text = (input as string)
    .replace(/\$\{jsonencode\(lookup\(local\.[\w-]+, "[^"]+", "none"\)\)\}/, '"none"')
    .replace(/([$%])\1\{/g, "$1{");
  return v.parse(reconcileEventSchema, { ...JSON.parse(text), tf: { action: "create" } });
}

/** Addresses that must stand before the resource is made, directly or not. */
function dependenciesOf(rendered: Rendered, address: string, seen = new Set<string>()): Set<string> {
  const [type = "", id = ""] = address.split(".");
  const block = rendered.resource[type]?.[id];
  const text = inline(rendered, JSON.stringify(block ?? {}));
  const direct = [...text.matchAll(/\b(aws_[a-z_]+\.[\w-]+)/g)].map((match) => match[1] ?? "");
  for (const other of direct) {
    if (seen.has(other) || text.includes(`data.${other}`)) continue;
    seen.add(other);
    dependenciesOf(rendered, other, seen);
  }
  return seen;
}

describe("what a key renders", () => {
  test("exactly three managed resources when it rotates, two when it does not", () => {
    // GIVEN
    const count = (rendered: Rendered) =>
      Object.values(rendered.resource).reduce((sum, blocks) => sum + Object.keys(blocks).length, 0);
    const stack = newStack();
    const issuer = newIssuer(stack);
    const before = count(render(stack));
    // WHEN
    newKey(stack, issuer);
    const withOne = count(render(stack));
    newKey(stack, issuer, { lifetime: Lifetime.expiring({ after: Duration.days(30) }) }, "expiring");
    // THEN
    expect(withOne - before).toBe(3);
    expect(count(render(stack)) - withOne).toBe(2);
  });

  test("a secret that says in words what the key is", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newKey(stack, newIssuer(stack), {
      kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k1",
      replicas: [{ region: "eu-west-1" }],
      tags: { team: "search" },
    });
    // THEN
    const secret = only(render(stack).resource["aws_secretsmanager_secret"]);
    expect(secret).toMatchObject({
      name: "ai-keys/openai/summariser",
      description:
        "Summaries on the results page. Owner: search-team@example.com. Scopes: api.model.read, api.model.request. " +
        "Rotates every 7 days, overlap 1 day, expiry 10 days.",
      recovery_window_in_days: 0,
      kms_key_id: "arn:aws:kms:us-east-1:111122223333:key/k1",
      replica: [{ region: "eu-west-1" }],
      tags: { team: "search" },
    });
  });

  test("a description that fits into 2,048 characters whatever the scopes", () => {
    // GIVEN
    const stack = newStack();
    const scopes = Array.from({ length: 100 }, (_, i) => OpenAiScope.custom(`api.${"x".repeat(120)}${i}`));
    // WHEN
    newKey(stack, newIssuer(stack), { scopes, purpose: "p".repeat(256) });
    // THEN
    const { description } = only(render(stack).resource["aws_secretsmanager_secret"]);
    expect(description.length).toBeLessThanOrEqual(2_048);
    expect(description).toContain("and 90 more");
  });

  test("an invocation of a constant function whose input is the reconcile event, known but for the repair token", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newKey(stack, newIssuer(stack));
    // THEN
    const rendered = render(stack);
    const invocation = only(rendered.resource["aws_lambda_invocation"]);
    expect(Object.keys(invocation).sort()).toEqual(["depends_on", "function_name", "input", "lifecycle_scope"]);
    expect(invocation.function_name).toBe("ai-keys-openai-controller");
    expect(invocation.lifecycle_scope).toBe("CRUD");
    expect(invocation.input.match(/\$\{/g)).toHaveLength(1);
    expect(reconcileEvent(rendered)).toEqual({
      key: "summariser",
      secret: "ai-keys/openai/summariser",
      policy: {
        vendor: "openai",
        owner: "search-team@example.com",
        purpose: "Summaries on the results page",
        scopes: ["api.model.read", "api.model.request"],
        lifetime: { rotateEverySeconds: 604_800, overlapSeconds: 86_400, expirySeconds: 864_000 },
      },
      repair: "none",
      tf: { action: "create" },
    });
  });

  test("the same input whatever the order of the scopes", () => {
    // GIVEN
    const input = (scopes: OpenAiScope[]) => {
      const stack = newStack();
      newKey(stack, newIssuer(stack), { scopes });
      return only(render(stack).resource["aws_lambda_invocation"]).input;
    };
    // THEN
    expect(input([OpenAiScope.FILES_READ, OpenAiScope.MODELS_READ])).toBe(
      input([OpenAiScope.MODELS_READ, OpenAiScope.FILES_READ]),
    );
  });

  test("a purpose that looks like a Terraform template arrives as it was written", () => {
    // GIVEN
    const purpose = `Costs of "\${region}" in %{ if x }`;
    const stack = newStack();
    // WHEN
    newKey(stack, newIssuer(stack), { purpose });
    // THEN
    const rendered = render(stack);
    expect(reconcileEvent(rendered).policy.purpose).toBe(purpose);
    expect(only(rendered.resource["aws_secretsmanager_secret"]).description).toContain("$${region}");
  });

  test.each([
    [Duration.hours(4), { schedule_expression: "cron(0 0/4 * * ? *)" }],
    [Duration.hours(23), { schedule_expression: "rate(23 hours)" }],
    [Duration.hours(24), { schedule_expression: "cron(0 0 * * ? *)", duration: "1h" }],
    [Duration.days(30), { schedule_expression: "rate(30 days)" }],
  ])("a rotation on the schedule of its lifetime: %s", (every, rules) => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newKey(stack, newIssuer(stack), {
      lifetime: Lifetime.rotating({ every, overlap: Duration.hours(1), expiry: Duration.days(100) }),
    });
    // THEN
    const rendered = render(stack);
    const rotation = only(rendered.resource["aws_secretsmanager_secret_rotation"]);
    expect(rotation.rotate_immediately).toBe(false);
    expect(rotation.rotation_rules).toEqual(rules);
    expect(plain(inline(rendered, rotation.rotation_lambda_arn))).toBe(
      "arn:PARTITION:lambda:REGION:ACCOUNT:function:ai-keys-openai-controller",
    );
  });

  test("a secret policy that is closed to other accounts and to all writers but the controller", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newKey(stack, newIssuer(stack));
    // THEN
    const rendered = render(stack);
    const secret = only(rendered.resource["aws_secretsmanager_secret"]);
    const controllerRole = only(rendered.resource["aws_iam_role"], "controller").name;
    expect(statements(plain(inline(rendered, secret.policy)))).toEqual([
      {
        Sid: "ThisAccountOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:*",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:PrincipalAccount": "ACCOUNT" },
          Bool: { "aws:PrincipalIsAWSService": "false" },
        },
      },
      {
        Sid: "ControllerWrites",
        Effect: "Deny",
        Principal: "*",
        Action: ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
        Resource: "*",
        Condition: {
          ArnNotEquals: { "aws:PrincipalArn": `arn:PARTITION:iam::ACCOUNT:role/${plain(controllerRole)}` },
          Bool: { "aws:PrincipalIsAWSService": "false" },
        },
      },
      {
        Sid: "IssuerTagStays",
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:TagResource",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:RequestTag/scoped-keys:issuer": "ai-keys/openai" },
          Null: { "aws:RequestTag/scoped-keys:issuer": "false" },
        },
      },
      {
        Sid: "IssuerTagIsNotTakenOff",
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:UntagResource",
        Resource: "*",
        Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": ["scoped-keys:issuer"] } },
      },
    ]);
  });

  test("the tag of its issuer, which goes before tags of one's own and of the provider", () => {
    const stack = newStack();
    newKey(stack, newIssuer(stack), { tags: { team: "search" } });
    const secret = only(render(stack).resource["aws_secretsmanager_secret"]);
    expect(secret.tags).toEqual({ team: "search", "scoped-keys:issuer": "ai-keys/openai" });
  });
});

describe("order", () => {
  test("a key is destroyed by: cancel the rotation, revoke, then all that revoking needs", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    // WHEN
    const rendered = render(stack);
    // THEN
    const rotation = only(rendered.resource["aws_secretsmanager_secret_rotation"]);
    expect(rotation.depends_on).toEqual([expect.stringMatching(/^aws_lambda_invocation\.summariser_reconcile/)]);
    const needed = [...dependenciesOf(rendered, rotation.depends_on[0])].map((a) => a.replace(/_[0-9A-F]{8}$/, ""));
    expect(needed.sort()).toEqual([
      "aws_cloudwatch_event_rule.openai_sweep",
      "aws_cloudwatch_log_group.openai_controller_log",
      "aws_dynamodb_resource_policy.openai_ledger_policy",
      "aws_dynamodb_table.openai_ledger",
      "aws_iam_role.openai_controller_role",
      "aws_iam_role_policy.openai_controller_policy",
      "aws_lambda_alias.openai_operator_alias",
      "aws_lambda_alias.openai_sweep_alias",
      "aws_lambda_function.openai_controller_function",
      "aws_lambda_permission.openai_rotation_permission",
      "aws_lambda_permission.openai_sweep_permission",
      "aws_secretsmanager_secret.summariser_secret",
    ]);
  });

  test("the observer is asked only when it has its permissions", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    // WHEN
    const observer = only(render(stack).resource["aws_lambda_function"], "observer");
    // THEN
    expect(observer.depends_on).toEqual([
      expect.stringMatching(/^aws_iam_role_policy\.openai_observer_policy/),
      expect.stringMatching(/^aws_cloudwatch_log_group\.openai_observer_log/),
      expect.stringMatching(/^aws_dynamodb_resource_policy\./),
    ]);
  });
});

describe("drift", () => {
  test("one observation per issuer and stack, of all its keys, with nothing unknown in it", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    // WHEN
    newKey(stack, issuer);
    newKey(stack, issuer, { scopes: [OpenAiScope.FILES_READ] }, "reader");
    // THEN
    const rendered = render(stack);
    const observed = only(rendered.data["aws_lambda_invocation"]);
    expect(v.parse(observeEventSchema, JSON.parse(observed.input))).toEqual({
      action: "observe",
      keys: {
        reader: policyDigest(reconcileEvent(rendered, "reader").policy),
        summariser: policyDigest(reconcileEvent(rendered, "summariser").policy),
      },
    });
    expect(inline(rendered, observed.function_name)).toMatch(
      /^\$\{aws_lambda_function\.openai_observer_function_\w+\.arn\}$/,
    );
    expect(observed.function_name).toMatch(/^\$\{local\./);
  });

  test("the repair token is the observer's word on the key", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    // WHEN
    const rendered = render(stack);
    // THEN
    const { input } = only(rendered.resource["aws_lambda_invocation"]);
    const [, repairs = ""] = /lookup\(local\.([\w-]+), "summariser", "none"\)/.exec(input) ?? [];
    expect(rendered.locals[repairs]).toMatch(/^\$\{\{ for key, seen in local\.[\w-]+ : key => seen\.repair \}\}$/);
    const [, states = ""] = /in local\.([\w-]+)/.exec(rendered.locals[repairs] ?? "") ?? [];
    expect(rendered.locals[states]).toMatch(/^\$\{jsondecode\(data\.aws_lambda_invocation\.[\w-]+\.result\)\}$/);
  });

  test("a check that only asserts tells of keys that are not in sync", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    // WHEN
    const { check } = render(stack);
    // THEN
    expect(Object.keys(check ?? {})).toEqual(["ai-keys-openai"]);
    expect(Object.keys(check?.["ai-keys-openai"])).toEqual(["assert"]);
    expect(check?.["ai-keys-openai"].assert[0].condition).toMatch(/^\$\{length\(local\.[\w-]+\) == 0\}$/);
  });

  test("is not looked for when switched off", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack, { drift: DriftDetection.off() }));
    // WHEN
    const rendered = render(stack);
    // THEN
    expect(rendered.data["aws_lambda_invocation"]).toBeUndefined();
    expect(rendered.check).toBeUndefined();
    const { input } = only(rendered.resource["aws_lambda_invocation"]);
    expect(JSON.parse(input).repair).toBe("none");
  });
});

describe("keys in other stacks than their issuer's", () => {
  test("share it: the stack is deployed after the issuer's and observes its own keys alone", () => {
    // GIVEN
    const app = Testing.app();
    const platform = newStack(app, "platform");
    const team = newStack(app, "team");
    const issuer = newIssuer(platform);
    newKey(platform, issuer, {}, "own");
    // WHEN
    newKey(team, issuer, {}, "theirs");
    platform.prepareStack();
    team.prepareStack();
    const rendered = render(team);
    // THEN
    expect(team.dependencies).toEqual([platform]);
    expect(rendered.resource["aws_lambda_function"]).toBeUndefined();
    expect(rendered.resource["aws_dynamodb_table"]).toBeUndefined();
    const observed = only(rendered.data["aws_lambda_invocation"]);
    expect(Object.keys(JSON.parse(observed.input).keys)).toEqual(["theirs"]);
    expect(inline(rendered, observed.function_name)).toContain("data.terraform_remote_state");
    const invocation = only(rendered.resource["aws_lambda_invocation"]);
    expect(invocation.function_name).toBe("platform-openai-controller");
    expect(invocation.depends_on).toEqual([expect.stringMatching(/^aws_secretsmanager_secret\.theirs_secret/)]);
  });
});

describe("grants", () => {
  const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [] });

  test("read lets a role read this secret, and decrypt it where the key has a KMS key", () => {
    // GIVEN
    const stack = newStack();
    const role = new IamRole(stack, "app", { assumeRolePolicy });
    const kmsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/k1";
    const key = newKey(stack, newIssuer(stack), { kmsKeyArn });
    // WHEN
    key.grants.read(role);
    key.grants.read(role);
    // THEN
    const granted = only(render(stack).resource["aws_iam_role_policy"], "read");
    const secretArn = expect.stringMatching(/^\$\{aws_secretsmanager_secret\.summariser_secret_\w+\.arn\}$/);
    expect(granted.role).toBe(`\${aws_iam_role.app.name}`);
    expect(granted.name).toBe("read-ai-keys-openai-summariser");
    expect(statements(plain(granted.policy))).toEqual([
      {
        Sid: "ReadKey",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        Resource: secretArn,
      },
      {
        Sid: "DecryptKey",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: kmsKeyArn,
        Condition: {
          StringEquals: { "kms:ViaService": "secretsmanager.REGION.amazonaws.com" },
          StringLike: { "kms:EncryptionContext:SecretARN": secretArn },
        },
      },
    ]);
  });

  test("an imported key renders nothing but what is granted on it", () => {
    // GIVEN
    const stack = newStack();
    const role = new DataAwsIamRole(stack, "app", { name: "app" });
    const secretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/other-AbCdEf";
    // WHEN
    const key = ScopedKey.fromAttributes(stack, "other", { secretArn, secretName: "ai-keys/openai/other" });
    key.grants.read(role);
    // THEN
    const { resource } = render(stack);
    expect(Object.keys(resource)).toEqual(["aws_iam_role_policy"]);
    expect(statements(only(resource["aws_iam_role_policy"]).policy)).toHaveLength(1);
    expect(statements(only(resource["aws_iam_role_policy"]).policy)[0]?.Resource).toBe(secretArn);
  });
});

describe("metrics", () => {
  test("of a key carry issuer and name, as the functions write them", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    const key = newKey(stack, newIssuer(stack));
    // THEN
    expect(key.metrics.daysUntilExpiry()).toEqual({
      namespace: "ScopedKeys",
      metricName: "DaysUntilExpiry",
      dimensions: { Issuer: "ai-keys/openai", Key: "summariser" },
      statistic: "Minimum",
      period: 3_600,
    });
    expect(key.metrics.rotationFailed().metricName).toBe("RotationFailed");
  });
});
