import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ENVIRONMENT } from "../../../../src/model/environment";
import { policyDigest } from "../../../../src/model/key-policy";
import { parseSecretPayload, type SecretPayload } from "../../../../src/model/secret-payload";
import { SECONDS_PER_DAY } from "../../../../src/model/units";
import { type Sandbox, startSandbox } from "../../../../src/sandbox";
import { SandboxClient } from "../../../sandbox/support/sandbox-client";
import { testTools } from "../../../sandbox/support/tools";
import { policyOf } from "../../../support/engine";

const PREFIX = "stack/bedrock";
const SECRET = `${PREFIX}/summariser`;
const MODEL = "amazon.nova-pro-v1:0";
const OTHER = "meta.llama3-8b-instruct-v1:0";

describe("keys of Amazon Bedrock in the sandbox", () => {
  let sandbox: Sandbox;
  let client: SandboxClient;
  let secrets: SecretsManagerClient;

  beforeAll(async () => {
    sandbox = await startSandbox({ tools: await testTools(), inherited: process.env });
    client = new SandboxClient(sandbox);
    const {
      AWS_ENDPOINT_URL: endpoint = "",
      AWS_ACCESS_KEY_ID: accessKeyId = "",
      AWS_SECRET_ACCESS_KEY: secretAccessKey = "",
    } = sandbox.environment;
    const aws = { endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } };
    secrets = new SecretsManagerClient(aws);
    await new DynamoDBClient(aws).send(
      new CreateTableCommand({
        TableName: "ledger",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
      }),
    );
    await secrets.send(new CreateSecretCommand({ Name: SECRET }));
    for (const role of ["controller", "observer"]) {
      const zip = readFileSync(join(__dirname, "../../../../lib/lambda/bedrock", `${role}.zip`));
      const created = await client.createFunction(`stack-bedrock-${role}`, "", {
        Code: { ZipFile: zip.toString("base64") },
        Timeout: 600,
        Environment: {
          Variables: {
            [ENVIRONMENT.prefix]: PREFIX,
            [ENVIRONMENT.ledgerTable]: "ledger",
            [ENVIRONMENT.vendorSettings]: JSON.stringify({ regions: "eu-central-1" }),
            [ENVIRONMENT.adminCallsPerMinute]: "120",
          },
        },
      });
      expect(created.status).toBe(201);
    }
  }, 60_000);
  afterAll(async () => {
    await sandbox?.stop();
  });

  const policy = (models: readonly string[], days = 10) => {
    const lifetime = { overlapSeconds: 0, expirySeconds: days * SECONDS_PER_DAY };
    const { scopes: _, ...rest } = policyOf({ vendor: "bedrock", models, lifetime });
    return rest;
  };
  const run = async (action: "create" | "update" | "delete", given = policy([MODEL])) => {
    const tf = { action, prev_input: null };
    const event = { key: "summariser", secret: SECRET, policy: given, repair: "none", tf };
    const { headers, body } = await client.invoke("stack-bedrock-controller", event);
    expect([headers.get("x-amz-function-error"), body]).toEqual([null, expect.objectContaining({ key: "summariser" })]);
  };
  const current = async (): Promise<SecretPayload> => {
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: SECRET }));
    const payload = parseSecretPayload(SecretString);
    if (payload === undefined) throw new Error("the secret holds no payload");
    return payload;
  };
  const converse = async (value: string, model: string) => {
    const url = `${sandbox.environment["SANDBOX_BEDROCK_URL"]}/model/${encodeURIComponent(model)}/converse`;
    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
    return (await fetch(url, { method: "POST", headers: { authorization: `Bearer ${value}` }, body })).status;
  };
  /** IAM as the command sees it. */
  const iam = (parameters: Record<string, string>) => client.query("iam", { Version: "2010-05-08", ...parameters });

  test("live from the function's role alone: no admin key is stored, and IAM's calls go to the AWS endpoint", async () => {
    // WHEN
    await run("create");
    const { apiKey, keyId, baseUrl } = await current();

    // THEN
    expect(sandbox.environment).not.toHaveProperty("SANDBOX_BEDROCK_ADMIN_KEY");
    expect(baseUrl).toBe("https://bedrock-runtime.eu-central-1.amazonaws.com");
    const calls = sandbox.journal().filter(({ service }) => service === "iam");
    expect(new Set(calls.map(({ caller }) => caller))).toEqual(new Set(["lambda:stack-bedrock-controller"]));
    expect(calls.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(["CreateUser", "CreateServiceSpecificCredential", "PutUserPolicy"]),
    );
    expect(JSON.stringify(sandbox.journal())).not.toContain(apiKey);
    const [user = ""] = keyId.split(":");
    expect(await iam({ Action: "GetUser", UserName: user })).toMatchObject({
      status: 200,
      text: expect.stringContaining("scoped-keys:owner"),
    });
  });

  test("are seen by the observer, which finds nothing amiss", async () => {
    await run("update");
    const observed = async (declared: string) =>
      (await client.invoke("stack-bedrock-observer", { action: "observe", keys: { summariser: declared } })).body;
    expect(await observed(policyDigest(policy([MODEL])))).toEqual({});
    expect(await observed(policyDigest(policy([MODEL], 20)))).toMatchObject({ summariser: { state: "behind" } });
  });

  test("change in place what they may do, get a successor with another life, and leave nothing behind", async () => {
    // GIVEN
    await run("update");
    await client.control("POST", "/vendors/bedrock/settings", { region: "eu-central-1" });
    const { apiKey, keyId } = await current();
    expect([await converse(apiKey, MODEL), await converse(apiKey, OTHER)]).toEqual([200, 403]);

    // WHEN
    await run("update", policy([OTHER]));
    // THEN
    expect((await current()).keyId).toBe(keyId);
    expect([await converse(apiKey, MODEL), await converse(apiKey, OTHER)]).toEqual([403, 200]);

    // WHEN
    await run("update", policy([OTHER], 20));
    // THEN
    const successor = await current();
    expect(successor.keyId).not.toBe(keyId);
    expect([await converse(apiKey, OTHER), await converse(successor.apiKey, OTHER)]).toEqual([200, 200]);

    // WHEN
    await run("delete");
    // THEN
    expect([await converse(apiKey, OTHER), await converse(successor.apiKey, OTHER)]).toEqual([403, 403]);
    const [user = ""] = keyId.split(":");
    expect((await iam({ Action: "GetUser", UserName: user })).status).toBe(404);
  });

  test("are told of by the role where IAM refuses it, and no secret is spoken of", async () => {
    // GIVEN
    const aliases = "/2015-03-31/functions/stack-bedrock-controller/aliases";
    await client.lambda("POST", aliases, { Name: "operator", FunctionVersion: "$LATEST" });
    await client.control("POST", "/vendors/bedrock/settings", { adminKeyValid: false });
    // WHEN
    const { body } = await client.invoke("stack-bedrock-controller:operator", { action: "keys" });
    const failed = await client.invoke("stack-bedrock-controller", {
      ...{ key: "summariser", secret: SECRET, policy: policy([MODEL]), repair: "none" },
      tf: { action: "create", prev_input: null },
    });
    await client.control("POST", "/vendors/bedrock/settings", { adminKeyValid: true });
    // THEN
    expect(body).toEqual({ keys: [] });
    expect(failed.body).toMatchObject({
      errorType: "SK206",
      errorMessage: expect.stringMatching(/^\[SK206\] role of the function: .*AccessDenied.*iam: CreateUser/),
    });
    expect(JSON.stringify(failed.body)).not.toContain("admin key");
    await run("create");
    await run("delete");
  });

  test("share IAM with moto, which has all other users and the roles", async () => {
    expect((await iam({ Action: "CreateUser", UserName: "jane" })).status).toBe(200);
    expect(await iam({ Action: "GetUser", UserName: "jane" })).toMatchObject({ text: expect.stringContaining("jane") });
    expect(await iam({ Action: "GetRole", RoleName: "none" })).toMatchObject({ status: 404 });
  });
});
