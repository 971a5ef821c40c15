import type { ProjectLimits } from "../../../src/model/project-limits";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness } from "../../../src/testing/fixture";
import type { AnthropicSimulator } from "../../../src/vendors/anthropic/simulator/simulator";
import { subject } from "./subject";

type Declared = Omit<ProjectLimits, "vendor">;

describe("Anthropic's adapter, of the whole workspace", () => {
  let harness: ContractHarness;
  let simulator: AnthropicSimulator;
  let workspace: string;
  beforeEach(() => {
    harness = new ContractHarness({
      ...subject,
      settingsOf: (own) => ({ workspaceId: (own as AnthropicSimulator).state.workspaceIds[0] }),
    });
    simulator = harness.simulator as AnthropicSimulator;
    simulator.configure({ spendLimits: true });
    workspace = simulator.state.workspaceIds[0];
  });

  const account = () => {
    if (harness.adapter.account === undefined) throw new Error("no account");
    return harness.adapter.account;
  };
  const asked = (declared: Declared) => ({ policy: { vendor: "anthropic", ...declared } });
  const read = (declared: Declared) => account().read(asked(declared));
  const apply = (declared: Declared) => account().apply(asked(declared));
  const failureOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => (error instanceof VendorError ? error : undefined),
    );
  const posts = () => harness.sent.filter(({ method }) => method === "POST");
  const bodies = () => posts().map(({ body }) => JSON.parse(body));
  const overrides = () => {
    const settings = simulator.state.workspaces.get(workspace);
    return Object.fromEntries(simulator.state.rateGroups.map((group) => [group.group.id, settings?.ratesOf(group)]));
  };
  const answering = (body: unknown, status = 200) => {
    harness.intercept = () => Response.json(body, { status });
  };
  const group = (change: object) => ({
    type: "workspace_rate_limit",
    rate_limit_id: "rl_1",
    group: { id: "rlg_1", type: "model_group", display_name: "A" },
    models: ["a"],
    limits: [],
    workspace_id: workspace,
    ...change,
  });

  test("is there where the settings name a workspace, and is named by it", () => {
    expect(account().name).toBe(`workspace ${workspace}`);
    expect(new ContractHarness(subject).adapter.account).toBeUndefined();
  });

  test("nothing is read and nothing set of what the policy does not declare", async () => {
    await apply({ rates: [{ group: "batch", requestsPerMinute: 5 }] });
    expect(harness.sent.every(({ url }) => url.includes("/rate_limits"))).toBe(true);
    harness.sent.length = 0;
    await apply({ spendUsdPerMonth: 5 });
    expect(harness.sent.every(({ url }) => url.includes("/spend_limits"))).toBe(true);
    expect(harness.sent).toHaveLength(2);
  });

  describe("rates", () => {
    test("are null where the workspace has none of its own, though the organisation has", async () => {
      const { rates } = await read({ rates: [{ group: "claude-sonnet-5", requestsPerMinute: 50 }] });
      expect(rates?.get("claude-sonnet-5")).toMatchObject({ requestsPerMinute: null });
    });

    test.each([
      ["a model of the group", "claude-sonnet-5-latest", "rlg_01sonnet5"],
      ["the group's id", "rlg_01sonnet5", "rlg_01sonnet5"],
      ["the type of a group without models", "batch", "rlg_01batch"],
      ["the id of a group without models", "rlg_01batch", "rlg_01batch"],
    ])("are set by %s", async (_, name, id) => {
      await apply({ rates: [{ group: name, requestsPerMinute: 50 }] });
      expect(overrides()).toMatchObject({ [id]: { requests_per_minute: 50 } });
      expect(posts()).toHaveLength(1);
    });

    test("of input tokens are counted as the organisation counts them", async () => {
      await apply({
        rates: [
          { group: "claude-sonnet-5", inputTokensPerMinute: 1_000, outputTokensPerMinute: 500 },
          { group: "claude-haiku-3-5", inputTokensPerMinute: 2_000 },
        ],
      });
      expect(overrides()).toEqual({
        rlg_01sonnet5: { input_tokens_per_minute_cache_aware: 1_000, output_tokens_per_minute: 500 },
        rlg_01haiku3: { input_tokens_per_minute: 2_000 },
        rlg_01batch: {},
      });
      const { rates } = await read({ rates: [{ group: "claude-haiku-3-5", inputTokensPerMinute: 2_000 }] });
      expect(rates?.get("claude-haiku-3-5")).toMatchObject({ inputTokensPerMinute: 2_000 });
    });

    test("that are in place are not set again, and what differs is set alone", async () => {
      const rate = { group: "claude-sonnet-5", requestsPerMinute: 50, outputTokensPerMinute: 500 };
      await apply({ rates: [rate] });
      harness.sent.length = 0;
      await apply({ rates: [rate] });
      expect(posts()).toEqual([]);
      await apply({ rates: [{ ...rate, requestsPerMinute: 60 }] });
      expect(bodies()).toEqual([{ limits: [{ type: "requests_per_minute", value: 60 }] }]);
    });

    test.each<[string, NonNullable<Declared["rates"]>, RegExp]>([
      [
        "a group that is not there",
        [{ group: "gpt-5", requestsPerMinute: 5 }],
        /has no group "gpt-5" \(.*claude-sonnet-5/,
      ],
      [
        "one group under two names",
        [
          { group: "claude-sonnet-5", requestsPerMinute: 5 },
          { group: "rlg_01sonnet5", requestsPerMinute: 6 },
        ],
        /"claude-sonnet-5" and "rlg_01sonnet5" are one group/,
      ],
    ])("of %s are refused before anything is set", async (_, rates, why) => {
      const failure = await failureOf(apply({ rates, spendUsdPerMonth: 5 }));
      expect(failure).toMatchObject({ kind: "invalid", message: expect.stringMatching(why) });
      expect(posts()).toEqual([]);
    });

    test("refused ones name the groups that there are, in few words and without what steers a terminal", async () => {
      const models = [`\u001b[2J sk-ant-${"CANARY".repeat(20)}`];
      answering({ data: Array.from({ length: 200 }, () => group({ models })), next_page: null });
      const failure = await failureOf(apply({ rates: [{ group: "b", requestsPerMinute: 5 }] }));
      expect(failure?.message).toContain('has no group "b"');
      expect(failure?.message).not.toMatch(/CANARY|\p{Cc}/u);
      expect(failure?.message.length).toBeLessThan(500);
    });

    test("of a model that two groups hold are refused", async () => {
      answering({ data: [group({}), group({ rate_limit_id: "rl_2" })], next_page: null });
      const failure = await failureOf(apply({ rates: [{ group: "a", requestsPerMinute: 5 }] }));
      expect(failure?.message).toContain('has more than one group "a"');
    });

    test("are read over all pages, and a page that comes again ends the listing", async () => {
      const pages = [
        { data: [], next_page: "p2" },
        { data: [group({})], next_page: null },
      ];
      harness.intercept = () => Response.json(pages.shift());
      const { rates } = await read({ rates: [{ group: "a", requestsPerMinute: 5 }] });
      expect(rates?.size).toBe(1);
      expect(harness.sent.at(-1)?.url).toMatch(/include_inherited=true&page=p2$/);
      answering({ data: [], next_page: "p2" });
      expect(await failureOf(read({ rates: [{ group: "a", requestsPerMinute: 5 }] }))).toMatchObject({
        kind: "unexpected",
      });
    });

    test.each([
      { limits: [{ type: "requests_per_minute", value: "5", source: { type: "workspace" } }] },
      { rate_limit_id: "" },
      { group: null },
    ])("that do not follow the schema are no rates: %j", async (change) => {
      answering({ data: [group(change)], next_page: null });
      const failure = await failureOf(read({ rates: [{ group: "a", requestsPerMinute: 5 }] }));
      expect(failure).toMatchObject({ kind: "unexpected" });
    });
  });

  describe("spend", () => {
    test("is set in cents, a month, for the workspace alone, and read back in dollars", async () => {
      expect(await apply({ spendUsdPerMonth: 12.34 })).toEqual({ spendUsdPerMonth: null });
      expect(bodies()).toEqual([
        { amount: "1234", scope: { type: "workspace", workspace_id: workspace }, period: "monthly" },
      ]);
      expect(await read({ spendUsdPerMonth: 1 })).toEqual({ spendUsdPerMonth: 12.34 });
    });

    test.each([
      ["another workspace's", { scope: { type: "workspace", workspace_id: "wrkspc_other" } }, null],
      ["the organisation's", { scope: { type: "organization" } }, null],
      ["a day's", { period: "daily" }, null],
      ["none", { amount: null }, null],
      ["its own", {}, 5],
    ])("%s is not taken for another", async (_, change, spendUsdPerMonth) => {
      const own = {
        amount: "500",
        currency: "USD",
        period: "monthly",
        scope: { type: "workspace", workspace_id: workspace },
      };
      answering({ data: [{ ...own, ...change }], next_page: null });
      expect(await read({ spendUsdPerMonth: 1 })).toEqual({ spendUsdPerMonth });
    });

    test("in another currency is refused, and says where to set it", async () => {
      const scope = { type: "workspace", workspace_id: workspace };
      answering({ data: [{ amount: "500", currency: "EUR", period: "monthly", scope }], next_page: null });
      const failure = await failureOf(apply({ spendUsdPerMonth: 5 }));
      expect(failure).toMatchObject({ kind: "invalid", message: expect.stringMatching(/billed in EUR.*Console/) });
    });

    test.each([
      [403, "permission_error", "spend_limits_admin_api_writes_not_enabled"],
      [400, "invalid_request_error", "organization_type_not_supported"],
    ])("without early access is no fault of the admin key: %i %s", async (status, type, error_code) => {
      answering({ type: "error", error: { type, message: "no", details: { error_code } }, request_id: null }, status);
      const failure = await failureOf(apply({ spendUsdPerMonth: 5 }));
      expect(failure).toMatchObject({ kind: "invalid", status });
      expect(failure?.message).toMatch(/early access.*account team.*`workspace.spend`.*Console/);
      answering({ type: "error", error: { type: "permission_error", message: "no" }, request_id: null }, 403);
      expect(await failureOf(apply({ spendUsdPerMonth: 5 }))).toMatchObject({ kind: "admin_refused" });
    });

    test("the simulator has no early access unless it is told so", async () => {
      simulator.configure({ spendLimits: false });
      expect(await failureOf(apply({ spendUsdPerMonth: 5 }))).toMatchObject({ kind: "invalid", status: 403 });
    });
  });
});
