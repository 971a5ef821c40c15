import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { TerraformStack } from "cdktf";
import {
  AdminKey,
  Duration,
  type IKeyIssuer,
  OpenAiIssuer,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
} from "../../constructs";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { IN_SCOPE, WEEKLY } from "./support/deployment";
import { Stacks } from "./support/stacks";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const PLATFORM = "platform";
const SEARCH = "search";
const SHOP = "shop";
const TEAMS = [PLATFORM, SEARCH, SHOP];
const EUROPE = "europe";
const EUROPE_REGION = "eu-west-1";
const KEYS = ["summariser", "ranker", "describer"];
const PREFIX = "platform/openai";

const declareKey = (stack: TerraformStack, issuer: IKeyIssuer, name: string, props: Partial<ScopedKeyProps> = {}) =>
  new ScopedKey(stack, name, {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    scopes: [OpenAiScope.MODELS_READ],
    lifetime: WEEKLY,
    ...props,
  });

describe("keys of another stack and of another app share an issuer", () => {
  let stacks: Stacks;
  let world: World;
  let inEurope: SecretsManagerClient;

  beforeAll(async () => {
    stacks = await Stacks.start((stack, { projectId }) => {
      const issuerOf = (scope: TerraformStack) =>
        new OpenAiIssuer(scope, "openai", {
          adminKey: AdminKey.fromSecretName("ai/admin/openai"),
          projectId,
          adminCallsPerMinute: 600,
          sweepEvery: Duration.days(1),
        });
      const issuer = issuerOf(stack(PLATFORM));
      const search = stack(SEARCH);
      declareKey(search, issuer, "summariser");
      declareKey(search, issuer, "ranker");
      const shop = stack(SHOP, { ofOtherApp: true });
      const shared = OpenAiIssuer.fromAttributes(shop, "shared", { prefix: PREFIX });
      declareKey(shop, shared, "describer", { replicas: [{ region: EUROPE_REGION }] });
      const europe = stack(EUROPE, { region: EUROPE_REGION });
      declareKey(europe, issuerOf(europe), "translator", { replicas: [{ region: "us-east-1" }] });
    });
    ({ world } = stacks);
    inEurope = new SecretsManagerClient({
      endpoint: world.variable("AWS_ENDPOINT_URL"),
      region: EUROPE_REGION,
      credentials: world.awsCredentials(),
    });
    for (const name of stacks.names) await stacks.init(name);
  });
  afterAll(() => stacks?.close());

  const secretOf = async (key: string) => {
    const { SecretString } = await world.secrets.send(new GetSecretValueCommand({ SecretId: `${PREFIX}/${key}` }));
    const payload = parseSecretPayload(SecretString ?? "");
    if (payload === undefined) throw new Error(`The secret of ${key} holds no payload.`);
    return payload;
  };

  test("each deploys after the issuer's, and its keys work", async () => {
    // WHEN
    for (const name of TEAMS) await stacks.apply(name);
    // THEN
    for (const key of KEYS) {
      const { apiKey } = await secretOf(key);
      expect([key, await world.callWith(apiKey, IN_SCOPE)]).toEqual([key, 200]);
    }
  });

  test("every plan is empty, and asks once about the stack's own keys and about no others", async () => {
    const asked: Record<string, string[]> = {};
    for (const name of TEAMS) {
      // WHEN
      const mark = world.mark();
      const { exitCode } = await stacks.plan(name);
      // THEN
      expect([name, exitCode]).toEqual([name, 0]);
      const invocations = world.journal({ since: mark, kind: "lambda" });
      expect(invocations.every(({ operation }) => operation === "platform-openai-observer")).toBe(true);
      asked[name] = invocations.map(({ request }) =>
        KEYS.filter((key) => JSON.stringify(request).includes(key)).join(),
      );
    }
    expect(asked).toEqual({ [PLATFORM]: [], [SEARCH]: ["summariser,ranker"], [SHOP]: ["describer"] });
  });

  test("a second state of the same names fails before it takes anything over, and its destroy leaves what the first has", async () => {
    const second = `-state=second.tfstate`;
    for (const name of [PLATFORM, SEARCH]) {
      // WHEN
      const applied = await stacks.terraform(name, ["apply", second, "-input=false", "-auto-approve"]);
      const held = await stacks.terraform(name, ["state", "list", second]);
      const destroyed = await stacks.terraform(name, ["destroy", second, "-input=false", "-auto-approve"]);
      // THEN
      expect([name, applied.exitCode, destroyed.exitCode]).toEqual([name, 1, 0]);
      expect(applied.text).toMatch(/already exists|EntityAlreadyExists|ResourceExistsException/);
      expect(held.text.split("\n").filter((line) => /^aws_/.test(line))).toEqual([]);
    }
    // THEN
    for (const name of TEAMS) expect([name, (await stacks.plan(name)).exitCode]).toEqual([name, 0]);
    for (const key of KEYS) expect(await world.callWith((await secretOf(key)).apiKey, IN_SCOPE)).toBe(200);
  });

  test("drift of a key shows in its own stack only, and heals there", async () => {
    // GIVEN
    const { keyId } = await secretOf("describer");
    await world.openai.admin.organization.projects.apiKeys.delete(keyId, { project_id: world.projectId });

    // WHEN
    const [platform, search, shop] = [await stacks.plan(PLATFORM), await stacks.plan(SEARCH), await stacks.plan(SHOP)];
    // THEN
    expect([platform.exitCode, search.exitCode, shop.exitCode]).toEqual([0, 0, 2]);
    expect(shop.text).toContain(`vendor key ${keyId} was deleted at OpenAI`);

    // WHEN
    await stacks.apply(SHOP);
    // THEN
    expect((await stacks.plan(SHOP)).exitCode).toBe(0);
    expect(await world.callWith((await secretOf("describer")).apiKey, IN_SCOPE)).toBe(200);
  });

  const readAt = async (client: SecretsManagerClient, SecretId: string) =>
    (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

  test("a stack of another region deploys there, and its plan is empty", async () => {
    // WHEN
    await stacks.apply(EUROPE);
    // THEN
    expect((await stacks.plan(EUROPE)).exitCode).toBe(0);
    const { ARN } = await inEurope.send(new DescribeSecretCommand({ SecretId: "europe/openai/translator" }));
    expect(ARN).toContain(`:${EUROPE_REGION}:`);
  });

  test("keys of all stacks rotate, each by its issuer's controller, and are read from their replicas", async () => {
    // GIVEN
    const before = await Promise.all(KEYS.map(secretOf));
    // WHEN
    await world.advance("P8D");
    // THEN
    const after = await Promise.all(KEYS.map(secretOf));
    expect(after.filter(({ keyId }, i) => keyId === before[i]?.keyId)).toEqual([]);
    for (const name of [`${PREFIX}/describer`, "europe/openai/translator"]) {
      const [here, there] = [await readAt(world.secrets, name), await readAt(inEurope, name)];
      expect([name, here === there]).toEqual([name, true]);
      const { apiKey = "" } = parseSecretPayload(there ?? "") ?? {};
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
    }
  });

  test("destroying one team's stack leaves the other's keys alone; the issuer goes last", async () => {
    // GIVEN
    const { apiKey } = await secretOf("describer");
    // WHEN
    await stacks.destroy(EUROPE);
    await stacks.destroy(SHOP);
    // THEN
    for (const name of [`${PREFIX}/describer`, "europe/openai/translator"]) {
      await expect(readAt(inEurope, name)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    }
    expect(await world.callWith(apiKey, IN_SCOPE)).toBe(401);
    expect(await world.callWith((await secretOf("summariser")).apiKey, IN_SCOPE)).toBe(200);
    expect((await stacks.plan(SEARCH)).exitCode).toBe(0);

    // WHEN
    await stacks.destroy(SEARCH);
    await stacks.destroy(PLATFORM);
    // THEN
    expect(await world.liveVendorKeys()).toEqual([]);
    expect((await world.serviceAccounts()).filter(({ name }) => name.startsWith(PREFIX))).toEqual([]);
  });
});
