import type { Grant } from "../../../src/model/grant";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import type { PineconeSimulator } from "../../../src/vendors/pinecone/simulator/simulator";
import { subject } from "./subject";

const NAME = "ai-keys/x.0badcafe/search/0123456789ab";
const EDITOR: Grant = { scopes: ["ProjectEditor"] };
const LOGIN = "https://login.pinecone.io/oauth/token";

describe("Pinecone", () => {
  let harness: ContractHarness;
  let simulator: PineconeSimulator;
  /** Requests for a token among them. */
  let everything: Sent[];
  beforeEach(() => {
    everything = [];
    harness = new ContractHarness({
      ...subject,
      isTokenExchange: () => false,
    });
    simulator = harness.simulator as PineconeSimulator;
    answering(() => undefined);
  });

  const answering = (intercept: ContractHarness["intercept"]) => {
    harness.intercept = (sent) => {
      everything.push(sent);
      return intercept(sent);
    };
  };
  const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
  const answer = (status: number, body: unknown) =>
    answering(({ url }) => (url === LOGIN ? undefined : json(status, body)));
  const mint = (grant: Grant = EDITOR) => harness.mint({ name: NAME, grant, expiresInSeconds: 86_400 });
  const bodies = (method: string) =>
    everything.filter((sent) => sent.method === method && sent.url !== LOGIN).map(({ body }) => JSON.parse(body));
  const logins = () => everything.filter(({ url }) => url === LOGIN);
  const calls = () =>
    everything
      .filter(({ url }) => url !== LOGIN)
      .map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{id}")}`);
  const failureOf = async (call: () => Promise<unknown> | undefined) => {
    const error = await Promise.resolve(call()).catch((reason: unknown) => reason);
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const refusal = (code: string, message = "no") => ({ status: 400, error: { code, message } });

  describe("roles", () => {
    test("are sent when a key is made, and all of them when it is changed", async () => {
      const { id } = await mint({ scopes: ["DataPlaneViewer", "ControlPlaneViewer"] });
      const updated = await harness.adapter.update?.({ keyId: id, grant: { scopes: ["DataPlaneEditor"] } });
      expect(bodies("POST")).toEqual([{ name: NAME, roles: ["DataPlaneViewer", "ControlPlaneViewer"] }]);
      expect(bodies("PATCH")).toEqual([{ roles: ["DataPlaneEditor"] }]);
      expect(updated).toEqual({ id, name: NAME, createdAt: 0, granted: { scopes: ["DataPlaneEditor"] } });
    });

    test("are shown sorted", async () => {
      const { id } = await mint({ scopes: ["DataPlaneViewer", "ControlPlaneViewer"] });
      const sorted = ["ControlPlaneViewer", "DataPlaneViewer"];
      expect((await harness.adapter.read({ keyId: id }))?.granted).toEqual({ scopes: sorted });
      expect((await harness.adapter.list({})).map(({ granted }) => granted)).toEqual([{ scopes: sorted }]);
    });

    test.each<Grant>([{}, { scopes: [] }])("are never left out, which would open everything: %j", async (grant) => {
      expect((await failureOf(() => mint(grant))).kind).toBe("invalid");
      expect((await failureOf(() => harness.adapter.update?.({ keyId: "k", grant }))).kind).toBe("invalid");
      expect(everything).toEqual([]);
    });
  });

  test("an expiry cannot be set, and an update has something to change", async () => {
    expect((await failureOf(() => harness.adapter.update?.({ keyId: "k", expiresInSeconds: 1 }))).kind).toBe("invalid");
    expect((await failureOf(() => harness.adapter.update?.({ keyId: "k" }))).kind).toBe("invalid");
    expect(everything).toEqual([]);
  });

  test("each call names the version that it speaks", async () => {
    const { value } = await mint();
    await harness.adapter.verify({ value, grant: EDITOR });
    expect(calls()).toEqual(["POST /admin/projects/{id}/api-keys", "GET /indexes"]);
    for (const { headers } of everything) expect(headers["x-pinecone-api-version"]).toBe("2026-04");
  });

  describe("the access token", () => {
    test("is traded in once for many calls, and again before it ends", async () => {
      await harness.adapter.list({});
      harness.now += 1_700_000;
      await harness.adapter.list({});
      expect(logins()).toHaveLength(1);
      harness.now += 60_000;
      await harness.adapter.list({});
      expect(logins()).toHaveLength(2);
      const { clientId, clientSecret } = simulator.state;
      expect(logins().map(({ body }) => JSON.parse(body))).toEqual([
        {
          grant_type: "client_credentials",
          client_id: clientId,
          client_secret: clientSecret,
          audience: "https://api.pinecone.io/",
        },
        expect.anything(),
      ]);
    });

    test("takes the secret nowhere but into the body of that one request", async () => {
      const { value } = await mint();
      await harness.adapter.verify({ value, grant: EDITOR });
      expect(logins()).toHaveLength(1);
      for (const { url, headers, body } of everything) {
        const elsewhere = JSON.stringify(headers) + url + (url === LOGIN ? "" : body);
        expect(elsewhere).not.toContain(simulator.state.clientSecret);
      }
    });

    test.each<[number, unknown, string]>([
      [401, { error: "access_denied", error_description: "Unauthorized" }, "admin_refused"],
      [403, { error: "access_denied" }, "admin_refused"],
      [400, { error: "invalid_client", error_description: "no" }, "admin_refused"],
      [400, { error: "invalid_request", error_description: "no" }, "invalid"],
      [429, { error: "too_many_requests" }, "throttled"],
      [503, "<html>", "unavailable"],
      [200, { token: "eyJ" }, "unexpected"],
    ])("that is answered %i %j fails as %s", async (status, body, kind) => {
      answering(({ url }) => (url === LOGIN ? json(status, body) : undefined));
      const error = await failureOf(() => harness.adapter.list({}));
      expect([error.kind, error.status]).toEqual([kind, status]);
      expect(calls()).toEqual([]);
    });

    test("is not got, and the refusal quotes no secret, whatever it says", async () => {
      const { clientSecret } = simulator.state;
      answering(() => json(401, { error: "access_denied", error_description: `not ${clientSecret}` }));
      const { message } = await failureOf(() => harness.adapter.list({}));
      expect(message).toContain("not [redacted]");
      expect(message).not.toContain(clientSecret);
    });

    test.each(["sk_key", "{}", '{"clientId":"a"}', '{"clientId":"a","clientSecret":""}', '["a","b"]'])(
      "needs an admin secret with both credentials, and %s has not",
      async (text) => {
        const adapter = harness.connect({ adminKey: async () => text });
        const error = await failureOf(() => adapter.list({}));
        expect(error.kind).toBe("admin_refused");
        expect(everything).toEqual([]);
      },
    );
  });

  describe("a project that may have no more keys", () => {
    test("is told from an admin key that is refused", async () => {
      simulator.configure({ keysMax: 1 });
      await mint();
      const error = await failureOf(() => mint());
      expect([error.kind, error.status]).toEqual(["invalid", 403]);
      expect(error.message).toContain("Not enough available quota");
      answer(403, refusal("FORBIDDEN"));
      expect((await failureOf(() => mint())).kind).toBe("admin_refused");
    });
  });

  describe("a deletion", () => {
    let slept: number[];
    const adapter = () =>
      harness.connect({
        sleep: async (millis) => {
          slept.push(millis);
          harness.now += millis;
        },
      });
    beforeEach(() => {
      slept = [];
    });

    test("is over when the key is gone, and is waited for", async () => {
      // GIVEN
      simulator.configure({ deletionDelaySeconds: 5 });
      const { id, value } = await mint();

      // WHEN
      expect(await adapter().revoke({ keyId: id })).toBe("revoked");

      // THEN
      expect(slept).toEqual([1_000, 2_000, 4_000]);
      expect(await harness.adapter.verify({ value, grant: EDITOR })).toMatchObject({ outcome: "refused" });
    });

    test("that takes longer has not succeeded, and can be repeated", async () => {
      simulator.configure({ deletionDelaySeconds: 20 });
      const { id } = await mint();
      expect((await failureOf(() => adapter().revoke({ keyId: id }))).kind).toBe("unavailable");
      expect(await adapter().revoke({ keyId: id })).toBe("revoked");
      expect(await adapter().revoke({ keyId: id })).toBe("gone");
    });

    test("whose outcome cannot be seen has not succeeded", async () => {
      const { id } = await mint();
      answering(({ method }) => (method === "GET" ? json(503, {}) : undefined));
      expect((await failureOf(() => adapter().revoke({ keyId: id }))).kind).toBe("unavailable");
    });

    test("is accepted without a body; what is no JSON is no answer of Pinecone's", async () => {
      const { id } = await mint();
      answering(({ method }) => (method === "DELETE" ? new Response("<html>", { status: 202 }) : undefined));
      expect((await failureOf(() => adapter().revoke({ keyId: id }))).kind).toBe("unexpected");
      answering(({ method }) =>
        method === "DELETE" ? new Response(null, { status: 202 }) : method === "GET" ? json(404, {}) : undefined,
      );
      expect(await adapter().revoke({ keyId: id })).toBe("revoked");
    });
  });

  test.each<[string, unknown]>([
    ["no list", {}],
    ["a key of ours without roles", { data: [{ id: "k", name: "ai-keys/x.0badcafe/y/0123456789ab" }] }],
    ["a key without an id", { data: [{ name: "n", roles: [] }] }],
  ])("an answer with %s is unexpected", async (_, body) => {
    answer(200, body);
    expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
  });

  test("errors say what Pinecone says", async () => {
    answer(400, refusal("INVALID_ARGUMENT", "roles are invalid"));
    expect((await failureOf(() => mint())).message).toContain("roles are invalid");
  });

  test.each([{}, { projectId: "main" }, { projectId: "../../../x" }, { projectId: 7 }])(
    "the settings %j are refused",
    (settings) => {
      expect(() => harness.connect({ settings })).toThrow(/projectId/);
    },
  );

  describe("a key is tried", () => {
    test.each<[string, string[], string[], boolean]>([
      ["listing indexes, which its role opens", ["ProjectEditor"], ["GET /indexes"], false],
      ["creating one, where it may only read", ["ProjectViewer"], ["GET /indexes", "POST /indexes"], true],
      [
        "creating one, where it may write data alone",
        ["ControlPlaneViewer", "DataPlaneEditor"],
        ["GET /indexes", "POST /indexes"],
        true,
      ],
      ["listing them, where it may see data alone", ["DataPlaneViewer"], ["GET /indexes"], true],
    ])("by %s", async (_, scopes, tried, scopeProven) => {
      const { value } = await mint({ scopes });
      everything.length = 0;
      const result = await harness.adapter.verify({ value, grant: { scopes } });
      expect(result).toMatchObject({ outcome: "works", scopeProven });
      expect(calls()).toEqual(tried);
      expect(bodies("POST")).toEqual(tried.length === 2 ? [{}] : []);
    });

    test.each<[string, string[], string[]]>([
      ["wider", ["ControlPlaneViewer"], ["DataPlaneViewer"]],
      ["narrower", ["DataPlaneEditor"], ["ControlPlaneEditor"]],
      ["narrower", ["DataPlaneViewer"], ["ControlPlaneViewer"]],
    ])("and found out where it is %s", async (told, may, scopes) => {
      const { value } = await mint({ scopes: may });
      expect((await harness.adapter.verify({ value, grant: { scopes } })).outcome).toBe(told);
    });

    test("and its roles are not proven where bodies are looked at first", async () => {
      simulator.configure({ rolesAfterBody: true });
      const { value } = await mint({ scopes: ["ControlPlaneViewer"] });
      const result = await harness.adapter.verify({ value, grant: { scopes: ["ControlPlaneViewer"] } });
      expect(result).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test("and one that creates what it may only read is found out", async () => {
      answer(200, { indexes: [] });
      const result = await harness.adapter.verify({ value: "pckey_a_b", grant: { scopes: ["ControlPlaneViewer"] } });
      expect(result).toMatchObject({ outcome: "wider", scopeProven: true });
    });

    test.each<[number, unknown]>([
      [200, { indexes: [] }],
      [403, refusal("FORBIDDEN")],
    ])("and a role that is not known proves nothing, with %i", async (status, body) => {
      answer(status, body);
      const result = await harness.adapter.verify({ value: "pckey_a_b", grant: { scopes: ["InferenceUser"] } });
      expect(result).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test.each<[number, unknown]>([
      [403, refusal("FORBIDDEN", "The project is suspended.")],
      [401, {}],
      [403, "a firewall's page"],
    ])("and %i %j is no verdict, whatever its roles", async (status, body) => {
      answer(status, body);
      for (const scopes of [["ProjectEditor"], ["DataPlaneEditor"]]) {
        const look = () => harness.adapter.verify({ value: "pckey_a_b", grant: { scopes } });
        expect((await failureOf(look)).kind).toBe("no_verdict");
      }
    });

    test("and a second call that contradicts the first is no verdict", async () => {
      answering(({ method }) => json(method === "GET" ? 200 : 401, method === "GET" ? { indexes: [] } : {}));
      const look = () => harness.adapter.verify({ value: "pckey_a_b", grant: { scopes: ["ProjectViewer"] } });
      expect((await failureOf(look)).kind).toBe("no_verdict");
    });

    test("and one that no header can carry is refused before anything is sent", async () => {
      expect((await harness.adapter.verify({ value: "a b", grant: EDITOR })).outcome).toBe("refused");
      expect(everything).toEqual([]);
    });

    test.each<[number, unknown, string]>([
      [200, "a proxy's page", "unexpected"],
      [404, {}, "no_verdict"],
      [500, {}, "unavailable"],
    ])("and %i %j is no word on it", async (status, body, kind) => {
      answer(status, body);
      expect((await failureOf(() => harness.adapter.verify({ value: "pckey_a_b", grant: EDITOR }))).kind).toBe(kind);
    });
  });
});
