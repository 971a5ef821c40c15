import { Lazy } from "cdktf";
import type { ScopedKeyProps } from "../../../constructs";
import { AdminKey, MistralIssuer, type MistralIssuerProps, OpenAiScope, ScopedKey, Spend } from "../../../constructs";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const WORKSPACE = "019b2bd7-96e7-7219-8c0b-45a73da50088";
const USER = "3f2a7c10-5d1e-4c7b-9a55-0c6c3f1e2d4b";

const declare = (stack = newStack(), props: Partial<MistralIssuerProps> = {}) =>
  new MistralIssuer(stack, "mistral", {
    adminKey: AdminKey.fromSecretName("ai/admin/mistral"),
    workspaceId: WORKSPACE,
    userId: USER,
    ...props,
  });
const declareKey = (props: Partial<ScopedKeyProps> = {}, stack = newStack()) =>
  new ScopedKey(stack, "summariser", {
    issuer: declare(stack),
    owner: "search-team@example.com",
    purpose: "Summaries",
    lifetime: WEEKLY,
    ...props,
  });

test("workspace and member reach the environment of both functions", () => {
  // GIVEN
  const stack = newStack();
  // WHEN
  declareKey({}, stack);
  // THEN
  const functions = render(stack).resource["aws_lambda_function"];
  for (const role of ["controller", "observer"]) {
    const { SCOPED_KEYS_VENDOR_SETTINGS, SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE } = only(functions, role).environment
      .variables;
    expect(JSON.parse(SCOPED_KEYS_VENDOR_SETTINGS)).toEqual({ workspaceId: WORKSPACE, userId: USER });
    expect(SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE).toBe("60");
  }
});

test.each(["workspaceId", "userId"])("%s may be a token", (setting) => {
  expect(() => declare(newStack(), { [setting]: Lazy.stringValue({ produce: () => WORKSPACE }) })).not.toThrow();
});

test.each([
  ["workspaceId", "default"],
  ["workspaceId", ""],
  ["workspaceId", WORKSPACE.toUpperCase()],
  ["userId", "ada@example.com"],
  ["userId", ` ${USER}`],
])("%s %j is refused", (setting, given) => {
  const error = refusal(() => declare(newStack(), { [setting]: given }));
  expect(error.code).toBe("SK150");
  expect(error.message).toContain(`\`${setting}\``);
  expect(error.message).toContain("UUID");
});

test.each<[string, Partial<ScopedKeyProps>, string]>([
  ["scopes", { scopes: [OpenAiScope.MODEL_REQUEST] }, "does not enforce it at all"],
  ["models", { models: ["mistral-small-latest"] }, "does not enforce it at all"],
  ["endpoints", { endpoints: ["/v1/chat/completions"] }, "does not enforce it at all"],
  ["networks", { networks: ["203.0.113.0/24"] }, "does not enforce it at all"],
  ["limits.requestsPerMinute", { limits: { requestsPerMinute: 60 } }, "does not enforce it at all"],
  ["limits.tokensPerMinute", { limits: { tokensPerMinute: 60 } }, "does not enforce it at all"],
  ["limits.charactersPerMonth", { limits: { charactersPerMonth: 60 } }, "does not enforce it at all"],
  ["limits.spend", { limits: { spend: Spend.perMonth(25) } }, "Mistral enforces it per project"],
])("%s is refused: Mistral does not enforce it per key", (prop, props, allowed) => {
  const error = refusal(() => declareKey(props));
  expect(error.code).toBe("SK125");
  expect(error.message).toContain(`\`${prop}\``);
  expect(error.message).toContain(allowed);
});
