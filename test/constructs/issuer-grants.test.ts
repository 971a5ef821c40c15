import { readFileSync } from "node:fs";
import { Cloudtrail } from "@cdktf/provider-aws/lib/cloudtrail";
import { DataAwsIamRole } from "@cdktf/provider-aws/lib/data-aws-iam-role";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { DOCUMENTS, permissionsPage } from "../../scripts/permissions";
import { matchesGlob } from "../../src/sandbox/time-and-faults/glob";
import { decided, policyOf, roleArn } from "../support/iam";
import { newIssuer, newKey, newStack, only, plain, render, type Statement, statements } from "./support";

const LAMBDA = "arn:PARTITION:lambda:REGION:ACCOUNT:function:ai-keys-openai";
const DOORS = ["controller", "controller:$LATEST", "controller:sweep", "controller:operator", "controller:1"];
const TAG = "aws:ResourceTag/scoped-keys:issuer";
const OBSERVER = ["observer", "observer:$LATEST"];

/**
 * As IAM would for an allow: action and resource match by pattern. Conditions are looked at apart.
 */
function invokable(all: readonly Statement[], start: string): string[] {
  return [...DOORS, ...OBSERVER].filter((name) =>
    all.some(
      ({ Action, Resource, Condition }) =>
        Condition === undefined &&
        [Action].flat().some((action) => matchesGlob(action, "lambda:InvokeFunction")) &&
        [Resource].flat().some((resource) => matchesGlob(resource, `${start}-${name}`)),
    ),
  );
}

