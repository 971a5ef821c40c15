import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformVariable } from "cdktf";
import * as v from "valibot";
import {
  AdminKey,
  type KeyIssuer,
  LiteLlmEndpoint,
  LiteLlmIssuer,
  type LiteLlmIssuerProps,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { environmentSchema } from "../../../src/model/environment";
import { grantEntries } from "../../../src/model/grant";
import { liteLlmDescriptor } from "../../../src/vendors/litellm/descriptor";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const BASE_URL = "https://litellm.example.com/llm";

function newIssuer(props: Partial<LiteLlmIssuerProps> = {}, stack = newStack()): LiteLlmIssuer {
  const adminKey = AdminKey.fromSecretName("ai/admin/litellm");
  return new LiteLlmIssuer(stack, "litellm", { adminKey, baseUrl: BASE_URL, ...props });
}

function newKey(issuer: KeyIssuer, props: Partial<ScopedKeyProps> = {}): ScopedKey {
  return new ScopedKey(issuer.node.scope ?? issuer, "summariser", {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    lifetime: WEEKLY,
    ...props,
  });
}

describe("LiteLlmIssuer", () => {
  test("its base URL reaches both functions", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newIssuer({}, stack);
    // THEN
    const functions = render(stack).resource["aws_lambda_function"];
    for (const role of ["controller", "observer"]) {
      const { variables } = only(functions, role).environment;
      expect(v.parse(environmentSchema, variables)).toMatchObject({
        SCOPED_KEYS_VENDOR_SETTINGS: { baseUrl: BASE_URL },
        SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE: liteLlmDescriptor.adminCallsPerMinute,
      });
    }
  });

  test("its base URL may be known to Terraform only", () => {
    // GIVEN
    const stack = newStack();
    const variable = new TerraformVariable(stack, "litellm_base_url", { type: "string" });
    // WHEN: it is judged when the functions read it
    newIssuer({ baseUrl: variable.stringValue }, stack);
    // THEN
    const { variables } = only(render(stack).resource["aws_lambda_function"], "controller").environment;
    expect(JSON.stringify(variables)).toContain("var.litellm_base_url");
  });

  test.each([
    undefined,
    "",
    "litellm.example.com",
    "http://litellm.example.com",
    "https://litellm.example.com/",
    "https://litellm.example.com/v1?x=1",
    "https://10.0.0.7",
    "https://169.254.169.254",
    "https://localhost:4000",
  ])("base URL %j is refused", (baseUrl) => {
    const error = refusal(() => newIssuer({ baseUrl: baseUrl as string }));
    expect(error.code).toBe("SK150");
    expect(error.message).toContain("`baseUrl`");
    expect(error.message).toContain(JSON.stringify(baseUrl) ?? "undefined");
  });

  test("of a base URL with a user nothing is told", () => {
    const error = refusal(() => newIssuer({ baseUrl: "https://admin:hunter22@litellm.example.com" }));
    expect(error.code).toBe("SK150");
    expect(error.message).not.toMatch(/hunter22|admin:/);
  });

  test("a key may be limited in all that the proxy enforces", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    newKey(newIssuer({}, stack), {
      models: ["gpt-5.2", "openai/*"],
      endpoints: [LiteLlmEndpoint.V1_CHAT_COMPLETIONS, LiteLlmEndpoint.V1_MODELS, "/my/pass-through/*"],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, spend: Spend.perWeek(25) },
    });
    // THEN
    const { input } = only(render(stack).resource["aws_lambda_invocation"]);
    for (const part of ["/v1/chat/completions", "/my/pass-through/*", "openai/*", '"per":"week"', "100000"]) {
      expect(input.replaceAll("\\", "")).toContain(part);
    }
  });

  test.each([Spend.perDay(1), Spend.perWeek(1), Spend.perMonth(1), Spend.lifetime(1)])("spend %j is taken", (spend) => {
    expect(() => newKey(newIssuer(), { limits: { spend } })).not.toThrow();
  });

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["scopes", { scopes: [OpenAiScope.MODELS_READ] }],
    ["networks", { networks: ["203.0.113.0/24"] }],
    ["limits.charactersPerMonth", { limits: { charactersPerMonth: 1_000 } }],
  ])("%s, which the proxy does not enforce per key, is refused", (prop, props) => {
    const error = refusal(() => newKey(newIssuer(), props));
    expect(error.code).toBe("SK125");
    expect(error.message).toContain(`\`${prop}\``);
  });

  test("a prefix that makes aliases which a checking proxy refuses is refused", () => {
    expect(refusal(() => newKey(newIssuer({ prefix: "ai+keys/litellm" }))).code).toBe("SK134");
  });
});

describe("LiteLlmEndpoint", () => {
  const endpoints = Object.entries(LiteLlmEndpoint) as Array<[string, string]>;

  test("has routes and groups that a policy takes, each once", () => {
    const values = endpoints.map(([, value]) => value);
    expect(values.length).toBeGreaterThan(10);
    expect(v.is(grantEntries.endpoints, values)).toBe(true);
  });

  test.each(endpoints)("%s says what it is: %s", (name, value) => {
    const words = value.replace(/^\//, "").replaceAll(/\W/g, "_").toUpperCase();
    expect(name.replace("IMAGE_", "IMAGES_")).toBe(words);
  });

  test("the group that is the same as no endpoints is said to be so", () => {
    const page = readFileSync(join(__dirname, "../../../docs/vendors/litellm.md"), "utf8");
    expect(page).toContain(`Synthesis refuses \`["${LiteLlmEndpoint.LLM_API_ROUTES}"]\` alone`);
  });
});
