import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Testing } from "cdktf";
import { BedrockIssuer, Readers, ScopedKey } from "../../constructs";
import { decided, policyOf, roleArn } from "../support/iam";
import { inline, newIssuer, newKey, newStack, only, plain, render, statements } from "./support";

const SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf";
const DEPLOYER = roleArn("ci/deployer");
const TAG = "scoped-keys:issuer";

describe("rights on a key's secret, as AWS evaluates what is rendered", () => {
  const stack = newStack();
  newKey(stack, newIssuer(stack));
  const rendered = render(stack);
  const policy = policyOf(plain(inline(rendered, only(rendered.resource["aws_secretsmanager_secret"]).policy)));
  const controller = roleArn(
    plain(only(rendered.resource["aws_iam_role"], "controller").name).replace("REGION", "us-east-1"),
  );
  const identity = policyOf(
    plain(inline(rendered, only(rendered.resource["aws_iam_role_policy"], "controller").policy)),
  );

  test.each([
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
  ])(
    "the controller has %s on secrets of its issuer, and on none that another app declares under its prefix",
    (action) => {
      const asked = { action, role: controller, identity };
      expect(
        decided({ ...asked, resource: SECRET, policy, context: { [`aws:ResourceTag/${TAG}`]: "ai-keys/openai" } }),
      ).toBe("allowed");
      const nested = SECRET.replace("summariser", "team/summariser");
      expect(
        decided({ ...asked, resource: nested, context: { [`aws:ResourceTag/${TAG}`]: "ai-keys/openai/team" } }),
      ).toBe("not allowed");
      expect(decided({ ...asked, resource: nested })).toBe("not allowed");
    },
  );

  test("nobody makes it another issuer's, or nobody's, while its policy stands", () => {
    const tag = { action: "secretsmanager:TagResource", resource: SECRET, role: DEPLOYER, policy };
    expect(decided({ ...tag, context: { [`aws:RequestTag/${TAG}`]: "other", "aws:TagKeys": [TAG] } })).toBe("denied");
    expect(decided({ ...tag, context: { [`aws:RequestTag/${TAG}`]: "ai-keys/openai", "aws:TagKeys": [TAG] } })).toBe(
      "allowed",
    );
    expect(decided({ ...tag, context: { "aws:RequestTag/team": "search", "aws:TagKeys": ["team"] } })).toBe("allowed");
    const untag = { ...tag, action: "secretsmanager:UntagResource" };
    expect(decided({ ...untag, context: { "aws:TagKeys": ["team", TAG] } })).toBe("denied");
    expect(decided({ ...untag, context: { "aws:TagKeys": ["team"] } })).toBe("allowed");
  });

  test.each([
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:UpdateSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteSecret",
  ])("whoever deploys is not locked out of %s", (action) => {
    expect(decided({ action, resource: SECRET, role: DEPLOYER, policy })).toBe("allowed");
  });
});

describe("another AWS account, as AWS evaluates what is rendered", () => {
  const OTHER = "999988887777";
  const stack = newStack();
  newKey(stack, newIssuer(stack));
  const { resource } = render(stack);
  const texts = (type: string, name: string) => Object.values(resource[type] ?? {}).map((all) => plain(all[name]));

  test("does nothing to a key's secret, also where somebody has added a statement that lets everybody in", () => {
    // GIVEN
    const secret = policyOf(plain(inline(render(stack), only(resource["aws_secretsmanager_secret"]).policy)));
    const open = policyOf(
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}',
    );
    const both = { ...secret, statements: [...secret.statements, ...open.statements] };
    const role = `arn:aws:iam::${OTHER}:role/ai-keys-openai-controller-us-east-1`;
    for (const operation of [
      "GetSecretValue",
      "PutSecretValue",
      "DescribeSecret",
      "PutResourcePolicy",
      "DeleteSecret",
      "TagResource",
    ]) {
      const asked = { action: `secretsmanager:${operation}`, resource: SECRET, role, account: OTHER };
      // WHEN, THEN
      expect([operation, decided({ ...asked, policy: open })]).toEqual([operation, "allowed"]);
      expect([operation, decided({ ...asked, policy: both })]).toEqual([operation, "denied"]);
    }
  });

  test("is let in by no policy of a resource, and by no role's trust", () => {
    const ofResources = [
      ...texts("aws_secretsmanager_secret", "policy").map((text) => inline(render(stack), text)),
      ...texts("aws_dynamodb_resource_policy", "policy"),
    ];
    expect(ofResources).toHaveLength(2);
    for (const text of ofResources) {
      expect(statements(plain(text)).filter(({ Effect }) => Effect !== "Deny")).toEqual([]);
    }
    const trusted = texts("aws_iam_role", "assume_role_policy").flatMap((text) => statements(text));
    expect(trusted).toHaveLength(2);
    for (const { Principal } of trusted) expect(Principal).toEqual({ Service: "lambda.amazonaws.com" });
  });

  test("does not reach the functions through a service of AWS: each may call for a resource of this account alone", () => {
    const permissions = Object.values(resource["aws_lambda_permission"] ?? {});
    expect(permissions.map(({ principal }) => principal).sort()).toEqual([
      "events.amazonaws.com",
      "secretsmanager.amazonaws.com",
    ]);
    for (const { source_arn: source, source_account: account } of permissions) {
      // The rule of this stack, or all secrets under the prefix of this account.
      if (account === undefined) expect(source).toMatch(/^\$\{aws_cloudwatch_event_rule\.[\w-]+\.arn\}$/);
      else
        expect([plain(account), plain(source)]).toEqual([
          "ACCOUNT",
          expect.stringContaining(":ACCOUNT:secret:ai-keys/openai/"),
        ]);
    }
    // What else lets a service or a web address in is not rendered at all.
    for (const type of [
      "aws_lambda_function_url",
      "aws_sns_topic_policy",
      "aws_cloudwatch_event_permission",
      "aws_kms_grant",
    ]) {
      expect(resource[type]).toBeUndefined();
    }
  });
});

