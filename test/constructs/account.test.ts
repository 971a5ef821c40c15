import { Fn, Testing } from "cdktf";
import * as v from "valibot";
import {
  AdminKey,
  AnthropicIssuer,
  type AnthropicIssuerProps,
  DriftDetection,
  type OpenAiProjectProps,
  Spend,
} from "../../constructs";
import { environmentSchema } from "../../src/model/environment";
import { observeEventSchema, projectLimitsEventSchema } from "../../src/model/events";
import { PROJECT_LIMITS } from "../../src/model/names";
import { projectLimitsDigest } from "../../src/model/project-limits";
import { inline, newIssuer, newKey, newStack, only, type Rendered, refusal, render } from "./support";

const PROJECT: OpenAiProjectProps = {
  models: ["gpt-5.2", "gpt-4.1"],
  rateLimits: [{ model: "gpt-5.2", requestsPerMinute: 500, tokensPerMinute: 200_000 }],
  spend: Spend.perMonth(200),
};
const POLICY = {
  vendor: "openai",
  models: ["gpt-4.1", "gpt-5.2"],
  rates: [{ model: "gpt-5.2", requestsPerMinute: 500, tokensPerMinute: 200_000 }],
  spendUsdPerMonth: 200,
};
const TF = { action: "create", prev_input: null };

const invocation = (rendered: Rendered) => only(rendered.resource["aws_lambda_invocation"], "account");
/** As Terraform sends it, the repair token looked up. */
const eventOf = (rendered: Rendered) => {
  const input = invocation(rendered).input.replace(/\$\{jsonencode\(lookup\(.*?\)\)\}/, '"none"');
  return v.parse(projectLimitsEventSchema, { ...JSON.parse(input), tf: TF });
};
const observed = (rendered: Rendered) =>
  v.parse(observeEventSchema, JSON.parse(only(rendered.data["aws_lambda_invocation"]).input));
const workspace = (props: Partial<AnthropicIssuerProps>) => {
  const stack = newStack();
  const adminKey = AdminKey.fromSecretName("ai/admin/anthropic");
  new AnthropicIssuer(stack, "anthropic", { adminKey, ...props });
  return render(stack);
};

