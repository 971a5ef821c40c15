import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { BedrockIssuer, Duration, Lifetime, ScopedKey } from "../../constructs";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { blockOf } from "../e2e/support/plan";
import { Stacks } from "../e2e/support/stacks";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const STACK = "ai-keys";
const PREFIX = "ai-keys/bedrock";
const KEYS = ["summariser", "describer", "steady"];
const MODEL = "amazon.nova-pro-v1:0";
const OTHER = "meta.llama3-8b-instruct-v1:0";

describe("keys of Amazon Bedrock, without any admin key", () => {
  let stacks: Stacks;
  let world: World;

  const iam = (parameters: Record<string, string>) =>
    world.client.query("iam", { Version: "2010-05-08", ...parameters });
  const listed = async () => {
    const { text } = await iam({ Action: "ListServiceSpecificCredentials", AllUsers: "true" });
    return [...text.matchAll(/<ServiceSpecificCredentialId>(\w+)</g)].map(([, id]) => id);
  };
  /**
   * Each key has an hour of the week for its rotation: where that has just been, its overlap has to
   * end before there is room for another vendor key.
   */
  const settled = async () => {
    for (let looks = 0; looks < 20 && (await listed()).length > KEYS.length; looks += 1) await world.advance("PT6H");
    expect(await listed()).toHaveLength(KEYS.length);
  };
  const ask = async (value: string, model: string) => {
    const url = `${world.variable("SANDBOX_BEDROCK_URL")}/model/${encodeURIComponent(model)}/converse`;
    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
    return (await fetch(url, { method: "POST", headers: { authorization: `Bearer ${value}` }, body })).status;
  };
  const payload = async (key: string) => {
    const { SecretString = "" } = await world.secrets.send(new GetSecretValueCommand({ SecretId: `${PREFIX}/${key}` }));
    const found = parseSecretPayload(SecretString);
    if (found === undefined) throw new Error(`the secret of ${key} holds no payload`);
    return found;
  };
  const partsOf = async (key: string) => {
    const [UserName = "", ServiceSpecificCredentialId = ""] = (await payload(key)).keyId.split(":");
    return { UserName, ServiceSpecificCredentialId };
  };

  beforeAll(async () => {
    stacks = await Stacks.start((stack) => {
      const scope = stack(STACK);
      const issuer = new BedrockIssuer(scope, "bedrock", { regions: ["us-east-1"] });
      for (const key of KEYS) {
        new ScopedKey(scope, key, {
          issuer,
          owner: "search-team@example.com",
          purpose: "Summaries on the results page",
          models: [MODEL],
          lifetime: Lifetime.rotating({
            every: Duration.days(7),
            overlap: Duration.hours(24),
            expiry: Duration.hours(10 * 24 + 12),
          }),
        });
      }
    });
    ({ world } = stacks);
    await stacks.init(STACK);
    await stacks.apply(STACK);
  });
  afterAll(() => stacks?.close());

  test("may do what was declared and nothing else, and the plan after the apply is empty", async () => {
    for (const key of KEYS) {
      const { apiKey, baseUrl, vendor, issuedAt, expiresAt } = await payload(key);
      expect({ baseUrl, vendor }).toEqual({
        baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
        vendor: "bedrock",
      });
      expect([await ask(apiKey, MODEL), await ask(apiKey, OTHER)]).toEqual([200, 403]);
      expect(Date.parse(expiresAt) - Date.parse(issuedAt)).toBe(11 * 86_400_000);
    }
    expect(await listed()).toHaveLength(KEYS.length);
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("a rotation gives the successor the same user, and makes room for the next in time", async () => {
    // GIVEN
    const before = await payload("steady");
    // WHEN
    await world.client.aws("secretsmanager", "secretsmanager.RotateSecret", { SecretId: `${PREFIX}/steady` });
    await world.advance("PT1M");
    // THEN
    const after = await payload("steady");
    expect(after.keyId).not.toBe(before.keyId);
    expect(after.keyId.split(":")[0]).toBe(before.keyId.split(":")[0]);
    expect([await ask(after.apiKey, MODEL), await ask(before.apiKey, MODEL)]).toEqual([200, 200]);
    await world.advance("P1DT2H");
    expect([await ask(after.apiKey, MODEL), await ask(before.apiKey, MODEL)]).toEqual([200, 403]);
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("drift of each kind is in the plan, and an apply heals it", async () => {
    // GIVEN
    await settled();
    await iam({ Action: "UpdateServiceSpecificCredential", ...(await partsOf("summariser")), Status: "Inactive" });
    await iam({ Action: "DeleteServiceSpecificCredential", ...(await partsOf("describer")) });

    // WHEN
    const drifted = await stacks.plan(STACK);
    await stacks.apply(STACK);
    const healed = await stacks.plan(STACK);

    // THEN
    expect(drifted.exitCode).toBe(2);
    const said = (key: string) => blockOf(drifted, "lambda_invocation", key);
    expect(said("summariser")).toMatch(/vendor key \S+ was disabled at Amazon Bedrock/);
    expect(said("describer")).toMatch(/vendor key \S+ was deleted at Amazon Bedrock/);
    expect(said("steady")).toBe("");
    expect(healed.exitCode).toBe(0);
    for (const key of KEYS) expect(await ask((await payload(key)).apiKey, MODEL)).toBe(200);
  });

  test("a policy that somebody wrote over is no drift that a plan sees, and is set right by the next rotation", async () => {
    // GIVEN
    await settled();
    const { UserName } = await partsOf("steady");
    const Statement = [{ Effect: "Allow", Action: "*", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam({ Action: "PutUserPolicy", UserName, PolicyName: "scoped-keys", PolicyDocument });
    expect(await ask((await payload("steady")).apiKey, OTHER)).toBe(200);
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
    // WHEN
    await world.client.aws("secretsmanager", "secretsmanager.RotateSecret", { SecretId: `${PREFIX}/steady` });
    await world.advance("PT1M");
    // THEN
    const { apiKey } = await payload("steady");
    expect([await ask(apiKey, MODEL), await ask(apiKey, OTHER)]).toEqual([200, 403]);
  });

  test("destroy leaves no credential and no user", async () => {
    const users = await Promise.all(KEYS.map(async (key) => (await partsOf(key)).UserName));
    await stacks.destroy(STACK);
    expect(await listed()).toEqual([]);
    for (const UserName of users) expect((await iam({ Action: "GetUser", UserName })).status).toBe(404);
  });
});
