import { createFireworksSimulator } from "../../../../src/vendors/fireworks/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 12);
const KEYS = "/v1/accounts/sandbox-account/users/scoped-keys/apiKeys";
const CHAT = "/inference/v1/chat/completions";

const world = () => {
  const clock = { time: START, now: () => clock.time };
  const simulator = createFireworksSimulator({ clock, seed: "simulator" });
  const call = async (method: string, url: string, key: string | undefined, body?: object) => {
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const answer = await simulator.handle({ method, url, headers, body: JSON.stringify(body ?? {}) });
    return { ...answer, body: answer.body as Record<string, unknown> };
  };
  const mint = async (apiKey: object = { displayName: "a key" }) => {
    const { status, body } = await call("POST", KEYS, simulator.adminKey, { apiKey });
    expect(status).toBe(200);
    return { id: String(body["keyId"]), value: String(body["key"]), body };
  };
  return { clock, simulator, call, mint, adminKey: simulator.adminKey };
};
const chat = { model: "accounts/fireworks/models/gpt-oss-120b", messages: [{ role: "user", content: "Hello" }] };

test("a key opens inference, and is shown with its value once", async () => {
  const { call, mint, adminKey } = world();
  const { id, value, body } = await mint({ displayName: "a key", expireTime: "2026-12-01T00:00:00Z" });
  expect(body).toEqual({
    keyId: id,
    displayName: "a key",
    key: value,
    createTime: "2026-11-24T12:00:00Z",
    secure: true,
    email: "scoped-keys@sandbox-account.sa.fireworks.ai",
    prefix: value.slice(0, 6),
    expireTime: "2026-12-01T00:00:00Z",
    annotations: {},
    lastUsed: null,
  });
  expect((await call("POST", CHAT, value, chat)).status).toBe(200);
  expect((await call("GET", "/inference/v1/models", value)).status).toBe(200);
  const { body: list } = await call("GET", KEYS, adminKey);
  expect(list).toMatchObject({ apiKeys: [{ keyId: id, lastUsed: "2026-11-24T12:00:00Z" }], totalSize: 1 });
  expect(JSON.stringify(list)).not.toContain(value);
});

test("a key ends when it is meant to, at every endpoint; one without expiry does not", async () => {
  const { clock, call, mint } = world();
  const { value } = await mint({ expireTime: "2026-11-25T12:00:00Z" });
  const unlimited = await mint({});
  expect(unlimited.body).toMatchObject({ displayName: "default", expireTime: null });
  clock.time += 86_399_000;
  expect((await call("POST", CHAT, value, chat)).status).toBe(200);
  clock.time += 1_000;
  expect(await call("POST", CHAT, value, chat)).toMatchObject({ status: 401, body: { error: { code: 401 } } });
  expect(await call("GET", "/v1/accounts/sandbox-account/models", value)).toMatchObject({
    status: 401,
    body: { code: 16 },
  });
  expect((await call("POST", CHAT, unlimited.value, chat)).status).toBe(200);
});

test("a deleted key opens nothing, and is gone", async () => {
  const { call, mint, adminKey } = world();
  const { id, value } = await mint();
  expect(await call("POST", `${KEYS}:delete`, adminKey, { keyId: id })).toMatchObject({ status: 200, body: {} });
  expect((await call("POST", CHAT, value, chat)).status).toBe(401);
  expect(await call("POST", `${KEYS}:delete`, adminKey, { keyId: id })).toMatchObject({
    status: 404,
    body: { code: 5 },
  });
});

test("a key manages keys of its own user, and of another one's only if it is an admin's", async () => {
  const { simulator, call, mint, adminKey } = world();
  const { value } = await mint();
  expect((await call("POST", KEYS, value, { apiKey: { displayName: "another" } })).status).toBe(200);
  expect((await call("GET", KEYS, value)).body).toMatchObject({ totalSize: 2 });
  const members = "/v1/accounts/sandbox-account/users/alan/apiKeys";
  expect(await call("GET", members, value)).toMatchObject({ status: 403, body: { code: 7 } });
  expect((await call("GET", members, adminKey)).status).toBe(200);
  simulator.configure({ adminRole: "user" });
  expect((await call("GET", members, adminKey)).status).toBe(403);
  expect((await call("GET", "/v1/accounts/sandbox-account/users/ada/apiKeys", adminKey)).status).toBe(200);
});

