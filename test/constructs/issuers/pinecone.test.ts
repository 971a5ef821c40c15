import { type TerraformStack, TerraformVariable } from "cdktf";
import {
  AdminKey,
  Duration,
  ElevenLabsScope,
  Lifetime,
  PineconeIssuer,
  type PineconeIssuerProps,
  PineconeScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { ENVIRONMENT } from "../../../src/model/environment";
import { pineconeDescriptor } from "../../../src/vendors/pinecone/descriptor";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const adminKey = AdminKey.fromSecretName("ai/admin/pinecone");
const PROJECT = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

function issuerOf(props: Partial<PineconeIssuerProps> = {}, stack = newStack()): PineconeIssuer {
  return new PineconeIssuer(stack, "pinecone", { adminKey, projectId: PROJECT, ...props });
}

/** What a function is told of its vendor. */
function settingsOf(stack: TerraformStack, role: string): unknown {
  const { variables } = only(render(stack).resource["aws_lambda_function"], role)["environment"];
  return JSON.parse(variables[ENVIRONMENT.vendorSettings]);
}

function keyOf(issuer: PineconeIssuer, props: Partial<ScopedKeyProps> = {}): ScopedKey {
  return new ScopedKey(issuer, "search", {
    issuer,
    owner: "search@example.com",
    purpose: "Looks articles up",
    scopes: [PineconeScope.DATA_PLANE_VIEWER],
    lifetime: WEEKLY,
    ...props,
  });
}

describe("PineconeIssuer", () => {
  test("hands its functions the settings that the adapter reads", () => {
    const stack = newStack();
    issuerOf({}, stack);
    expect(settingsOf(stack, "controller")).toEqual({ projectId: PROJECT });
    expect(settingsOf(stack, "observer")).toEqual({ projectId: PROJECT });
  });

  test("takes a project that Terraform learns later", () => {
    const stack = newStack();
    issuerOf({ projectId: new TerraformVariable(stack, "project", {}).stringValue }, stack);
    expect(settingsOf(stack, "controller")).toEqual({ projectId: expect.stringContaining("var.project") });
  });

  test.each(["", "main", PROJECT.toUpperCase(), `${PROJECT}/x`, undefined as unknown as string])(
    "refuses the project %j",
    (projectId) => {
      const error = refusal(() => issuerOf({ projectId }));
      expect(error.code).toBe("SK150");
      expect(error.message).toContain("projectId");
    },
  );

  test("has a constant for each role", () => {
    const constants = Object.values(PineconeScope).filter((scope) => scope instanceof PineconeScope);
    expect(constants.map(({ value }) => value).sort()).toEqual(Object.keys(pineconeDescriptor.scopes).sort());
  });
});

describe("a key of Pinecone", () => {
  test("carries its roles in its policy", () => {
    const stack = newStack();
    keyOf(issuerOf({}, stack), { scopes: [PineconeScope.DATA_PLANE_EDITOR, PineconeScope.custom("NewRole")] });
    const { input } = only(render(stack).resource["aws_lambda_invocation"]);
    expect(input).toContain('"scopes":["DataPlaneEditor","NewRole"]');
  });

  test.each<[string, Partial<ScopedKeyProps>, string]>([
    ["models", { models: ["multilingual-e5-large"] }, "`models`"],
    ["endpoints", { endpoints: ["/indexes"] }, "`endpoints`"],
    ["networks", { networks: ["203.0.113.0/24"] }, "`networks`"],
    ["requests a minute", { limits: { requestsPerMinute: 1 } }, "`limits.requestsPerMinute`"],
    ["tokens a minute", { limits: { tokensPerMinute: 1 } }, "`limits.tokensPerMinute`"],
    ["characters a month", { limits: { charactersPerMonth: 1 } }, "`limits.charactersPerMonth`"],
    ["spend", { limits: { spend: Spend.perMonth(1) } }, "`limits.spend`"],
  ])("is refused with %s, which Pinecone does not enforce per key", (_, props, words) => {
    const error = refusal(() => keyOf(issuerOf(), props));
    expect(error.code).toBe("SK125");
    expect(error.message).toContain(words);
  });

  test.each<[string, Partial<ScopedKeyProps>, string]>([
    ["no roles", { scopes: [] }, "SK101"],
    ["a role that is not known", { scopes: [PineconeScope.of("ProjectOwner")] }, "SK102"],
    ["a scope of another vendor", { scopes: [ElevenLabsScope.MODELS_READ] }, "SK104"],
    ["a life of more than a year", { lifetime: Lifetime.expiring({ after: Duration.days(366) }) }, "SK114"],
  ])("is refused with %s", (_, props, code) => {
    expect(refusal(() => keyOf(issuerOf(), props)).code).toBe(code);
  });

  test("has a name that leaves Pinecone's 80 characters room for ours", () => {
    const prefix = "ai-keys/pinecone";
    const fits = "k".repeat(57 - prefix.length);
    expect(() => keyOf(issuerOf({ prefix }), { keyName: fits })).not.toThrow();
    expect(refusal(() => keyOf(issuerOf({ prefix }), { keyName: `${fits}k` })).code).toBe("SK134");
  });
});
