import { AdminKey, AnthropicIssuer, type OpenAiProjectProps, Spend } from "../../constructs";
import { Deployment } from "../e2e/support/deployment";
import { blockOf } from "../e2e/support/plan";
import type { TerraformResult } from "../e2e/support/terraform";
import { TEST_TIMEOUT_MILLIS, World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const PROJECT: OpenAiProjectProps = {
  models: ["gpt-5", "gpt-4.1"],
  rateLimits: [{ model: "gpt-5", requestsPerMinute: 500, tokensPerMinute: 200_000 }],
  spend: Spend.perMonth(200),
};
const GROUP = "claude-sonnet-5";

describe("what is declared for whole projects and workspaces", () => {
  let deployment: Deployment;
  let world: World;
  let workspace: string;

  const projects = () => world.openai.admin.organization.projects;
  const atAnthropic = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${world.variable("SANDBOX_ANTHROPIC_URL")}/v1/organizations/${path}`, {
      method,
      headers: {
        "x-api-key": world.variable("SANDBOX_ANTHROPIC_ADMIN_KEY"),
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "spend-limit-reads-2026-09-26",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what is looked into is what is asserted
    return (await response.json()) as any;
  };
  const rates = async () => (await atAnthropic("GET", `workspaces/${workspace}/rate_limits`)).data;
  const setRate = async (value: number | null) => {
    const [{ rate_limit_id }] = await rates();
    const limits = [{ type: "requests_per_minute", value }];
    await atAnthropic("POST", `workspaces/${workspace}/rate_limits/${rate_limit_id}`, { limits });
  };
  /** All that the vendors enforce, as somebody with the admin keys sees it. */
  const enforced = async () => {
    const id = world.projectId;
    const { data } = await projects().rateLimits.listRateLimits(id);
    const limit = data.find(({ model }) => model === "gpt-5");
    return {
      models: (await projects().modelPermissions.retrieve(id)).model_ids,
      requests: limit?.max_requests_per_1_minute,
      tokens: limit?.max_tokens_per_1_minute,
      cents: (await projects().spendLimit.retrieve(id)).threshold_amount,
      workspace: (await rates()).map(({ limits }: { limits: unknown[] }) => limits),
      workspaceCents: (await atAnthropic("GET", "spend_limits")).data.map(({ amount }: { amount: string }) => amount),
    };
  };
  const ENFORCED = {
    models: ["gpt-4.1", "gpt-5"],
    requests: 500,
    tokens: 200_000,
    cents: 20_000,
    workspace: [[expect.objectContaining({ type: "requests_per_minute", value: 50 })]],
    workspaceCents: ["3000"],
  };
  const ask = async (model: string) => {
    const { apiKey } = await deployment.currentValue("summariser");
    const response = await fetch(`${world.variable("SANDBOX_OPENAI_URL")}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
    });
    return response.status;
  };
  const said = (plan: TerraformResult, issuer: string) => blockOf(plan, "lambda_invocation", `${issuer}_account`);
  const anthropicSettings = (settings: object) => world.client.control("POST", "/vendors/anthropic/settings", settings);

  beforeAll(async () => {
    world = await World.start();
    workspace = world.variable("ANTHROPIC_WORKSPACE_ID");
    deployment = await Deployment.start({
      world,
      keys: { summariser: {} },
      issuer: { project: PROJECT },
      more: (stack) => {
        new AnthropicIssuer(stack, "anthropic", {
          adminKey: AdminKey.fromSecretName("ai/admin/anthropic"),
          adminCallsPerMinute: 600,
          workspaceId: workspace,
          workspace: { rateLimits: [{ group: GROUP, requestsPerMinute: 50 }], spend: Spend.perMonth(30) },
        });
      },
    });
    await deployment.init();
  });
  afterAll(async () => {
    await deployment?.close();
    await world?.stop();
  });

  test("fails in clear words where the vendor does not take it, and is in the plan until it does", async () => {
    // WHEN: an organisation without early access to spend limits
    const failed = await deployment.tryApply();
    const plan = await deployment.plan();

    // THEN
    expect(failed.exitCode).not.toBe(0);
    expect(failed.text.replace(/\s+/g, " ")).toMatch(/SK234.* early access.*`workspace.spend`/);
    expect(said(plan, "anthropic")).not.toBe("");
    expect(said(plan, "openai")).toBe("");
  });

  test("is enforced after the apply, and the plan after it is empty", async () => {
    // GIVEN
    await anthropicSettings({ spendLimits: true });

    // WHEN
    await deployment.apply();

    // THEN
    expect(await enforced()).toEqual(ENFORCED);
    expect(await ask("gpt-5")).toBe(200);
    expect(await ask("gpt-5-mini")).toBe(403);
    expect((await deployment.plan()).exitCode).toBe(0);
  });

  test("drift of each kind is in the plan, and an apply heals it", async () => {
    // GIVEN
    const id = world.projectId;
    await projects().modelPermissions.update(id, { mode: "allow_list", model_ids: ["gpt-5", "gpt-5-mini"] });
    await projects().rateLimits.updateRateLimit("rl-gpt-5", { project_id: id, max_requests_per_1_minute: 5_000 });
    await projects().spendLimit.delete(id);
    await setRate(null);
    const [{ id: spendLimit }] = (await atAnthropic("GET", "spend_limits")).data;
    await atAnthropic("DELETE", `spend_limits/${spendLimit}`);

    // WHEN
    const drifted = await deployment.plan();
    await deployment.apply();
    const healed = await deployment.plan();

    // THEN
    expect(drifted.exitCode).toBe(2);
    const openai = said(drifted, "openai");
    expect(openai).toMatch(/the models of project proj_\w+ changed at OpenAI: \+gpt-5-mini -gpt-4.1/);
    expect(openai).toMatch(/requests a minute of gpt-5 changed for project proj_\w+ at OpenAI from 500 to 5000/);
    expect(openai).toMatch(/the spend limit of project proj_\w+ was removed at OpenAI/);
    const anthropic = said(drifted, "anthropic");
    expect(anthropic).toMatch(/requests a minute of claude-sonnet-5 changed .* from 50 to no limit/);
    expect(anthropic).toMatch(/the spend limit of workspace wrkspc_\w+ was removed at Anthropic/);
    expect(blockOf(drifted, "lambda_invocation", "summariser")).toBe("");
    expect(healed.exitCode).toBe(0);
    expect(await enforced()).toEqual(ENFORCED);
  });

  test("a change shows field by field, and leaves alone what is no longer declared", async () => {
    // GIVEN
    deployment.resynth({ issuer: { project: { models: ["gpt-5"] } } });

    // WHEN
    const plan = await deployment.plan();
    await deployment.apply();

    // THEN
    expect(said(plan, "openai")).toMatch(/- *"gpt-4.1"/);
    expect(said(plan, "openai")).toMatch(/- spendUsdPerMonth *= 200/);
    expect(await enforced()).toEqual({ ...ENFORCED, models: ["gpt-5"] });
    expect(await ask("gpt-4.1")).toBe(403);
    expect((await deployment.plan()).exitCode).toBe(0);
  });

  test("an update that is cut off is in the next plan, and the next apply ends it", async () => {
    // GIVEN
    deployment.resynth({ issuer: { project: { models: ["gpt-5"], spend: Spend.perMonth(20) } } });
    const match = { service: "openai", operation: "POST /v1/organization/projects/*/spend_limit" };
    world.faults([{ match, fault: { type: "status", status: 400 }, times: 1, skip: 0 }]);

    // WHEN
    const failed = await deployment.tryApply();
    await world.clearFaults();
    const plan = await deployment.plan();
    await deployment.apply();

    // THEN
    expect(failed.exitCode).not.toBe(0);
    expect(said(plan, "openai")).toMatch(/the last apply did not finish: \[SK234\]/);
    expect(await enforced()).toEqual({ ...ENFORCED, models: ["gpt-5"], cents: 2_000 });
    expect((await deployment.plan()).exitCode).toBe(0);
  });

  test("destroy leaves what is set at the vendors, and nothing else", async () => {
    await deployment.destroy();
    expect(await enforced()).toEqual({ ...ENFORCED, models: ["gpt-5"], cents: 2_000 });
    expect(await world.liveVendorKeys()).toEqual([]);
    expect(await world.serviceAccounts()).toEqual([]);
    expect(await deployment.stateList()).toEqual([]);
  });
});
