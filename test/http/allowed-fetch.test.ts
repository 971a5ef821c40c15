import { allowedFetch } from "../../src/http/allowed-fetch";
import { exchange } from "../../src/http/exchange";
import { VendorError } from "../../src/model/vendor-error";

const ACME = {
  displayName: "Acme",
  baseUrls: ["https://api.acme.example/v1"],
  otherUrls: ["https://*.eu.acme.example", "https://token.example.com:8443/oauth"],
};

describe("the fetch that adapters get", () => {
  let sent: Array<{ url: string; redirect: string | undefined }>;
  const send: typeof fetch = async (input, init) => {
    sent.push({
      url: String(typeof input === "object" && "url" in input ? input.url : input),
      redirect: init?.redirect,
    });
    return new Response("{}");
  };
  beforeEach(() => {
    sent = [];
  });

  test.each([
    "https://api.acme.example/v1/keys",
    "https://api.acme.example:443/other",
    "https://API.acme.example/v1",
    "https://x1.eu.acme.example/",
    "https://token.example.com:8443/oauth/token",
  ])("sends to %s, and follows no redirect", async (url) => {
    const guarded = allowedFetch(ACME, {}, send);
    await guarded(url, { redirect: "follow" });
    await guarded(new URL(url));
    await guarded(new Request(url));
    expect(sent.map(({ redirect }) => redirect)).toEqual(["error", "error", "error"]);
  });

  test.each([
    "http://api.acme.example/v1/keys",
    "https://api.acme.example:8443/v1/keys",
    "https://api.acme.example.evil.example/v1",
    "https://evil.example/api.acme.example/v1",
    "https://apixacme.example/v1",
    "https://a.b.eu.acme.example/",
    "https://eu.acme.example/",
    "https://token.example.com/oauth",
    "https://169.254.169.254/latest",
    "https://api.acme.example@evil.example/v1",
    "file:///etc/passwd",
    "data:,x",
  ])("does not send to %s", async (url) => {
    const error = await allowedFetch(ACME, {}, send)(url).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(VendorError);
    expect(error).toMatchObject({ kind: "invalid" });
    expect(sent).toEqual([]);
  });

  test("sends to the URL that the user runs only where the vendor is such, and the URL is a sound one", async () => {
    const own = { displayName: "Acme", baseUrls: [], ownBaseUrl: true } as const;
    const url = "https://keys.example.com/v1/keys";
    await allowedFetch(own, { baseUrl: "https://keys.example.com/v1" }, send)(url);
    expect(sent).toHaveLength(1);
    await expect(allowedFetch(own, { baseUrl: "https://127.0.0.1" }, send)("https://127.0.0.1/x")).rejects.toThrow();
    await expect(allowedFetch(ACME, { baseUrl: "https://keys.example.com/v1" }, send)(url)).rejects.toThrow();
    expect(sent).toHaveLength(1);
  });

  test("has its refusal told as it is, and not as a lost answer", async () => {
    const transport = {
      fetch: allowedFetch(ACME, {}, send),
      baseUrl: "https://evil.example",
      now: () => 0,
      dialect: { displayName: "Acme", authorize: () => ({}), errorIn: () => undefined, valuePrefixes: [] },
    };
    const error = await exchange(transport, "key", { endpoint: "GET /keys" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: "invalid",
      message: "Acme: https://evil.example is no address that its descriptor names",
    });
  });
});
