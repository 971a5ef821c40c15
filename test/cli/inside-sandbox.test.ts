import { fetchFrom, insideSandbox } from "../../src/cli/inside-sandbox";
import { scopedKeys } from "./support/scoped-keys";

const INSIDE = {
  SANDBOX_URL: "http://127.0.0.1:4000/token",
  SANDBOX_ROUTES: JSON.stringify({ "api.openai.com": "http://127.0.0.1:4001/token" }),
  AWS_ENDPOINT_URL: "http://127.0.0.1:4002",
};

describe("a command of this package", () => {
  test("outside of a sandbox uses fetch as it is", () => {
    expect(insideSandbox({ AWS_ENDPOINT_URL: "http://127.0.0.1:4002" })).toBeUndefined();
    expect(fetchFrom({}, fetch)).toBe(fetch);
  });

  test("inside of one sends a call for a vendor to its simulator, with the vendor's host beside it", async () => {
    // GIVEN
    const sent: Array<{ url: string; host: string | null; key: string | null; redirect: string | undefined }> = [];
    const send: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers);
      sent.push({
        url: String(input),
        host: headers.get("sandbox-host"),
        key: headers.get("authorization"),
        redirect: init?.redirect,
      });
      return new Response("{}");
    };
    // WHEN
    await fetchFrom(INSIDE, send)("https://api.openai.com/v1/models?limit=1", {
      headers: { authorization: "Bearer x" },
    });
    // THEN
    expect(sent).toEqual([
      {
        url: "http://127.0.0.1:4001/token/v1/models?limit=1",
        host: "api.openai.com",
        key: "Bearer x",
        redirect: "error",
      },
    ]);
  });

  test.each([
    "https://api.example.com/v1",
    "http://api.openai.com/v1",
    "https://api.openai.com:8443/v1",
    "https://api.openai.com.example.com/",
    "http://127.0.0.1:9/",
  ])("inside of one sends nothing to %s", async (url) => {
    const send = jest.fn();
    await expect(fetchFrom(INSIDE, send)(url)).rejects.toThrow("[SK359]");
    expect(send).not.toHaveBeenCalled();
  });

  test.each<[string, NodeJS.ProcessEnv]>([
    ["routes alone, in a real run", { SANDBOX_ROUTES: INSIDE.SANDBOX_ROUTES }],
    ["AWS elsewhere", { ...INSIDE, AWS_ENDPOINT_URL: "https://secretsmanager.us-east-1.amazonaws.com" }],
    ["AWS nowhere in particular", { SANDBOX_URL: INSIDE.SANDBOX_URL, SANDBOX_ROUTES: INSIDE.SANDBOX_ROUTES }],
    ["AWS at a name that begins like loopback", { ...INSIDE, AWS_ENDPOINT_URL: "http://127.0.0.1.example.com:80" }],
    ["AWS at loopback with somebody before it", { ...INSIDE, AWS_ENDPOINT_URL: "http://127.0.0.1:80@example.com" }],
    ["one service of AWS elsewhere", { ...INSIDE, AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://example.com" }],
    ["a profile", { ...INSIDE, AWS_PROFILE: "production" }],
    ["no routes", { ...INSIDE, SANDBOX_ROUTES: undefined }],
    ["routes that are no JSON", { ...INSIDE, SANDBOX_ROUTES: "api.openai.com" }],
    ["a route to a stranger", { ...INSIDE, SANDBOX_ROUTES: '{"api.openai.com":"http://203.0.113.7:80"}' }],
    [
      "a route to a stranger behind a loopback one",
      { ...INSIDE, SANDBOX_ROUTES: '{"a.example":"http://127.0.0.1:1","api.openai.com":"https://x.example"}' },
    ],
    [
      "a route twice",
      { ...INSIDE, SANDBOX_ROUTES: '{"a.example":"http://127.0.0.1:1","a.example":"http://127.0.0.1:2"}' },
    ],
    ["a control elsewhere", { ...INSIDE, SANDBOX_URL: "http://203.0.113.7:80" }],
  ])("that finds %s sends nothing to anybody", (_what, environment) => {
    expect(() => fetchFrom(environment, fetch)).toThrow("[SK358]");
  });

  test.each([
    ["import", "--vendor", "openai", "--admin-secret", "ai/admin/openai"],
    ["status"],
    ["revoke", "ai-keys/openai/x", "--now"],
  ])("%s refuses half a sandbox before it does anything", async (...args) => {
    const environment = { PATH: process.env["PATH"], SANDBOX_ROUTES: INSIDE.SANDBOX_ROUTES, AWS_REGION: "us-east-1" };
    const { code, stderr } = await scopedKeys(args, environment).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("[SK358]") });
  });
});
