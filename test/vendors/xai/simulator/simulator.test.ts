import * as v from "valibot";
import { defined } from "../../../../src/model/defined";
import type { SimulatorResponse } from "../../../../src/sandbox/vendors/simulator";
import { createXAiSimulator, type XAiSimulator } from "../../../../src/vendors/xai/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 12);
const ALL = ["api-key:model:*", "api-key:endpoint:*"];
const CHAT = { model: "grok-4.5", messages: [{ role: "user", content: "Hello" }] };
const made = v.object({ apiKeyId: v.string(), apiKey: v.string() });
const shown = v.object({
  apiKeys: v.array(v.looseObject({ apiKeyId: v.string() })),
  paginationToken: v.optional(v.string()),
});

describe("xAI's simulator", () => {
  let now: number;
  let simulator: XAiSimulator;
  beforeEach(() => {
    now = START;
    simulator = createXAiSimulator({ clock: { now: () => now }, seed: "test" });
  });

  const call = (method: string, url: string, key: string | undefined, body?: unknown, host?: string) =>
    simulator.handle({
      method,
      url,
      headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
      body: body === undefined ? "" : JSON.stringify(body),
      ...defined({ host }),
    });
  const manage = (method: string, path: string, body?: unknown) => call(method, path, simulator.adminKey, body);
  const keysPath = () => `/auth/teams/${simulator.state.teamId}/api-keys`;
  const make = async (change: object = {}) => {
    const { body } = await manage("POST", keysPath(), { name: "app", acls: ALL, ...change });
    return v.parse(made, body);
  };
  const rotate = async (id: string, body: object = {}) =>
    v.parse(made, (await manage("POST", `/auth/api-keys/${id}/rotate`, body)).body).apiKey;
  const chat = (key: string, change: object = {}) => call("POST", "/v1/chat/completions", key, { ...CHAT, ...change });
  const statuses = async (...answers: Array<Promise<SimulatorResponse>>) =>
    (await Promise.all(answers)).map(({ status }) => status);
  const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

  describe("ACLs", () => {
    test.each([
      [[], 403, 403],
      [["api-key:model:*"], 403, 403],
      [["api-key:endpoint:*"], 403, 200],
      [["api-key:model:grok-4.5", "api-key:endpoint:chat"], 200, 403],
      [["api-key:model:grok-4*", "api-key:endpoint:*"], 200, 200],
      [["api-key:model:grok-4.3", "api-key:endpoint:chat"], 403, 403],
      [["api-key:model:grok", "api-key:endpoint:chat"], 403, 403],
      [["api-key:model:*", "api-key:endpoint:models"], 403, 200],
      [ALL, 200, 200],
    ])("%j: chat is answered %i, models %i", async (acls, chatting, listing) => {
      const { apiKey } = await make({ acls });
      expect(await statuses(chat(apiKey), call("GET", "/v1/models", apiKey))).toEqual([chatting, listing]);
    });

    test("a list of models holds those that the key may use", async () => {
      const { apiKey } = await make({ acls: ["api-key:model:grok-4.3", "api-key:endpoint:models"] });
      expect((await call("GET", "/v1/models", apiKey)).body).toMatchObject({ data: [{ id: "grok-4.3" }] });
    });

    test("a change holds at once, and a mask names all that changes", async () => {
      // GIVEN
      const { apiKey, apiKeyId } = await make({ qpm: 5, tpm: "100" });

      // WHEN
      const { body } = await manage("PUT", `/auth/api-keys/${apiKeyId}`, {
        apiKey: { aclStrings: ["api-key:endpoint:models"], name: "not named in the mask" },
        fieldMask: "aclStrings,qpm",
      });

      // THEN
      expect(body).toMatchObject({ name: "app", tpm: "100", aclStrings: ["api-key:endpoint:models"] });
      expect(body).not.toHaveProperty("qpm");
      expect(body).not.toHaveProperty("apiKey");
      expect(await statuses(chat(apiKey), call("GET", "/v1/models", apiKey))).toEqual([403, 200]);
    });
  });

  describe("limits", () => {
    test("requests a minute are counted over the minute that is running, per key and not per value", async () => {
      const { apiKey, apiKeyId } = await make({ qpm: 2 });
      const other = await make({ qpm: 2 });
      expect((await chat(apiKey)).status).toBe(200);
      now += 30_000;
      const next = await rotate(apiKeyId);
      expect(await statuses(chat(next), chat(next), chat(other.apiKey))).toEqual([200, 429, 200]);
      now += 30_000;
      expect(await statuses(chat(apiKey), chat(apiKey))).toEqual([200, 429]);
    });

    test("requests a second are counted over a second", async () => {
      const { apiKey } = await make({ qps: 1 });
      expect(await statuses(chat(apiKey), chat(apiKey))).toEqual([200, 429]);
      now += 1_000;
      expect((await chat(apiKey)).status).toBe(200);
    });

    test("tokens a minute stop the calls after the one that exceeds them", async () => {
      const { apiKey } = await make({ tpm: "30" });
      expect(await statuses(chat(apiKey), chat(apiKey), chat(apiKey))).toEqual([200, 200, 429]);
      now += 60_000;
      expect((await chat(apiKey)).status).toBe(200);
    });

    test("what is refused for another reason is not counted", async () => {
      const { apiKey } = await make({ qpm: 1 });
      expect(await statuses(chat(apiKey, { model: "grok-0" }), chat(apiKey, { messages: [] }))).toEqual([404, 400]);
      expect(await statuses(chat(apiKey), chat(apiKey))).toEqual([200, 429]);
    });
  });

  test("a value is known from its making to its end, and shown once", async () => {
    const { apiKey } = await make({ expireTime: at(10) });
    expect(JSON.stringify((await manage("GET", keysPath())).body)).not.toContain(apiKey);
    expect((await chat(apiKey)).status).toBe(200);
    now += 10_000;
    const { status, body } = await chat(apiKey);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid-argument", error: expect.stringContaining("Incorrect API key") });
    expect(JSON.stringify(body)).not.toContain(apiKey);
    expect(simulator.secrets()).toContain(apiKey);
  });

  test("disabled and blocked keys open nothing, and say so of themselves", async () => {
    const { apiKey, apiKeyId } = await make();
    await manage("PUT", `/auth/api-keys/${apiKeyId}`, { apiKey: { disabled: true }, fieldMask: "disabled" });
    expect(await statuses(chat(apiKey), call("GET", "/v1/models", apiKey))).toEqual([403, 403]);
    expect((await call("GET", "/v1/api-key", apiKey)).body).toMatchObject({ api_key_disabled: true });
    await manage("PUT", `/auth/api-keys/${apiKeyId}`, { apiKey: {}, fieldMask: "disabled" });
    expect((await chat(apiKey)).status).toBe(200);
    const key = simulator.state.keys.get(apiKeyId);
    if (key !== undefined) key.blocked = true;
    expect((await chat(apiKey)).status).toBe(403);
    expect((await call("GET", "/v1/api-key", apiKey)).body).toMatchObject({ api_key_blocked: true });
  });

  test("a blocked team's keys open nothing, and say so", async () => {
    const { apiKey } = await make();
    simulator.configure({ teamBlocked: true });
    expect((await chat(apiKey)).status).toBe(403);
    expect((await call("GET", "/v1/api-key", apiKey)).body).toMatchObject({ team_blocked: true });
  });

  describe("rotation", () => {
    test("ends the old value after a day where nothing else is said, and keeps the key's end", async () => {
      // GIVEN
      const { apiKey, apiKeyId } = await make({ expireTime: at(100_000) });

      // WHEN
      const next = await rotate(apiKeyId);

      // THEN
      now += 86_400_000 - 1_000;
      expect(await statuses(chat(apiKey), chat(next))).toEqual([200, 200]);
      now += 1_000;
      expect(await statuses(chat(apiKey), chat(next))).toEqual([400, 200]);
      now = START + 100_000_000;
      expect((await chat(next)).status).toBe(400);
    });

    test("twice within the grace: each value keeps its own end", async () => {
      const { apiKey: first, apiKeyId } = await make();
      const second = await rotate(apiKeyId, { oldSecretExpireTime: at(100) });
      const third = await rotate(apiKeyId, { oldSecretExpireTime: at(50) });
      expect(await statuses(chat(first), chat(second), chat(third))).toEqual([200, 200, 200]);
      now += 50_000;
      expect(await statuses(chat(first), chat(second), chat(third))).toEqual([200, 400, 200]);
      now += 50_000;
      expect(await statuses(chat(first), chat(second), chat(third))).toEqual([400, 400, 200]);
    });

    test("lets no old value live longer than it would have, nor a later end of the key", async () => {
      const { apiKey, apiKeyId } = await make({ expireTime: at(10) });
      const next = await rotate(apiKeyId, { oldSecretExpireTime: at(100), expireTime: at(1_000) });
      await manage("PUT", `/auth/api-keys/${apiKeyId}`, { apiKey: { expireTime: at(2_000) }, fieldMask: "expireTime" });
      now += 10_000;
      expect(await statuses(chat(apiKey), chat(next))).toEqual([400, 200]);
    });

    test("refuses an end of the old value that is more than 7 days away, and then changes nothing", async () => {
      const { apiKey, apiKeyId } = await make();
      const path = `/auth/api-keys/${apiKeyId}/rotate`;
      const refused = manage("POST", path, { oldSecretExpireTime: at(604_801) });
      expect((await refused).body).toMatchObject({ code: 3, message: expect.stringContaining("7 days") });
      now += 86_400_000;
      expect((await chat(apiKey)).status).toBe(200);
    });
  });

  test("each cluster learns of a value in its own time, and the value works when all have", async () => {
    simulator.configure({ propagationSeconds: 10 });
    const { apiKey, apiKeyId } = await make();
    const propagation = async () => (await manage("GET", `/auth/api-keys/${apiKeyId}/propagation`)).body;
    now += 5_000;
    expect(await propagation()).toEqual({
      icPropagation: { "us-east-1.api.x.ai": true, "eu-west-1.api.x.ai": false },
    });
    expect((await chat(apiKey)).status).toBe(400);
    now += 5_000;
    expect(await propagation()).toEqual({ icPropagation: { "us-east-1.api.x.ai": true, "eu-west-1.api.x.ai": true } });
    expect((await chat(apiKey)).status).toBe(200);
  });

  describe("lists", () => {
    test("come in pages of the size that was asked for, and as one where none was", async () => {
      for (let n = 0; n < 5; n += 1) await make({ name: `app-${n}` });
      const pageAt = async (query: string) => v.parse(shown, (await manage("GET", keysPath() + query)).body);
      const ids: string[] = [];
      let token: string | undefined;
      do {
        const page = await pageAt(`?pageSize=2${token === undefined ? "" : `&paginationToken=${token}`}`);
        expect(page.apiKeys.length).toBeLessThanOrEqual(2);
        ids.push(...page.apiKeys.map(({ apiKeyId }) => apiKeyId));
        token = page.paginationToken;
      } while (token !== undefined);
      expect(new Set(ids).size).toBe(5);
      expect(await pageAt("")).toMatchObject({ apiKeys: ids.map((apiKeyId) => ({ apiKeyId })) });
      expect((await manage("GET", `${keysPath()}?pageSize=2&paginationToken=x`)).status).toBe(400);
      expect((await manage("GET", `${keysPath()}?pageSize=0`)).status).toBe(400);
    });

    test("leave out what was asked to be left out", async () => {
      const ended = await make({ expireTime: at(-1) });
      const narrow = await make({ acls: ["api-key:model:grok-4.5"] });
      const listed = async (query: string) =>
        v.parse(shown, (await manage("GET", keysPath() + query)).body).apiKeys.map(({ apiKeyId }) => apiKeyId);
      expect(await listed("")).toEqual([ended.apiKeyId, narrow.apiKeyId]);
      expect(await listed("?activeOnly=true")).toEqual([narrow.apiKeyId]);
      expect(await listed("?aclFilters=api-key:model:*&aclFilters=api-key:endpoint:*")).toEqual([ended.apiKeyId]);
    });
  });

  test("what can stand in an ACL for endpoints is told", async () => {
    const { body } = await manage("GET", `/auth/teams/${simulator.state.teamId}/endpoints`);
    expect(body).toMatchObject({ acls: expect.arrayContaining([expect.objectContaining({ value: "chat" })]) });
  });

  describe("refusals", () => {
    test.each([
      { name: "" },
      { name: undefined },
      { acls: ["chat"] },
      { acls: ["api-key:endpoint:nonsense"] },
      { acls: "api-key:model:*" },
      { qpm: "60" },
      { qpm: 1.5 },
      { tpm: 100 },
      { tpm: "many" },
      { expireTime: "tomorrow" },
      { permissions: ["inference"] },
    ])("a key with %j is not made", async (change) => {
      const { status, body } = await manage("POST", keysPath(), { name: "app", acls: ALL, ...change });
      expect({ status, body }).toMatchObject({ status: 400, body: { code: 3 } });
      expect(simulator.state.keys.size).toBe(0);
    });

    test.each([
      { apiKey: {} },
      { apiKey: {}, fieldMask: "" },
      { apiKey: {}, fieldMask: "apiKeyId" },
      { apiKey: {}, fieldMask: "name" },
      { apiKey: { tpm: 42 }, fieldMask: "tpm" },
      { fieldMask: "tpm" },
      { tpm: "42" },
    ])("a change by %j is none", async (body) => {
      const { apiKeyId } = await make();
      expect((await manage("PUT", `/auth/api-keys/${apiKeyId}`, body)).status).toBe(400);
    });

    test("keys that are gone, other teams and paths that are none are not found, each in the words of its API", async () => {
      const { apiKey, apiKeyId } = await make();
      expect(await manage("DELETE", `/auth/api-keys/${apiKeyId}`)).toEqual({ status: 200, body: {} });
      const gone = { status: 404, body: { code: 5, message: "Cannot find API key" } };
      expect(await manage("DELETE", `/auth/api-keys/${apiKeyId}`)).toMatchObject(gone);
      expect(await manage("GET", `/auth/api-keys/${apiKeyId}/propagation`)).toMatchObject(gone);
      expect((await manage("DELETE", `${keysPath()}/${apiKeyId}`)).status).toBe(404);
      expect((await manage("GET", "/auth/teams/00000000-0000-4000-8000-000000000000/api-keys")).status).toBe(403);
      expect((await chat(apiKey)).status).toBe(400);
      const other = await make();
      expect((await call("GET", "/v1/files", other.apiKey)).body).toMatchObject({ code: "not-found" });
    });

    test("each host knows its own kind of key, and its own paths", async () => {
      const { apiKey } = await make();
      const managing = "management-api.x.ai";
      expect(
        await statuses(
          call("GET", keysPath(), apiKey, undefined, managing),
          call("GET", keysPath(), undefined, undefined, managing),
          call("GET", "/v1/models", simulator.adminKey, undefined, managing),
          call("GET", "/v1/models", simulator.adminKey, undefined, "api.x.ai"),
          call("GET", "/v1/models", undefined, undefined, "api.x.ai"),
          call("GET", keysPath(), apiKey, undefined, "api.x.ai"),
          call("GET", "/v1/models", apiKey, undefined, "api.x.ai"),
          call("GET", keysPath(), simulator.adminKey, undefined, managing),
        ),
      ).toEqual([401, 401, 404, 400, 401, 404, 200, 200]);
    });

    test("the management key, its operations and its calls a minute are what the settings say", async () => {
      simulator.configure({ adminKeyValid: false });
      expect((await manage("GET", keysPath())).status).toBe(401);
      simulator.configure({ adminKeyValid: true, adminOperations: ["ListApiKeys"] });
      expect((await manage("GET", keysPath())).status).toBe(200);
      expect((await manage("POST", keysPath(), { name: "app" })).body).toMatchObject({ code: 7 });
      simulator.configure({ adminOperations: null, callsPerMinute: 2 });
      expect(await statuses(...[1, 2, 3].map(() => manage("GET", keysPath())))).toEqual([200, 200, 429]);
      now += 60_000;
      expect((await manage("GET", keysPath())).status).toBe(200);
    });

    test("keys are made no faster than the settings say, and listed all the same", async () => {
      simulator.configure({ createsPerMinute: 1 });
      await make();
      expect(await statuses(manage("POST", keysPath(), { name: "app" }), manage("GET", keysPath()))).toEqual([
        429, 200,
      ]);
      now += 60_000;
      expect((await manage("POST", keysPath(), { name: "app" })).status).toBe(200);
    });

    test.each([{ speed: 1 }, { adminKeyValid: "no" }, { propagationSeconds: -1 }, { adminOperations: ["All"] }, 7])(
      "settings such as %j are not taken",
      (settings) => expect(() => simulator.configure(settings)).toThrow("xAI simulator"),
    );
  });
});
