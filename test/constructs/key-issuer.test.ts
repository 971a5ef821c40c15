import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Testing } from "cdktf";
import * as v from "valibot";
import { AdminKey, Duration, Lifetime } from "../../constructs";
import { environmentSchema } from "../../src/model/environment";
import { sweepEventSchema } from "../../src/model/events";
import { newIssuer, newKey, newStack, only, plain, render, type Statement, statements } from "./support";

function rolePolicy(issuerProps: Parameters<typeof newIssuer>[1], role: "controller" | "observer"): Statement[] {
  const stack = newStack();
  newIssuer(stack, issuerProps);
  return statements(plain(only(render(stack).resource["aws_iam_role_policy"], role).policy));
}

const actions = (all: Statement[]) => all.flatMap((s) => s.Action);
const allowing = (all: Statement[], action: string) => all.filter((s) => [s.Action].flat().includes(action));

describe("functions", () => {
  test.each(["controller", "observer"] as const)("%s has a constant name and the packaged code", (role) => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack);
    // THEN
    const zip = readFileSync(join(__dirname, "..", "..", "lib", "lambda", "openai", `${role}.zip`));
    expect(only(render(stack).resource["aws_lambda_function"], role)).toMatchObject({
      function_name: `ai-keys-openai-${role}`,
      package_type: "Zip",
      filename: expect.stringMatching(new RegExp(`^assets/.*/${role}\\.zip$`)),
      source_code_hash: createHash("sha256").update(zip).digest("base64"),
      handler: "index.handler",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memory_size: 256,
      timeout: role === "controller" ? 600 : 60,
    });
  });

  test("get an environment that the handlers can parse", () => {
    // GIVEN
    const stack = newStack();
    const observerAdminKey = AdminKey.fromSecretName("ai/admin/openai-read");
    // WHEN
    newIssuer(stack, { observerAdminKey, adminCallsPerMinute: 30, baseUrl: "https://eu.api.openai.com/v1" });
    // THEN
    const functions = render(stack).resource["aws_lambda_function"];
    const environment = (role: string) => v.parse(environmentSchema, only(functions, role).environment.variables);
    expect(environment("controller")).toEqual({
      SCOPED_KEYS_PREFIX: "ai-keys/openai",
      SCOPED_KEYS_LEDGER_TABLE: expect.stringMatching(/^\$\{aws_dynamodb_table\.[\w-]+\.name\}$/),
      SCOPED_KEYS_ADMIN_SECRET: "ai/admin/openai",
      SCOPED_KEYS_VENDOR_SETTINGS: { projectId: "proj_abc", baseUrl: "https://eu.api.openai.com/v1" },
      SCOPED_KEYS_DRIFT_AT_PLAN: "true",
      SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE: 30,
    });
    expect(environment("observer")).not.toHaveProperty("SCOPED_KEYS_DRIFT_AT_PLAN");
    expect(environment("observer").SCOPED_KEYS_ADMIN_SECRET).toBe("ai/admin/openai-read");
  });

  test("run in a VPC when a network is given, and may then make network interfaces", () => {
    // GIVEN
    const network = { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
    const stack = newStack();
    // WHEN
    newIssuer(stack, { network });
    // THEN
    const { vpc_config } = only(render(stack).resource["aws_lambda_function"], "controller");
    expect(vpc_config).toEqual({ subnet_ids: ["subnet-1"], security_group_ids: ["sg-1"] });
    expect(actions(rolePolicy({ network }, "observer")).some((a) => a.startsWith("ec2:"))).toBe(true);
    expect(actions(rolePolicy({}, "observer")).some((a) => a.startsWith("ec2:"))).toBe(false);
  });

  test("write to log groups of their own, kept for 90 days", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack);
    // THEN
    expect(only(render(stack).resource["aws_cloudwatch_log_group"], "observer")).toEqual({
      name: "/aws/lambda/ai-keys-openai-observer",
      retention_in_days: 90,
    });
  });

  test("have roles whose names fit into 64 characters and differ, however long the prefix", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack, { prefix: `${"p".repeat(35)}/openai-europe-1` });
    // THEN
    const names = Object.values(render(stack).resource["aws_iam_role"] ?? {}).map((role) => plain(role.name));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name.replace("REGION", "ap-southeast-1").length).toBeLessThanOrEqual(64);
  });
});