test("a key of another user is not deleted in this one's name", async () => {
  const { simulator, call, adminKey } = world();
  const { id } = simulator.state.addKey(simulator.state.member, "theirs", null);
  expect((await call("POST", `${KEYS}:delete`, adminKey, { keyId: id })).status).toBe(404);
  expect(simulator.state.keys.has(id)).toBe(true);
});

test("no key, an unknown one and one that was made invalid are refused", async () => {
  const { simulator, call, adminKey } = world();
  expect((await call("GET", KEYS, undefined)).status).toBe(401);
  expect((await call("GET", KEYS, "fw_nobodys")).status).toBe(401);
  simulator.configure({ adminKeyValid: false });
  expect((await call("GET", KEYS, adminKey)).status).toBe(401);
});

test.each([
  ["no key", {}],
  ["a time that is none", { apiKey: { expireTime: "2026-12-01" } }],
  ["a time that has passed", { apiKey: { expireTime: "2026-11-24T12:00:00Z" } }],
  ["a name that is none", { apiKey: { displayName: 1 } }],
])("a body with %s is refused", async (_, body) => {
  const { call, adminKey } = world();
  expect(await call("POST", KEYS, adminKey, body)).toMatchObject({ status: 400, body: { code: 3, details: [] } });
});

test("unknown accounts, users, paths and bodies are refused", async () => {
  const { simulator, call, mint, adminKey } = world();
  const { value } = await mint();
  expect((await call("GET", "/v1/accounts/another/users/scoped-keys/apiKeys", adminKey)).status).toBe(403);
  expect((await call("GET", "/v1/accounts/another/models", value)).status).toBe(403);
  expect((await call("GET", "/v1/accounts/sandbox-account/users/nobody/apiKeys", adminKey)).status).toBe(404);
  expect((await call("GET", "/v1/accounts", adminKey)).status).toBe(404);
  expect((await call("GET", "/inference/v1/files", value)).status).toBe(404);
  expect((await call("POST", CHAT, value, { model: "x" })).status).toBe(400);
  expect((await call("POST", `${KEYS}:delete`, adminKey, {})).status).toBe(400);
  expect(() => simulator.configure({ pages: "some" })).toThrow("Fireworks simulator");
  expect(() => simulator.configure({ colour: "red" })).toThrow("Fireworks simulator");
});

test("keys come all at once, or in pages as the other listings do", async () => {
  const { simulator, call, mint, adminKey } = world();
  for (let n = 0; n < 3; n += 1) await mint();
  const list = async (query: string) => (await call("GET", `${KEYS}?${query}`, adminKey)).body;
  expect(await list("pageSize=2")).toMatchObject({ apiKeys: [{}, {}, {}], nextPageToken: "", totalSize: 3 });
  simulator.configure({ pages: true });
  expect(await list("pageSize=2")).toMatchObject({ apiKeys: [{}, {}], nextPageToken: "2", totalSize: 3 });
  expect(await list("pageSize=2&pageToken=2")).toMatchObject({ apiKeys: [{}], nextPageToken: "" });
  expect((await call("GET", `${KEYS}?pageToken=x`, adminKey)).status).toBe(400);
});

test("inference answers 500 for models where the account has no deployment, whatever the key", async () => {
  const { simulator, call, mint } = world();
  const { value } = await mint();
  simulator.configure({ deployments: false });
  expect((await call("GET", "/inference/v1/models", value)).status).toBe(500);
  expect((await call("POST", CHAT, value, chat)).status).toBe(200);
  expect((await call("GET", "/v1/accounts/sandbox-account/models", value)).status).toBe(200);
});

test("more calls that manage keys than are allowed in a minute are answered 429, inference is not", async () => {
  const { clock, simulator, call, mint, adminKey } = world();
  const { value } = await mint();
  simulator.configure({ callsPerMinute: 2 });
  const list = () => call("GET", KEYS, adminKey);
  expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
  expect(await list()).toMatchObject({ status: 429, headers: { "retry-after": "30" }, body: { code: 8 } });
  expect((await call("POST", CHAT, value, chat)).status).toBe(200);
  clock.time += 60_000;
  expect((await list()).status).toBe(200);
});

test("every value that it gave out is known as a secret", async () => {
  const { simulator, mint, adminKey } = world();
  const { value } = await mint();
  expect(simulator.secrets()).toEqual(expect.arrayContaining([adminKey, value]));
});
