import { Fn } from "cdktf";
import * as v from "valibot";
import {
  AdminKey,
  Duration,
  Lifetime,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
  XAiEndpoint,
  XAiIssuer,
  type XAiIssuerProps,
  XAiModel,
} from "../../../constructs";
import { environmentSchema } from "../../../src/model/environment";
import { xAi } from "../../../src/vendors/xai/adapter";
import { ENDPOINTS } from "../../../src/vendors/xai/simulator/state";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const TEAM = "c9a0c990-53e6-491e-8df7-b9f18e6983ac";

function declare(props: Partial<XAiIssuerProps> = {}, key: Partial<ScopedKeyProps> = {}) {
  const stack = newStack();
  const issuer = new XAiIssuer(stack, "xai", {
    adminKey: AdminKey.fromSecretName("ai/admin/xai"),
    teamId: TEAM,
    ...props,
  });
  new ScopedKey(stack, "summariser", {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    lifetime: WEEKLY,
    ...key,
  });
  return render(stack);
}

describe("XAiIssuer", () => {
  test.each(["controller", "observer"])("gives the %s the team, as the adapter reads it", (role) => {
    const functions = declare().resource["aws_lambda_function"];
    const { SCOPED_KEYS_VENDOR_SETTINGS: settings } = v.parse(
      environmentSchema,
      only(functions, role).environment.variables,
    );
    expect(settings).toEqual({ teamId: TEAM });
    expect(xAi.dataUrl?.(settings)).toBe("https://api.x.ai/v1");
  });

  test("what xAI enforces per key can be declared", () => {
    const rendered = declare(
      {},
      {
        models: [XAiModel.GROK_4_5, "grok-of-tomorrow"],
        endpoints: [XAiEndpoint.CHAT],
        limits: { requestsPerMinute: 60, tokensPerMinute: 100_000 },
      },
    );
    const { input } = only(rendered.resource["aws_lambda_invocation"]);
    for (const asked of ["grok-4.5", "grok-of-tomorrow", "chat", "100000"]) expect(input).toContain(asked);
  });

  test("endpoints are known by the names that xAI publishes", () => {
    expect(Object.values(XAiEndpoint).sort()).toEqual([...ENDPOINTS].sort());
    for (const model of Object.values(XAiModel)) expect(model).toMatch(/^grok-[a-z0-9.-]+$/);
  });

  test("a team's id may be a token", () => {
    expect(() => declare({ teamId: Fn.join("-", ["a", "b"]) })).not.toThrow();
  });

  test.each(["", "default", TEAM.toUpperCase(), `${TEAM}/`, undefined as unknown as string])(
    "a team's id that is %j is refused",
    (teamId) => {
      const error = refusal(() => declare({ teamId }));
      expect(error.message).toContain("SK150");
      expect(error.message).toContain("`teamId`");
    },
  );

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["scopes", { scopes: [OpenAiScope.MODELS_READ] }],
    ["networks", { networks: ["203.0.113.0/24"] }],
    ["limits.charactersPerMonth", { limits: { charactersPerMonth: 1_000 } }],
    ["limits.spend", { limits: { spend: Spend.perMonth(5) } }],
  ])("%s is refused: xAI does not enforce it per key", (prop, key) => {
    const error = refusal(() => declare({}, key));
    expect(error.message).toContain("SK125");
    expect(error.message).toContain(prop);
  });

  test("a life of more than a year is refused", () => {
    const lifetime = Lifetime.rotating({
      every: Duration.days(7),
      overlap: Duration.hours(24),
      expiry: Duration.days(366),
    });
    expect(refusal(() => declare({}, { lifetime })).message).toContain("xAI");
  });
});