describe("what is declared for a whole project", () => {
  test("renders one invocation with the canonical policy, and the function is named by a literal", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer(stack, { project: PROJECT });
    // THEN
    const rendered = render(stack);
    expect(eventOf(rendered)).toEqual({ account: POLICY, repair: "none", tf: TF });
    expect(Object.keys(invocation(rendered)).sort()).toEqual([
      "depends_on",
      "function_name",
      "input",
      "lifecycle_scope",
    ]);
    expect(invocation(rendered)).toMatchObject({
      function_name: "ai-keys-openai-controller",
      lifecycle_scope: "CRUD",
    });
  });

  test("is told to the controller, which applies no other; and is told to nobody where nothing is declared", () => {
    // GIVEN
    const variables = (props: Parameters<typeof newIssuer>[1], role = "controller") => {
      const stack = newStack();
      newIssuer(stack, props);
      return v.parse(
        environmentSchema,
        only(render(stack).resource["aws_lambda_function"], role).environment.variables,
      );
    };
    // THEN
    expect(variables({ project: PROJECT })).toEqual({
      ...variables({}),
      SCOPED_KEYS_ACCOUNT_POLICY: projectLimitsDigest(POLICY),
    });
    expect(variables({})).not.toHaveProperty("SCOPED_KEYS_ACCOUNT_POLICY");
    expect(variables({ project: PROJECT }, "observer")).toEqual(variables({}, "observer"));
  });

  test("is applied when the controller has its rights, and ended while it still has them", () => {
    const stack = newStack();
    const issuer = newIssuer(stack, { project: PROJECT });
    newKey(stack, issuer);
    const rendered = render(stack);
    const ofKey = only(rendered.resource["aws_lambda_invocation"], "summariser").depends_on;
    expect(invocation(rendered).depends_on).toEqual(
      ofKey.filter((address: string) => !address.startsWith("aws_secretsmanager_secret")),
    );
    expect(invocation(rendered).depends_on.length).toBeGreaterThan(0);
  });

  test("is watched by the one observation of the issuer's stack, and by no other stack's", () => {
    // GIVEN
    const app = Testing.app();
    const platform = newStack(app, "platform");
    const issuer = newIssuer(platform, { project: PROJECT });
    const team = newStack(app, "team");
    newKey(platform, issuer, {}, "ranker");
    newKey(team, issuer);

    // THEN
    const rendered = render(platform);
    expect(observed(rendered)).toMatchObject({
      account: projectLimitsDigest(POLICY),
      keys: { ranker: expect.any(String) },
    });
    expect(observed(render(team))).not.toHaveProperty("account");
    expect(render(team).resource["aws_lambda_invocation"]).not.toHaveProperty("account");
    expect(Object.keys(rendered.data["aws_lambda_invocation"] ?? {})).toHaveLength(1);
  });

  test("takes its repair token from that observation, or none where drift is not looked for", () => {
    const stack = newStack();
    newIssuer(stack, { project: PROJECT });
    const rendered = render(stack);
    const { input } = invocation(rendered);
    expect(input).toMatch(
      new RegExp(`"repair":\\$\\{jsonencode\\(lookup\\(local\\.[\\w-]+, "${PROJECT_LIMITS}", "none"\\)\\)\\}\\}$`),
    );
    expect(inline(rendered, input)).toBe(input);
    expect(JSON.stringify(rendered.check)).toContain("Keys and project limits under ai-keys/openai/");

    const quiet = newStack();
    newIssuer(quiet, { project: PROJECT, drift: DriftDetection.off() });
    expect(invocation(render(quiet)).input).toMatch(/"repair":"none"\}$/);
    expect(render(quiet).data["aws_lambda_invocation"]).toBeUndefined();
  });

  test("changes nothing of what is rendered where it is left out", () => {
    const stack = newStack();
    newIssuer(stack);
    const rendered = render(stack);
    expect(rendered.resource["aws_lambda_invocation"]).toBeUndefined();
    expect(rendered.data["aws_lambda_invocation"]).toBeUndefined();
    expect(rendered.check).toBeUndefined();
  });

  test("is shown in the plan as it is written, whatever it holds", () => {
    const stack = newStack();
    newIssuer(stack, { project: { models: ["ft:gpt-5:%{team}"] } });
    expect(invocation(render(stack)).input).toContain("ft:gpt-5:%%{team}");
  });

  test.each<[string, object, RegExp]>([
    ["nothing", {}, /SK126.*`project` is malformed[\s\S]*declare at least one limit/],
    ["no model", { models: [] }, /SK126[^\n]*`project.models`/],
    ["a model twice", { models: ["a", "a"] }, /SK126[^\n]*`project.models`[\s\S]*list a model only once/],
    ["rates of no model", { rateLimits: [{ requestsPerMinute: 5 }] }, /SK126[^\n]*`project.rateLimits.0`/],
    [
      "rates without a limit",
      { rateLimits: [{ model: "a" }] },
      /SK126[^\n]*`project.rateLimits.0`[\s\S]*declare at least one limit/,
    ],
    ["a rate of 0", { rateLimits: [{ model: "a", tokensPerMinute: 0 }] }, /`project.rateLimits.0.tokensPerMinute`/],
    ["a rate of a day", { rateLimits: [{ model: "a", requestsPerDay: 9 }] }, /`project.rateLimits.0.requestsPerDay`/],
    [
      "rates twice",
      { rateLimits: [5, 6].map((requestsPerMinute) => ({ model: "a", requestsPerMinute })) },
      /SK126[^\n]*`project.rateLimits`[\s\S]*declare the rates of a model or group only once/,
    ],
    ["half a cent", { spend: Spend.perMonth(1.005) }, /SK126[^\n]*`project.spend`[\s\S]*whole cents/],
    [
      "spend of a day",
      { spend: Spend.perDay(5) },
      /SK127[^\n]*`project.spend`[\s\S]*Spend.perDay[\s\S]*Spend.perMonth/,
    ],
    ["a token among the models", { models: [Fn.join("-", ["gpt", "5"])] }, /SK141[^\n]*`project`/],
    ["a token as a model", { rateLimits: [{ model: Fn.join("-", ["a"]), requestsPerMinute: 5 }] }, /SK141/],
  ])("is refused with %s", (_, project, message) => {
    expect(() => newIssuer(newStack(), { project })).toThrow(message);
  });

  test("is declared once for each project, over all stacks", () => {
    // GIVEN
    const app = Testing.app();
    newIssuer(newStack(app, "platform"), { project: PROJECT });
    const declare = (stack: string, projectId: string) =>
      newIssuer(newStack(app, stack), { project: PROJECT, projectId });
    // THEN
    expect(() => declare("other", "proj_other")).not.toThrow();
    expect(refusal(() => declare("team", "proj_abc")).code).toBe("SK138");
    expect(() => newIssuer(newStack(app, "keys-only"))).not.toThrow();
  });
});

describe("what is declared for a whole workspace", () => {
  const RATES = { rateLimits: [{ group: "claude-sonnet-5", inputTokensPerMinute: 9, outputTokensPerMinute: 5 }] };

  test("renders the invocation with rates of groups and spend", () => {
    const rendered = workspace({ workspaceId: "wrkspc_01A", workspace: { ...RATES, spend: Spend.perMonth(50) } });
    expect(eventOf(rendered).account).toEqual({
      vendor: "anthropic",
      rates: [{ group: "claude-sonnet-5", inputTokensPerMinute: 9, outputTokensPerMinute: 5 }],
      spendUsdPerMonth: 50,
    });
    expect(observed(rendered).account).toBe(projectLimitsDigest(eventOf(rendered).account));
  });

  test("needs the workspace", () => {
    expect(() => workspace({ workspace: RATES })).toThrow(/SK150[\s\S]*`workspaceId`/);
    expect(() => workspace({ workspaceId: "wrkspc_01A" })).not.toThrow();
  });

  test("says its own property where it is malformed", () => {
    const rateLimits = [{ group: "a b", requestsPerMinute: 5 }];
    expect(() => workspace({ workspaceId: "wrkspc_01A", workspace: { rateLimits } })).toThrow(
      /SK126[^\n]*`workspace.rateLimits.0.group`/,
    );
  });
});
