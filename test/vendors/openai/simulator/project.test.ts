import type OpenAI from "openai";
import { type OpenAiServer, startOpenAiServer } from "../../../support/openai-server";

describe("what is set for a project, as OpenAI's own client sees it", () => {
  let server: OpenAiServer;
  let projects: OpenAI["admin"]["organization"]["projects"];
  let id: string;

  beforeEach(async () => {
    server = await startOpenAiServer();
    projects = server.client().admin.organization.projects;
    id = server.simulator.projectId;
  });
  afterEach(() => server.close());

  const ask = (model = "gpt-5") => {
    const { value } = server.simulator.addUserKey("Dana");
    return server.client(value).chat.completions.create({ model, messages: [{ role: "user", content: "Hello" }] });
  };

  describe("models", () => {
    test("are not limited until a list is set, and again when it is deleted", async () => {
      await expect(projects.modelPermissions.retrieve(id)).rejects.toMatchObject({ status: 404 });
      await expect(projects.modelPermissions.delete(id)).rejects.toMatchObject({ status: 404 });
      const list = { mode: "allow_list", model_ids: ["gpt-5-mini"] } as const;
      const params = { ...list, model_ids: [...list.model_ids] };
      expect(await projects.modelPermissions.update(id, params)).toEqual({
        object: "project.model_permissions",
        ...params,
      });
      expect(await projects.modelPermissions.retrieve(id)).toMatchObject(params);
      await expect(ask()).rejects.toMatchObject({ status: 403 });
      expect(await projects.modelPermissions.delete(id)).toEqual({
        object: "project.model_permissions.deleted",
        deleted: true,
      });
      await expect(ask()).resolves.toMatchObject({ model: "gpt-5" });
    });

    test("that are not allowed are refused with the code that OpenAI uses, and are not listed", async () => {
      // GIVEN
      await projects.modelPermissions.update(id, { mode: "allow_list", model_ids: ["gpt-5-mini"] });
      const client = server.client(server.simulator.addUserKey("Dana").value);

      // THEN
      const refused = { status: 403, code: "model_not_found", message: expect.stringContaining(id) };
      await expect(ask("gpt-5")).rejects.toMatchObject(refused);
      await expect(client.responses.create({ model: "gpt-5", input: "Hello" })).rejects.toMatchObject(refused);
      const input = { model: "text-embedding-3-small", input: "Hello" };
      await expect(client.embeddings.create(input)).rejects.toMatchObject(refused);
      await expect(ask("gpt-5-mini")).resolves.toMatchObject({ model: "gpt-5-mini" });
      expect((await client.models.list()).data.map((model) => model.id)).toEqual(["gpt-5-mini"]);
    });

    test("that are denied are refused, and all others are not", async () => {
      await projects.modelPermissions.update(id, { mode: "deny_list", model_ids: ["gpt-5-mini"] });
      await expect(ask("gpt-5-mini")).rejects.toMatchObject({ status: 403 });
      await expect(ask("gpt-5")).resolves.toMatchObject({ model: "gpt-5" });
    });
  });

  describe("rates", () => {
    const limits = async () => {
      const all: Array<{ id: string; model: string; max_requests_per_1_minute: number }> = [];
      for await (const limit of projects.rateLimits.listRateLimits(id, { limit: 2 })) all.push(limit);
      return all;
    };

    test("are there for every model, page by page, and change one by one", async () => {
      const before = await limits();
      expect(before.length).toBeGreaterThan(4);
      expect(before[2]).toEqual({
        object: "project.rate_limit",
        id: "rl-gpt-4.1",
        model: "gpt-4.1",
        max_requests_per_1_minute: 10_000,
        max_tokens_per_1_minute: 30_000_000,
      });
      const change = { project_id: id, max_requests_per_1_minute: 2 };
      expect(await projects.rateLimits.updateRateLimit("rl-gpt-5", change)).toMatchObject({
        model: "gpt-5",
        max_requests_per_1_minute: 2,
        max_tokens_per_1_minute: 30_000_000,
      });
      await expect(projects.rateLimits.updateRateLimit("rl-gpt-0", change)).rejects.toMatchObject({ status: 404 });
      const images = { project_id: id, max_images_per_1_minute: 2 };
      await expect(projects.rateLimits.updateRateLimit("rl-gpt-5", images)).rejects.toMatchObject({ status: 400 });
    });

    test("of requests and of tokens are enforced for a minute, model by model", async () => {
      // GIVEN
      await projects.rateLimits.updateRateLimit("rl-gpt-5", { project_id: id, max_requests_per_1_minute: 2 });
      await projects.rateLimits.updateRateLimit("rl-gpt-5-mini", { project_id: id, max_tokens_per_1_minute: 30 });

      // THEN
      await ask();
      await ask();
      await expect(ask()).rejects.toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "requests" });
      await ask("gpt-5-mini");
      await expect(ask("gpt-5-mini")).rejects.toMatchObject({ status: 429, type: "tokens" });
      server.clock.advance(60);
      await expect(ask()).resolves.toMatchObject({ model: "gpt-5" });
      await expect(ask("gpt-5-mini")).resolves.toMatchObject({ model: "gpt-5-mini" });
    });
  });

  test("spend is enforced until the month is over, and until its limit is gone", async () => {
    await expect(projects.spendLimit.retrieve(id)).rejects.toMatchObject({ status: 404 });
    const limit = { threshold_amount: 1, currency: "USD", interval: "month" } as const;
    expect(await projects.spendLimit.update(id, limit)).toMatchObject({
      ...limit,
      enforcement: { status: "inactive" },
    });
    const exhaust = async () => {
      for (let calls = 0; calls < 100; calls += 1) await ask();
    };
    await expect(exhaust()).rejects.toMatchObject({ status: 429, code: "insufficient_quota" });
    expect((await projects.spendLimit.retrieve(id)).enforcement.status).toBe("enforcing");
    server.clock.advance(31 * 86_400);
    await expect(ask()).resolves.toMatchObject({ model: "gpt-5" });
    await expect(exhaust()).rejects.toMatchObject({ status: 429 });
    expect(await projects.spendLimit.delete(id)).toEqual({ object: "project.spend_limit.deleted", deleted: true });
    await expect(ask()).resolves.toMatchObject({ model: "gpt-5" });
  });

  test.each([
    ["POST", "model_permissions", { mode: "allow_list" }],
    ["POST", "model_permissions", { mode: "some", model_ids: [] }],
    ["POST", "model_permissions", { mode: "allow_list", model_ids: [], colour: 1 }],
    ["POST", "rate_limits/rl-gpt-5", { max_requests_per_1_minute: -1 }],
    ["POST", "rate_limits/rl-gpt-5", { max_requests: 1 }],
    ["POST", "spend_limit", { threshold_amount: 0, currency: "USD", interval: "month" }],
    ["POST", "spend_limit", { threshold_amount: 100, currency: "EUR", interval: "month" }],
    ["POST", "spend_limit", { threshold_amount: 100, currency: "USD", interval: "day" }],
    ["GET", "rate_limits?limit=0", undefined],
    ["GET", "rate_limits?colour=red", undefined],
  ])("%s %s with %j is refused", async (method, path, body) => {
    const answer = await server.simulator.handle({
      method,
      url: `/v1/organization/projects/${id}/${path}`,
      headers: { authorization: `Bearer ${server.simulator.adminKey}` },
      body: body === undefined ? "" : JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
  });

  test("of another project nothing is seen, and a key of data sets nothing", async () => {
    await expect(projects.modelPermissions.retrieve("proj_other")).rejects.toMatchObject({ status: 404 });
    const stranger = server.client("sk-none", server.simulator.addUserKey("Dana").value);
    const { spendLimit } = stranger.admin.organization.projects;
    await expect(spendLimit.retrieve(id)).rejects.toMatchObject({ status: 401 });
  });
});
