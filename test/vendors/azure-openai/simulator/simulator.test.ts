import { defined } from "../../../../src/model/defined";
import {
  type AzureOpenAiSimulator,
  createAzureOpenAiSimulator,
} from "../../../../src/vendors/azure-openai/simulator/simulator";

interface Body {
  readonly error?: { readonly code: string; readonly message: string } | string;
  readonly error_description?: string;
  readonly access_token?: string;
  readonly key1?: string;
  readonly key2?: string;
}

describe("Azure OpenAI's simulator", () => {
  let now: number;
  let simulator: AzureOpenAiSimulator;
  beforeEach(() => {
    now = Date.UTC(2026, 10, 24);
    simulator = createAzureOpenAiSimulator({ clock: { now: () => now }, seed: "s" });
  });

  const send = async (method: string, url: string, headers: Record<string, string> = {}, body = "", host?: string) => {
    const request = { method, url, headers, body, ...defined({ host }) };
    const answer = await simulator.handle(request);
    return { ...answer, body: answer.body as Body };
  };
  const form = (change: Record<string, string> = {}) =>
    new URLSearchParams({
      grant_type: "client_credentials",
      client_id: simulator.state.application.clientId,
      client_secret: simulator.state.application.clientSecret,
      scope: "https://management.azure.com/.default",
      ...change,
    }).toString();
  const login = (change?: Record<string, string>, tenant = simulator.state.tenantId) =>
    send("POST", `/${tenant}/oauth2/v2.0/token`, {}, form(change));
  const bearer = async () => ({ authorization: `Bearer ${(await login()).body.access_token}` });
  const path = (action: string, change: { subscription?: string; group?: string; account?: string } = {}) => {
    const { subscriptionId, resourceGroup, accountName } = simulator.state;
    const { subscription = subscriptionId, group = resourceGroup, account = accountName } = change;
    return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/${account}/${action}?api-version=2025-09-01`;
  };
  const chat = (key: string, deployment = "gpt-5-mini") =>
    send(
      "POST",
      `/openai/deployments/${deployment}/chat/completions?api-version=2024-10-21`,
      { "api-key": key },
      JSON.stringify({ messages: [{ role: "user", content: "Hello" }] }),
    );

  test("both keys open the account, and a regenerated one stops at once while the other goes on", async () => {
    // GIVEN
    const headers = await bearer();
    const { key1 = "", key2 = "" } = (await send("POST", path("listKeys"), headers)).body;
    expect([(await chat(key1)).status, (await chat(key2)).status]).toEqual([200, 200]);

    // WHEN
    const made = await send("POST", path("regenerateKey"), headers, JSON.stringify({ keyName: "Key1" }));

    // THEN
    expect(made.body).toEqual({ key1: expect.any(String), key2 });
    expect(made.body.key1).not.toBe(key1);
    expect([(await chat(key1)).status, (await chat(key2)).status]).toEqual([401, 200]);
    expect((await chat(made.body.key1 ?? "")).status).toBe(200);
  });

  test.each([{}, { keyName: "key1" }, { keyName: "Key3" }, { keyName: 1 }])(
    "no slot is regenerated for %j",
    async (body) => {
      const before = { ...simulator.state.keys };
      const answer = await send("POST", path("regenerateKey"), await bearer(), JSON.stringify(body));
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "BadRequest" } } });
      expect(simulator.state.keys).toEqual(before);
    },
  );

  test("paths of Resource Manager know no case, and name what is not there", async () => {
    const headers = await bearer();
    expect((await send("POST", path("listKeys", { group: "RG-AI", account: "Contoso-AI" }), headers)).status).toBe(200);
    const missing: Array<[Parameters<typeof path>[1], string]> = [
      [{ subscription: "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f" }, "SubscriptionNotFound"],
      [{ group: "other" }, "ResourceGroupNotFound"],
      [{ account: "other" }, "ResourceNotFound"],
    ];
    for (const [change, code] of missing) {
      expect(await send("POST", path("listKeys", change), headers)).toMatchObject({
        status: 404,
        body: { error: { code } },
      });
    }
  });

  test("a version that is missing or unknown is refused", async () => {
    const headers = await bearer();
    const plain = path("listKeys").replace(/\?.*/, "");
    expect(await send("POST", plain, headers)).toMatchObject({
      status: 400,
      body: { error: { code: "MissingApiVersionParameter" } },
    });
    expect(await send("POST", `${plain}?api-version=1999-01-01`, headers)).toMatchObject({
      status: 400,
      body: { error: { code: "InvalidApiVersionParameter" } },
    });
  });

  test("Resource Manager takes valid tokens of an application that has the role, and nothing else", async () => {
    expect(await send("POST", path("listKeys"))).toMatchObject({
      status: 401,
      body: { error: { code: "AuthenticationFailed" } },
    });
    const stranger = { authorization: `Bearer ${simulator.state.keys.Key1}` };
    expect(await send("POST", path("listKeys"), stranger)).toMatchObject({
      status: 401,
      body: { error: { code: "InvalidAuthenticationToken" } },
    });
    const headers = await bearer();
    simulator.configure({ permitted: false });
    expect(await send("POST", path("listKeys"), headers)).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed" } },
    });
    simulator.configure({ permitted: true });
    now += 3_599_000;
    expect(await send("POST", path("listKeys"), headers)).toMatchObject({
      status: 401,
      body: { error: { code: "ExpiredAuthenticationToken" } },
    });
  });

  test.each([
    [{ client_secret: "wrong" }, 401, "invalid_client"],
    [{ client_id: "wrong" }, 400, "unauthorized_client"],
    [{ grant_type: "password" }, 400, "unsupported_grant_type"],
    [{ scope: "https://graph.microsoft.com/.default" }, 400, "invalid_scope"],
    [{ scope: "" }, 400, "invalid_request"],
  ])("Entra ID gives no token for %j", async (change, status, error) => {
    expect(await login(change as Record<string, string>)).toMatchObject({ status, body: { error } });
  });

  test("Entra ID knows one tenant, and no application whose secret was taken away", async () => {
    expect(await login({}, "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f")).toMatchObject({ status: 400 });
    const headers = await bearer();
    simulator.configure({ adminKeyValid: false });
    expect(await login()).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect((await send("POST", path("listKeys"), headers)).status).toBe(401);
  });

  test("with keys switched off, none is listed and none opens anything", async () => {
    const headers = await bearer();
    const { Key1 } = simulator.state.keys;
    simulator.configure({ localAuthDisabled: true });
    expect((await send("POST", path("listKeys"), headers)).status).toBe(400);
    expect(await chat(Key1)).toMatchObject({ status: 403, body: { error: { code: "AuthenticationTypeDisabled" } } });
  });

  test("a firewall stops a right key and a wrong one alike", async () => {
    simulator.configure({ firewalled: true });
    expect([(await chat(simulator.state.keys.Key1)).status, (await chat("wrong")).status]).toEqual([403, 403]);
  });

  test("a deployment that is not there is not found, a body without messages refused", async () => {
    const { Key1 } = simulator.state.keys;
    expect(await chat(Key1, "other")).toMatchObject({ status: 404, body: { error: { code: "DeploymentNotFound" } } });
    const url = "/openai/deployments/gpt-5-mini/chat/completions?api-version=2024-10-21";
    expect((await send("POST", url, { "api-key": Key1 }, "{}")).status).toBe(400);
  });

  test("each host answers its own calls alone", async () => {
    const headers = await bearer();
    const { Key1 } = simulator.state.keys;
    expect((await send("POST", path("listKeys"), headers, "", "management.azure.com")).status).toBe(200);
    expect((await send("POST", path("listKeys"), headers, "", "contoso-ai.openai.azure.com")).status).toBe(401);
    const models = "/openai/models?api-version=2024-10-21";
    expect((await send("GET", models, { "api-key": Key1 }, "", "contoso-ai.openai.azure.com")).status).toBe(200);
    expect((await send("GET", models, { "api-key": Key1 }, "", "management.azure.com")).status).toBe(401);
  });

  test("a setting that is not known is refused", () => {
    expect(() => simulator.configure({ colour: "red" })).toThrow(/Azure OpenAI simulator/);
    expect(() => simulator.configure({ callsPerMinute: 0 })).toThrow(/Azure OpenAI simulator/);
  });

  test("secrets are all that was ever given out, old values too", async () => {
    const old = simulator.state.keys.Key1;
    const token = (await login()).body.access_token;
    simulator.state.regenerate("Key1");
    const { clientSecret } = simulator.state.application;
    expect(simulator.secrets()).toEqual(expect.arrayContaining([old, token, clientSecret, simulator.state.keys.Key1]));
  });
});
