import { createMistralSimulator } from "../../../../src/vendors/mistral/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 12);
const DAY_MILLIS = 86_400_000;

const world = () => {
  const clock = { time: START, now: () => clock.time };
  const simulator = createMistralSimulator({ clock, seed: "simulator" });
  const call = async (method: string, path: string, key: string | undefined, body?: object) => {
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const answer = await simulator.handle({ method, url: `/v1${path}`, headers, body: JSON.stringify(body ?? {}) });
    return { ...answer, body: answer.body as Record<string, unknown> };
  };
  const { MISTRAL_WORKSPACE_ID, MISTRAL_USER_ID } = simulator.environment;
  const wanted = { workspace_uuid: MISTRAL_WORKSPACE_ID, user_id: MISTRAL_USER_ID, name: "a key" };
  const mint = async (change: object = {}) => {
    const { status, body } = await call("POST", "/admin/api-keys", simulator.adminKey, { ...wanted, ...change });
    expect(status).toBe(200);
    return { id: String(body["key_id"]), value: String(body["key"]), body };
  };
  return { clock, simulator, call, mint, wanted, adminKey: simulator.adminKey };
};
const chat = { model: "mistral-small-latest", messages: [{ role: "user", content: "Hello" }] };

test("a key opens the data API, and is shown with its value once", async () => {
  const { call, mint, adminKey } = world();
  const { id, value, body } = await mint({ expiration: "2026-12-01" });
  expect(body).toEqual({
    key_id: id,
    key: value,
    name: "a key",
    hidden_key: `${value.slice(0, 4)}...${value.slice(-4)}`,
    created_at: "2026-11-24T12:00:00.000000Z",
    expiration_date: "2026-12-01",
    actions: { rotate: { status: "available" }, delete: { status: "available" } },
  });
  expect((await call("POST", "/chat/completions", value, chat)).status).toBe(200);
  const { body: list } = await call("GET", "/admin/api-keys", adminKey);
  expect(list).toMatchObject({ keys: [{ key_id: id, key: null, last_used: "2026-11-24" }] });
  expect(JSON.stringify(list)).not.toContain(value);
});

test.each([
  ["at_begin_of_date", "2026-11-26T00:00:00Z"],
  ["at_end_of_date", "2026-11-27T00:00:00Z"],
])("a key ends %s where it is set so, at the data endpoints too", async (dies, end) => {
  const { clock, simulator, call, mint } = world();
  simulator.configure({ dies });
  const { value } = await mint({ expiration: "2026-11-26" });
  clock.time = Date.parse(end) - 1_000;
  expect((await call("POST", "/chat/completions", value, chat)).status).toBe(200);
  clock.time += 1_000;
  for (const [method, path] of [
    ["GET", "/models"],
    ["POST", "/chat/completions"],
  ] as const) {
    expect(await call(method, path, value, chat)).toMatchObject({ status: 401, body: { detail: "Unauthorized" } });
  }
});

test("a key without expiry lives on, and a policy gives it the latest date that it allows", async () => {
  const { clock, simulator, call, mint } = world();
  const unlimited = await mint();
  expect(unlimited.body["expiration_date"]).toBeNull();
  simulator.configure({ maxValidityDays: 30 });
  expect((await mint()).body["expiration_date"]).toBe("2026-12-24");
  expect((await mint({ expiration: "2027-06-01" })).body["expiration_date"]).toBe("2026-12-24");
  expect((await mint({ expiration: "2026-12-01" })).body["expiration_date"]).toBe("2026-12-01");
  clock.time += 3_000 * DAY_MILLIS;
  expect((await call("GET", "/models", unlimited.value)).status).toBe(200);
});

test("a deleted key opens nothing, and is gone", async () => {
  const { call, mint, adminKey } = world();
  const { id, value } = await mint();
  const deleted = await call("DELETE", `/admin/api-keys/${id}`, adminKey);
  expect(deleted).toMatchObject({ status: 200, body: { detail: "API key deleted successfully" } });
  expect((await call("GET", "/models", value)).status).toBe(401);
  expect((await call("DELETE", `/admin/api-keys/${id}`, adminKey)).status).toBe(404);
});