describe("least privilege", () => {
  const SECRETS = "arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:ai-keys/openai/*";
  const ADMIN = "arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:ai/admin/openai-??????";

  test("no statement but KMS's allows a whole service or every resource", () => {
    for (const role of ["controller", "observer"] as const) {
      for (const statement of rolePolicy({}, role)) {
        expect(statement.Effect).toBe("Allow");
        for (const action of [statement.Action].flat()) expect(action).not.toContain("*");
        if (!["SecretsKey", "SecretsKeyState"].includes(statement.Sid))
          expect([statement.Resource].flat()).not.toContain("*");
      }
    }
  });

  test("the controller reaches secrets under its prefix and its admin key, nothing else", () => {
    // WHEN
    const policy = rolePolicy({}, "controller");
    // THEN
    const ofSecrets = policy.filter((s) => [s.Action].flat().some((a) => a.startsWith("secretsmanager:")));
    expect(ofSecrets.map((s) => [s.Action, s.Resource])).toEqual([
      ["secretsmanager:DescribeSecret", SECRETS],
      [
        ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
        SECRETS,
      ],
      ["secretsmanager:GetSecretValue", ADMIN],
    ]);
  });

  test("the observer can read no key's value: only its admin key's", () => {
    // WHEN
    const policy = rolePolicy({}, "observer");
    // THEN
    expect(allowing(policy, "secretsmanager:GetSecretValue").map((s) => s.Resource)).toEqual([ADMIN]);
    expect(actions(policy).filter((a) => a.startsWith("secretsmanager:"))).toEqual([
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
    ]);
    expect(actions(policy).filter((a) => a.startsWith("kms:"))).toEqual(["kms:DescribeKey"]);
  });

  test("the ledger is open only where the issuer's prefix leads, and for the observer only to read and to pace", () => {
    // GIVEN
    const keys = (statement: Statement | undefined) =>
      statement?.Condition?.["ForAllValues:StringEquals"]?.["dynamodb:LeadingKeys"];
    // WHEN
    const [controller] = allowing(rolePolicy({}, "controller"), "dynamodb:PutItem");
    const observer = rolePolicy({}, "observer").filter((s) => [s.Action].flat().some((a) => a.startsWith("dynamodb:")));
    // THEN
    expect(controller?.Resource).toBe("arn:PARTITION:dynamodb:REGION:ACCOUNT:table/ai-keys-openai-ledger");
    expect(keys(controller)).toEqual(["ai-keys/openai", "ai-keys/openai#pace"]);
    expect(controller?.Condition?.["Null"]).toEqual({ "dynamodb:LeadingKeys": "false" });
    expect(observer.map((s) => [s.Action, keys(s)])).toEqual([
      [
        ["dynamodb:GetItem", "dynamodb:Query"],
        ["ai-keys/openai", "ai-keys/openai#pace"],
      ],
      ["dynamodb:PutItem", ["ai-keys/openai#pace"]],
    ]);
  });

  test("the controller may put events on the default bus under the library's name, and the observer none", () => {
    // WHEN
    const ofEvents = (role: "controller" | "observer") =>
      rolePolicy({}, role).filter((s) => [s.Action].flat().some((a) => a.startsWith("events:")));
    // THEN
    expect(ofEvents("controller")).toEqual([
      {
        Sid: "Incidents",
        Effect: "Allow",
        Action: "events:PutEvents",
        Resource: "arn:PARTITION:events:REGION:ACCOUNT:event-bus/default",
        Condition: { StringEquals: { "events:source": "scoped-keys" } },
      },
    ]);
    expect(ofEvents("observer")).toEqual([]);
  });

  test("KMS keys are used only through Secrets Manager, for the issuer's secrets or its admin key, and described", () => {
    // WHEN
    const kmsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/k1";
    const adminKey = AdminKey.fromSecretName("ai/admin/openai", { kmsKeyArn });
    const policy = rolePolicy({ adminKey }, "controller");
    // THEN
    const ofKms = policy.filter(({ Action }) => [Action].flat().some((a) => /^kms:(?!DescribeKey$)/.test(a)));
    expect(allowing(policy, "kms:DescribeKey").map((s) => s.Action)).toEqual(["kms:DescribeKey"]);
    expect(ofKms.map(({ Resource, Condition }) => ({ Resource, Condition }))).toEqual([
      {
        Resource: "*",
        Condition: {
          StringEquals: { "kms:ViaService": "secretsmanager.REGION.amazonaws.com" },
          StringLike: { "kms:EncryptionContext:SecretARN": SECRETS },
        },
      },
      {
        Resource: kmsKeyArn,
        Condition: {
          StringEquals: { "kms:ViaService": "secretsmanager.REGION.amazonaws.com" },
          StringLike: { "kms:EncryptionContext:SecretARN": ADMIN },
        },
      },
    ]);
  });

  test("an admin key given by ARN is reached by that ARN", () => {
    // GIVEN
    const secretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai/admin/openai-AbCdEf";
    // WHEN
    const policy = rolePolicy({ adminKey: AdminKey.fromSecretArn(secretArn) }, "observer");
    // THEN
    expect(allowing(policy, "secretsmanager:GetSecretValue").map((s) => s.Resource)).toEqual([secretArn]);
  });

  test("Secrets Manager and the schedule may invoke the controller, for this account, these secrets and this rule", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack);
    // THEN
    const permissions = render(stack).resource["aws_lambda_permission"];
    const rotation = only(permissions, "rotation");
    expect(rotation.principal).toBe("secretsmanager.amazonaws.com");
    expect(rotation.source_account).toMatch(/^\$\{data\.aws_caller_identity\./);
    expect(plain(rotation.source_arn)).toBe(SECRETS);
    const sweep = only(permissions, "sweep");
    expect(sweep.principal).toBe("events.amazonaws.com");
    expect(sweep.source_arn).toMatch(/^\$\{aws_cloudwatch_event_rule\.openai_sweep_\w+\.arn\}$/);
    expect(sweep.qualifier).toMatch(/^\$\{aws_lambda_alias\.openai_sweep_alias_\w+\.name\}$/);
    expect(rotation).not.toHaveProperty("qualifier");
    expect(Object.keys(permissions ?? {})).toHaveLength(2);
  });
});