describe("rights on the ledger, as AWS evaluates what is rendered", () => {
  const stack = newStack();
  newIssuer(stack);
  newIssuer(stack, { projectId: "proj_b" }, "second");
  const rendered = render(stack);
  const table = only(rendered.resource["aws_dynamodb_table"], "openai_");
  const policy = policyOf(plain(only(rendered.resource["aws_dynamodb_resource_policy"], "openai_").policy));
  const resource = `arn:aws:dynamodb:us-east-1:111122223333:table/${table.name}`;
  const functions = Object.values(rendered.resource["aws_iam_role"] ?? {}).map(({ name }) =>
    roleArn(plain(name).replace("REGION", "us-east-1")),
  );
  const own = functions.filter((role) => role.includes("-openai-"));

  test("the issuer's functions write, and nobody else does, whatever IAM lets them", () => {
    expect([own.length, functions.length]).toEqual([2, 4]);
    for (const action of ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate"]) {
      for (const role of functions) {
        expect(decided({ action: `dynamodb:${action}`, resource, role, policy })).toBe(
          own.includes(role) ? "allowed" : "denied",
        );
      }
      expect(decided({ action: `dynamodb:${action}`, resource, role: DEPLOYER, policy })).toBe("denied");
    }
  });

  test("whoever deploys is not locked out of the table", () => {
    for (const action of [
      "DescribeTable",
      "UpdateTable",
      "DeleteTable",
      "UpdateContinuousBackups",
      "TagResource",
      "GetResourcePolicy",
      "PutResourcePolicy",
      "DeleteResourcePolicy",
      "Query",
    ]) {
      expect([action, decided({ action: `dynamodb:${action}`, resource, role: DEPLOYER, policy })]).toEqual([
        action,
        "allowed",
      ]);
    }
  });

  test("the policy stands before any function can write, and until none can", () => {
    const ids = Object.keys(rendered.resource["aws_dynamodb_resource_policy"] ?? {});
    const id = ids.find((each) => each.startsWith("openai_"));
    for (const [name, { depends_on }] of Object.entries(rendered.resource["aws_lambda_function"] ?? {})) {
      if (name.startsWith("openai_")) expect(depends_on).toContain(`aws_dynamodb_resource_policy.${id}`);
    }
  });
});

