import { Fn } from "cdktf";
import * as v from "valibot";
import {
  AdminKey,
  AzureOpenAiIssuer,
  type AzureOpenAiIssuerProps,
  Duration,
  Lifetime,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { environmentSchema } from "../../../src/model/environment";
import { azureOpenAi } from "../../../src/vendors/azure-openai/adapter";
import { newStack, only, render } from "../support";

const UUID = "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f";
const ACCOUNT = { tenantId: UUID, subscriptionId: UUID, resourceGroup: "rg-ai_(prod)", accountName: "Contoso-AI" };

function declare(props: Partial<AzureOpenAiIssuerProps> = {}, key: Partial<ScopedKeyProps> = {}) {
  const stack = newStack();
  const adminKey = AdminKey.fromSecretName("ai/admin/azure-openai");
  const issuer = new AzureOpenAiIssuer(stack, "azure", { adminKey, ...ACCOUNT, ...props });
  new ScopedKey(stack, "summariser", {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    lifetime: Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(24), expiry: Duration.days(10) }),
    ...key,
  });
  return render(stack);
}

const settingsIn = (rendered: ReturnType<typeof declare>, role: string): unknown =>
  v.parse(environmentSchema, only(rendered.resource["aws_lambda_function"], role).environment.variables)
    .SCOPED_KEYS_VENDOR_SETTINGS;

describe("AzureOpenAiIssuer", () => {
  test.each(["controller", "observer"])("gives the %s the account, as the adapter reads it", (role) => {
    const settings = settingsIn(declare(), role);
    expect(settings).toEqual(ACCOUNT);
    expect(azureOpenAi.dataUrl?.(settings)).toBe("https://contoso-ai.openai.azure.com");
  });

  test("an endpoint that is given reaches the functions", () => {
    const endpoint = "https://contoso.services.ai.azure.com";
    const settings = settingsIn(declare({ accountName: "contoso.ai", endpoint }), "controller");
    expect(settings).toEqual({ ...ACCOUNT, accountName: "contoso.ai", endpoint });
    expect(azureOpenAi.dataUrl?.(settings)).toBe(endpoint);
  });

  test("what is not known at synthesis may be a token", () => {
    const token = Fn.join("-", ["a", "b"]);
    expect(() =>
      declare({ tenantId: token, subscriptionId: token, resourceGroup: token, accountName: token, endpoint: token }),
    ).not.toThrow();
    expect(() => declare({ accountName: token })).not.toThrow();
  });

  test.each<[string, Partial<AzureOpenAiIssuerProps>]>([
    ["tenantId", { tenantId: "contoso.onmicrosoft.com" }],
    ["tenantId", { tenantId: "" }],
    ["subscriptionId", { subscriptionId: "my subscription" }],
    ["resourceGroup", { resourceGroup: "a/b" }],
    ["resourceGroup", { resourceGroup: "ends." }],
    ["accountName", { accountName: "a" }],
    ["accountName", { accountName: "-contoso" }],
    ["endpoint", { endpoint: "https://example.com" }],
    ["endpoint", { endpoint: "https://contoso.openai.azure.com/" }],
    ["endpoint", { accountName: "contoso.ai" }],
  ])("a malformed %s is refused at synthesis: %j", (prop, change) => {
    expect(() => declare(change)).toThrow(new RegExp(`SK150[\\s\\S]*\`${prop}\``));
  });

  test("account names that are missing are refused, and do not break the check", () => {
    expect(() => declare({ accountName: undefined as unknown as string })).toThrow(/SK150[\s\S]*`accountName`/);
  });

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["scopes", { scopes: [OpenAiScope.MODELS_READ] }],
    ["models", { models: ["gpt-5-mini"] }],
    ["endpoints", { endpoints: ["/v1/chat/completions"] }],
    ["networks", { networks: ["203.0.113.0/24"] }],
    ["limits.requestsPerMinute", { limits: { requestsPerMinute: 60 } }],
    ["limits.tokensPerMinute", { limits: { tokensPerMinute: 1_000 } }],
    ["limits.charactersPerMonth", { limits: { charactersPerMonth: 1_000 } }],
    ["limits.spend", { limits: { spend: Spend.perMonth(5) } }],
  ])("%s is refused: Azure does not enforce it per key", (prop, key) => {
    expect(() => declare({}, key)).toThrow(new RegExp(`SK125[\\s\\S]*${prop.replace(".", "\\.")}`));
  });
});
