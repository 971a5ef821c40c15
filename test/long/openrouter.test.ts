import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { AdminKey, Duration, Lifetime, OpenRouterIssuer, ScopedKey, Spend } from "../../constructs";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { blockOf } from "../e2e/support/plan";
import { Stacks } from "../e2e/support/stacks";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const STACK = "ai-keys";
const PREFIX = "ai-keys/openrouter";
const KEYS = ["summariser", "ranker", "describer", "steady"];
const MODEL = "openai/gpt-5.2";
const OTHER = "anthropic/claude-sonnet-5";
const FORTNIGHTLY = Lifetime.rotating({
  every: Duration.days(14),
  overlap: Duration.hours(24),
  expiry: Duration.days(18),
});

interface ListedKey {
  readonly hash: string;
  readonly name: string;
  readonly limit: number | null;
  readonly limit_reset: string | null;
  readonly disabled: boolean;
}

describe("keys of OpenRouter, limited in models and spend", () => {
  let stacks: Stacks;
  let world: World;

  const call = async (key: string, method: string, path: string, body?: object) => {
    const response = await fetch(world.variable("SANDBOX_OPENROUTER_URL") + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as { data: ListedKey[] } };
  };
  const admin = (method: string, path: string, body?: object) =>
    call(world.variable("SANDBOX_OPENROUTER_ADMIN_KEY"), method, path, body);
  const listed = async () => (await admin("GET", "/keys?include_disabled=true")).body.data;
  const ask = async (key: string, model: string) =>
    (await call(key, "POST", "/chat/completions", { model, messages: [{ role: "user", content: "Hello" }] })).status;
  const payload = async (key: string) => {
    const { SecretString = "" } = await world.secrets.send(new GetSecretValueCommand({ SecretId: `${PREFIX}/${key}` }));
    const found = parseSecretPayload(SecretString);
    if (found === undefined) throw new Error(`the secret of ${key} holds no payload`);
    return found;
  };
  const declare = () =>
    Stacks.start((stack) => {
      const scope = stack(STACK);
      const issuer = new OpenRouterIssuer(scope, "openrouter", {
        adminKey: AdminKey.fromSecretName("ai/admin/openrouter"),
        adminCallsPerMinute: 600,
      });
      for (const key of KEYS) {
        new ScopedKey(scope, key, {
          issuer,
          owner: "search-team@example.com",
          purpose: "Summaries on the results page",
          models: [MODEL],
          limits: { spend: Spend.perMonth(25) },
          lifetime: FORTNIGHTLY,
        });
      }
    });

  beforeAll(async () => {
    stacks = await declare();
    ({ world } = stacks);
    await stacks.init(STACK);
    await stacks.apply(STACK);
  });
  afterAll(() => stacks?.close());

  test("may do what was declared and nothing else, and the plan after the apply is empty", async () => {
    for (const key of KEYS) {
      const { apiKey, baseUrl, vendor } = await payload(key);
      expect({ baseUrl, vendor }).toEqual({ baseUrl: "https://openrouter.ai/api/v1", vendor: "openrouter" });
      expect(await ask(apiKey, MODEL)).toBe(200);
      expect(await ask(apiKey, OTHER)).toBe(404);
    }
    expect((await listed()).map(({ limit, limit_reset }) => [limit, limit_reset])).toEqual(
      KEYS.map(() => [25, "monthly"]),
    );
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("a rotation gives models and spend to the successor", async () => {
    // GIVEN
    const before = await payload("steady");
    // WHEN
    await world.client.aws("secretsmanager", "secretsmanager.RotateSecret", { SecretId: `${PREFIX}/steady` });
    await world.advance("PT1M");
    // THEN
    const after = await payload("steady");
    expect(after.keyId).not.toBe(before.keyId);
    expect(await ask(after.apiKey, MODEL)).toBe(200);
    expect(await ask(after.apiKey, OTHER)).toBe(404);
    expect(await ask(before.apiKey, MODEL)).toBe(200);
    await world.advance("P1DT2H");
    expect(await ask(before.apiKey, MODEL)).toBe(401);
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("drift of each kind is in the plan, and an apply heals it", async () => {
    // GIVEN
    const idOf = async (key: string) => (await payload(key)).keyId;
    await admin("PATCH", `/keys/${await idOf("summariser")}`, { limit: 1_000, limit_reset: "daily" });
    await admin("PATCH", `/keys/${await idOf("ranker")}`, { disabled: true });
    await admin("DELETE", `/keys/${await idOf("describer")}`);

    // WHEN
    const drifted = await stacks.plan(STACK);
    await stacks.apply(STACK);
    const healed = await stacks.plan(STACK);

    // THEN
    expect(drifted.exitCode).toBe(2);
    const said = (key: string) => blockOf(drifted, "lambda_invocation", key);
    expect(said("summariser")).toMatch(
      /limits of vendor key \w+ changed at OpenRouter from 25 USD a month to 1000 USD a day/,
    );
    expect(said("ranker")).toMatch(/vendor key \w+ was disabled at OpenRouter/);
    expect(said("describer")).toMatch(/vendor key \w+ was deleted at OpenRouter/);
    expect(said("steady")).toBe("");
    expect(healed.exitCode).toBe(0);
    for (const key of KEYS) expect(await ask((await payload(key)).apiKey, MODEL)).toBe(200);
    const inUse = await Promise.all(KEYS.map(idOf));
    const live = (await listed()).filter(({ hash }) => inUse.includes(hash));
    expect(live.map(({ limit, limit_reset }) => [limit, limit_reset])).toEqual(KEYS.map(() => [25, "monthly"]));
  });

  test("destroy leaves no key and no guardrail", async () => {
    await stacks.destroy(STACK);
    expect(await listed()).toEqual([]);
    expect((await admin("GET", "/guardrails")).body.data).toEqual([]);
  });
});
