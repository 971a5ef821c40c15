import { Token } from "cdktf";
import * as v from "valibot";
import {
  BedrockIssuer,
  type BedrockIssuerProps,
  Duration,
  Lifetime,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { defined } from "../../../src/model/defined";
import { environmentSchema } from "../../../src/model/environment";
import { iamUserName, ownerName } from "../../../src/model/names";
import { ContractHarness } from "../../../src/testing/fixture";
import { bedrock } from "../../../src/vendors/bedrock/adapter";
import { iamEndpoint } from "../../../src/vendors/bedrock/iam";
import { decided, policyOf, roleArn } from "../../support/iam";
import { subject } from "../../vendors/bedrock/subject";
import { newStack, only, plain, refusal, render, type Statement, statements, WEEKLY } from "../support";

const PREFIX = "ai-keys/bedrock";
const DEPLOYMENT = `${PREFIX}.0badcafe`;

const newIssuer = (props: Partial<BedrockIssuerProps> = {}, stack = newStack()) =>
  new BedrockIssuer(stack, "bedrock", { regions: ["eu-central-1"], ...props });

const newKey = (props: Partial<ScopedKeyProps> = {}) => {
  const stack = newStack();
  return new ScopedKey(stack, "summariser", {
    issuer: newIssuer({}, stack),
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    models: ["amazon.nova-pro-v1:0"],
    lifetime: WEEKLY,
    ...props,
  });
};

function rendered(props: Partial<BedrockIssuerProps> = {}) {
  const stack = newStack();
  newIssuer(props, stack);
  return render(stack).resource;
}

const policy = (role: "controller" | "observer", props: Partial<BedrockIssuerProps> = {}): Statement[] =>
  statements(plain(only(rendered(props)["aws_iam_role_policy"], role).policy));
const ofIam = (all: Statement[]) => all.filter(({ Action }) => [Action].flat().some((a) => a.startsWith("iam:")));
/** Whether a statement's resources take an ARN in. */
const takes = ({ Resource }: Statement, arn: string) =>
  [Resource].flat().some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(arn));

