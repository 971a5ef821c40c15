import { Fn, Token } from "cdktf";
import {
  AdminKey,
  GeminiIssuer,
  type GeminiIssuerProps,
  GeminiMethod,
  OpenAiScope,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { newStack, render, WEEKLY } from "../support";

const PROPS: GeminiIssuerProps = { adminKey: AdminKey.fromSecretName("ai/admin/gemini"), projectId: "my-project" };

const issuer = (props: object = {}, stack = newStack()) => new GeminiIssuer(stack, "gemini", { ...PROPS, ...props });
const key = (props: Partial<ScopedKeyProps>, of = issuer()) =>
  new ScopedKey(of, "summariser", {
    issuer: of,
    owner: "team@example.com",
    purpose: "Summaries",
    lifetime: WEEKLY,
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

describe("GeminiIssuer", () => {
  test("its settings reach the functions", () => {
    // GIVEN
    const stack = newStack();
    const of = issuer(
      { projectId: "123456789012", serviceAccountEmail: "gemini@my-project.iam.gserviceaccount.com" },
      stack,
    );
    // WHEN
    key({ endpoints: [GeminiMethod.GENERATE_CONTENT], networks: ["192.0.2.0/24"] }, of);
    const { resource } = render(stack);
    // THEN
    const settings = Object.values(resource["aws_lambda_function"] ?? {}).map(({ environment }) =>
      JSON.stringify(environment),
    );
    expect(settings).toHaveLength(2);
    for (const text of settings) {
      expect(text).toContain("123456789012");
      expect(text).toContain("gemini@my-project.iam.gserviceaccount.com");
    }
  });

  test.each([
    ["projectId", undefined],
    ["projectId", ""],
    ["projectId", "My Project"],
    ["projectId", "short"],
    ["projectId", "example.com:project"],
    ["serviceAccountEmail", ""],
    ["serviceAccountEmail", "nobody"],
  ])("%s %j is refused", (prop, value) => {
    expect(codeOf(() => issuer({ [prop]: value }))).toBe("SK150");
  });

  test.each(["my-project", "123456789012", Token.asString(Fn.upper("of another resource"))])(
    "the project %s is taken",
    (projectId) => expect(codeOf(() => issuer({ projectId }))).toBeUndefined(),
  );

  test.each<[string, Partial<ScopedKeyProps>]>([
    ["scopes", { scopes: [OpenAiScope.MODELS_READ] }],
    ["spend", { limits: { spend: Spend.perMonth(5) } }],
    ["models", { models: ["gemini-3-flash"] }],
    ["requests per minute", { limits: { requestsPerMinute: 5 } }],
    ["tokens per minute", { limits: { tokensPerMinute: 5 } }],
  ])("%s, which Google does not enforce per key, are refused", (_, props) => {
    expect(codeOf(() => key(props))).toBe("SK125");
  });

  test("endpoints and networks are taken, and so is neither", () => {
    expect(codeOf(() => key({ endpoints: Object.values(GeminiMethod), networks: ["2001:db8::/64"] }))).toBeUndefined();
    expect(codeOf(() => key({}))).toBeUndefined();
  });
});
