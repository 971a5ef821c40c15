import type { Grant } from "../../../src/model/grant";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import { xAi } from "../../../src/vendors/xai/adapter";
import { subject } from "./subject";

const DAY = 86_400;
const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";
const ID = "00000000-0000-4000-8000-000000000001";
const VALUE = "xai-CANARYcanary0123456789";
const ALL = ["api-key:model:*", "api-key:endpoint:*"];
/** As the management API shows a key. */
const SHOWN = {
  apiKeyId: ID,
  name: NAME,
  createTime: "2026-11-24T11:00:00.164829Z",
  disabled: false,
  expireTime: "2026-11-25T12:00:00Z",
  aclStrings: ALL,
};
/** As a key sees itself. */
const OWN = {
  acls: ["api-key:endpoint:chat", "api-key:model:grok-4.5"],
  api_key_blocked: false,
  api_key_disabled: false,
  team_blocked: false,
};
const CHAT: Grant = { models: ["grok-4.5"], endpoints: ["chat"] };

describe("xAI adapter", () => {
  let harness: ContractHarness;
  beforeEach(() => {
    harness = new ContractHarness(subject);
  });

  const mint = (grant: Grant = CHAT) => harness.mint({ name: NAME, grant, expiresInSeconds: DAY });
  const bodyOf = (sent: Sent | undefined): unknown => JSON.parse(sent?.body ?? "null");
  const lastBody = () => bodyOf(harness.sent.at(-1));
  /** Answers in xAI's place; each endpoint by the end of its URL. */
  const answering = (answers: Record<string, unknown>, status = 200) => {
    harness.intercept = ({ url }) => {
      const [, body] = Object.entries(answers).find(([end]) => url.split("?")[0]?.endsWith(end)) ?? [];
      return body === undefined ? undefined : new Response(JSON.stringify(body), { status });
    };
  };
  const verify = (grant: Grant = CHAT) => harness.adapter.verify({ value: VALUE, grant });

  describe("what a key may do", () => {
    test.each<[Grant, object]>([
      [{}, { acls: ALL }],
      [{ models: ["grok-4.5", "grok-4.3"] }, { acls: ["api-key:model:grok-4.3", "api-key:model:grok-4.5", ALL[1]] }],
      [{ endpoints: ["image", "chat"] }, { acls: [ALL[0], "api-key:endpoint:chat", "api-key:endpoint:image"] }],
      [{ models: ["grok-4*"] }, { acls: ["api-key:model:grok-4*", ALL[1]] }],
      [{ limits: { requestsPerMinute: 60 } }, { acls: ALL, qpm: 60 }],
      [{ limits: { tokensPerMinute: 100_000 } }, { acls: ALL, tpm: "100000" }],
    ])("%j is asked for when it is made, and shown", async (grant, asked) => {
      // WHEN
      const { id } = await mint(grant);

      // THEN
      expect(lastBody()).toEqual({ name: NAME, expireTime: "2026-11-25T12:00:00Z", ...asked });
      expect((await harness.adapter.read({ keyId: id }))?.granted).toEqual({
        models: grant.models === undefined ? null : [...grant.models].sort(),
        endpoints: grant.endpoints === undefined ? null : [...grant.endpoints].sort(),
        limits: grant.limits ?? null,
      });
    });

    test.each<[string, Grant]>([
      ["models", { models: ["*"] }],
      ["endpoints", { endpoints: ["chat", "*"] }],
    ])(
      "all %s, spelled as a list, are refused before anything is sent: they would look like drift",
      async (list, grant) => {
        const refusal = { kind: "invalid", message: expect.stringContaining(`leave \`${list}\` out`) };
        await expect(mint(grant)).rejects.toMatchObject(refusal);
        await expect(harness.adapter.update?.({ keyId: ID, grant })).rejects.toMatchObject(refusal);
        expect(harness.sent).toEqual([]);
      },
    );

    test.each<[object, object]>([
      [{}, { models: null, endpoints: null, limits: null }],
      [{ aclStrings: [...ALL, "api-key:model:grok-4.5"] }, { models: null, endpoints: null, limits: null }],
      [{ aclStrings: [] }, { models: ["(none)"], endpoints: ["(none)"], limits: null }],
      [{ aclStrings: undefined }, { models: ["(none)"], endpoints: ["(none)"], limits: null }],
      [{ aclStrings: ["api-key:endpoint:chat"] }, { models: ["(none)"], endpoints: ["chat"], limits: null }],
      [{ aclStrings: [...ALL, "api-key:other:x"] }, { models: null, endpoints: null, limits: null }],
      [
        { aclStrings: undefined, acl_strings: ALL },
        { models: null, endpoints: null, limits: null },
      ],
      [
        { qpm: 0, tpm: "0" },
        { models: null, endpoints: null, limits: null },
      ],
      [
        { qpm: -1, tpm: "-1" },
        { models: null, endpoints: null, limits: null },
      ],
      [
        { qpm: null, tpm: null, qps: 5 },
        { models: null, endpoints: null, limits: null, others: [{ shown: "qps 5" }] },
      ],
    ])("%j is shown as %j", async (change, granted) => {
      answering({ "/api-keys": { apiKeys: [{ ...SHOWN, ...change }] } });
      expect(await harness.adapter.list({})).toMatchObject([{ id: ID, granted }]);
    });

    test.each([
      [false, undefined],
      [true, true],
      ["false", undefined],
      ["true", true],
      [undefined, undefined],
    ])("a disabled flag that is %j is understood", async (disabled, shown) => {
      answering({ "/api-keys": { apiKeys: [{ ...SHOWN, disabled }] } });
      const [key] = await harness.adapter.list({});
      expect(key?.disabled).toBe(shown);
      expect(key).toMatchObject({ createdAt: Date.UTC(2026, 10, 24, 11) / 1_000 });
    });

    test("a key of other people's may have neither name nor end", async () => {
      answering({ "/api-keys": { apiKeys: [{ ...SHOWN, name: undefined, expireTime: undefined }] } });
      const [key] = await harness.adapter.list({});
      expect(key).toMatchObject({ id: ID, name: "" });
      expect(key).not.toHaveProperty("expiresAt");
    });
  });

  describe("changes", () => {
    test("a limit that is no longer declared is taken off, with the field in the mask", async () => {
      // GIVEN
      const { id } = await mint({ ...CHAT, limits: { requestsPerMinute: 60, tokensPerMinute: 1_000 } });

      // WHEN
      const updated = await harness.adapter.update?.({ keyId: id, grant: { limits: { tokensPerMinute: 5 } } });

      // THEN
      expect(harness.sent.at(-1)).toMatchObject({ method: "PUT" });
      expect(lastBody()).toEqual({
        apiKey: { aclStrings: ALL, qpm: null, tpm: "5" },
        fieldMask: "aclStrings,qpm,tpm",
      });
      expect(updated?.granted).toEqual({ models: null, endpoints: null, limits: { tokensPerMinute: 5 } });
    });

    test("where xAI keeps it all the same, that is what is answered", async () => {
      answering({ [`/api-keys/${ID}`]: { ...SHOWN, qpm: 60 } });
      const updated = await harness.adapter.update?.({ keyId: ID, grant: {} });
      expect(updated?.granted?.limits).toEqual({ requestsPerMinute: 60 });
    });

    test("an expiry alone changes nothing else, and both are one request", async () => {
      const { id } = await mint();
      await harness.adapter.update?.({ keyId: id, expiresInSeconds: 2 * DAY });
      expect(lastBody()).toEqual({ apiKey: { expireTime: "2026-11-26T12:00:00Z" }, fieldMask: "expireTime" });
      harness.sent.length = 0;
      await harness.adapter.update?.({ keyId: id, expiresInSeconds: DAY, grant: CHAT });
      expect(harness.sent).toHaveLength(1);
      expect(lastBody()).toMatchObject({ fieldMask: "aclStrings,qpm,tpm,expireTime" });
      expect(await harness.adapter.read({ keyId: id })).toMatchObject({
        granted: { models: ["grok-4.5"], endpoints: ["chat"] },
      });
    });

    test("nothing to change is refused before anything is sent", async () => {
      await expect(harness.adapter.update?.({ keyId: ID })).rejects.toMatchObject({ kind: "invalid" });
      expect(harness.sent).toEqual([]);
    });

    test("a rotation says when the old value and the new one end, in whole seconds that never exceed the grace", async () => {
      const { id } = await mint();
      harness.now += 999;
      const rotated = await harness.adapter.rotate?.({ keyId: id, graceSeconds: 604_800, expiresInSeconds: 30 * DAY });
      expect(lastBody()).toEqual({
        expireTime: "2026-12-24T12:00:00Z",
        oldSecretExpireTime: "2026-12-01T12:00:00Z",
      });
      expect(rotated?.expiresAt).toBe(Date.UTC(2026, 11, 24, 12) / 1_000);
    });
  });

  test("an end that xAI cuts short is the one that is told", async () => {
    const expireTime = "2026-11-24T13:00:00.9Z";
    answering({ "/api-keys": { ...SHOWN, expireTime, apiKey: VALUE } });
    expect(await mint()).toMatchObject({ value: VALUE, expiresAt: Date.UTC(2026, 10, 24, 13) / 1_000 });
    answering({ "/api-keys": { ...SHOWN, expireTime: undefined, apiKey: VALUE } });
    expect(await mint()).not.toHaveProperty("expiresAt");
  });

  describe("lists", () => {
    const page = (ids: readonly string[], paginationToken?: string) => ({
      apiKeys: ids.map((apiKeyId) => ({ ...SHOWN, apiKeyId })),
      paginationToken,
    });
    const pages = (...all: object[]) => {
      harness.intercept = () => new Response(JSON.stringify(all[harness.sent.length - 1]));
    };

    test("follow the token, and end where there is none or an empty one", async () => {
      pages(page(["a"], "t 1"), page(["b"], "t2"), page(["c"], ""));
      expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual(["a", "b", "c"]);
      expect(harness.sent.map(({ url }) => url.split("?")[1])).toEqual([
        "pageSize=100",
        "pageSize=100&paginationToken=t+1",
        "pageSize=100&paginationToken=t2",
      ]);
    });

    test("are read up to the key that is looked for, and to their end where it is in none", async () => {
      pages(page(["a"], "t1"), page(["b"], "t2"), page(["c"]));
      expect(await harness.adapter.read({ keyId: "b" })).toMatchObject({ id: "b" });
      expect(harness.sent).toHaveLength(2);
      harness.sent.length = 0;
      expect(await harness.adapter.read({ keyId: "z" })).toBeUndefined();
      expect(harness.sent).toHaveLength(3);
    });

    test("that do not move on are given up", async () => {
      harness.intercept = () => new Response(JSON.stringify(page(["a"], "again")));
      await expect(harness.adapter.list({})).rejects.toMatchObject({ kind: "unexpected" });
    });

    test("of a team without keys may be left out, and nothing else passes for one", async () => {
      answering({ "/api-keys": {} });
      expect(await harness.adapter.list({})).toEqual([]);
      for (const body of [{ error: "no" }, { keys: [] }, { apiKeys: null }, []]) {
        answering({ "/api-keys": body });
        await expect(harness.adapter.list({})).rejects.toMatchObject({ kind: "unexpected" });
      }
    });
  });

  test.each([
    [{ apiKey: undefined }],
    [{ apiKey: "" }],
    [{ apiKeyId: "" }],
    [{ createTime: undefined }],
    [{ createTime: "yesterday" }],
    [{ createTime: "+275760-09-13T00:00:00.000Z" }],
    [{ expireTime: "never" }],
    [{ disabled: "perhaps" }],
    [{ qpm: 1.5 }],
    [{ tpm: "many" }],
    [{ aclStrings: "api-key:model:*" }],
  ])("an answer with %j is unexpected, of each verb that it can be of, and tells no value", async (change) => {
    const body = { ...SHOWN, apiKey: VALUE, ...change };
    answering({ "/api-keys": body, "/rotate": body });
    const rotate = harness.adapter.rotate?.({ keyId: ID, graceSeconds: DAY, expiresInSeconds: DAY });
    for (const call of [mint(), rotate]) {
      const error: unknown = await call?.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind: "unexpected" });
      expect(String(error)).not.toContain(VALUE);
    }
    if ("apiKey" in change) return;
    answering({ [`/api-keys/${ID}`]: body, "/api-keys": { apiKeys: [body] } });
    await expect(harness.adapter.update?.({ keyId: ID, grant: CHAT })).rejects.toMatchObject({ kind: "unexpected" });
    await expect(harness.adapter.list({})).rejects.toMatchObject({ kind: "unexpected" });
  });

  describe("whether a key is known everywhere", () => {
    test.each([
      [{ icPropagation: { "us-east-1.api.x.ai": true, "eu-west-1.api.x.ai": true } }, true],
      [{ icPropagation: { "us-east-1.api.x.ai": true, "eu-west-1.api.x.ai": false } }, false],
      [{ icPropagation: {} }, false],
      [{}, false],
    ])("%j: %j", async (body, active) => {
      answering({ "/propagation": body });
      expect(await harness.adapter.isActive?.({ keyId: ID })).toBe(active);
    });

    test("one that is gone is not, and what is no answer is none", async () => {
      expect(await harness.adapter.isActive?.({ keyId: ID })).toBe(false);
      answering({ "/propagation": { icPropagation: { cluster: "true" } } });
      await expect(harness.adapter.isActive?.({ keyId: ID })).rejects.toMatchObject({ kind: "unexpected" });
    });

    test("a new one and a new value are, as soon as each cluster says so, and work from then on", async () => {
      // GIVEN
      harness.simulator.configure({ propagationSeconds: 40 });
      const minted = await mint();
      const isActive = () => harness.adapter.isActive?.({ keyId: minted.id });
      const outcome = async (value: string) => (await harness.adapter.verify({ value, grant: CHAT })).outcome;

      // THEN
      expect([await isActive(), await outcome(minted.value)]).toEqual([false, "refused"]);
      harness.now += 39_999;
      expect([await isActive(), await outcome(minted.value)]).toEqual([false, "refused"]);
      harness.now += 1;
      expect([await isActive(), await outcome(minted.value)]).toEqual([true, "works"]);

      // WHEN
      const rotated = await harness.adapter.rotate?.({
        keyId: minted.id,
        graceSeconds: DAY,
        expiresInSeconds: 2 * DAY,
      });
      const value = rotated?.value ?? "";

      // THEN
      expect([await isActive(), await outcome(value), await outcome(minted.value)]).toEqual([
        false,
        "refused",
        "works",
      ]);
      harness.now += 40_000;
      expect([await isActive(), await outcome(value), await outcome(minted.value)]).toEqual([true, "works", "works"]);
    });
  });

  describe("a look with the key", () => {
    test.each([
      [400, { code: "invalid-argument", error: "Incorrect API key provided: xa***89. You can obtain one." }],
      [400, { error: "Bad request. The request is invalid or an invalid API key is provided." }],
    ])("that is answered %i %j is refused", async (status, body) => {
      answering({ "/v1/api-key": body }, status);
      expect(await verify()).toMatchObject({ outcome: "refused", scopeProven: false });
    });

    test.each([
      [400, { error: "expected something else" }, "no_verdict"],
      [401, { code: "unauthenticated", error: "No API key was provided" }, "no_verdict"],
      [403, { code: "permission-denied", error: "blocked" }, "no_verdict"],
      [404, { error: "Not Found" }, "no_verdict"],
      [200, { acls: [] }, "unexpected"],
      [200, "welcome", "unexpected"],
    ])("that is answered %i %j is no verdict", async (status, body, kind) => {
      answering({ "/v1/api-key": body }, status);
      await expect(verify()).rejects.toMatchObject({ kind });
    });

    test.each([
      ["api_key_disabled", "disabled"],
      ["api_key_blocked", "blocked"],
    ])("finds a key with %s to open nothing", async (flag, word) => {
      answering({ "/v1/api-key": { ...OWN, [flag]: true } });
      const { outcome, evidence } = await verify();
      expect(outcome).toBe("refused");
      expect(evidence).toContain(word);
    });

    test("is no verdict on the key of a team that xAI has blocked", async () => {
      const { value } = await mint();
      harness.simulator.configure({ teamBlocked: true });
      await expect(harness.adapter.verify({ value, grant: CHAT })).rejects.toMatchObject({ kind: "conflict" });
    });

    test.each<[string[], Grant, string]>([
      [["api-key:model:*", "api-key:endpoint:chat"], CHAT, "wider"],
      [["api-key:model:grok-4.5", "api-key:endpoint:*"], CHAT, "wider"],
      [["api-key:model:grok-4.5", "api-key:model:grok-4.3", "api-key:endpoint:chat"], CHAT, "wider"],
      [["api-key:model:*"], CHAT, "wider"],
      [["api-key:model:grok-4.5"], CHAT, "narrower"],
      [[], CHAT, "narrower"],
      [[], {}, "narrower"],
      [OWN.acls, {}, "narrower"],
    ])("that shows %j where %j was asked is %s", async (acls, grant, told) => {
      answering({ "/v1/api-key": { ...OWN, acls } });
      expect(await verify(grant)).toMatchObject({ outcome: told, scopeProven: true });
      expect(harness.sent).toHaveLength(1);
    });

    test("proves the scope by a list of models that is refused, where models are outside", async () => {
      const { value } = await mint();
      harness.sent.length = 0;
      expect(await harness.adapter.verify({ value, grant: CHAT })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
      expect(harness.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
        "GET https://api.x.ai/v1/api-key",
        "GET https://api.x.ai/v1/models",
      ]);
    });

    test.each<Grant>([{ endpoints: ["chat", "models"] }, { endpoints: ["mod*"] }, { models: ["grok-4.5"] }, {}])(
      "proves none where models may be inside: %j",
      async (grant) => {
        const { value } = await mint(grant.endpoints?.includes("mod*") ? { ...grant } : grant);
        harness.sent.length = 0;
        expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works", scopeProven: false });
        expect(harness.sent).toHaveLength(1);
      },
    );

    test.each<[number, object, boolean]>([
      [200, {}, false],
      [404, {}, false],
      [403, { error: "The API key may not use the endpoint models" }, true],
      [403, { error: "The team has no credits" }, false],
    ])("whose list of models is answered %i %j works, with its scope proven: %s", async (status, body, scopeProven) => {
      harness.intercept = ({ url }) =>
        url.endsWith("/models") ? new Response(JSON.stringify(body), { status }) : new Response(JSON.stringify(OWN));
      expect(await verify()).toMatchObject({ outcome: "works", scopeProven });
    });

    test.each([
      [401, "no_verdict"],
      [403, "no_verdict"],
      [408, "unavailable"],
      [429, "throttled"],
      [500, "unavailable"],
    ])("whose list of models is answered %i is no verdict", async (status, kind) => {
      harness.intercept = ({ url }) =>
        url.endsWith("/models") ? new Response("{}", { status }) : new Response(JSON.stringify(OWN));
      await expect(verify()).rejects.toMatchObject({ kind });
    });

    test("is not taken with a value that no header can carry", async () => {
      expect(await harness.adapter.verify({ value: "xai-a b", grant: CHAT })).toMatchObject({ outcome: "refused" });
      expect(harness.sent).toEqual([]);
    });
  });

  test.each([
    [{ code: 7, message: "no permission" }, "no permission"],
    [{ code: "permission-denied", error: "no permission" }, "no permission"],
    [{ message: "no permission", code: null }, "no permission"],
    [{ nothing: true }, "answered 403"],
  ])("what xAI says of a failure is told: %j", async (body, words) => {
    answering({ "/api-keys": body }, 403);
    const error: unknown = await harness.adapter.list({}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "admin_refused", message: expect.stringContaining(words) });
  });

  test.each([
    ["CreateApiKey", () => mint()],
    ["ListApiKeys", () => harness.adapter.list({})],
    ["UpdateApiKey", async () => harness.adapter.update?.({ keyId: ID, grant: CHAT })],
    ["RotateApiKey", async () => harness.adapter.rotate?.({ keyId: ID, graceSeconds: DAY, expiresInSeconds: DAY })],
    ["DeleteApiKey", () => harness.adapter.revoke({ keyId: ID })],
    ["CheckApiKeyPropagation", async () => harness.adapter.isActive?.({ keyId: ID })],
  ])("a management key without %s is refused, and xAI says what it lacks", async (operation, call) => {
    harness.simulator.configure({ adminOperations: [] });
    await expect(call()).rejects.toMatchObject({
      kind: "admin_refused",
      message: expect.stringContaining(`team-token:endpoint:${operation}`),
    });
  });

  test("keys made faster than xAI lets them be are throttled, and none is half made", async () => {
    harness.simulator.configure({ createsPerMinute: 1 });
    const { id } = await mint();
    await expect(mint()).rejects.toMatchObject({ kind: "throttled" });
    expect(harness.throttles).toEqual([undefined]);
    expect((await harness.adapter.list({})).map((key) => key.id)).toEqual([id]);
  });

  test.each([undefined, "", "default", "../teams", "C9A0C990-53E6-491E-8DF7-B9F18E6983AC"])(
    "a team's id that is %j is refused before anything is sent",
    (teamId) => {
      expect(() => harness.connect({ settings: { teamId } })).toThrow(/xAI settings: "teamId" is malformed/);
      expect(harness.sent).toEqual([]);
    },
  );

  test("programs call another host than the one that manages keys", () => {
    expect(xAi.dataUrl?.(subject.settingsOf(harness.simulator))).toBe("https://api.x.ai/v1");
  });
});
