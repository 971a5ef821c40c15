import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { ENVIRONMENT } from "../../src/model/environment";
import { keyRecordSchema } from "../../src/model/key-record";
import { calledFor } from "../support/drivers";
import { Deployment, IN_SCOPE } from "./support/deployment";
import { type Snapshot, takeSnapshot } from "./support/snapshot";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const ADMIN_SECRET = "ai/admin/openai";
const TOKEN = "0123456789abcdef0123456789abcdef";
/**
 * What the functions may do to AWS without changing anything, beside the ledger's leases and turns.
 */
const READS = /^(?:Get|Describe|List|Query|Scan)/;

const errorSchema = v.object({ errorType: v.string(), errorMessage: v.string() });

describe("the controller refuses, and changes nothing", () => {
  let deployment: Deployment;
  let world: World;
  let adminKey: string;
  let before: Snapshot;
  let mark: number;

  beforeAll(async () => {
    deployment = await Deployment.start({ keys: { summariser: {}, batch: {} } });
    ({ world } = deployment);
    adminKey = world.variable("SANDBOX_OPENAI_ADMIN_KEY");
    await world.vendorSettings({ showScopesInList: true });
    await deployment.init();
    await deployment.apply();
    for (const Name of [deployment.secretName("stranger"), "ai-keys/openai2/summariser", "payroll/database"]) {
      await world.secrets.send(new CreateSecretCommand({ Name, SecretString: "not to be touched" }));
    }
  });
  afterAll(() => deployment?.close());
  beforeEach(async () => {
    before = await takeSnapshot(deployment);
    mark = world.mark();
  });

  const policy = {
    vendor: "openai",
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    scopes: ["api.model.read", "api.model.request"],
    lifetime: { rotateEverySeconds: 604_800, overlapSeconds: 86_400, expirySeconds: 864_000 },
  };
  const reconcile = (change: object = {}, policyChange: object = {}) => ({
    key: "summariser",
    secret: "ai-keys/openai/summariser",
    policy: { ...policy, ...policyChange },
    repair: "none",
    tf: { action: "update", prev_input: null },
    ...change,
  });
  const lifetime = (change: object) => reconcile({}, { lifetime: { ...policy.lifetime, ...change } });
  const arnOf = async (name: string) =>
    (await world.secrets.send(new DescribeSecretCommand({ SecretId: name }))).ARN ?? "";
  const step = (SecretId: string, change: object = {}) => ({
    Step: "createSecret",
    SecretId,
    ClientRequestToken: TOKEN,
    ...change,
  });

  /**
   * Invokes by the name that the event's driver uses. @returns the error; fails where there is
   * none.
   */
  const refused = async (event: unknown) => {
    const { status, headers, body } = await world.client.invoke(
      calledFor(deployment.controllerName, event),
      JSON.stringify(event),
    );
    expect([status, headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    return v.parse(errorSchema, body);
  };
  const vendorCalls = () => world.journal({ since: mark, kind: "vendor" }).filter(({ caller }) => caller !== "command");
  const writes = () =>
    world
      .journal({ since: mark, kind: "aws" })
      .filter(({ caller, operation }) => caller.startsWith("lambda:") && !READS.test(operation))
      .map(({ service, operation }) => `${service} ${operation}`);
  const expectUntouched = async () => {
    expect(vendorCalls()).toEqual([]);
    expect(await takeSnapshot(deployment)).toEqual(before);
  };

  test.each<[string, unknown, string]>([
    ["nothing", {}, "(none)"],
    ["null", null, "object"],
    ["a text", "sweep", "string"],
    ["a list", [{ action: "sweep" }], "0"],
    ["another action", { action: "purge" }, "action"],
    ["a sweep with more in it", { action: "sweep", force: true }, "force"],
    ["an observation", { action: "observe", keys: {} }, "keys"],
    ["an event of EventBridge", { source: "aws.events", "detail-type": "Scheduled Event", detail: {} }, "detail-type"],
    ["a record of SNS", { Records: [{ Sns: { Message: "{}" } }] }, "Records"],
  ])("an unknown event: %s", async (_name, event, given) => {
    // WHEN
    const { errorType, errorMessage } = await refused(event);
    // THEN
    expect(errorType).toBe("SK201");
    expect(errorMessage).toMatch(/^\[SK201\] event: .*Nothing was changed\. Given: .*\. Allowed: .*\. Allow only/);
    expect(errorMessage).toContain(given);
    expect(writes()).toEqual([]);
    await expectUntouched();
  });

  test.each<[string, unknown, string]>([
    ["no policy", reconcile({ policy: undefined }), "policy"],
    ["no scopes", reconcile({}, { scopes: [] }), "policy.scopes"],
    ["a scope twice", reconcile({}, { scopes: ["api.model.read", "api.model.read"] }), "policy.scopes"],
    ["a scope with a blank", reconcile({}, { scopes: ["api.model.read or all"] }), "policy.scopes.0"],
    ["no owner", reconcile({}, { owner: undefined }), "policy.owner"],
    ["an owner that is nobody", reconcile({}, { owner: "search team" }), "policy.owner"],
    ["a purpose of a book's length", reconcile({}, { purpose: "x".repeat(257) }), "policy.purpose"],
    ["a limit that this release does not know", reconcile({}, { budget: 100 }), "policy.budget"],
    ["an overlap as long as the interval", lifetime({ overlapSeconds: 604_800 }), "policy.lifetime"],
    ["an expiry before the successor", lifetime({ expirySeconds: 604_800 }), "policy.lifetime"],
    ["an interval below four hours", lifetime({ rotateEverySeconds: 3_600 }), "policy.lifetime.rotateEverySeconds"],
    ["a lifetime in words", lifetime({ expirySeconds: "10 days" }), "policy.lifetime.expirySeconds"],
    ["a name that climbs", reconcile({ key: "../admin" }), "key"],
    ["a name with a slash", reconcile({ key: "summariser/x" }), "key"],
    ["no repair token", reconcile({ repair: undefined }), "repair"],
    ["an action that Terraform does not have", reconcile({ tf: { action: "replace" } }), "tf.action"],
    ["a field more", reconcile({ value: "sk-mine" }), "value"],
    ["a destroy without a key", { secret: "ai-keys/openai/summariser", tf: { action: "delete" } }, "key"],
    ["a step that is none", { Step: "deleteSecret", SecretId: "arn:x", ClientRequestToken: TOKEN }, "Step"],
    ["a step without a token", { Step: "createSecret", SecretId: "arn:x" }, "ClientRequestToken"],
    ["a step with a short token", step("arn:x", { ClientRequestToken: "1" }), "ClientRequestToken"],
    ["a step with a name in place of an ARN", step("ai-keys/openai/summariser"), "SecretId"],
  ])("a malformed event: %s", async (_name, event, field) => {
    // WHEN
    const { errorType, errorMessage } = await refused(event);
    // THEN
    expect(errorType).toBe("SK202");
    expect(errorMessage).toContain("Nothing was changed");
    expect(errorMessage).toContain(`"${field}" does not fit (expected `);
    expect(errorMessage).toContain("Apply with the release of the library");
    expect(writes()).toEqual([]);
    await expectUntouched();
  });

  test.each<[string, object]>([
    ["of a neighbour", reconcile({ secret: "ai-keys/openai/batch" })],
    ["of another issuer", reconcile({ secret: "ai-keys/openai2/summariser" })],
    ["of somebody else", reconcile({ key: "database", secret: "payroll/database" })],
    ["with the admin key", reconcile({ key: "openai", secret: ADMIN_SECRET })],
    ["of a neighbour, to destroy", { key: "summariser", secret: "ai-keys/openai/batch", tf: { action: "delete" } }],
    ["with the admin key, to destroy", { key: "openai", secret: ADMIN_SECRET, tf: { action: "delete" } }],
  ])("Terraform's request for a secret %s", async (_name, event) => {
    // WHEN
    const { errorType, errorMessage } = await refused(event);
    // THEN
    expect(errorType).toBe("SK203");
    expect(errorMessage).toContain(`Given: ${v.parse(v.object({ secret: v.string() }), event).secret}.`);
    expect(errorMessage).toContain("Allowed: secrets of this account and region under ai-keys/openai/.");
    expect(errorMessage).toContain("declare its key with this one");
    expect(writes()).toEqual([]);
    await expectUntouched();
  });

  test.each<[string, (arn: string) => string]>([
    ["of another issuer", (arn) => arn.replace("ai-keys/openai/", "ai-keys/openai2/")],
    ["of another account", (arn) => arn.replace(/:\d{12}:/, ":999999999999:")],
    ["of another region", (arn) => arn.replace("us-east-1", "eu-west-1")],
    ["of another partition", (arn) => arn.replace("arn:aws:", "arn:aws-cn:")],
    ["of another service", (arn) => arn.replace(":secretsmanager:", ":ssm:")],
    ["below a key", (arn) => arn.replace("summariser", "summariser/inner")],
    ["that climbs", (arn) => arn.replace("summariser", "../../admin/openai")],
  ])("case 24: a rotation of a secret %s", async (_name, change) => {
    // GIVEN
    const arn = change(await arnOf("ai-keys/openai/summariser"));
    for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
      // WHEN
      const { errorType, errorMessage } = await refused(step(arn, { Step }));
      // THEN
      expect(errorType).toBe("SK203");
      expect(errorMessage).toContain(`Given: ${arn}.`);
    }
    expect(writes()).toEqual([]);
    await expectUntouched();
  });

  test("a rotation of a secret that lies under the prefix and is not declared", async () => {
    const arn = await arnOf(deployment.secretName("stranger"));
    for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
      const { errorType, errorMessage } = await refused(step(arn, { Step }));
      expect([errorType, errorMessage]).toEqual(["SK213", expect.stringContaining('key "stranger"')]);
      expect(errorMessage).toContain("Apply the stack that declares the key");
    }
    await expectUntouched();
  });

  test("a rotation of a declared key that Secrets Manager did not start", async () => {
    const arn = await arnOf(deployment.secretName("summariser"));
    for (const Step of ["createSecret", "setSecret", "finishSecret"]) {
      const { errorType, errorMessage } = await refused(step(arn, { Step }));
      expect([errorType, errorMessage]).toEqual([
        "SK211",
        expect.stringContaining(`version ${TOKEN} of its secret is not AWSPENDING`),
      ]);
    }
    await expectUntouched();
  });

  test("a key whose secret is not there", async () => {
    const { errorType, errorMessage } = await refused(reconcile({ key: "new", secret: "ai-keys/openai/new" }));
    expect([errorType, errorMessage]).toEqual(["SK214", expect.stringContaining('"ai-keys/openai/new"')]);
    await expectUntouched();
  });

  test("a policy for another vendor", async () => {
    // WHEN
    const { errorType, errorMessage } = await refused(reconcile({}, { vendor: "openrouter" }));
    // THEN
    expect(errorType).toBe("SK204");
    expect(errorMessage).toContain("Given: openrouter. Allowed: openai. Declare it with an issuer of that vendor");
    await expectUntouched();
  });

  describe("case 27: a vendor host that is not on its list", () => {
    const received: string[] = [];
    let elsewhere: Server;
    beforeAll(async () => {
      elsewhere = createServer((request, response) => {
        received.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        response.end("{}");
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    });
    afterAll(async () => {
      await configure({});
      elsewhere.close();
    });

    /** As a person with too many rights would change a function's environment. */
    const configure = async (settings: object) => {
      for (const name of [deployment.controllerName, deployment.observerName]) {
        const path = `/2015-03-31/functions/${name}/configuration`;
        const { body } = await world.client.lambda("GET", path);
        const { Variables } = v.parse(configurationSchema, body).Environment;
        const vendorSettings = JSON.stringify({ projectId: world.projectId, ...settings });
        const { status } = await world.client.lambda("PUT", path, {
          Environment: { Variables: { ...Variables, [ENVIRONMENT.vendorSettings]: vendorSettings } },
        });
        expect(status).toBe(200);
      }
    };
    const configurationSchema = v.object({ Environment: v.object({ Variables: v.record(v.string(), v.string()) }) });

    test.each<[string, (port: number) => string]>([
      ["without TLS", () => "http://api.openai.com/v1"],
      ["the metadata service", () => "http://169.254.169.254/latest/meta-data"],
      ["the metadata service with TLS", () => "https://169.254.169.254/v1"],
      ["another host", () => "https://api.openai.com.example.net/v1"],
      ["another port", () => "https://api.openai.com:8443/v1"],
      ["the real one as user name", () => "https://api.openai.com@example.net/v1"],
      ["the real one with a password", () => "https://user:password@api.openai.com/v1"],
      ["another path", () => "https://api.openai.com/v1/../evil"],
      ["in capitals", () => "https://API.OPENAI.COM/v1"],
      ["a host that would answer", (port) => `http://127.0.0.1:${port}/v1`],
      ["a file", () => "file:///etc/passwd"],
      ["nothing", () => ""],
    ])("%s", async (_name, urlOf) => {
      // GIVEN
      await configure({ baseUrl: urlOf((elsewhere.address() as AddressInfo).port) });

      // WHEN
      for (const event of [reconcile(), { action: "sweep" }, step(await arnOf("ai-keys/openai/summariser"))]) {
        const { errorType, errorMessage } = await refused(event);
        // THEN
        expect(errorType).toBe("SK216");
        expect(errorMessage).toContain("the base URL is not one of https://api.openai.com/v1, ");
        expect(errorMessage).toContain("Deploy the function with the constructs of this library");
      }
      const observed = await world.client.invoke(deployment.observerName, {
        action: "observe",
        keys: { summariser: "0123456789ab" },
      });
      expect(observed.headers.get("x-amz-function-error")).toBeNull();
      expect(observed.body).toEqual({
        summariser: { repair: "none", state: "unknown", drift: [expect.stringContaining("SK216")] },
      });

      // THEN neither admin key nor request has left
      expect(received).toEqual([]);
      const reads = world.journal({ since: mark, kind: "aws" }).filter(({ caller }) => caller.startsWith("lambda:"));
      expect(reads).toEqual([]);
      await expectUntouched();
    });
  });

  describe("an admin key that does not serve", () => {
    const putAdminKey = (SecretString: string) =>
      world.secrets.send(new PutSecretValueCommand({ SecretId: ADMIN_SECRET, SecretString }));
    afterAll(() => deployment.apply());

    /**
     * Until an apply has ended, the secret says what the one before was for and what this one is
     * for.
     */
    const withoutPolicyMarks = (secret: unknown) =>
      JSON.parse(JSON.stringify(secret), (_, value) =>
        Array.isArray(value) ? value.filter((label) => !/^SCOPED_KEYS_POLICY_/.test(String(label))) : value,
      );

    /**
     * The record and the secret remember that an apply did not finish, so that the next plan says
     * so; all else is as it was.
     */
    const expectOnlyRemembered = async (reason: RegExp) => {
      const { secrets, ...after } = await takeSnapshot(deployment);
      expect(after.vendorKeys).toEqual(before.vendorKeys);
      expect(after.serviceAccounts).toEqual(before.serviceAccounts);
      for (const key of ["summariser", "batch"]) {
        const name = deployment.secretName(key);
        expect([name, withoutPolicyMarks(secrets[name])]).toEqual([name, withoutPolicyMarks(before.secrets[name])]);
        const { rev: _, unfinished, incidents, ...record } = recordOf(after, key);
        const { rev: __, unfinished: ___, incidents: ____, ...expected } = recordOf(before, key);
        expect(record).toEqual(expected);
        if (key === "summariser") expect(unfinished?.reason).toMatch(reason);
        // No plan had asked about the wider policy.
        expect(incidents?.map(({ kind }) => kind)).toEqual(key === "summariser" ? ["unforeseen-policy"] : undefined);
      }
      const { apiKey } = await deployment.currentValue("summariser");
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
    };
    const widened = () => reconcile({}, { scopes: ["api.files.read", "api.model.read", "api.model.request"] });

    test.each<[string, string]>([
      ["another one", `sk-admin-${"w".repeat(40)}`],
      ["a key of the project", `sk-proj-${"w".repeat(40)}`],
      ["two lines", `sk-admin-${"w".repeat(40)}\nsk-admin-${"v".repeat(40)}`],
      ["a JSON", `{"apiKey":"sk-admin-${"w".repeat(40)}"}`],
    ])("a wrong one: %s", async (_name, value) => {
      // GIVEN
      await putAdminKey(value);
      // WHEN
      const { errorType, errorMessage } = await refused(widened());
      // THEN
      expect(errorType).toBe("SK206");
      expect(errorMessage).toContain(`admin key in secret "${ADMIN_SECRET}"`);
      expect(errorMessage).toContain("Organization Administration: Write (scope api.management.write)");
      expect(errorMessage).toContain("Put a valid admin key into that secret, then apply again");
      expect(errorMessage).not.toMatch(/w{8}|v{8}/);
      await putAdminKey(adminKey);
      await expectOnlyRemembered(/OpenAI answered 401|the admin key is empty or holds characters/);
    });

    test("none: the secret is gone", async () => {
      // GIVEN
      await world.secrets.send(new DeleteSecretCommand({ SecretId: ADMIN_SECRET, ForceDeleteWithoutRecovery: true }));
      // WHEN
      const { errorType, errorMessage } = await refused(widened());
      // THEN
      expect(errorType).toBe("SK205");
      expect(errorMessage).toContain(`admin key in secret "${ADMIN_SECRET}": the function cannot read the admin key.`);
      expect(errorMessage).toContain("Given: ResourceNotFoundException.");
      expect(errorMessage).toContain("that the function's role can read");
      expect(errorMessage).toContain(
        "Store the admin key in that secret (aws secretsmanager put-secret-value), then apply again",
      );
      expect(vendorCalls()).toEqual([]);
      await world.secrets.send(new CreateSecretCommand({ Name: ADMIN_SECRET, SecretString: adminKey }));
      await expectOnlyRemembered(/SK205/);
    });

    test("a rotation fails with it, and the current key stays", async () => {
      // GIVEN
      const { keyId } = await deployment.currentValue("summariser");
      await putAdminKey(`sk-admin-${"w".repeat(40)}`);
      // WHEN
      await world.secrets.send(new RotateSecretCommand({ SecretId: deployment.secretName("summariser") }));
      await world.advance("PT1S");
      // THEN
      const { apiKey, keyId: after } = await deployment.currentValue("summariser");
      expect(after).toBe(keyId);
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
      expect((await takeSnapshot(deployment)).vendorKeys).toEqual(before.vendorKeys);
      // And heals by itself once the admin key is right.
      await putAdminKey(adminKey);
      await world.advance("P1D");
      expect((await deployment.currentValue("summariser")).keyId).not.toBe(keyId);
    });
  });
});

function recordOf({ records }: Pick<Snapshot, "records">, key: string) {
  return v.parse(v.pipe(v.string(), v.parseJson(), keyRecordSchema), records[key]);
}
