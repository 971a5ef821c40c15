import { createPortkeySimulator, type PortkeySimulator } from "../../../../src/vendors/portkey/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 12);
const MINUTE = 60_000;
const DAY = 86_400_000;
const CHAT = { model: "@openai-prod/gpt-5.2", messages: [{ role: "user", content: "Hello" }] };

describe("Portkey simulator", () => {
  let now: number;
  let simulator: PortkeySimulator;

  beforeEach(() => {
    now = START;
    simulator = createPortkeySimulator({ clock: { now: () => now }, seed: "test" });
  });

  const send = async (method: string, path: string, key: string, body?: unknown) => {
    const headers = { "x-portkey-api-key": key };
    const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
    const answer = await simulator.handle({ method, url: `/v1${path}`, headers, body: text });
    // biome-ignore lint/suspicious/noExplicitAny: answers are what is asserted
    return { status: answer.status, headers: answer.headers, body: answer.body as any };
  };
  const admin = (method: string, path: string, body?: unknown) => send(method, path, simulator.adminKey, body);
  const workspace_id = () => simulator.state.workspaceSlug;
  const create = async (fields: object = {}): Promise<{ id: string; key: string }> => {
    const given = { name: "app", workspace_id: workspace_id(), scopes: ["completions.write"], ...fields };
    const { status, body } = await admin("POST", "/api-keys/workspace/service", given);
    expect([status, body.object]).toEqual([200, "api-key"]);
    return body;
  };
  const chat = async (key: string) => (await send("POST", "/chat/completions", key, CHAT)).status;
  const statuses = async (key: string, calls: number) => {
    const seen: number[] = [];
    for (let n = 0; n < calls; n += 1) seen.push(await chat(key));
    return seen;
  };

  test("a key is shown as it was made, without its value", async () => {
    const { id, key } = await create({ description: "of the app", expires_at: "2026-12-24T10:00:00+02:00" });
    const { body } = await admin("GET", `/api-keys/${id}`);
    expect(body).toMatchObject({
      id,
      name: "app",
      description: "of the app",
      type: "workspace-service",
      workspace_id: simulator.state.workspaceId,
      status: "active",
      created_at: "2026-11-24T12:00:00Z",
      expires_at: "2026-12-24T08:00:00Z",
      rate_limits: [],
      scopes: ["completions.write"],
    });
    // Portkey's document has neither as null.
    for (const absent of ["usage_limits", "user_id"]) expect(body).not.toHaveProperty(absent);
    expect(JSON.stringify(body)).not.toContain(key);
    expect(simulator.secrets()).toEqual(expect.arrayContaining([key, simulator.adminKey]));
  });

  test.each<[string, object]>([
    ["no name", { name: undefined }],
    ["a name that is too long", { name: "x".repeat(101) }],
    ["no scopes", { scopes: undefined }],
    ["an empty list of scopes", { scopes: [] }],
    ["a scope that is none", { scopes: ["all"] }],
    ["a scope of keys of the organisation", { scopes: ["audit_logs.list"] }],
    ["no workspace", { workspace_id: undefined }],
    ["an unknown unit", { rate_limits: [{ type: "requests", unit: "rpy", value: 1 }] }],
    ["half a request", { rate_limits: [{ type: "requests", unit: "rpm", value: 0.5 }] }],
    ["cents", { usage_limits: { type: "cost", credit_limit: 1.5 } }],
    ["a budget of nothing", { usage_limits: { type: "cost", credit_limit: 0 } }],
    ["a budget that is null", { usage_limits: null }],
    ["a budget a day", { usage_limits: { type: "cost", credit_limit: 1, periodic_reset: "daily" } }],
    ["two periods", { usage_limits: { credit_limit: 1, periodic_reset: "weekly", periodic_reset_days: 3 } }],
    ["an end that is none", { expires_at: "soon" }],
    ["an end that is past", { expires_at: "2026-11-24T12:00:00Z" }],
    ["a rotation by itself that has no time", { rotation_policy: { key_transition_period_ms: 1_800_000 } }],
  ])("a key with %s is refused", async (_, fields) => {
    const given = { name: "app", workspace_id: workspace_id(), scopes: ["completions.write"], ...fields };
    const { status, body } = await admin("POST", "/api-keys/workspace/service", given);
    expect([status, body.success, body.data.errorCode]).toEqual([400, false, "AB01"]);
    expect(simulator.state.workspaceKeys).toEqual([]);
  });

  test.each<[string, string, object, number]>([
    ["of another workspace", "/api-keys/workspace/service", { workspace_id: "ws-other" }, 403],
    ["of the organisation, whose scope the admin key lacks", "/api-keys/organisation/service", {}, 403],
    ["of a user, whose scope the admin key lacks", "/api-keys/workspace/user", { user_id: "u" }, 403],
    ["of a type that there is not", "/api-keys/organisation/user", {}, 404],
  ])("a key %s is refused", async (_, path, fields, status) => {
    const given = { name: "app", workspace_id: workspace_id(), scopes: ["completions.write"], ...fields };
    expect((await admin("POST", path, given)).status).toBe(status);
  });

  test("a body that is no JSON is refused", async () => {
    expect((await admin("POST", "/api-keys/workspace/service", "{")).status).toBe(400);
  });

  test("a user's key is made by who may, and needs the user", async () => {
    simulator.configure({ adminScopes: ["workspace_user_api_keys.create", "workspace_user_api_keys.list"] });
    const given = { name: "app", workspace_id: workspace_id(), scopes: ["completions.write"] };
    expect((await admin("POST", "/api-keys/workspace/user", given)).status).toBe(400);
    expect((await admin("POST", "/api-keys/workspace/user", { ...given, user_id: "u-1" })).status).toBe(200);
    expect((await admin("GET", "/api-keys")).body.data).toMatchObject([{ type: "workspace-user", user_id: "u-1" }]);
  });

  test("lists in pages that are counted from 0", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await create({ name: `app ${n}` })).id);
    const page = async (number: number) => {
      const { body } = await admin(
        "GET",
        `/api-keys?workspace_id=${workspace_id()}&page_size=2&current_page=${number}`,
      );
      return [body.total, body.data.map(({ id }: { id: string }) => id)];
    };
    expect(await page(0)).toEqual([5, ids.slice(0, 2)]);
    expect(await page(2)).toEqual([5, ids.slice(4)]);
    expect(await page(3)).toEqual([5, []]);
    expect((await admin("GET", "/api-keys?page_size=many")).status).toBe(400);
    expect((await admin("GET", "/api-keys?workspace_id=ws-other")).status).toBe(403);
  });

  describe("scopes", () => {
    test.each([
      ["completions.write", [200, 200, 403, 403]],
      ["virtual_keys.list", [403, 200, 403, 403]],
      ["configs.list", [403, 403, 200, 403]],
      ["configs.read", [403, 403, 403, 403]],
      ["organisation_integrations.list", [403, 403, 403, 200]],
    ])("%s opens what it says, and nothing else", async (scope, expected) => {
      const { key } = await create({ scopes: [scope] });
      const answers = [await chat(key)];
      for (const path of ["/models", "/configs", "/integrations"]) answers.push((await send("GET", path, key)).status);
      expect(answers).toEqual(expected);
    });

    test("a missing one is told as Portkey does", async () => {
      const { key } = await create({ scopes: ["logs.view"] });
      expect((await send("POST", "/chat/completions", key, CHAT)).body).toEqual({
        success: false,
        data: { message: "You do not have enough permissions to execute this request", errorCode: "AB03" },
      });
    });

    test("keys of the organisation do not get into the gateway, whatever their scopes", async () => {
      simulator.configure({ adminScopes: ["completions.write", "virtual_keys.list", "configs.list"] });
      expect(await chat(simulator.adminKey)).toBe(403);
      expect((await admin("GET", "/models")).status).toBe(403);
      expect((await admin("GET", "/configs")).status).toBe(200);
    });

    test.each([
      ["create", "POST", "/api-keys/workspace/service"],
      ["list", "GET", "/api-keys"],
      ["read", "GET", "/api-keys/{id}"],
      ["update", "PUT", "/api-keys/{id}"],
      ["rotate", "POST", "/api-keys/{id}/rotate"],
      ["delete", "DELETE", "/api-keys/{id}"],
    ])("without workspace_service_api_keys.%s the admin key may not %s %s", async (action, method, path) => {
      // GIVEN
      const { id } = await create();
      const actions = ["create", "read", "update", "delete", "list", "rotate"].filter((other) => other !== action);
      const body = { name: "b", scopes: ["logs.view"], workspace_id: workspace_id() };
      const call = async () => (await admin(method, path.replace("{id}", id), body)).status;

      // THEN
      simulator.configure({ adminScopes: actions.map((other) => `workspace_service_api_keys.${other}`) });
      expect(await call()).toBe(403);
      expect((await admin("GET", "/api-keys/none")).status).toBe(action === "read" ? 403 : 404);
      simulator.configure({ adminScopes: [`workspace_service_api_keys.${action}`] });
      expect(await call()).toBe(200);
    });

    test("a key of the workspace that has them manages keys of its workspace, and names it or not", async () => {
      const scopes = ["create", "list"].map((action) => `workspace_service_api_keys.${action}`);
      const { key } = await create({ scopes });
      const made = await send("POST", "/api-keys/workspace/service", key, { name: "b", scopes: ["logs.view"] });
      expect(made.status).toBe(200);
      expect((await send("GET", `/api-keys?workspace_id=${simulator.state.workspaceId}`, key)).body.total).toBe(2);
    });
  });

  describe("limits", () => {
    test("requests a minute", async () => {
      const { key } = await create({ rate_limits: [{ type: "requests", unit: "rpm", value: 2 }] });
      expect(await statuses(key, 3)).toEqual([200, 200, 429]);
      now += MINUTE;
      expect(await statuses(key, 1)).toEqual([200]);
    });

    test("tokens an hour, and none at all", async () => {
      const tokens = await create({ rate_limits: [{ type: "tokens", unit: "rph", value: 150 }] });
      expect(await statuses(tokens.key, 3)).toEqual([200, 200, 429]);
      now += 59 * MINUTE;
      expect(await statuses(tokens.key, 1)).toEqual([429]);
      now += MINUTE;
      expect(await statuses(tokens.key, 1)).toEqual([200]);
      const none = await create({ rate_limits: [{ type: "requests", unit: "rps", value: 0 }] });
      expect(await statuses(none.key, 1)).toEqual([429]);
    });

    test.each([
      ["weekly", "2026-11-29T00:00:00Z"],
      ["monthly", "2026-12-01T00:00:00Z"],
    ])("a %s budget is spent until %s", async (periodic_reset, until) => {
      // GIVEN
      const { id, key } = await create({ usage_limits: { type: "cost", credit_limit: 1, periodic_reset } });
      const status = async () => (await admin("GET", `/api-keys/${id}`)).body.status;

      // WHEN
      expect(await statuses(key, 3)).toEqual([200, 200, 412]);

      // THEN
      expect(await status()).toBe("exhausted");
      now = Date.parse(until) - 1;
      expect(await statuses(key, 1)).toEqual([412]);
      now += 1;
      expect(await status()).toBe("active");
      expect(await statuses(key, 3)).toEqual([200, 200, 412]);
    });

    test("a budget of tokens every three days", async () => {
      const usage_limits = { type: "tokens", credit_limit: 100, periodic_reset_days: 3 };
      const { key } = await create({ usage_limits });
      expect(await statuses(key, 2)).toEqual([200, 412]);
      now += 3 * DAY;
      expect(await statuses(key, 2)).toEqual([200, 412]);
    });

    test("a budget altogether is spent for good, until usage is reset or the budget is raised or taken off", async () => {
      const { id, key } = await create({ usage_limits: { credit_limit: 1 } });
      expect(await statuses(key, 3)).toEqual([200, 200, 412]);
      now += 400 * DAY;
      expect(await statuses(key, 1)).toEqual([412]);
      await admin("PUT", `/api-keys/${id}`, { reset_usage: true });
      expect(await statuses(key, 3)).toEqual([200, 200, 412]);
      await admin("PUT", `/api-keys/${id}`, { usage_limits: { credit_limit: 2 } });
      expect(await statuses(key, 3)).toEqual([200, 200, 412]);
      await admin("PUT", `/api-keys/${id}`, { usage_limits: null, rate_limits: null });
      expect(await statuses(key, 3)).toEqual([200, 200, 200]);
    });
  });

  test("a key ends at its end, and is listed on; a later end brings it back", async () => {
    const { id, key } = await create({ expires_at: "2026-11-24T13:00:00Z" });
    now += 60 * MINUTE - 1;
    expect(await chat(key)).toBe(200);
    now += 1;
    expect(await chat(key)).toBe(401);
    expect((await admin("GET", "/api-keys")).body.total).toBe(1);
    await admin("PUT", `/api-keys/${id}`, { expires_at: null });
    expect(await chat(key)).toBe(200);
  });

  describe("a rotation", () => {
    test("lets the old value work on for half an hour where no other time is given", async () => {
      const { id, key } = await create();
      const { body } = await admin("POST", `/api-keys/${id}/rotate`);
      expect(body).toEqual({ id, key: expect.any(String), key_transition_expires_at: "2026-11-24T12:30:00.000Z" });
      expect(simulator.secrets()).toContain(body.key);
      now += 30 * MINUTE - 1;
      expect([await chat(key), await chat(body.key)]).toEqual([200, 200]);
      now += 1;
      expect([await chat(key), await chat(body.key)]).toEqual([401, 200]);
    });

    test.each([1_799_999, 1_800_000.5, "1800000"])(
      "with a transition of %j is refused",
      async (key_transition_period_ms) => {
        const { id } = await create();
        expect((await admin("POST", `/api-keys/${id}/rotate`, { key_transition_period_ms })).status).toBe(400);
      },
    );

    test("is refused during a transition, and both values count towards the same limits", async () => {
      const { id, key } = await create({ rate_limits: [{ type: "requests", unit: "rpm", value: 2 }] });
      const { body } = await admin("POST", `/api-keys/${id}/rotate`);
      expect((await admin("POST", `/api-keys/${id}/rotate`)).status).toBe(400);
      expect([await chat(key), await chat(body.key), await chat(key)]).toEqual([200, 200, 429]);
    });
  });

  test("a deleted key opens nothing, with neither value, and is answered as missing", async () => {
    const { id, key } = await create();
    const { body } = await admin("POST", `/api-keys/${id}/rotate`);
    expect((await admin("DELETE", `/api-keys/${id}`)).body).toEqual({});
    expect([await chat(key), await chat(body.key)]).toEqual([401, 401]);
    expect((await admin("GET", `/api-keys/${id}`)).body.data).toEqual({
      message: expect.any(String),
      errorCode: "AB08",
    });
    simulator.configure({ absentStatus: 403 });
    expect((await admin("DELETE", `/api-keys/${id}`)).body.data.errorCode).toBe("AB03");
  });

  test("a change alters what it names, and nothing else", async () => {
    const { id } = await create({ rate_limits: [{ type: "requests", unit: "rpm", value: 2 }] });
    const before = (await admin("GET", `/api-keys/${id}`)).body;
    const change = {
      name: "b",
      description: "d",
      scopes: ["logs.view"],
      alert_emails: ["a@example.com"],
    };
    const unseen = { rotation_policy: { rotation_period: "monthly" } };
    expect(await admin("PUT", `/api-keys/${id}`, { ...change, ...unseen })).toMatchObject({ status: 200, body: {} });
    expect((await admin("GET", `/api-keys/${id}`)).body).toEqual({ ...before, ...change });
    expect((await admin("PUT", `/api-keys/${id}`, { scopes: ["plugins.list"] })).status).toBe(400);
  });

  test("settings: keys, lifetimes and calls that are not to be had, an admin key that is not known", async () => {
    // GIVEN
    const given = { name: "app", workspace_id: workspace_id(), scopes: ["completions.write"] };
    const post = (fields: object = {}) => admin("POST", "/api-keys/workspace/service", { ...given, ...fields });

    // THEN
    simulator.configure({ maxExpirySeconds: 3_600 });
    expect((await post({ expires_at: "2026-11-24T13:00:01Z" })).status).toBe(400);
    expect((await post({ expires_at: "2026-11-24T13:00:00Z" })).status).toBe(200);
    simulator.configure({ maxExpirySeconds: null, keysMax: 1 });
    expect((await post()).body.data.errorCode).toBe("AB09");
    simulator.configure({ keysMax: null, callsPerMinute: 1 });
    expect((await post()).status).toBe(200);
    expect(await post()).toMatchObject({
      status: 429,
      headers: { "retry-after": "30" },
      body: { data: { errorCode: "AB06" } },
    });
    now += MINUTE;
    expect((await post()).status).toBe(200);
    simulator.configure({ callsPerMinute: null, adminKeyValid: false });
    expect((await post()).body).toEqual({ success: false, data: { message: "Invalid API Key", errorCode: "AB05" } });
    expect(() => simulator.configure({ colour: "red" })).toThrow("unknown or malformed setting");
  });

  test("clients of OpenAI send the key as a bearer; without a key there is nothing", async () => {
    const { key } = await create();
    const call = (headers: Record<string, string>, url = "/v1/models") =>
      simulator.handle({ method: "GET", url, headers, body: "" });
    expect((await call({ Authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await call({})).status).toBe(401);
    expect((await call({ "X-Portkey-Api-Key": key }, "/models")).status).toBe(404);
    expect((await send("POST", "/chat/completions", key, { model: "m", messages: [] })).status).toBe(400);
  });
});
