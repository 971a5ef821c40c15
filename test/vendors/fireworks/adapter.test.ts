import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness } from "../../../src/testing/fixture";
import { fireworks } from "../../../src/vendors/fireworks/adapter";
import type { FireworksSimulator } from "../../../src/vendors/fireworks/simulator/simulator";
import { subject } from "./subject";

const NAME = "ai-keys/fireworks.0badcafe/summariser/0123456789ab";
const DAY = 86_400;
const KEYS = "https://api.fireworks.ai/v1/accounts/sandbox-account/users/scoped-keys/apiKeys";
const at = (iso: string) => Date.parse(iso) / 1_000;

let harness: ContractHarness;
beforeEach(() => {
  harness = new ContractHarness(subject);
});

const mint = (expiresInSeconds = DAY, name = NAME) => harness.mint({ name, grant: {}, expiresInSeconds });
const state = () => (harness.simulator as FireworksSimulator).state;
const calls = () => harness.sent.map(({ method, url }) => `${method} ${url}`);
const answer = (body: unknown, status = 200) => {
  harness.intercept = () => new Response(JSON.stringify(body), { status });
};
async function failureOf(call: () => Promise<unknown>): Promise<VendorError> {
  const error = await call().catch((reason: unknown) => reason);
  if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
  return error;
}
/** As Fireworks shows a key. */
const shown = (change: object = {}) => ({
  keyId: "key_1",
  displayName: NAME,
  key: "",
  createTime: "2026-11-24T10:00:00.123456789Z",
  secure: true,
  email: "scoped-keys@sandbox-account.sa.fireworks.ai",
  prefix: "fw_abc",
  expireTime: "2026-12-01T10:00:00Z",
  annotations: {},
  lastUsed: null,
  ...change,
});

describe("a mint", () => {
  test("asks for a key of the user, with its name and the moment of its end", async () => {
    const { expiresAt } = await mint();
    expect(calls()).toEqual([`POST ${KEYS}`]);
    expect(JSON.parse(harness.sent[0]?.body ?? "")).toEqual({
      apiKey: { displayName: NAME, expireTime: "2026-11-25T12:00:00Z" },
    });
    expect(expiresAt).toBe(at("2026-11-25T12:00:00Z"));
  });

  test("that is answered with another expiry says what was granted", async () => {
    answer(shown({ key: "fw_value", expireTime: "2026-11-24T18:00:00.5Z" }));
    expect(await mint()).toEqual({
      id: "key_1",
      name: NAME,
      value: "fw_value",
      createdAt: at("2026-11-24T10:00:00Z"),
      expiresAt: at("2026-11-24T18:00:00Z"),
    });
  });

  test("that is answered without name, times or expiry counts from now", async () => {
    answer({ keyId: "key_1", key: "fw_value" });
    expect(await mint()).toEqual({ id: "key_1", name: "", value: "fw_value", createdAt: harness.now / 1_000 });
  });

  test.each([
    ["no value", { key: undefined }, "key"],
    ["an empty value", { key: "" }, "key"],
    ["no id", { keyId: undefined }, "keyId"],
    ["a time that is none", { expireTime: "soon" }, "expireTime"],
    ["a time beyond the year 9999", { createTime: "+020000-01-01T00:00:00Z" }, "createTime"],
  ])("that is answered with %s is unexpected, and tells no value", async (_, change, field) => {
    answer({ ...shown({ key: "fw_CANARY" }), ...change });
    const error = await failureOf(() => mint());
    expect(error.kind).toBe("unexpected");
    expect(error.message).toContain(`"${field}"`);
    expect(error.message).not.toContain("CANARY");
  });

  test("with the key of a user who is no admin fails with Fireworks' words", async () => {
    harness.simulator.configure({ adminRole: "user" });
    const error = await failureOf(() => mint());
    expect(error).toMatchObject({ kind: "admin_refused", status: 403 });
    expect(error.message).toContain("only admins manage the keys of other users");
  });
});

describe("a listing", () => {
  test("follows pages where there are any", async () => {
    for (let n = 0; n < 201; n += 1) await mint(DAY, `${NAME}${n}`);
    harness.sent.length = 0;
    expect(await harness.adapter.list({})).toHaveLength(201);
    expect(calls()).toEqual([`GET ${KEYS}?pageSize=200`, `GET ${KEYS}?pageSize=200&pageToken=200`]);
  });

  test("is read in one call where everything comes at once", async () => {
    harness.simulator.configure({ pages: false });
    for (let n = 0; n < 201; n += 1) await mint(DAY, `${NAME}${n}`);
    harness.sent.length = 0;
    expect(await harness.adapter.list({})).toHaveLength(201);
    expect(calls()).toEqual([`GET ${KEYS}?pageSize=200`]);
  });

  test("holds the user's keys, and nobody else's", async () => {
    state().addKey(state().member, NAME, null);
    const { id } = await mint();
    expect(await harness.adapter.list({})).toMatchObject([{ id }]);
  });

  test("shows name, times and last use, no grant, and no value that Fireworks may know", async () => {
    answer({ apiKeys: [shown({ lastUsed: "2026-11-24T11:00:00Z", key: "fw_CANARY", secure: false })] });
    const listed = await harness.adapter.list({});
    expect(listed).toEqual([
      {
        id: "key_1",
        name: NAME,
        createdAt: at("2026-11-24T10:00:00Z"),
        expiresAt: at("2026-12-01T10:00:00Z"),
        lastUsedAt: at("2026-11-24T11:00:00Z"),
      },
    ]);
    expect(JSON.stringify(listed)).not.toContain("CANARY");
  });

  test("survives keys without name, time or expiry", async () => {
    answer({ apiKeys: [{ keyId: "key_1" }], nextPageToken: null });
    expect(await harness.adapter.list({})).toEqual([{ id: "key_1", name: "", createdAt: 0 }]);
  });

  test.each([{}, { totalSize: 0 }, { nextPageToken: "", totalSize: 0 }, { apiKeys: [] }])(
    "that is answered %j is empty",
    async (body) => {
      answer(body);
      expect(await harness.adapter.list({})).toEqual([]);
    },
  );

  test.each([{ totalSize: 3 }, { nextPageToken: "1" }, { keys: [] }, { error: "oops" }, { apiKeys: [{}] }, []])(
    "that is answered %j is not taken for empty",
    async (body) => {
      answer(body);
      expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
    },
  );

  test("whose pages do not move on is unexpected, and not endless", async () => {
    answer({ apiKeys: [shown()], nextPageToken: "1" });
    expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
  });
});

