import { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
import { BedrockIssuer, Duration, Lifetime, Readers, ScopedKey } from "../../constructs";
import { deployerPolicy, type IssuerScope, plannerPolicy } from "../../constructs/access/role-policies";
import { functionName, ledgerTableName, roleName } from "../../src/model/names";
import { Deployment, IN_SCOPE } from "../e2e/support/deployment";
import { IamEnforced } from "../e2e/support/iam-enforced";
import { inventory } from "../e2e/support/inventory";
import { takeSnapshot } from "../e2e/support/snapshot";
import { Stacks } from "../e2e/support/stacks";
import { TEST_TIMEOUT_MILLIS, World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const ACCOUNT = "123456789012";
const REGION = "us-east-1";
const KEY = "summariser";

const QUALIFIERS = ["", "$LATEST", "sweep", "operator"];
const ORDERS: readonly object[] = [
  { action: "sweep" },
  { action: "revoke", key: KEY, successor: false },
  { key: KEY, secret: `ai-keys/openai/${KEY}`, tf: { action: "delete", prev_input: null } },
  { account: null, repair: "none", tf: { action: "update", prev_input: null } },
];

/** As docs/permissions.md has it for an issuer. */
function scopeOf(prefix: string): IssuerScope {
  const iamArn = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
  return {
    here: {
      account: ACCOUNT,
      region: REGION,
      arn: (service, resource) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`,
      iamArn,
    },
    prefix,
    ledgerTable: ledgerTableName(prefix),
    roleArns: (["controller", "observer"] as const).map((role) =>
      iamArn(`role/${roleName(functionName(prefix, role), REGION)}`),
    ),
  };
}

describe("with IAM enforced on Terraform and on the functions", () => {
  let iam: IamEnforced;
  let world: World;
  beforeAll(async () => {
    iam = new IamEnforced();
    world = await World.start();
  });
  afterAll(async () => {
    iam.end();
    await world?.stop();
  });

  describe("a stack whose keys only declared roles may read", () => {
    let deployment: Deployment;
    let before: string[];
    const scope = scopeOf("ai-keys/openai");
    beforeAll(async () => {
      // GIVEN
      const readers = Readers.declaredOnly({ elsewhere: ["app"], breakGlass: ["on-call"] });
      deployment = await Deployment.start({ world, keys: { [KEY]: {}, steady: {} }, issuer: { readers } });
      before = await inventory(world);
      await deployment.init();
    });
    afterAll(() => deployment?.close());

    test("is deployed and rotated with the deployer's documented policy, and planned with the planner's", async () => {
      // WHEN
      iam.begin(world, deployerPolicy(scope));
      await deployment.apply();
      const { keyId } = await deployment.currentValue(KEY);
      await world.advance("P8D");
      iam.begin(world, plannerPolicy(scope));
      const planned = await deployment.plan();
      // THEN
      expect(iam.refused).toEqual([]);
      expect(planned.exitCode).toBe(0);
      const current = await deployment.currentValue(KEY);
      expect(current.keyId).not.toBe(keyId);
      expect(await world.callWith(current.apiKey, IN_SCOPE)).toBe(200);
      for (const action of ["secretsmanager:PutSecretValue", "dynamodb:PutItem", "events:PutEvents"]) {
        expect([action, iam.allowed.has(`${deployment.controllerName} ${action}`)]).toEqual([
          action,
          action !== "events:PutEvents",
        ]);
      }
    });

    test("a planner's plan that invokes the controller, by whatever qualifier and with whatever order, effects nothing", async () => {
      // GIVEN
      const snapshot = await takeSnapshot(deployment);
      const since = world.mark();
      iam.begin(world, plannerPolicy(scope));
      const attacks = QUALIFIERS.flatMap((qualifier) => ORDERS.map((order) => ({ qualifier, order })));
      deployment.resynth({
        more: (stack) => {
          for (const [i, { qualifier, order }] of attacks.entries()) {
            const input = JSON.stringify(order);
            new DataAwsLambdaInvocation(stack, `attack-${i}`, {
              functionName: deployment.controllerName,
              input,
              qualifier,
            });
          }
        },
      });
      iam.refused.length = 0;
      // WHEN
      const planned = await deployment.tryPlan();
      // THEN
      expect(planned.exitCode).toBe(1);
      const refused = iam.refused.filter((each) => each.startsWith("terraform lambda:InvokeFunction "));
      expect(refused).toHaveLength(attacks.length);
      const runs = world.journal({ since, kind: "lambda" }).map(({ operation }) => operation);
      expect(runs.filter((operation) => operation === deployment.controllerName)).toEqual([]);
      const vendorCalls = world.journal({ since, kind: "vendor" });
      expect(vendorCalls.filter(({ operation }) => !operation.startsWith("GET "))).toEqual([]);
      expect(await takeSnapshot(deployment)).toEqual(snapshot);
    });

    test("is destroyed with the deployer's documented policy, which leaves nothing", async () => {
      // GIVEN
      deployment.resynth({ more: () => {} });
      iam.refused.length = 0;
      // WHEN
      iam.begin(world, deployerPolicy(scope));
      await deployment.destroy();
      // THEN
      expect(iam.refused).toEqual([]);
      expect(await deployment.stateList()).toEqual([]);
      expect(await inventory(world)).toEqual(before);
      expect(await world.liveVendorKeys()).toEqual([]);
    });
  });
});

describe("Bedrock's users as an organisation demands them, with IAM enforced", () => {
  const PREFIX = "ai-keys/bedrock";
  const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/platform/boundary`;
  let iam: IamEnforced;
  let stacks: Stacks;
  const query = (parameters: Record<string, string>) =>
    stacks.world.client.query("iam", { Version: "2010-05-08", ...parameters });
  const listed = async (element: string) => {
    const { text } = await query({ Action: "ListServiceSpecificCredentials", AllUsers: "true" });
    return [...text.matchAll(new RegExp(`<${element}>([^<]+)<`, "g"))].map(([, found = ""]) => found);
  };
  beforeAll(async () => {
    iam = new IamEnforced();
    stacks = await Stacks.start((stack) => {
      const scope = stack("ai-keys");
      const issuer = new BedrockIssuer(scope, "bedrock", {
        regions: ["us-east-1"],
        permissionsBoundaryArn: BOUNDARY,
        users: { path: "/platform/ai/", namePrefix: "platform-" },
      });
      new ScopedKey(scope, KEY, {
        issuer,
        owner: "search-team@example.com",
        purpose: "Summaries on the results page",
        models: ["amazon.nova-pro-v1:0"],
        lifetime: Lifetime.rotating({
          every: Duration.days(7),
          overlap: Duration.hours(24),
          expiry: Duration.hours(10 * 24 + 12),
        }),
      });
    });
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }],
    });
    await query({ Action: "CreatePolicy", PolicyName: "boundary", Path: "/platform/", PolicyDocument });
    await stacks.init("ai-keys");
  });
  afterAll(async () => {
    iam.end();
    await stacks?.close();
  });

  test("are made, rotated and deleted within what the roles and the deployer may", async () => {
    // WHEN
    iam.begin(stacks.world, deployerPolicy(scopeOf(PREFIX)));
    await stacks.apply("ai-keys");
    // THEN
    expect(iam.refused).toEqual([]);
    const [user = ""] = await listed("UserName");
    expect(user).toMatch(/^platform-scoped-keys-/);
    const { text } = await query({ Action: "GetUser", UserName: user });
    expect(text).toContain(`<Arn>arn:aws:iam::${ACCOUNT}:user/platform/ai/${user}</Arn>`);
    expect(text).toContain(`<PermissionsBoundaryArn>${BOUNDARY}</PermissionsBoundaryArn>`);
    const [credential] = await listed("ServiceSpecificCredentialId");

    // WHEN
    await stacks.world.advance("P10D");
    // THEN
    expect(await listed("ServiceSpecificCredentialId")).not.toContain(credential);
    expect((await stacks.plan("ai-keys")).exitCode).toBe(0);

    // WHEN
    await stacks.destroy("ai-keys");
    // THEN
    expect(await listed("UserName")).toEqual([]);
    expect((await query({ Action: "GetUser", UserName: user })).status).toBe(404);
    expect(iam.refused).toEqual([]);
    for (const action of [
      "iam:CreateUser",
      "iam:PutUserPolicy",
      "iam:CreateServiceSpecificCredential",
      "iam:DeleteUser",
    ])
      expect(iam.allowed).toContain(`ai-keys-bedrock-controller ${action}`);
  });
});