describe("doors", () => {
  test("of the schedule and of operators are aliases of $LATEST, so that an update of the code moves neither", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack);
    // THEN
    const { resource } = render(stack);
    const aliases = Object.values(resource["aws_lambda_alias"] ?? {});
    expect(aliases.map((alias) => [alias.name, alias.function_version]).sort()).toEqual([
      ["operator", "$LATEST"],
      ["sweep", "$LATEST"],
    ]);
    for (const { function_name } of aliases) {
      expect(function_name).toMatch(/^\$\{aws_lambda_function\.openai_controller_function_\w+\.function_name\}$/);
    }
  });
});

describe("sweep", () => {
  test.each([
    [undefined, "rate(1 hour)"],
    [Duration.minutes(15), "rate(15 minutes)"],
    [Duration.hours(6), "rate(6 hours)"],
    [Duration.days(1), "rate(1 day)"],
  ])("runs on its schedule: %s", (sweepEvery, expression) => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack, sweepEvery === undefined ? {} : { sweepEvery });
    // THEN
    const { resource } = render(stack);
    expect(only(resource["aws_cloudwatch_event_rule"]).schedule_expression).toBe(expression);
    const target = only(resource["aws_cloudwatch_event_target"]);
    expect(v.is(sweepEventSchema, JSON.parse(target.input))).toBe(true);
    expect(target.arn).toMatch(/^\$\{aws_lambda_alias\.openai_sweep_alias/);
  });
});

describe("a second issuer of the same names, by another app or by another prefix that reads alike", () => {
  /** Of these AWS overwrites one of the same name, without a word. */
  const OVERWRITTEN = [
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_metric_alarm",
    "aws_dynamodb_resource_policy",
    "aws_iam_role_policy",
    "aws_secretsmanager_secret_rotation",
  ];
  /** Of these it refuses a second one. */
  const REFUSED = ["aws_dynamodb_table", "aws_iam_role", "aws_lambda_function", "aws_secretsmanager_secret"];

  test("overwrites nothing of the first, since it is refused what comes before", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    const { resource } = render(stack);
    const texts = new Map<string, string>(
      Object.entries(resource).flatMap(([type, all]) =>
        Object.entries(all).map(([name, attributes]) => [`${type}.${name}`, JSON.stringify(attributes)] as const),
      ),
    );
    const addresses: string[] = [...texts.keys()];
    const isBehindARefusal = (address: string): boolean =>
      addresses
        .filter((other) => other !== address && new RegExp(`\\b${other}\\b`).test(texts.get(address) ?? ""))
        .some((other) => REFUSED.some((type) => other.startsWith(`${type}.`)) || isBehindARefusal(other));
    // THEN
    const overwritten = addresses.filter((address) => OVERWRITTEN.some((type) => address.startsWith(`${type}.`)));
    expect(new Set(overwritten.map((address) => address.slice(0, address.indexOf("."))))).toEqual(new Set(OVERWRITTEN));
    expect(overwritten.filter((address) => !isBehindARefusal(address))).toEqual([]);
  });
});

