import { TerraformVariable } from "cdktf";
import {
  AdminKey,
  CloudflareIssuer,
  type CloudflareIssuerProps,
  CloudflareScope,
  OpenAiScope,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { cloudflareDescriptor } from "../../../src/vendors/cloudflare/descriptor";
import { newStack, render, WEEKLY } from "../support";

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const PROPS: CloudflareIssuerProps = { adminKey: AdminKey.fromSecretName("ai/admin/cloudflare"), accountId: ACCOUNT };

const issuer = (props: object = {}, stack = newStack()) =>
  new CloudflareIssuer(stack, "cloudflare", { ...PROPS, ...props });
const key = (props: Partial<ScopedKeyProps>, of = issuer()) =>
  new ScopedKey(of, "summariser", {
    issuer: of,
    owner: "team@example.com",
    purpose: "Summaries",
    lifetime: WEEKLY,
    scopes: [CloudflareScope.WORKERS_AI_READ],
    ...props,
  });
const codeOf = (declare: () => unknown): string | undefined => {
  try {
    declare();
  } catch (error) {
    return error instanceof ScopedKeyError ? error.code : String(error);
  }
  return undefined;
};

describe("CloudflareIssuer", () => {
  test("its settings reach the functions", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    key({ networks: ["192.0.2.0/24"] }, issuer({}, stack));
    const { resource } = render(stack);
    // THEN
    const functions = Object.values(resource["aws_lambda_function"] ?? {});
    expect(functions).toHaveLength(2);
    for (const { environment } of functions) expect(JSON.stringify(environment)).toContain(ACCOUNT);
  });

  test.each([undefined, "", "main", ACCOUNT.toUpperCase(), `${ACCOUNT}0`])("the account %j is refused", (accountId) => {
    expect(codeOf(() => issuer({ accountId }))).toBe("SK150");
  });

  test("an account that another resource tells is taken", () => {
    const stack = newStack();
    const accountId = new TerraformVariable(stack, "account", {}).stringValue;
    expect(codeOf(() => issuer({ accountId }, stack))).toBeUndefined();
  });

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["models", { models: ["@cf/meta/llama-3.3-70b-instruct-fp8-fast"] }],
    ["endpoints", { endpoints: ["/ai/run"] }],
    ["requests per minute", { limits: { requestsPerMinute: 5 } }],
    ["tokens per minute", { limits: { tokensPerMinute: 5 } }],
    ["characters", { limits: { charactersPerMonth: 5 } }],
    ["spend", { limits: { spend: Spend.perMonth(5) } }],
  ])("%s, which Cloudflare does not enforce per key, are refused", (_, props) => {
    expect(codeOf(() => key(props))).toBe("SK125");
  });

  test("the scopes are those of the descriptor", () => {
    const known = Object.values(CloudflareScope).filter((value) => value instanceof CloudflareScope);
    expect(known.map(({ value }) => value).sort()).toEqual(Object.keys(cloudflareDescriptor.scopes).sort());
    expect(codeOf(() => key({ scopes: known }))).toBeUndefined();
    expect(codeOf(() => key({ scopes: [CloudflareScope.custom(ACCOUNT)] }))).toBeUndefined();
  });

  test.each([
    ["none", []],
    ["an unknown one", [CloudflareScope.of("workers-ai.all-of-it")]],
    ["another vendor's", [OpenAiScope.MODELS_READ]],
  ])("scopes of which there is %s are refused", (_, scopes) => {
    expect(codeOf(() => key({ scopes }))).toMatch(/^SK1\d\d$/);
  });
});