describe("a revocation", () => {
  test("names the key in the body", async () => {
    const { id } = await mint();
    harness.sent.length = 0;
    expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
    expect(calls()).toEqual([`POST ${KEYS}:delete`]);
    expect(JSON.parse(harness.sent[0]?.body ?? "")).toEqual({ keyId: id });
  });

  test("does not reach another user's key", async () => {
    const { id } = state().addKey(state().member, NAME, null);
    expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
    expect(state().keys.has(id)).toBe(true);
  });
});

describe("a look with the key", () => {
  const verify = (value: string) => harness.adapter.verify({ value, grant: {} });
  const first = (status: number) => {
    harness.intercept = ({ url }) => (url.includes("/inference/") ? new Response("{}", { status }) : undefined);
  };

  test("asks inference for models, and tells no value", async () => {
    const { value } = await mint();
    harness.sent.length = 0;
    const result = await verify(value);
    expect(result).toMatchObject({ outcome: "works", scopeProven: false });
    expect(result.evidence).not.toContain(value);
    expect(calls()).toEqual(["GET https://api.fireworks.ai/inference/v1/models"]);
  });

  test("asks the account where inference has no deployment to list", async () => {
    harness.simulator.configure({ deployments: false });
    const { value } = await mint();
    harness.sent.length = 0;
    expect(await verify(value)).toMatchObject({ outcome: "works" });
    expect(calls()).toEqual([
      "GET https://api.fireworks.ai/inference/v1/models",
      "GET https://api.fireworks.ai/v1/accounts/sandbox-account/models?pageSize=1",
    ]);
  });

  test("finds a dead key although inference answers 500 to everybody", async () => {
    const { value } = await mint();
    harness.now += DAY * 1_000;
    first(500);
    expect(await verify(value)).toMatchObject({ outcome: "refused" });
  });

  test.each([403, 404, 429, 500])("keeps inference's 500 where the account answers %i", async (status) => {
    const { value } = await mint();
    harness.intercept = ({ url }) => new Response("{}", { status: url.includes("/inference/") ? 500 : status });
    expect(await failureOf(() => verify(value))).toMatchObject({
      kind: "unavailable",
      status: 500,
      call: "GET /models",
    });
  });

  test.each([401, 403])("takes a %i without words for no verdict", async (status) => {
    const { value } = await mint();
    first(status);
    expect((await failureOf(() => verify(value))).kind).toBe("no_verdict");
  });

  test.each([402, 412, 503])("is no verdict where inference answers %i", async (status) => {
    const { value } = await mint();
    first(status);
    expect((await failureOf(() => verify(value))).status).toBe(status);
  });

  test("does not take a proxy's welcome page for Fireworks' word", async () => {
    const { value } = await mint();
    harness.intercept = () => new Response("<html>welcome</html>", { status: 200 });
    expect((await failureOf(() => verify(value))).kind).toBe("unexpected");
  });

  test("sends nothing where the value is none", async () => {
    expect(await verify("no key")).toMatchObject({ outcome: "refused" });
    expect(harness.sent).toEqual([]);
  });
});

test.each([
  ["the gateway's", { code: 3, message: "not now", details: [] }],
  ["inference's", { error: { object: "error", type: "invalid_request_error", code: "x", message: "not now" } }],
  ["a plain", { error: "not now" }],
])("errors are read in %s envelope, without keys that it quotes", async (_, body) => {
  answer(JSON.parse(JSON.stringify(body).replace("not now", "not now: fw_CANARYcanary")), 400);
  const error = await failureOf(() => harness.adapter.revoke({ keyId: "key_1" }));
  expect(error.message).toBe(
    "Fireworks answered 400 to POST /accounts/{account}/users/{user}/apiKeys:delete: not now: [redacted]",
  );
});

test.each([
  [{}, "accountId"],
  [{ accountId: "-", userId: "ci" }, "accountId"],
  [{ accountId: "acme" }, "userId"],
  [{ accountId: "acme", userId: "-" }, "userId"],
  [{ accountId: "acme", userId: "../ada" }, "userId"],
  [{ accountId: "acme", userId: "x".repeat(64) }, "userId"],
])("settings %j are refused, and the field is named", (settings, field) => {
  expect(() => harness.connect({ settings })).toThrow(`Fireworks settings: "${field}" is malformed`);
});

test("programs use inference's URL, not the gateway's", () => {
  expect(fireworks.dataUrl?.(subject.settingsOf(harness.simulator))).toBe("https://api.fireworks.ai/inference/v1");
});