describe("alarms", () => {
  test("stand by default and go to the topic that is given", () => {
    // GIVEN
    const alertTopicArn = "arn:aws:sns:us-east-1:111122223333:alerts";
    const stack = newStack();
    // WHEN
    newIssuer(stack, { alertTopicArn });
    // THEN
    const alarms = Object.values(render(stack).resource["aws_cloudwatch_metric_alarm"] ?? {});
    expect(alarms.map((a) => [a.alarm_name, a.metric_name, a.treat_missing_data]).sort()).toEqual([
      ["ai-keys-openai-admin-key-refused", "AdminKeyRefused", "notBreaching"],
      ["ai-keys-openai-controller-errors", "Errors", "notBreaching"],
      ["ai-keys-openai-days-until-expiry", "DaysUntilExpiry", "notBreaching"],
      ["ai-keys-openai-open-incidents", "OpenIncidents", "ignore"],
      ["ai-keys-openai-rotation-failed", "RotationFailed", "notBreaching"],
      ["ai-keys-openai-sweep-overdue", "SweepCompleted", "breaching"],
    ]);
    for (const alarm of alarms) expect(alarm.alarm_actions).toEqual([alertTopicArn]);
  });

  test("of open incidents goes off when three sweeps in a row have left one", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack, { sweepEvery: Duration.minutes(30) });
    // THEN
    expect(only(render(stack).resource["aws_cloudwatch_metric_alarm"], "open_incidents")).toMatchObject({
      namespace: "ScopedKeys",
      dimensions: { Issuer: "ai-keys/openai" },
      statistic: "Minimum",
      period: 1_800,
      evaluation_periods: 3,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
    });
  });

  test("of the expiry goes off when the tightest key that rotates is past its window and half of its retries", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    newKey(stack, issuer);
    // WHEN
    const lifetime = Lifetime.rotating({
      every: Duration.hours(12),
      overlap: Duration.hours(1),
      expiry: Duration.hours(31),
    });
    newKey(stack, issuer, { lifetime }, "quick");
    newKey(stack, issuer, { lifetime: Lifetime.expiring({ after: Duration.hours(1) }) }, "meant-to-end");
    // THEN
    const alarm = only(render(stack).resource["aws_cloudwatch_metric_alarm"], "days_until_expiry");
    // 31 h - 12 h - 1 h - 12 h / 2 = 12 h
    expect(alarm.threshold).toBe(0.5);
    expect(alarm.comparison_operator).toBe("LessThanThreshold");
  });
});

describe("the pattern of incidents", () => {
  test("matches what the controller sends of this issuer, and of no other", () => {
    // GIVEN
    const issuer = newIssuer(newStack());
    // THEN
    expect(JSON.parse(issuer.incidentPattern())).toEqual({
      source: ["scoped-keys"],
      "detail-type": ["Scoped Key Incident Opened", "Scoped Key Incident Resolved"],
      detail: { issuer: ["ai-keys/openai"] },
    });
  });
});

describe("ledger", () => {
  test("is one table per issuer, named after its prefix", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack);
    newIssuer(stack, {}, "openai-batch");
    // THEN
    expect(Object.keys(render(stack).resource["aws_dynamodb_table"] ?? {})).toHaveLength(2);
    expect(only(render(stack).resource["aws_dynamodb_table"], "openai_")).toMatchObject({
      name: "ai-keys-openai-ledger",
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "pk",
      range_key: "sk",
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
    });
  });

  test("and lookups are not shared between apps in one process", () => {
    // GIVEN
    const one = newStack(Testing.app());
    const two = newStack(Testing.app());
    // WHEN
    newIssuer(one);
    newIssuer(two);
    // THEN
    expect(render(one)).toEqual(render(two));
  });
});
