import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { runImport } from "../../../src/cli/import/run-import";
import { type SecretsManagerHarness, startSecretsManager } from "../../support/secrets-manager";
import { filledIn, synthesised } from "./support";

/** As a proxy lists keys that its UI, people and tools have made. */
const BASE = {
  token: "0".repeat(64),
  key_alias: "made",
  created_at: "2025-06-09T11:41:26.034000Z",
  allowed_routes: ["llm_api_routes"],
  models: ["gpt-5.2"],
  max_budget: null,
  budget_duration: null,
  rpm_limit: null,
  tpm_limit: null,
};

describe("an import of LiteLLM", () => {
  let aws: SecretsManagerHarness;
  beforeAll(async () => {
    aws = await startSecretsManager();
    await aws.client.send(new CreateSecretCommand({ Name: "ai/admin/litellm", SecretString: "master-of-the-proxy" }));
  });
  afterAll(() => aws.close());

  const written = (key: object) =>
    runImport(
      {
        vendor: "litellm",
        adminSecret: "ai/admin/litellm",
        setting: ["baseUrl=https://litellm.example.com"],
        secrets: false,
      },
      {
        secretsManager: aws.client,
        now: Date.now,
        sleep: async () => {},
        progress: () => {},
        fetch: async () => Response.json({ keys: [{ ...BASE, ...key }], total_pages: 1 }),
      },
    );

  test.each<[string, object, string[], string[]]>([
    [
      "unset limits beside a budget",
      { max_budget: 50, budget_duration: "30d", rpm_limit: 0, tpm_limit: 0 },
      ["limits: { spend: Spend.perMonth(50) }", "Not declared: rpm_limit 0", "Not declared: tpm_limit 0"],
      [],
    ],
    ["a period without a budget", { max_budget: null, budget_duration: "1d" }, [], ["limits"]],
    [
      "a negative budget beside a rate",
      { max_budget: -7, budget_duration: "30d", rpm_limit: 60 },
      ["limits: { requestsPerMinute: 60 }", "Not declared: max_budget -7"],
      ["spend:"],
    ],
    [
      "parts of a cent",
      { max_budget: 12.3456, budget_duration: "30d", rpm_limit: 60 },
      ["limits: { requestsPerMinute: 60, spend: Spend.perMonth(12.34) }", "max_budget 12.3456"],
      [],
    ],
    [
      "less than a cent",
      { max_budget: 0.001, budget_duration: "1d" },
      ["spend: Spend.perDay(0)", "FILL IN limits.spend", "max_budget 0.001"],
      [],
    ],
    [
      "an hour's budget",
      { max_budget: 2, budget_duration: "1h" },
      ["spend: Spend.perDay(2)", "max_budget 2, budget_duration 1h"],
      [],
    ],
    [
      "windows of its own",
      { budget_limits: [{ max_budget: 250, budget_duration: "24h" }] },
      ["spend: Spend.perDay(250)"],
      [],
    ],
    [
      "several windows: the tightest of them holds",
      {
        budget_limits: [
          { max_budget: 250, budget_duration: "24h" },
          { max_budget: 300, budget_duration: "7d" },
          { max_budget: 500, budget_duration: "30d" },
        ],
      },
      ["spend: Spend.perDay(16.12)", "budget_limits: max_budget 300, budget_duration 7d"],
      [],
    ],
    [
      "a budget altogether beside one by the month",
      { max_budget: 1_000, budget_limits: [{ max_budget: 50, budget_duration: "30d" }] },
      ["FILL IN limits.spend", "1000 USD in total", "budget_limits: max_budget 50"],
      ["perMonth(50)"],
    ],
    [
      "all models of a team",
      { team_id: "8061d474", models: ["all-team-models"] },
      ["models: []", "FILL IN models"],
      [],
    ],
    ["a team's models, unlisted", { team_id: "8061d474", models: [] }, ["models: []", "in team 8061d474"], []],
    ["all models of the proxy", { models: ["all-proxy-models"] }, ["Not declared: all-proxy-models"], ["models: ["]],
    [
      "limits that no policy has",
      { max_parallel_requests: 5, model_max_budget: { "gpt-5.2": { budget_limit: 1 } } },
      ["Not declared: max_parallel_requests 5", "model_max_budget {"],
      [],
    ],
    [
      "a session of the UI",
      { key_alias: null, team_id: "litellm-dashboard", models: [] },
      ["is a session of its UI"],
      ["new ScopedKey("],
    ],
    [
      "numbers as texts",
      { max_budget: "50", budget_duration: "30d", rpm_limit: "60" },
      ["limits: { requestsPerMinute: 60, spend: Spend.perMonth(50) }"],
      ["FILL IN limits", "Not declared"],
    ],
    [
      "limits of another form",
      { max_budget: { usd: 50 }, models: "gpt-5.2" },
      ["FILL IN limits.spend", 'max_budget {"usd":50}', "FILL IN models", "models: []"],
      [],
    ],
  ])("says what it finds of %s", async (_, key, there, absent) => {
    const code = await written(key);
    for (const text of there) expect(code).toContain(text);
    for (const text of absent) expect(code).not.toContain(text);
  });

  test("is refused by synthesis where somebody has to decide", async () => {
    for (const key of [
      { max_budget: 0.001, budget_duration: "1d" },
      { team_id: "t", models: [] },
    ]) {
      const code = await written(key);
      expect(() => synthesised(filledIn(code, undefined))).toThrow(/\[SK1\d\d\]/);
    }
  });
});