describe("rights on an issuer", () => {
  const granted = (what: "operate" | "plan") => {
    const stack = newStack();
    const issuer = newIssuer(stack);
    newKey(stack, issuer);
    const role = new IamRole(stack, "role", { name: "on-call", assumeRolePolicy: "{}" });
    issuer.grants[what](role);
    issuer.grants[what](role);
    const policy = only(render(stack).resource["aws_iam_role_policy"], what);
    return { policy, statements: statements(plain(policy.policy)) };
  };

  test("to operate open the operators' door, and no other", () => {
    const { policy, statements: all } = granted("operate");
    expect(policy).toMatchObject({
      name: "operate-ai-keys-openai",
      role: expect.stringMatching(/^\$\{aws_iam_role\.role\.name\}$/),
    });
    expect(invokable(all, LAMBDA)).toEqual(["controller:operator"]);
  });

  test("to operate let Secrets Manager invoke on the operator's behalf, and rotate secrets under the prefix alone", () => {
    const { statements: all } = granted("operate");
    const conditional = all.filter(({ Sid }) => Sid === "RotationFunction");
    expect(conditional).toEqual([
      {
        Sid: "RotationFunction",
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: `${LAMBDA}-controller`,
        Condition: { Bool: { "aws:ViaAWSService": "true" } },
      },
    ]);
    expect(all.find(({ Sid }) => Sid === "Rotate")?.Resource).toBe(
      "arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:ai-keys/openai/*",
    );
  });

  test("to operate start a rotation, and set neither who rotates a secret nor how often", () => {
    const resource = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/chat-AbCdEf";
    const identity = policyOf(JSON.stringify({ Version: "2012-10-17", Statement: granted("operate").statements }));
    const rotate = (context: Record<string, string>) =>
      decided({ action: "secretsmanager:RotateSecret", resource, role: roleArn("on-call"), identity, context });
    const own = "arn:aws:lambda:us-east-1:111122223333:function:ai-keys-openai-controller";
    // AWS leaves out what a request does not set, or says that it is not set.
    expect(rotate({})).toBe("allowed");
    expect(rotate({ "secretsmanager:ModifyRotationRules": "false" })).toBe("allowed");
    expect(rotate({ "secretsmanager:RotationLambdaARN": own })).toBe("allowed");
    expect(rotate({ "secretsmanager:RotationLambdaARN": own.replace("ai-keys-openai-controller", "evil") })).toBe(
      "not allowed",
    );
    expect(rotate({ "secretsmanager:ModifyRotationRules": "true" })).toBe("not allowed");
  });

  test.each(["operator", "planner", "deployer"] as const)(
    "end where another issuer's begin, whose prefix lies in this one's: %s",
    (role) => {
      const identity = policyOf(DOCUMENTS[role]);
      const actions = new Set(
        statements(DOCUMENTS[role])
          .flatMap(({ Action }) => [Action].flat())
          .filter((action) => action.startsWith("secretsmanager:")),
      );
      expect(actions.size).toBeGreaterThan(1);
      const start = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai-keys/openai/";
      for (const action of actions) {
        const may = (resource: string, context: Record<string, string> = {}) =>
          decided({ action, resource: start + resource, role: roleArn("somebody"), identity, context });
        expect([action, may("chat-AbCdEf", { [TAG]: "ai-keys/openai" })]).toEqual([action, "allowed"]);
        // What is made, is taken over, or is not there.
        expect([action, may("chat-AbCdEf")]).toEqual([action, "allowed"]);
        expect([action, may("team/chat-AbCdEf", { [TAG]: "ai-keys/openai/team" })]).toEqual([action, "not allowed"]);
      }
    },
  );

  test("to deploy with a boundary make no role without it, give none a right without it, and never take it off", () => {
    // GIVEN
    const boundary = "arn:aws:iam::111122223333:policy/functions-of-keys";
    const all = statements(DOCUMENTS.deployer).filter(({ Sid }) => Sid !== "Roles");
    const bounded = [...all, ...statements(DOCUMENTS["deployer's roles"])];
    const identity = policyOf(JSON.stringify({ Version: "2012-10-17", Statement: bounded }));
    const resource = roleArn("ai-keys-openai-controller-eu-west-1");
    const may = (action: string, given?: string) => {
      const context: Record<string, string> = given === undefined ? {} : { "iam:PermissionsBoundary": given };
      return decided({ action: `iam:${action}`, resource, role: roleArn("ci"), identity, context });
    };
    // THEN
    for (const action of ["CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary"]) {
      expect([action, may(action, boundary)]).toEqual([action, "allowed"]);
      expect([action, may(action)]).toEqual([action, "not allowed"]);
      expect([action, may(action, "arn:aws:iam::aws:policy/AdministratorAccess")]).toEqual([action, "not allowed"]);
    }
    for (const action of ["DeleteRolePermissionsBoundary", "AttachRolePolicy"]) {
      expect([action, may(action, boundary)]).toEqual([action, "not allowed"]);
    }
    const changed = ["CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "DeletePolicy"];
    for (const action of changed) {
      const asked = { action: `iam:${action}`, resource: boundary, role: roleArn("ci"), identity };
      expect([action, decided(asked)]).toEqual([action, "not allowed"]);
    }
    // All else is as without it.
    const actions = (list: readonly Statement[]) => list.flatMap(({ Action }) => Action).sort();
    expect(actions(bounded)).toEqual(actions(statements(DOCUMENTS.deployer)));
  });

  test("to plan open the observer, and no door of the controller", () => {
    expect(invokable(granted("plan").statements, LAMBDA)).toEqual(OBSERVER);
  });

  test.each(["operate", "plan"] as const)("to %s read no value, write no version and no record", (what) => {
    const actions = granted(what).statements.flatMap(({ Action }) => Action);
    for (const action of actions) {
      expect(action).not.toContain("*");
      expect(action).not.toMatch(
        /GetSecretValue|PutSecretValue|UpdateSecretVersionStage|PutItem|DeleteItem|kms:(?!DescribeKey)|PassRole/,
      );
    }
  });

  test("are the documents that the page shows, which is up to date", () => {
    expect(permissionsPage()).toBe(readFileSync("docs/permissions.md", "utf8"));
    const example = (text: string) =>
      text
        .replaceAll("arn:PARTITION", "arn:aws")
        .replaceAll("REGION", "eu-west-1")
        .replaceAll("ACCOUNT", "111122223333");
    expect(JSON.parse(DOCUMENTS.operator).Statement).toEqual(
      JSON.parse(example(JSON.stringify(granted("operate").statements))),
    );
    expect(JSON.parse(DOCUMENTS.planner).Statement).toEqual(
      JSON.parse(example(JSON.stringify(granted("plan").statements))),
    );
  });

  test("are told apart from a deployer's, who has Terraform's door", () => {
    const of = (role: keyof typeof DOCUMENTS) =>
      invokable(statements(DOCUMENTS[role]), "arn:aws:lambda:eu-west-1:111122223333:function:ai-keys-openai");
    expect(of("planner")).toEqual(OBSERVER);
    expect(of("operator")).toEqual(["controller:operator"]);
    expect(of("deployer")).toEqual(["controller", "controller:$LATEST", ...OBSERVER]);
  });

  test("are given to roles that stand elsewhere, by construct or by name", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    // WHEN
    issuer.grants.plan(new DataAwsIamRole(stack, "found", { name: "pull-requests" }));
    issuer.grants.operate({ roleName: "on-call" });
    issuer.grants.operate({ roleName: "on-call" });
    // THEN
    const policies = render(stack).resource["aws_iam_role_policy"];
    expect(only(policies, "plan").role).toMatch(/^\$\{data\.aws_iam_role\.found\.name\}$/);
    expect(only(policies, "operate").role).toBe("on-call");
  });
});

describe("the selectors of a trail", () => {
  test("name the controller by all its names, and writes into the ledger", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    // WHEN
    new Cloudtrail(stack, "trail", {
      name: "audit",
      s3BucketName: "audit-logs",
      advancedEventSelector: issuer.auditEventSelectors(),
    });
    // THEN
    const data = { field: "eventCategory", equals: ["Data"] };
    const trail = only(render(stack).resource["aws_cloudtrail"]);
    expect(JSON.parse(plain(JSON.stringify(trail.advanced_event_selector)))).toEqual([
      {
        name: "ai-keys/openai: who called the controller",
        field_selector: [
          data,
          { field: "resources.type", equals: ["AWS::Lambda::Function"] },
          { field: "resources.ARN", starts_with: [`${LAMBDA}-controller`] },
        ],
      },
      {
        name: "ai-keys/openai: who wrote into the ledger",
        field_selector: [
          data,
          { field: "resources.type", equals: ["AWS::DynamoDB::Table"] },
          {
            field: "resources.ARN",
            starts_with: ["arn:PARTITION:dynamodb:REGION:ACCOUNT:table/ai-keys-openai-ledger"],
          },
          { field: "readOnly", equals: ["false"] },
        ],
      },
    ]);
  });
});
