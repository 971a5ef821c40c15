import { Lazy } from "cdktf";
import type { ScopedKeyProps } from "../../../constructs";
import {
  AdminKey,
  FireworksIssuer,
  type FireworksIssuerProps,
  OpenAiScope,
  ScopedKey,
  Spend,
} from "../../../constructs";
import { newStack, only, refusal, render, WEEKLY } from "../support";

const declare = (stack = newStack(), props: Partial<FireworksIssuerProps> = {}) =>
  new FireworksIssuer(stack, "fireworks", {
    adminKey: AdminKey.fromSecretName("ai/admin/fireworks"),
    accountId: "acme-1a2b",
    userId: "scoped-keys",
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

test("account and user reach the environment of both functions", () => {
  // GIVEN
  const stack = newStack();
  // WHEN
  declareKey({}, stack);
  // THEN
  const functions = render(stack).resource["aws_lambda_function"];
  for (const role of ["controller", "observer"]) {
    const { SCOPED_KEYS_VENDOR_SETTINGS, SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE } = only(functions, role).environment
      .variables;
    expect(JSON.parse(SCOPED_KEYS_VENDOR_SETTINGS)).toEqual({ accountId: "acme-1a2b", userId: "scoped-keys" });
    expect(SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE).toBe("60");
  }
});

test.each(["accountId", "userId"])("%s may be a token", (setting) => {
  expect(() => declare(newStack(), { [setting]: Lazy.stringValue({ produce: () => "acme" }) })).not.toThrow();
});

test.each([
  ["accountId", ""],
  ["accountId", "accounts/acme"],
  ["accountId", "-"],
  ["userId", "ada@example.com"],
  ["userId", "-"],
  ["userId", "x".repeat(64)],
])("%s %j is refused", (setting, given) => {
  const error = refusal(() => declare(newStack(), { [setting]: given }));
  expect(error.code).toBe("SK150");
  expect(error.message).toContain(`\`${setting}\``);
  expect(error.message).toContain("1 to 63 letters");
});

test.each<[string, Partial<ScopedKeyProps>, string]>([
  ["scopes", { scopes: [OpenAiScope.MODEL_REQUEST] }, "Fireworks enforces it per project"],
  ["models", { models: ["accounts/fireworks/models/gpt-oss-120b"] }, "does not enforce it at all"],
  ["endpoints", { endpoints: ["/inference/v1/chat/completions"] }, "does not enforce it at all"],
  ["networks", { networks: ["203.0.113.0/24"] }, "does not enforce it at all"],
  ["limits.requestsPerMinute", { limits: { requestsPerMinute: 60 } }, "Fireworks enforces it per project"],
  ["limits.tokensPerMinute", { limits: { tokensPerMinute: 60 } }, "does not enforce it at all"],
  ["limits.charactersPerMonth", { limits: { charactersPerMonth: 60 } }, "does not enforce it at all"],
  ["limits.spend", { limits: { spend: Spend.perMonth(25) } }, "Fireworks enforces it per project"],
])("%s is refused: Fireworks does not enforce it per key", (prop, props, allowed) => {
  const error = refusal(() => declareKey(props));
  expect(error.code).toBe("SK125");
  expect(error.message).toContain(`\`${prop}\``);
  expect(error.message).toContain(allowed);
});
