import type { Grant } from "../../../src/model/grant";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import type { ElevenLabsSimulator } from "../../../src/vendors/elevenlabs/simulator/simulator";
import { isInside } from "../../../src/vendors/elevenlabs/simulator/state";
import { subject } from "./subject";

const GRANT: Grant = {
  scopes: ["text_to_speech", "models_read"],
  limits: { charactersPerMonth: 1_000 },
  networks: ["203.0.113.0/24"],
};
const lifetime = { expiresInSeconds: 86_400 };

const OWN = "ai-keys/x.0badcafe/summariser/0123456789ab";

describe("ElevenLabs", () => {
  let harness: ContractHarness;
  let simulator: ElevenLabsSimulator;
  beforeEach(() => {
    harness = new ContractHarness(subject);
    simulator = harness.simulator as ElevenLabsSimulator;
  });

  const mint = (grant: Grant = GRANT) => harness.mint({ name: "a/b.0badcafe/k/1", grant, ...lifetime });
  const bodies = (method: string) =>
    harness.sent.filter((sent) => sent.method === method).map(({ body }) => JSON.parse(body));
  const paths = () => harness.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
  const failureOf = async (call: () => Promise<unknown> | undefined) => {
    const error = await Promise.resolve(call()).catch((reason: unknown) => reason);
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const answer = (status: number, body: unknown) => {
    harness.intercept = () => new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  };
  const missing = (permission: string) => ({
    detail: { status: "missing_permissions", message: `The API key you used is missing the permission ${permission}` },
  });

  describe("a grant", () => {
    test("is sent as permissions in a list, limit and networks, and what it leaves out is not sent", async () => {
      await mint();
      await mint({ scopes: ["user_read"] });
      expect(bodies("POST")).toEqual([
        {
          name: "a/b.0badcafe/k/1",
          permissions: ["text_to_speech", "models_read"],
          character_limit: 1_000,
          allowed_ips: ["203.0.113.0/24"],
        },
        { name: "a/b.0badcafe/k/1", permissions: ["user_read"] },
      ]);
    });

    test("without permissions is refused before anything is sent, minted or changed", async () => {
      expect((await failureOf(() => mint({}))).kind).toBe("invalid");
      expect((await failureOf(() => mint({ scopes: [] }))).kind).toBe("invalid");
      expect((await failureOf(() => harness.adapter.update?.({ keyId: "k", grant: {} }))).kind).toBe("invalid");
      expect(harness.sent).toEqual([]);
    });

    test("that is changed takes off what it leaves out", async () => {
      // GIVEN
      const { id } = await mint();

      // WHEN
      const updated = await harness.adapter.update?.({ keyId: id, grant: { scopes: ["voices_read"] } });

      // THEN
      expect(bodies("PATCH")).toEqual([
        { permissions: ["voices_read"], character_limit: "clear", allowed_ips: "clear" },
      ]);
      expect(updated?.granted).toEqual({ scopes: ["voices_read"], limits: null, networks: null });
    });

    test("is shown in canonical form, and a bare address as the network that it is", async () => {
      const { id } = await mint();
      const key = simulator.state.keys.get(id);
      if (key === undefined) throw new Error("not minted");
      answer(200, {
        "api-keys": [
          {
            ...simulator.state.shownKey(key),
            allowed_ips: ["203.0.113.7", "2001:db8::1", "10.0.0.0/8"],
          },
        ],
      });
      expect((await harness.adapter.read({ keyId: id }))?.granted).toEqual({
        scopes: ["models_read", "text_to_speech"],
        limits: { charactersPerMonth: 1_000 },
        networks: ["10.0.0.0/8", "2001:db8::1/128", "203.0.113.7/32"],
      });
    });

    test("is not known where ElevenLabs does not show it, and not limited where it says so", async () => {
      const bare = { key_id: "k", name: "n" };
      answer(200, { "api-keys": [bare, { ...bare, permissions: null, character_limit: null, allowed_ips: null }] });
      expect(await harness.adapter.list({})).toEqual([
        { id: "k", name: "n", createdAt: 0, granted: {} },
        { id: "k", name: "n", createdAt: 0, granted: { scopes: null, limits: null, networks: null } },
      ]);
    });
  });

  test("a key that somebody disabled is listed as disabled, and refused", async () => {
    const { id, value } = await mint();
    const key = simulator.state.keys.get(id);
    if (key !== undefined) key.disabled = true;
    expect(await harness.adapter.read({ keyId: id })).toMatchObject({ disabled: true });
    expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({ outcome: "refused" });
  });

  test("an expiry cannot be set, and an update has something to change", async () => {
    const { update } = harness.adapter;
    expect((await failureOf(() => update?.call(harness.adapter, { keyId: "k", expiresInSeconds: 1 }))).kind).toBe(
      "invalid",
    );
    expect((await failureOf(() => update?.call(harness.adapter, { keyId: "k" }))).kind).toBe("invalid");
    expect(harness.sent).toEqual([]);
  });

  test("a key that is gone once it was changed is not found", async () => {
    const { id } = await mint();
    harness.intercept = ({ method }) => {
      if (method === "PATCH") simulator.state.keys.delete(id);
      return method === "PATCH" ? new Response('{"status":"ok"}') : undefined;
    };
    expect((await failureOf(() => harness.adapter.update?.({ keyId: id, grant: GRANT }))).kind).toBe("not_found");
  });

  describe("a deletion", () => {
    test("of an unknown key is done, whichever way ElevenLabs says that there is none", async () => {
      for (const unknownKeyStatus of [404, 400]) {
        simulator.configure({ unknownKeyStatus });
        expect(await harness.adapter.revoke({ keyId: "nobody" })).toBe("gone");
      }
    });

    test("that is refused while the key is listed has failed, with the refusal", async () => {
      const { id } = await mint();
      harness.intercept = ({ method }) =>
        method === "DELETE"
          ? new Response(JSON.stringify({ detail: [{ loc: ["path", "api_key_id"], msg: "not now" }] }), { status: 422 })
          : undefined;
      const error = await failureOf(() => harness.adapter.revoke({ keyId: id }));
      expect([error.kind, error.status]).toEqual(["invalid", 422]);
      expect(error.message).toContain("path: api_key_id: not now");
    });

    test("is done where the answer is empty or says nothing, and not where it is no JSON", async () => {
      for (const body of ["", "null", '"ok"', "{}"]) {
        answer(200, body);
        expect(await harness.adapter.revoke({ keyId: "k" })).toBe("revoked");
      }
      answer(200, "<html>");
      expect((await failureOf(() => harness.adapter.revoke({ keyId: "k" }))).kind).toBe("unexpected");
    });
  });

  test.each<[string, unknown]>([
    ["no list", {}],
    ["a key without an id", { "api-keys": [{ name: "n" }] }],
    ["a time that is none", { "api-keys": [{ key_id: "k", name: OWN, created_at_unix: "yesterday" }] }],
    ["permissions that are no list", { "api-keys": [{ key_id: "k", name: OWN, permissions: "all" }] }],
  ])("an answer with %s is unexpected", async (_, body) => {
    answer(200, body);
    expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
  });

  test("a mint without a value is unexpected, and its error tells none", async () => {
    answer(200, { key_id: "sk_secretsecret" });
    const error = await failureOf(() => mint());
    expect(error.kind).toBe("unexpected");
    expect(error.message).not.toContain("sk_secret");
  });

  test("errors say what ElevenLabs says, in each of its forms", async () => {
    answer(422, { detail: [{ loc: ["body", "permissions", 0], msg: "unknown" }] });
    expect((await failureOf(() => mint())).message).toContain("body: permissions: 0: unknown");
    answer(404, { detail: "Not Found" });
    expect((await failureOf(() => harness.adapter.list({}))).message).toContain("Not Found");
    answer(401, missing("service_account_write"));
    expect((await failureOf(() => harness.adapter.list({}))).message).toContain(
      "missing the permission service_account_write",
    );
  });

  test.each(["https://api.eu.residency.elevenlabs.io", "https://api.us.elevenlabs.io"])(
    "all calls go to %s where that is the base URL",
    async (baseUrl) => {
      const adapter = harness.connect({ settings: { ...subject.settingsOf(simulator), baseUrl } });
      await adapter.list({});
      await adapter.verify({ value: simulator.adminKey, grant: { scopes: ["user_read"] } });
      expect(new Set(harness.sent.map(({ url }) => new URL(url).origin))).toEqual(new Set([baseUrl]));
    },
  );

  test.each([{}, { serviceAccountUserId: "" }, { serviceAccountUserId: "../x" }, { serviceAccountUserId: 7 }])(
    "the settings %j are refused",
    (settings) => {
      expect(() => harness.connect({ settings })).toThrow(/serviceAccountUserId/);
    },
  );

  describe("a key is tried", () => {
    test.each<[string, string[], string[]]>([
      ["inside and outside", ["models_read"], ["GET /v1/models", "GET /v1/user"]],
      ["outside alone where nothing inside is free", ["text_to_speech"], ["GET /v1/user"]],
      ["outside of what its write permission may open", ["user_write"], ["GET /v1/voices"]],
    ])("%s", async (_, scopes, calls) => {
      const { value } = await mint({ scopes });
      harness.sent.length = 0;
      expect(await harness.adapter.verify({ value, grant: { scopes } })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
      expect(paths()).toEqual(calls);
    });

    test.each<[string, string[]]>([
      ["all that is free is inside", ["user_read", "voices_read", "models_read", "convai_read"]],
      ["all that is free may be inside", ["user_write", "voices_write", "models_write", "convai_write"]],
    ])("and its scopes are not proven where %s", async (_, scopes) => {
      const { value } = await mint({ scopes });
      const result = await harness.adapter.verify({ value, grant: { scopes } });
      expect(result).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test("and nothing is taken for outside of a permission that is not known", async () => {
      const { value } = await mint({ scopes: ["models_read"] });
      const grant = { scopes: ["models_read", "everything_new"] };
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test.each<[string, string[], string[], string]>([
      ["wider", ["text_to_speech", "user_read"], ["text_to_speech"], "GET /v1/user is let through"],
      ["narrower", ["text_to_speech"], ["text_to_speech", "voices_read"], "GET /v1/voices is refused"],
      ["wider", ["text_to_speech", "user_read"], ["text_to_speech", "voices_read"], "GET /v1/user is let through"],
    ])("and found out where it is %s", async (told, may, scopes, words) => {
      const { value } = await mint({ scopes: may });
      const result = await harness.adapter.verify({ value, grant: { scopes } });
      expect(result.outcome).toBe(told);
      expect(result.evidence).toContain(words);
    });

    test.each<[string, number, unknown]>([
      ["its code", 401, { detail: { status: "missing_permissions", message: "no" } }],
      ["its newer code", 403, { detail: { code: "insufficient_permissions", message: "no" } }],
      [
        "its words",
        401,
        { detail: { status: "unauthorized", message: "The key is missing the permission user_read" } },
      ],
    ])("and a missing permission is known by %s", async (_, status, body) => {
      answer(status, body);
      const result = await harness.adapter.verify({ value: "sk_1", grant: { scopes: ["text_to_speech"] } });
      expect(result).toMatchObject({ outcome: "works", scopeProven: true });
    });

    test.each<[string, string[]]>([
      ["inside", ["user_read"]],
      ["outside", ["text_to_speech"]],
    ])("and is refused where ElevenLabs does not know it, %s", async (_, scopes) => {
      answer(401, { detail: { status: "invalid_api_key", message: "Invalid API key" } });
      expect((await harness.adapter.verify({ value: "sk_1", grant: { scopes } })).outcome).toBe("refused");
    });

    test("and one that no header can carry is refused before anything is sent", async () => {
      expect((await harness.adapter.verify({ value: "a b", grant: GRANT })).outcome).toBe("refused");
      expect(harness.sent).toEqual([]);
    });

    test("from outside of its networks, and all that is known then is that it lives", async () => {
      const { value } = await mint();
      simulator.configure({ sourceIp: "198.51.100.7" });
      const result = await harness.adapter.verify({ value, grant: GRANT });
      expect(result).toMatchObject({ outcome: "works", scopeProven: false });
      expect(result.evidence).toContain("outside of its networks");
      simulator.configure({ sourceIp: "203.0.113.7" });
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
    });

    test("and a refusal for its address is no verdict where the policy has no networks", async () => {
      const { value } = await mint();
      simulator.configure({ sourceIp: "198.51.100.7" });
      const { scopes = [] } = GRANT;
      const look = () => harness.adapter.verify({ value, grant: { scopes } });
      expect((await failureOf(look)).kind).toBe("no_verdict");
    });

    test.each(["<html>welcome</html>", '"hello"'])("and %s is no word of ElevenLabs'", async (body) => {
      answer(200, body);
      expect((await failureOf(() => harness.adapter.verify({ value: "sk_1", grant: GRANT }))).kind).toBe("unexpected");
    });

    test("and its value goes nowhere but into the header", async () => {
      const { value } = await mint();
      const told: Sent[] = [];
      harness.intercept = (sent) => void told.push(sent);
      await harness.adapter.verify({ value, grant: GRANT });
      expect(told.length).toBeGreaterThan(0);
      for (const { headers, url, body } of told) {
        expect(headers["xi-api-key"]).toBe(value);
        expect(url + body).not.toContain(value);
      }
    });
  });

  test("the simulator's networks are networks", () => {
    expect(isInside("203.0.113.7", ["10.0.0.0/8", "203.0.113.0/24"])).toBe(true);
    expect(isInside("2001:db8:1::1", ["2001:db8::/32"])).toBe(true);
    expect(isInside("203.0.114.7", ["203.0.113.0/24"])).toBe(false);
  });
});
