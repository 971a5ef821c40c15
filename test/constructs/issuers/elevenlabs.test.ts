import { type TerraformStack, TerraformVariable } from "cdktf";
import {
  AdminKey,
  Duration,
  ElevenLabsIssuer,
  type ElevenLabsIssuerProps,
  ElevenLabsScope,
  Lifetime,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { ENVIRONMENT } from "../../../src/model/environment";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const adminKey = AdminKey.fromSecretName("ai/admin/elevenlabs");

function issuerOf(props: Partial<ElevenLabsIssuerProps> = {}, stack = newStack()): ElevenLabsIssuer {
  return new ElevenLabsIssuer(stack, "elevenlabs", { adminKey, serviceAccountUserId: "account1", ...props });
}

/** What a function is told of its vendor. */
function settingsOf(stack: TerraformStack, role: string): unknown {
  const { variables } = only(render(stack).resource["aws_lambda_function"], role)["environment"];
  return JSON.parse(variables[ENVIRONMENT.vendorSettings]);
}

function keyOf(issuer: ElevenLabsIssuer, props: Partial<ScopedKeyProps> = {}): ScopedKey {
  return new ScopedKey(issuer, "narrator", {
    issuer,
    owner: "audio@example.com",
    purpose: "Reads articles aloud",
    scopes: [ElevenLabsScope.TEXT_TO_SPEECH],
    lifetime: WEEKLY,
    ...props,
  });
}

describe("ElevenLabsIssuer", () => {
  test.each<[Partial<ElevenLabsIssuerProps>, object]>([
    [{}, { serviceAccountUserId: "account1" }],
    [
      { baseUrl: "https://api.eu.residency.elevenlabs.io" },
      { serviceAccountUserId: "account1", baseUrl: "https://api.eu.residency.elevenlabs.io" },
    ],
  ])("with %j hands its functions the settings that the adapter reads", (props, settings) => {
    const stack = newStack();
    issuerOf(props, stack);
    expect(settingsOf(stack, "controller")).toEqual(settings);
    expect(settingsOf(stack, "observer")).toEqual(settings);
  });

  test("takes a service account that Terraform learns later", () => {
    const stack = newStack();
    issuerOf({ serviceAccountUserId: new TerraformVariable(stack, "account", {}).stringValue }, stack);
    expect(settingsOf(stack, "controller")).toEqual({ serviceAccountUserId: expect.stringContaining("var.account") });
  });

  test.each(["", "a b", "../x", undefined as unknown as string])("refuses the service account %j", (id) => {
    const error = refusal(() => issuerOf({ serviceAccountUserId: id }));
    expect(error.code).toBe("SK150");
    expect(error.message).toContain("serviceAccountUserId");
  });

  test("refuses a base URL that is none of ElevenLabs'", () => {
    const error = refusal(() => issuerOf({ baseUrl: "https://api.elevenlabs.io/v1" }));
    expect(error.code).toBe("SK152");
    expect(error.message).toContain("https://api.eu.residency.elevenlabs.io");
  });
});

describe("a key of ElevenLabs", () => {
  test("carries permissions, credits a month and networks in its policy", () => {
    const stack = newStack();
    keyOf(issuerOf({}, stack), {
      scopes: [ElevenLabsScope.VOICES_READ, ElevenLabsScope.custom("new_permission")],
      limits: { charactersPerMonth: 250_000 },
      networks: ["203.0.113.0/24"],
    });
    const { input } = only(render(stack).resource["aws_lambda_invocation"]);
    expect(input).toContain('"scopes":["new_permission","voices_read"]');
    expect(input).toContain('"limits":{"charactersPerMonth":250000}');
    expect(input).toContain('"networks":["203.0.113.0/24"]');
  });

  test.each<[string, Partial<ScopedKeyProps>, string]>([
    ["models", { models: ["eleven_v3"] }, "`models`"],
    ["endpoints", { endpoints: ["/v1/voices"] }, "`endpoints`"],
    ["requests a minute", { limits: { requestsPerMinute: 1 } }, "`limits.requestsPerMinute`"],
    ["tokens a minute", { limits: { tokensPerMinute: 1 } }, "`limits.tokensPerMinute`"],
    ["spend", { limits: { spend: Spend.perMonth(1) } }, "`limits.spend`"],
  ])("is refused with %s, which ElevenLabs does not enforce per key", (_, props, words) => {
    const error = refusal(() => keyOf(issuerOf(), props));
    expect(error.code).toBe("SK125");
    expect(error.message).toContain(words);
  });

  test.each<[string, Partial<ScopedKeyProps>, string]>([
    ["no scopes", { scopes: [] }, "SK101"],
    ["a scope that is not known", { scopes: [ElevenLabsScope.of("everything")] }, "SK102"],
    ["all of them", { scopes: [ElevenLabsScope.of("all")] }, "SK103"],
    ["a scope of another vendor", { scopes: [OpenAiScope.MODELS_READ] }, "SK104"],
    ["half a credit", { limits: { charactersPerMonth: 0.5 } }, "SK126"],
    ["a bare address", { networks: ["203.0.113.7"] }, "SK126"],
    ["a network in another spelling", { networks: ["203.0.113.7/24"] }, "SK126"],
    ["a life of more than a year", { lifetime: Lifetime.expiring({ after: Duration.days(366) }) }, "SK114"],
  ])("is refused with %s", (_, props, code) => {
    expect(refusal(() => keyOf(issuerOf(), props)).code).toBe(code);
  });
});
