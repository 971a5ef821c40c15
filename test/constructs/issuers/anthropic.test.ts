import { Fn } from "cdktf";
import * as v from "valibot";
import {
  AdminKey,
  AnthropicIssuer,
  type AnthropicIssuerProps,
  Duration,
  Lifetime,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { environmentSchema } from "../../../src/model/environment";
import { newStack, only, render } from "../support";

function declare(props: Partial<AnthropicIssuerProps> = {}, key: Partial<ScopedKeyProps> = {}) {
  const stack = newStack();
  const adminKey = AdminKey.fromSecretName("ai/admin/anthropic");
  new ScopedKey(stack, "summariser", {
    issuer: new AnthropicIssuer(stack, "anthropic", { adminKey, ...props }),
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

describe("AnthropicIssuer", () => {
  test.each(["controller", "observer"])("gives the %s its workspace, where there is one", (role) => {
    expect(settingsIn(declare(), role)).toEqual({});
    expect(settingsIn(declare({ workspaceId: "wrkspc_01A" }), role)).toEqual({ workspaceId: "wrkspc_01A" });
    expect(() => declare({ workspaceId: Fn.join("_", ["wrkspc", "01A"]) })).not.toThrow();
  });

  test.each(["", "default", "01A", "wrkspc_", "wrkspc_a/b"])(
    "the workspace %j is refused at synthesis",
    (workspaceId) => {
      expect(() => declare({ workspaceId })).toThrow(/SK150[\s\S]*`workspaceId`/);
    },
  );

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["scopes", { scopes: [OpenAiScope.MODELS_READ] }],
    ["models", { models: ["claude-sonnet-5"] }],
    ["endpoints", { endpoints: ["/v1/messages"] }],
    ["networks", { networks: ["203.0.113.0/24"] }],
    ["limits.requestsPerMinute", { limits: { requestsPerMinute: 60 } }],
    ["limits.tokensPerMinute", { limits: { tokensPerMinute: 1_000 } }],
    ["limits.charactersPerMonth", { limits: { charactersPerMonth: 1_000 } }],
    ["limits.spend", { limits: { spend: Spend.perMonth(5) } }],
  ])("%s is refused: Anthropic does not enforce it per key", (prop, key) => {
    expect(() => declare({}, key)).toThrow(new RegExp(`SK125[\\s\\S]*${prop.replace(".", "\\.")}`));
  });

  test("what its workspace enforces is to be declared on the issuer", () => {
    expect(() => declare({}, { limits: { requestsPerMinute: 60 } })).toThrow(
      /on the issuer \(`workspace.rateLimits`\)/,
    );
    expect(() => declare({}, { limits: { spend: Spend.perMonth(5) } })).toThrow(/on the issuer \(`workspace.spend`\)/);
    expect(() => declare({}, { models: ["claude-sonnet-5"] })).toThrow(/set it for the project/);
  });
});
