import { inspect } from "node:util";
import { VendorError } from "../../../src/model/vendor-error";
import { openAi } from "../../../src/vendors/openai/adapter";
import type { FullVendorAdapter } from "../../../src/vendors/vendor";
import { type AdapterFixture, RecordingPacer, startOpenAiAdapter } from "../../support/openai-adapter";
import { answering, failing, type Interception, losingTheReply } from "../../support/openai-server";

describe("calls to OpenAI", () => {
  let fixture: AdapterFixture;

  beforeEach(async () => {
    fixture = await startOpenAiAdapter();
  });
  afterEach(() => fixture.server.close());

  const failureOf = async (call: Promise<unknown>): Promise<VendorError> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${inspect(error)}`);
    return error;
  };

  test.each<[number | string, VendorError["kind"], Interception]>([
    [401, "admin_refused", failing(401, "Incorrect API key provided")],
    [403, "admin_refused", failing(403, "Missing scopes: api.management.write")],
    [404, "not_found", failing(404, "Project not found")],
    [400, "invalid", failing(400, "Bad")],
    [422, "invalid", failing(422, "Bad")],
    [409, "conflict", failing(409, "Conflict")],
    [429, "throttled", failing(429, "Slow down")],
    [500, "unavailable", failing(500, "Oops")],
    [503, "unavailable", answering(503, "<html>")],
    ["lost reply", "unavailable", losingTheReply],
    ["not JSON", "unexpected", answering(200, "<html>welcome</html>")],
    ["empty", "unexpected", answering(200, "")],
    ["another shape", "unexpected", answering(200, { object: "list", data: [{ id: 5 }], has_more: false })],
  ])("%s becomes %s", async (status, kind, interception) => {
    // GIVEN
    fixture.server.interceptions.push(interception);

    // WHEN
    const error = await failureOf(fixture.adapter.list({}));

    // THEN
    expect(error.kind).toBe(kind);
    expect(error.call).toBe("GET /organization/projects/{project}/api_keys");
    if (typeof status === "number") expect(error.status).toBe(status);
    expect(fixture.server.calls).toHaveLength(1);
  });

  test.each([
    ["7", 7],
    ["Mon, 23 Nov 2026 12:00:30 GMT", 30],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["31536000", 31_536_000],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 251_606_865_599],
    ["-5", undefined],
    ["NaN", undefined],
    ["1e9", undefined],
    ["12.5", undefined],
    ["2040-01-01", undefined],
    ["Mon, 99 Nov 2026 12:00:30 GMT", undefined],
    ["soon", undefined],
    [undefined, undefined],
  ])("a 429 with Retry-After %s tells the pacer %s", async (header, seconds) => {
    // GIVEN
    fixture.server.interceptions.push(failing(429, "Slow down", header === undefined ? {} : { "retry-after": header }));

    // WHEN
    const error = await failureOf(fixture.adapter.list({}));

    // THEN
    expect(error.retryAfterSeconds).toBe(seconds);
    expect(fixture.rateLimiter.throttles).toEqual([
      { endpoint: "GET /organization/projects/{project}/api_keys", retryAfterSeconds: seconds },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["a time-out", new DOMException("The operation timed out", "TimeoutError"), "waited 20 seconds"],
    [
      "a closed port",
      Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }),
      "ECONNREFUSED",
    ],
    ["a cause of another kind", Object.assign(new TypeError("fetch failed"), { cause: "secret text" }), "TypeError"],
    ["something else", "secret text", "unknown cause"],
  ])("%s says what happened, in a name", async (_, thrown, words) => {
    // GIVEN
    const fetch = () => Promise.reject(thrown);

    // WHEN
    const error = await failureOf(fixture.connect({ fetch }).list({}));

    // THEN
    expect(error.message).toBe(`OpenAI gave no answer to GET /organization/projects/{project}/api_keys (${words})`);
  });

  test("a mint whose answer is lost is not sent again", async () => {
    // GIVEN
    fixture.server.interceptions.push(losingTheReply);

    // WHEN
    const request = { ownerId: "svc_acct_a", name: "one", grant: { scopes: ["api.model.read"] }, expiresInSeconds: 60 };
    const error = await failureOf(fixture.adapter.mint(request));

    // THEN
    expect(error.kind).toBe("unavailable");
    expect(fixture.server.calls).toHaveLength(1);
  });

  test("a redirect is refused, and its target is not called", async () => {
    // GIVEN
    const target = await startOpenAiAdapter();
    try {
      fixture.server.interceptions.push(
        answering(307, "", { location: `${target.server.baseUrl}/organization/projects` }),
      );

      // THEN
      expect((await failureOf(fixture.adapter.list({}))).kind).toBe("unavailable");
      expect(target.server.calls).toEqual([]);
    } finally {
      await target.server.close();
    }
  });

  test("a call ends when its caller says so, before it starts and under way", async () => {
    // GIVEN
    const controller = new AbortController();
    fixture.server.interceptions.push(() => controller.abort());

    // THEN
    const underWay = await failureOf(fixture.adapter.list({ signal: controller.signal }));
    expect(underWay).toMatchObject({ kind: "unavailable", message: expect.stringContaining("the caller ended") });
    expect(await failureOf(fixture.adapter.list({ signal: controller.signal }))).toMatchObject({ kind: "unavailable" });
    expect(fixture.server.calls).toHaveLength(1);
  });

  test("the pacer may refuse a call, and then nothing is sent", async () => {
    // GIVEN
    class Refusing extends RecordingPacer {
      override async permit(): Promise<void> {
        throw new Error("no turn");
      }
    }

    // THEN
    await expect(fixture.connect({ rateLimiter: new Refusing() }).list({})).rejects.toThrow("no turn");
    expect(fixture.server.calls).toEqual([]);
  });

  test.each(["", "key_a/../../..", "..", ".", "a b", "key?x=1", "%2e%2e", "key#", "ä"])(
    'an id that would name something else is not sent: "%s"',
    async (id) => {
      const calls = [
        fixture.adapter.deleteOwner({ ownerId: id }),
        fixture.adapter.revoke({ keyId: id }),
        fixture.adapter.read({ keyId: id }),
      ];
      for (const call of calls) expect((await failureOf(call)).kind).toBe("invalid");
      expect(fixture.server.calls).toEqual([]);
    },
  );

  describe("settings", () => {
    const connect = (settings: unknown): FullVendorAdapter => fixture.connect({ settings });

    test.each([
      "http://api.openai.com/v1",
      "https://api.openai.com",
      "https://api.openai.com/v1/",
      "https://api.openai.com/v2",
      "https://api.openai.com:8443/v1",
      "https://user@api.openai.com/v1",
      "https://api.openai.com@evil.example/v1",
      "https://api.openai.com.evil.example/v1",
      "https://evil.example/v1",
      "https://169.254.169.254/v1",
      "http://169.254.169.254/latest/meta-data",
      "https://API.OPENAI.COM/v1",
      "file:///etc/passwd",
      "",
    ])("a base URL that is not on the list is refused: %s", (baseUrl) => {
      expect(() => connect({ projectId: "proj_a", baseUrl })).toThrow(
        expect.objectContaining({ name: "VendorError", kind: "invalid" }),
      );
      expect(fixture.server.calls).toEqual([]);
    });

    test.each([
      undefined,
      {},
      { projectId: "" },
      { projectId: "project" },
      { projectId: "proj_a/.." },
      { projectId: 5 },
    ])("malformed settings are refused: %j", (settings) => {
      expect(() => connect(settings)).toThrow(expect.objectContaining({ kind: "invalid" }));
    });

    test("every host on the list can be chosen, and is the one that is called", async () => {
      for (const baseUrl of openAi.descriptor.baseUrls) {
        // GIVEN
        const urls: string[] = [];
        const adapter = fixture.connect({
          settings: { projectId: "proj_a", baseUrl },
          fetch: async (input) => {
            urls.push(String(input));
            return Response.json({ object: "list", data: [], has_more: false });
          },
        });

        // WHEN
        await adapter.list({});

        // THEN
        expect(urls).toEqual([`${baseUrl}/organization/projects/proj_a/api_keys?owner_project_access=any&limit=100`]);
      }
    });
  });

  describe("secrets", () => {
    const canary = "sk-admin-CANARY0123456789abcdefghijklmnopqrstuvwxyz";
    const forms = ["CANARY012345", Buffer.from(canary).toString("base64")];
    const expectNone = (error: unknown) => {
      const text = inspect(error, { depth: 10, showHidden: true }) + String(error);
      for (const form of forms) expect(text).not.toContain(form);
    };

    test.each<[string, Interception]>([
      ["echoed in a message", failing(401, `Incorrect API key provided: ${canary}.`)],
      ["echoed with Bearer", failing(400, `Header "Authorization: Bearer ${canary}" is wrong`)],
      ["echoed in base64", failing(500, `token ${Buffer.from(canary).toString("base64")}`)],
      ["in a body that is no envelope", answering(500, { detail: canary })],
      ["in a body that is not JSON", answering(502, `<html>${canary}</html>`)],
      ["in an answer of another shape", answering(200, { object: "list", data: canary, has_more: false })],
      ["in a key of another shape", answering(200, { object: "list", data: [{ id: [canary] }], has_more: false })],
      ["in a lost reply", losingTheReply],
    ])("no error holds the admin key %s", async (_, interception) => {
      // GIVEN
      fixture.server.interceptions.push(interception);
      const adapter = fixture.connect({ adminKey: async () => canary });

      // THEN
      expectNone(await failureOf(adapter.list({})));
    });

    test("no error holds a minted value whose answer is malformed", async () => {
      // GIVEN
      const answer = { id: "", name: "one", created_at: 5, value: canary };
      fixture.server.interceptions.push(answering(200, answer));

      // THEN
      const request = {
        ownerId: "svc_acct_a",
        name: "one",
        grant: { scopes: ["api.model.read"] },
        expiresInSeconds: 60,
      };
      expectNone(await failureOf(fixture.adapter.mint(request)));
    });

    test("an admin key that no header can carry is refused without being quoted, and nothing is sent", async () => {
      for (const key of [`${canary}\n${canary}`, `${canary} ${canary}`, "", `{"apiKey": "${canary}"}`, `${canary}é`]) {
        const error = await failureOf(fixture.connect({ adminKey: async () => key }).list({}));
        expect(error.kind).toBe("admin_refused");
        expectNone(error);
      }
      expect(fixture.server.calls).toEqual([]);
    });

    test("a line break at the end of the admin key does not matter", async () => {
      const adapter = fixture.connect({ adminKey: async () => `${fixture.server.simulator.adminKey}\n` });
      expect(await adapter.list({})).toEqual([]);
    });

    test("a long message is cut", async () => {
      fixture.server.interceptions.push(failing(400, "x".repeat(10_000)));
      expect((await failureOf(fixture.adapter.list({}))).message.length).toBeLessThan(400);
    });
  });
});
