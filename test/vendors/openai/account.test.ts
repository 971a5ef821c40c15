import type { ProjectLimits } from "../../../src/model/project-limits";
import type { VendorProject } from "../../../src/vendors/vendor";
import { type AdapterFixture, startOpenAiAdapter } from "../../support/openai-adapter";
import { answering, failing } from "../../support/openai-server";

const PROJECT = "/organization/projects/{project}";

describe("OpenAI adapter, of the whole project", () => {
  let fixture: AdapterFixture;
  let account: VendorProject;
  beforeEach(async () => {
    fixture = await startOpenAiAdapter();
    account = fixture.adapter.account as VendorProject;
  });
  afterEach(() => fixture.server.close());

  const project = () => fixture.server.client().admin.organization.projects;
  const id = () => fixture.server.simulator.projectId;
  const policy = (declared: Omit<ProjectLimits, "vendor">): ProjectLimits => ({ vendor: "openai", ...declared });
  const MODELS = policy({ models: ["gpt-5", "gpt-4.1"] });
  const RATES = policy({ rates: [{ model: "gpt-4.1", requestsPerMinute: 5 }] });
  const SPEND = policy({ spendUsdPerMonth: 12.34 });

  test("is named by the project", () => {
    expect(account.name).toBe(`project ${id()}`);
  });

  test("nothing is read and nothing set of what the policy does not declare", async () => {
    await account.read({ policy: MODELS });
    await account.apply({ policy: SPEND });
    expect(fixture.rateLimiter.turns).toEqual([
      `GET ${PROJECT}/model_permissions`,
      `GET ${PROJECT}/spend_limit`,
      `POST ${PROJECT}/spend_limit`,
    ]);
  });

  describe("models", () => {
    test("are none where nothing was ever set", async () => {
      expect(await account.read({ policy: MODELS })).toEqual({ models: null });
    });

    test.each([
      ["nothing is denied", { mode: "deny_list", model_ids: [] }, null],
      ["some are denied", { mode: "deny_list", model_ids: ["gpt-5"] }, null],
      ["some are allowed, one of them twice", { mode: "allow_list", model_ids: ["b", "a", "b"] }, ["a", "b"]],
      ["none is allowed", { mode: "allow_list", model_ids: [] }, []],
    ])("where %s", async (_, answer, models) => {
      fixture.server.interceptions.push(answering(200, { object: "project.model_permissions", ...answer }));
      expect(await account.read({ policy: MODELS })).toEqual({ models });
    });

    test("take the place of whatever list there is", async () => {
      await project().modelPermissions.update(id(), { mode: "deny_list", model_ids: ["gpt-5"] });
      expect(await account.apply({ policy: MODELS })).toEqual({ models: null });
      expect(await project().modelPermissions.retrieve(id())).toMatchObject({
        mode: "allow_list",
        model_ids: MODELS.models,
      });
    });

    test("in another order are the same", async () => {
      await project().modelPermissions.update(id(), { mode: "allow_list", model_ids: ["gpt-4.1", "gpt-5"] });
      fixture.server.calls.length = 0;
      await account.apply({ policy: MODELS });
      expect(fixture.server.calls.filter((call) => call.startsWith("POST"))).toEqual([]);
    });
  });

  describe("rates", () => {
    test("are set under the id that the model's limit has, and only those that differ", async () => {
      // GIVEN
      const rates = [{ model: "gpt-4.1", requestsPerMinute: 5, tokensPerMinute: 30_000_000 }];

      // WHEN
      const before = await account.apply({ policy: policy({ rates }) });

      // THEN
      expect(before.rates?.get("gpt-4.1")).toEqual({ requestsPerMinute: 10_000, tokensPerMinute: 30_000_000 });
      expect((await account.read({ policy: policy({ rates }) })).rates?.get("gpt-4.1")).toEqual({
        requestsPerMinute: 5,
        tokensPerMinute: 30_000_000,
      });
      expect(fixture.server.calls.filter((call) => call.startsWith("POST"))).toEqual([
        `POST /organization/projects/${id()}/rate_limits/rl-gpt-4.1`,
      ]);
    });

    test("are read over all pages", async () => {
      const limit = (model: string) => ({ id: `rl-${model}`, object: "project.rate_limit", model });
      fixture.server.interceptions.push(
        answering(200, { object: "list", data: [limit("a")], last_id: "rl-a", has_more: true }),
        answering(200, { object: "list", data: [limit("gpt-4.1")], last_id: "rl-gpt-4.1", has_more: false }),
      );
      const { rates } = await account.read({ policy: RATES });
      expect([...(rates ?? [])]).toEqual([["gpt-4.1", { requestsPerMinute: null, tokensPerMinute: null }]]);
      expect(fixture.server.calls.at(-1)).toContain("after=rl-a");
    });

    test("of a model that OpenAI does not show are absent, and refused before anything is set", async () => {
      const unknown = policy({ rates: [{ model: "gpt-0", requestsPerMinute: 5 }], spendUsdPerMonth: 5 });
      expect((await account.read({ policy: unknown })).rates?.size).toBe(0);
      await expect(account.apply({ policy: unknown })).rejects.toMatchObject({
        kind: "invalid",
        message: `OpenAI shows no rate limits of gpt-0 for project ${id()}`,
      });
      expect(fixture.server.calls.filter((call) => call.startsWith("POST"))).toEqual([]);
    });

    test("of a model that is shown only once it may be used are set after the list of models", async () => {
      // GIVEN: a list without the model, as long as the project may not use it
      const both = policy({ models: ["gpt-4.1"], rates: RATES.rates });
      const limits = { object: "list", data: [], last_id: null, has_more: false };
      const none = answering(200, { object: "project.model_permissions", mode: "allow_list", model_ids: [] });
      fixture.server.interceptions.push(none, answering(200, limits));

      // WHEN
      await account.apply({ policy: both });

      // THEN
      expect((await account.read({ policy: both })).rates?.get("gpt-4.1")).toMatchObject({ requestsPerMinute: 5 });
    });

    test.each(["../spend_limit", "..", "", "rl/gpt"])("with the id %j are not set", async (limit) => {
      const data = [{ id: limit, object: "project.rate_limit", model: "gpt-4.1" }];
      fixture.server.interceptions.push(answering(200, { object: "list", data, last_id: null, has_more: false }));
      await expect(account.apply({ policy: RATES })).rejects.toMatchObject({ name: "VendorError" });
      expect(fixture.server.calls.filter((call) => call.startsWith("POST"))).toEqual([]);
    });
  });

  describe("spend", () => {
    test("is set in cents, and read back in dollars", async () => {
      expect(await account.apply({ policy: SPEND })).toEqual({ spendUsdPerMonth: null });
      expect(await project().spendLimit.retrieve(id())).toEqual({
        object: "project.spend_limit",
        threshold_amount: 1_234,
        currency: "USD",
        interval: "month",
        enforcement: { status: "inactive" },
      });
      expect(await account.read({ policy: SPEND })).toEqual({ spendUsdPerMonth: 12.34 });
    });

    test.each([{ currency: "EUR" }, { interval: "day" }, { threshold_amount: 1.5 }])(
      "with %j is not taken for dollars a month",
      async (change) => {
        const limit = { object: "project.spend_limit", threshold_amount: 100, currency: "USD", interval: "month" };
        fixture.server.interceptions.push(answering(200, { ...limit, ...change }));
        await expect(account.read({ policy: SPEND })).rejects.toMatchObject({ kind: "unexpected" });
      },
    );
  });

  test.each([
    ["what the admin key may not do", 403, "admin_refused"],
    ["what OpenAI does not take", 400, "invalid"],
    ["a throttled call", 429, "throttled"],
  ])("%s is an error", async (_, status, kind) => {
    for (const declared of [MODELS, RATES, SPEND]) {
      fixture.server.interceptions.push(failing(status, "no"));
      await expect(account.apply({ policy: declared })).rejects.toMatchObject({ kind, status });
    }
  });
});