test("the Admin API wants its own key, and the data API does not take that one", async () => {
  const { simulator, call, mint, adminKey } = world();
  const { value } = await mint();
  expect((await call("GET", "/admin/api-keys", value)).status).toBe(403);
  expect((await call("GET", "/admin/api-keys", "nobody's")).status).toBe(401);
  expect((await call("GET", "/admin/api-keys", undefined)).status).toBe(401);
  expect((await call("GET", "/models", adminKey)).status).toBe(401);
  simulator.configure({ adminKeyValid: false });
  expect((await call("GET", "/admin/api-keys", adminKey)).status).toBe(401);
});

test.each<[string, object, string]>([
  ["no workspace", { workspace_uuid: undefined }, "workspace_uuid"],
  ["a workspace that is no UUID", { workspace_uuid: "default" }, "workspace_uuid"],
  ["no member", { user_id: undefined }, "user_id"],
  ["too long a name", { name: "x".repeat(256) }, "name"],
  ["a time for a date", { expiration: "2026-12-01T00:00:00Z" }, "expiration"],
  ["a date that there is not", { expiration: "2026-02-30" }, "expiration"],
  ["a date that has passed", { expiration: "2026-11-24" }, "expiration"],
])("a key with %s is refused, and the field is named", async (_, change, field) => {
  const { call, wanted, adminKey } = world();
  const { status, body } = await call("POST", "/admin/api-keys", adminKey, { ...wanted, ...change });
  expect(status).toBe(422);
  expect(body).toMatchObject({ detail: [{ loc: ["body", field] }] });
});

test("a body that is no JSON, an id that is none and a limit that is none are refused", async () => {
  const { simulator, call, adminKey } = world();
  const headers = { authorization: `Bearer ${adminKey}` };
  const broken = await simulator.handle({ method: "POST", url: "/v1/admin/api-keys", headers, body: "{" });
  expect(broken).toMatchObject({ status: 422, body: { detail: [{ loc: ["body"] }] } });
  expect((await call("DELETE", "/admin/api-keys/x", adminKey)).status).toBe(422);
  expect((await call("GET", "/admin/api-keys?limit=x", adminKey)).status).toBe(422);
});

test("keys are found by part of their name or the end of their value, page by page", async () => {
  const { call, mint, adminKey } = world();
  const names = async (query: string) => {
    const { body } = await call("GET", `/admin/api-keys?${query}`, adminKey);
    return (body["keys"] as Array<{ name: string }>).map(({ name }) => name);
  };
  for (const name of ["Alpha", "beta", "alphabet"]) await mint({ name });
  const { value } = await mint({ name: "gamma" });
  expect(await names("name=ALPHA")).toEqual(["Alpha", "alphabet"]);
  expect(await names(`name=${value.slice(-4)}`)).toEqual(["gamma"]);
  expect(await names("limit=2&offset=1")).toEqual(["beta", "alphabet"]);
  expect(await names("offset=4")).toEqual([]);
});

test("more admin calls in a minute than are allowed are answered 429, data calls are not", async () => {
  const { clock, simulator, call, mint, adminKey } = world();
  const { value } = await mint();
  simulator.configure({ callsPerMinute: 2 });
  const list = () => call("GET", "/admin/api-keys", adminKey);
  expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
  expect(await list()).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
  expect((await call("GET", "/models", value)).status).toBe(200);
  clock.time += 60_000;
  expect((await list()).status).toBe(200);
});

test("unknown settings and unknown paths are refused", async () => {
  const { simulator, call, mint } = world();
  const { value } = await mint();
  expect(() => simulator.configure({ dies: "never" })).toThrow("Mistral simulator");
  expect(() => simulator.configure({ colour: "red" })).toThrow("Mistral simulator");
  expect((await call("GET", "/files", value)).status).toBe(404);
  expect((await call("POST", "/chat/completions", value, { model: "x" })).status).toBe(422);
});

test("every value that it gave out is known as a secret", async () => {
  const { simulator, mint, adminKey } = world();
  const { value } = await mint();
  expect(simulator.secrets()).toEqual(expect.arrayContaining([adminKey, value]));
});