describe("an issuer of keys of Amazon Bedrock", () => {
  test("needs no secret, and its functions get no name of one", () => {
    // WHEN
    const resources = rendered({ regions: ["eu-central-1", "eu-west-1", "unspecified"] });
    // THEN
    for (const role of ["controller", "observer"] as const) {
      const { variables } = only(resources["aws_lambda_function"], role).environment;
      expect(Object.keys(variables)).not.toContain("SCOPED_KEYS_ADMIN_SECRET");
      const made = /\$\{aws_iam_policy\.bedrock_boundary_\w+\.arn\}/;
      const permissionsBoundary = "arn:aws:iam::111122223333:policy/scoped-keys/boundary";
      expect(variables.SCOPED_KEYS_VENDOR_SETTINGS).toMatch(made);
      const known = {
        SCOPED_KEYS_VENDOR_SETTINGS: variables.SCOPED_KEYS_VENDOR_SETTINGS.replace(made, permissionsBoundary),
      };
      const environment = v.parse(environmentSchema, { ...variables, ...known });
      expect(environment.SCOPED_KEYS_VENDOR_SETTINGS).toEqual({
        regions: "eu-central-1,eu-west-1,unspecified",
        permissionsBoundary,
      });
      expect(bedrock.dataUrl?.(environment.SCOPED_KEYS_VENDOR_SETTINGS)).toBe(
        "https://bedrock-runtime.eu-central-1.amazonaws.com",
      );
      const read = policy(role).filter(({ Action }) => [Action].flat().includes("secretsmanager:GetSecretValue"));
      // The controller reads its keys' secrets, as everywhere.
      expect(read.map(({ Resource }) => Resource)).toEqual(
        role === "controller" ? [`arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:${PREFIX}/*`] : [],
      );
    }
    const alarm = only(resources["aws_cloudwatch_metric_alarm"], "admin_key_refused");
    expect(alarm.alarm_description).toContain("refuses the functions, which needs: iam:");
  });

  test.each([
    [[]],
    [["unspecified"]],
    [["eu-central-1", "moon-1"]],
    [["us-gov-west-1"]],
    [["cn-north-1"]],
    [["eu-central-1", "eu-west-1,us-east-1"]],
    [[""]],
  ])("with the regions %j is refused", (regions) => {
    expect(refusal(() => newIssuer({ regions })).code).toBe("SK150");
  });

  test("takes a region that is known later, and no list of them that is", () => {
    expect(() => newIssuer({ regions: [Token.asString({ resolve: () => "eu-west-1" })] })).not.toThrow();
    expect(refusal(() => newIssuer({ regions: Token.asList({ resolve: () => ["eu-west-1"] }) })).message).toContain(
      "regions",
    );
  });

  describe("roles", () => {
    const user = `arn:PARTITION:iam::ACCOUNT:user/scoped-keys/${iamUserName(ownerName(DEPLOYMENT, "summariser"))}`;
    const absent = user.replace("/scoped-keys/", "/");

    test("let the controller make, change and delete its own users, and mint for Bedrock alone", () => {
      const [, start] = /user\/scoped-keys\/(scoped-keys-[0-9a-f]{12}-)/.exec(user) ?? [];
      const own = `arn:PARTITION:iam::ACCOUNT:user/scoped-keys/${start}*`;
      const boundary = {
        StringEquals: { "iam:PermissionsBoundary": `arn:PARTITION:iam::ACCOUNT:policy/scoped-keys/${start}boundary` },
      };
      const users = [own, `arn:PARTITION:iam::ACCOUNT:user/${start}*`];
      expect(ofIam(policy("controller")).map(({ Sid: _, Effect, ...rest }) => [Effect, rest])).toEqual([
        ["Allow", { Action: "iam:ListServiceSpecificCredentials", Resource: "*" }],
        ["Allow", { Action: ["iam:GetUser", "iam:GetUserPolicy"], Resource: users }],
        ["Allow", { Action: "iam:CreateUser", Resource: own, Condition: boundary }],
        ["Allow", { Action: "iam:TagUser", Resource: own }],
        ["Allow", { Action: "iam:PutUserPolicy", Resource: users, Condition: boundary }],
        [
          "Allow",
          {
            Action: ["iam:DeleteUserPolicy", "iam:DeleteUser", "iam:DeleteServiceSpecificCredential"],
            Resource: users,
          },
        ],
        [
          "Allow",
          {
            Action: "iam:CreateServiceSpecificCredential",
            Resource: users,
            Condition: {
              StringEquals: { "iam:ServiceSpecificCredentialServiceName": "bedrock.amazonaws.com" },
              NumericLessThanEquals: { "iam:ServiceSpecificCredentialAgeDays": "1000" },
            },
          },
        ],
        [
          "Allow",
          {
            Action: "iam:DetachUserPolicy",
            Resource: users,
            Condition: { ArnEquals: { "iam:PolicyARN": "arn:PARTITION:iam::aws:policy/AmazonBedrockLimitedAccess" } },
          },
        ],
      ]);
    });

    test.each<[NonNullable<BedrockIssuerProps["users"]>, string, string]>([
      [{ path: "/platform/ai/" }, "platform/ai/", ""],
      [{ namePrefix: "platform-" }, "scoped-keys/", "platform-"],
      [{ path: "/", namePrefix: "platform-" }, "", "platform-"],
    ])("with users %j make them there and nowhere else, and reach those made before", (users, path, namePrefix) => {
      // GIVEN
      const name = iamUserName(ownerName(DEPLOYMENT, "summariser"), namePrefix);
      const arn = `arn:PARTITION:iam::ACCOUNT:user/${path}${name}`;
      // WHEN
      const statementsOf = ofIam(policy("controller", { users })).filter(({ Resource }) => Resource !== "*");
      const { variables } = only(rendered({ users })["aws_lambda_function"], "controller").environment;
      // THEN
      expect(name).toMatch(new RegExp(`^${namePrefix}scoped-keys-[0-9a-f]{12}-summariser-[0-9a-f]{12}$`));
      for (const statement of statementsOf) {
        const makes = [statement.Action].flat().some((action) => ["iam:CreateUser", "iam:TagUser"].includes(action));
        expect(takes(statement, arn)).toBe(true);
        expect(takes(statement, user)).toBe(!makes);
        expect(takes(statement, arn.replace("bedrock", "other").replace(/scoped-keys-[0-9a-f]{12}/, "jane"))).toBe(
          false,
        );
      }
      expect(JSON.parse(variables.SCOPED_KEYS_VENDOR_SETTINGS)).toMatchObject({
        ...defined({ userPath: users.path, userNamePrefix: users.namePrefix }),
      });
      expect(ofIam(policy("observer", { users })).flatMap(({ Action }) => Action)).toEqual([
        "iam:ListServiceSpecificCredentials",
      ]);
    });

    test.each<[NonNullable<BedrockIssuerProps["users"]>, string]>([
      [{ path: "platform/" }, "users.path"],
      [{ path: "/platform" }, "users.path"],
      [{ path: "/*/" }, "users.path"],
      [{ path: `/${"a".repeat(511)}/` }, "users.path"],
      [{ namePrefix: "platform*" }, "users.namePrefix"],
      [{ namePrefix: "a".repeat(25) }, "users.namePrefix"],
    ])("with users %j is refused", (users, prop) => {
      expect(refusal(() => newIssuer({ users }))).toMatchObject({
        code: "SK150",
        message: expect.stringContaining(prop),
      });
    });

    test("let the observer list, and no more", () => {
      expect(ofIam(policy("observer")).flatMap(({ Action }) => Action)).toEqual(["iam:ListServiceSpecificCredentials"]);
    });

    test("reach no user of another issuer, and none that is not the library's", () => {
      const others = [
        `arn:PARTITION:iam::ACCOUNT:user/scoped-keys/${iamUserName(ownerName("ai-keys/bedrock-2.0badcafe", "summariser"))}`,
        "arn:PARTITION:iam::ACCOUNT:user/jane",
        "arn:PARTITION:iam::ACCOUNT:user/scoped-keys/jane",
      ];
      const bound = ofIam(policy("controller")).filter(({ Resource }) => Resource !== "*");
      expect(bound).toHaveLength(7);
      for (const statement of bound) {
        expect(takes(statement, user)).toBe(true);
        for (const other of others) expect(takes(statement, other)).toBe(false);
      }
    });

    describe("in an attacker's hand, as IAM decides,", () => {
      const ARN = user.replace("PARTITION", "aws").replace("ACCOUNT", "111122223333");
      const OTHER = `arn:aws:iam::111122223333:user/scoped-keys/${iamUserName(ownerName("ai-keys/bedrock-2.0badcafe", "summariser"))}`;
      const [START = ""] = /^.*?scoped-keys-[0-9a-f]{12}-/.exec(ARN) ?? [];
      const BOUNDARY = `${START.replace(":user/", ":policy/")}boundary`;
      const bounded = { "iam:PermissionsBoundary": BOUNDARY };
      const forBedrock = { "iam:ServiceSpecificCredentialServiceName": "bedrock.amazonaws.com" };
      const days = (age: number) => ({ "iam:ServiceSpecificCredentialAgeDays": String(age) });
      const document = (text: string) =>
        policyOf(JSON.stringify({ Version: "2012-10-17", Statement: statements(plain(text)) }));
      const asked = (role: "controller" | "observer", action: string, resource: string, context = {}) =>
        decided({
          action,
          resource,
          role: roleArn("ai-keys-bedrock-controller"),
          identity: document(only(rendered()["aws_iam_role_policy"], role).policy),
          context: { "aws:RequestedRegion": "us-east-1", ...context },
        });

      test.each<[string, string, object]>([
        ["iam:CreateUser", ARN, bounded],
        ["iam:PutUserPolicy", ARN, bounded],
        ["iam:CreateServiceSpecificCredential", ARN, { ...forBedrock, ...days(11) }],
        ["iam:DeleteUser", ARN, {}],
      ])("the controller's role may what it needs: %s", (action, resource, context) => {
        expect(asked("controller", action, resource, context)).toBe("allowed");
      });

      test.each<[string, string, string, object]>([
        ["a user without the boundary", "iam:CreateUser", ARN, {}],
        ["a user within another boundary", "iam:CreateUser", ARN, { "iam:PermissionsBoundary": `${BOUNDARY}-2` }],
        ["a user outside of the path", "iam:CreateUser", ARN.replace("/scoped-keys/", "/"), bounded],
        ["a user of another issuer", "iam:CreateUser", OTHER, bounded],
        ["a right for a user without the boundary", "iam:PutUserPolicy", ARN, {}],
        ["a right for another issuer's user", "iam:PutUserPolicy", OTHER, bounded],
        [
          "a managed policy",
          "iam:AttachUserPolicy",
          ARN,
          { "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess" },
        ],
        ["another boundary for its user", "iam:PutUserPermissionsBoundary", ARN, bounded],
        ["no boundary for its user", "iam:DeleteUserPermissionsBoundary", ARN, {}],
        ["another text of the boundary", "iam:CreatePolicyVersion", BOUNDARY, {}],
        ["an access key", "iam:CreateAccessKey", ARN, {}],
        ["a password", "iam:CreateLoginProfile", ARN, {}],
        ["a group", "iam:AddUserToGroup", ARN, {}],
        ["another name or path", "iam:UpdateUser", ARN, {}],
        [
          "a credential of another service",
          "iam:CreateServiceSpecificCredential",
          ARN,
          { "iam:ServiceSpecificCredentialServiceName": "codecommit.amazonaws.com", ...days(11) },
        ],
        ["a credential of no service", "iam:CreateServiceSpecificCredential", ARN, days(11)],
        ["a credential that never ends", "iam:CreateServiceSpecificCredential", ARN, forBedrock],
        [
          "a credential for longer than any key",
          "iam:CreateServiceSpecificCredential",
          ARN,
          { ...forBedrock, ...days(1_001) },
        ],
        [
          "a credential of another issuer's user",
          "iam:CreateServiceSpecificCredential",
          OTHER,
          { ...forBedrock, ...days(11) },
        ],
        ["a new value in the old one's place", "iam:ResetServiceSpecificCredential", ARN, forBedrock],
        ["life for one that somebody switched off", "iam:UpdateServiceSpecificCredential", ARN, forBedrock],
        ["a role", "iam:CreateRole", roleArn("x"), bounded],
        ["a role's rights", "iam:PassRole", roleArn("x"), {}],
        ["a model, itself", "bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/m", {}],
      ])("the controller's role gets not: %s", (_, action, resource, context) => {
        expect(asked("controller", action, resource, context)).toBe("not allowed");
      });

      test.each(["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateServiceSpecificCredential", "iam:DeleteUser"])(
        "the observer's role may not %s",
        (action) => {
          expect(asked("observer", action, ARN, { ...bounded, ...forBedrock, ...days(1) })).toBe("not allowed");
        },
      );

      test.each([
        "iam:CreateAccessKey",
        "secretsmanager:GetSecretValue",
        "bedrock:CreateModelCustomizationJob",
        "bedrock:PutModelInvocationLoggingConfiguration",
        "s3:GetObject",
        "sts:AssumeRole",
      ])("a user may not %s, whatever policy it is given within its boundary", (action) => {
        const boundary = document(only(rendered()["aws_iam_policy"], "boundary").policy);
        const ask = (what: string) =>
          decided({ action: what, resource: "*", role: roleArn("as-a-user"), boundary, context: {} });
        expect(ask("bedrock:InvokeModel")).toBe("allowed");
        expect(ask(action)).toBe("not allowed");
      });
    });

    test("allow each call that the adapter makes, also of users that are not there", async () => {
      // GIVEN
      const harness = new ContractHarness(subject);
      const { adapter } = harness;
      const name = ownerName(DEPLOYMENT, "summariser");
      // WHEN
      const { ownerId = "" } = await harness.owner(name);
      const grant = { models: ["amazon.nova-pro-v1:0"] };
      const { id: keyId } = await harness.mint({ ownerId, name, grant, expiresInSeconds: 1 });
      await adapter.update?.({ keyId, ownerId, grant });
      await adapter.read({ keyId });
      await adapter.revoke({ keyId });
      await adapter.deleteOwner?.({ ownerId });
      const written = new Set(harness.turns);
      harness.turns.length = 0;
      await adapter.list({});
      // THEN
      const allows = (all: Statement[], turn: string, arn: string) =>
        all.some((s) => [s.Action].flat().some((a) => iamEndpoint(a.replace("iam:", "")) === turn) && takes(s, arn));
      expect(written.size).toBeGreaterThan(6);
      for (const turn of written) {
        expect([turn, allows(ofIam(policy("controller")), turn, user)]).toEqual([turn, true]);
        if (turn === iamEndpoint("CreateUser")) continue;
        expect([turn, allows(ofIam(policy("controller")), turn, absent)]).toEqual([turn, true]);
      }
      for (const turn of harness.turns) expect(allows(ofIam(policy("observer")), turn, "*")).toBe(true);
    });
  });

  describe("keys", () => {
    test("have models and networks", () => {
      expect(() => newKey({ networks: ["203.0.113.0/24"] })).not.toThrow();
      expect(() => newKey({ models: ["us.anthropic.claude-sonnet-4-5-20250929-v1:0"] })).not.toThrow();
    });

    test.each<[string, Partial<ScopedKeyProps>]>([
      ["scopes", { scopes: [] }],
      ["endpoints", { endpoints: ["/converse"] }],
      ["limits.requestsPerMinute", { limits: { requestsPerMinute: 60 } }],
      ["limits.tokensPerMinute", { limits: { tokensPerMinute: 60 } }],
      ["limits.charactersPerMonth", { limits: { charactersPerMonth: 60 } }],
      ["limits.spend", { limits: { spend: Spend.perMonth(25) } }],
    ])("have no %s", (prop, props) => {
      const refused = refusal(() => newKey(props));
      expect([refused.code, refused.message]).toEqual(["SK125", expect.stringContaining(prop)]);
    });

    test("live for 1,000 days at most", () => {
      const lifetime = Lifetime.expiring({ after: Duration.days(1_001) });
      expect(refusal(() => newKey({ lifetime })).message).toContain("1000 days");
    });
  });
});