describe("a key with declared readers only, as AWS evaluates what is rendered", () => {
  const app = Testing.app();
  const stack = newStack(app);
  const issuer = newIssuer(stack, { readers: Readers.declaredOnly({ breakGlass: ["break-glass"] }) });
  const key = newKey(stack, issuer);
  const role = new IamRole(stack, "app", { name: "app", path: "/programs/", assumeRolePolicy: "{}" });
  key.grants.read(role);
  const other = newStack(app, "consumers");
  const imported = ScopedKey.fromAttributes(other, "key", { secretArn: SECRET, secretName: key.secretName });
  imported.grants.read({ roleName: "batch" });
  const rendered = render(stack);
  const policy = policyOf(plain(inline(rendered, only(rendered.resource["aws_secretsmanager_secret"]).policy)));
  const controller = roleArn(
    plain(only(rendered.resource["aws_iam_role"], "controller").name).replace("REGION", "us-east-1"),
  );
  const read = (role: string) => decided({ action: "secretsmanager:GetSecretValue", resource: SECRET, role, policy });

  test("readers of this app, wherever they are granted it, the controller and the break-glass role read it", () => {
    const readers = [roleArn("programs/app"), roleArn("batch"), roleArn("on-call/break-glass"), controller];
    expect(readers.map((each) => [each, read(each)])).toEqual(readers.map((each) => [each, "allowed"]));
  });

  test("nobody else does, whatever IAM lets them, nor under a name that looks alike", () => {
    for (const each of ["admin", "ci/deployer", "app2", "programs/my-app", "app/other", "batch-2"]) {
      expect([each, read(roleArn(each))]).toEqual([each, "denied"]);
    }
    expect(
      decided({
        action: "secretsmanager:GetSecretValue",
        resource: SECRET,
        role: roleArn("admin"),
        policy,
        context: { "aws:PrincipalAccount": "999988887777" },
      }),
    ).toBe("denied");
  });

  test.each([
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:UpdateSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteSecret",
  ])("whoever deploys is not locked out of %s", (action) => {
    expect(decided({ action, resource: SECRET, role: DEPLOYER, policy })).toBe("allowed");
  });

  test("the largest policy fits into a secret's 20,480 characters", () => {
    const longest = Array.from({ length: 60 }, (_, at) => `${at}`.padStart(64, "r"));
    const big = newStack();
    newKey(big, newIssuer(big), { readers: Readers.declaredOnly({ elsewhere: longest }) });
    const text = plain(inline(render(big), only(render(big).resource["aws_secretsmanager_secret"]).policy));
    expect(text.replaceAll("ACCOUNT", "111122223333").replaceAll("PARTITION", "aws-us-gov").length).toBeLessThan(
      20_480,
    );
  });

  test("a key can say another than its issuer", () => {
    const open = newStack();
    newKey(open, newIssuer(open, { readers: Readers.declaredOnly() }), { readers: Readers.whoeverIamLets() });
    const all = render(open);
    const text = plain(inline(all, only(all.resource["aws_secretsmanager_secret"]).policy));
    expect(text).not.toContain("DeclaredReadersOnly");
  });
});

describe("rights on IAM users of Bedrock, as AWS evaluates what is rendered", () => {
  const stack = newStack();
  new BedrockIssuer(stack, "bedrock", { regions: ["us-east-1"] });
  const rendered = render(stack);
  const identity = policyOf(
    plain(inline(rendered, only(rendered.resource["aws_iam_role_policy"], "controller").policy)),
  );
  const made = only(rendered.resource["aws_iam_policy"]);
  const boundaryArn = `arn:aws:iam::111122223333:policy${made.path}${made.name}`;
  const user = `arn:aws:iam::111122223333:user/scoped-keys/${made.name.replace(/boundary$/, "summariser-0123456789ab")}`;
  const ask = (action: string, context: Readonly<Record<string, string>> = {}) =>
    decided({ action, resource: user, role: roleArn("controller"), identity, context });

  test.each(["iam:CreateUser", "iam:PutUserPolicy"])("the controller has %s within the boundary alone", (action) => {
    expect(ask(action, { "iam:PermissionsBoundary": boundaryArn })).toBe("allowed");
    expect(ask(action, { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" })).toBe(
      "not allowed",
    );
    expect(ask(action)).toBe("not allowed");
  });

  test.each([
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
  ])("the controller has no %s", (action) => {
    expect(ask(action, { "iam:PermissionsBoundary": boundaryArn })).toBe("not allowed");
  });

  test("within it a user invokes models, and does nothing else whatever its policies say", () => {
    const boundary = policyOf(made.policy);
    const asked = { resource: "*", role: roleArn("user"), boundary };
    expect(decided({ ...asked, action: "bedrock:InvokeModel" })).toBe("allowed");
    expect(decided({ ...asked, action: "bedrock:CallWithBearerToken" })).toBe("allowed");
    for (const action of [
      "iam:CreateUser",
      "s3:GetObject",
      "bedrock:CreateModelCustomizationJob",
      "secretsmanager:GetSecretValue",
    ]) {
      expect([action, decided({ ...asked, action })]).toEqual([action, "not allowed"]);
    }
  });

  test("a function that makes users refers to the boundary, so that it stands before any of them", () => {
    const [id = ""] = Object.keys(rendered.resource["aws_iam_policy"] ?? {});
    const variables = only(rendered.resource["aws_lambda_function"], "controller").environment.variables;
    expect(JSON.stringify(variables)).toContain(`aws_iam_policy.${id}.arn`);
  });
});
