import {
  type CloudflareSimulator,
  createCloudflareSimulator,
} from "../../../../src/vendors/cloudflare/simulator/simulator";

const WORKERS_AI_READ = "a92d2450e05d4e7bb7d0a64968f83d11";
const WORKERS_AI_WRITE = "bacc64e0f6c34fc0883a1223f938a104";
const GATEWAY_READ = "4dc8917b4b40457d88d3035d5dadb054";
const MODEL = "/ai/run/@cf/meta/llama-3.3-70b-instruct-fp8-fast";

interface Result {
  readonly id: string;
  readonly value: string;
  readonly status: string;
}

describe("the simulator of Cloudflare", () => {
  let now: number;
  let simulator: CloudflareSimulator;
  beforeEach(() => {
    now = Date.UTC(2026, 10, 24, 10);
    simulator = createCloudflareSimulator({ clock: { now: () => now }, seed: "test" });
  });

  const call = (method: string, path: string, body?: object, token = simulator.adminKey) =>
    simulator.handle({
      method,
      host: "api.cloudflare.com",
      url: `/client/v4/accounts/${simulator.state.accountId}${path}`,
      headers: { Authorization: `Bearer ${token}` },
      body: body === undefined ? "" : JSON.stringify(body),
    });
  const policy = (...ids: string[]) => ({
    effect: "allow",
    permission_groups: ids.map((id) => ({ id })),
    resources: { [`com.cloudflare.api.account.${simulator.state.accountId}`]: "*" },
  });
  const bodyWith = (change: object = {}) => ({ name: "a", policies: [policy(WORKERS_AI_READ)], ...change });
  const resultOf = ({ body }: { body: unknown }) => (body as { result: Result }).result;
  const codeOf = ({ body }: { body: unknown }) => (body as { errors: Array<{ code: number }> }).errors[0]?.code;
  const create = async (change: object = {}) => resultOf(await call("POST", "/tokens", bodyWith(change)));

  test.each<[string, object]>([
    ["an unknown field", { colour: "red" }],
    ["no name", { name: "" }],
    ["a name of 121 characters", { name: "x".repeat(121) }],
    ["no policies", { policies: [] }],
    ["an address that is none", { condition: { request_ip: { in: ["here"] } } }],
    ["no addresses", { condition: { request_ip: { in: [] } } }],
    ["a time that is none", { expires_on: "tomorrow" }],
    ["an end in the past", { expires_on: "2026-11-24T10:00:00Z" }],
    ["an end before its beginning", { not_before: "2026-11-26T10:00:00Z", expires_on: "2026-11-25T10:00:00Z" }],
  ])("a token with %s is refused, in Cloudflare's envelope", async (_, change) => {
    const reply = await call("POST", "/tokens", bodyWith(change));
    expect(reply).toMatchObject({ status: 400, body: { success: false, errors: [{ code: 1_001 }], result: null } });
    expect(simulator.state.tokens.size).toBe(0);
  });

  test("a permission group that does not exist is refused", async () => {
    expect((await call("POST", "/tokens", bodyWith({ policies: [policy("0".repeat(32))] }))).status).toBe(400);
  });

  test("permissions are enforced where tokens are used", async () => {
    const { value } = await create();
    const statusOf = async (method: string, path: string, body?: object) =>
      (await call(method, path, body, value)).status;
    expect(await statusOf("GET", "/ai/models/search")).toBe(200);
    expect(await statusOf("POST", MODEL, { prompt: "Hello" })).toBe(200);
    expect(await statusOf("POST", "/ai/v1/chat/completions", { model: "m", messages: [{ role: "user" }] })).toBe(200);
    expect(await statusOf("GET", "/ai-gateway/gateways")).toBe(403);
    expect(await statusOf("POST", "/tokens", bodyWith())).toBe(403);
    expect(await statusOf("GET", "/nothing")).toBe(404);
  });

  test("what is denied is closed, and a policy on something else opens nothing", async () => {
    const statusWith = async (policies: object[]) =>
      (await call("GET", "/ai/models/search", undefined, (await create({ policies })).value)).status;
    expect(await statusWith([policy(WORKERS_AI_WRITE)])).toBe(200);
    expect(await statusWith([policy(WORKERS_AI_READ), { ...policy(WORKERS_AI_READ), effect: "deny" }])).toBe(403);
    expect(
      await statusWith([{ ...policy(WORKERS_AI_READ), resources: { "com.cloudflare.api.account.other": "*" } }]),
    ).toBe(403);
  });

  test("addresses are enforced for every call", async () => {
    const { value } = await create({
      condition: { request_ip: { in: ["192.0.2.0/24", "2001:db8::1"], not_in: ["192.0.2.7"] } },
    });
    const from = async (callerAddress: string) => {
      simulator.configure({ callerAddress });
      const reply = await call("GET", "/tokens/verify", undefined, value);
      return reply.status === 200 ? 200 : [reply.status, codeOf(reply)];
    };
    expect(await from("192.0.2.10")).toBe(200);
    expect(await from("2001:db8::1")).toBe(200);
    expect(await from("192.0.2.7")).toEqual([403, 9_109]);
    expect(await from("198.51.100.1")).toEqual([403, 9_109]);
  });

  test("a token works from its beginning to its end, and says so", async () => {
    const { value } = await create({ not_before: "2026-11-24T10:01:00Z", expires_on: "2026-11-24T11:00:00Z" });
    const state = async () => {
      const verified = await call("GET", "/tokens/verify", undefined, value);
      return [resultOf(verified).status, (await call("GET", "/ai/models/search", undefined, value)).status];
    };
    expect(await state()).toEqual(["active", 401]);
    now = Date.UTC(2026, 10, 24, 10, 1);
    expect(await state()).toEqual(["active", 200]);
    now = Date.UTC(2026, 10, 24, 11);
    expect(await state()).toEqual(["expired", 401]);
    const listed = async (query: string) => (await call("GET", `/tokens${query}`)).body;
    expect(await listed("")).toMatchObject({ result: [] });
    expect(await listed("?include_expired=true")).toMatchObject({ result: [{ status: "expired" }] });
  });

  test("a disabled token opens nothing until it is active again", async () => {
    const { id, value } = await create();
    const put = (status: string) => call("PUT", `/tokens/${id}`, bodyWith({ status }));
    const opened = async () => (await call("GET", "/ai/models/search", undefined, value)).status;
    expect(resultOf(await put("disabled")).status).toBe("disabled");
    expect(await opened()).toBe(401);
    await put("active");
    expect(await opened()).toBe(200);
  });

  test("an update replaces the whole token, and its value stays", async () => {
    const { id, value } = await create({
      condition: { request_ip: { in: ["198.51.100.1"] } },
      expires_on: "2026-11-25T10:00:00Z",
    });
    const updated = resultOf(await call("PUT", `/tokens/${id}`, { name: "b", policies: [policy(GATEWAY_READ)] }));
    expect(updated).not.toHaveProperty("condition");
    expect(updated).not.toHaveProperty("expires_on");
    expect(updated).not.toHaveProperty("value");
    expect((await call("GET", "/ai-gateway/gateways", undefined, value)).status).toBe(200);
  });

  test("an account has so many tokens and no more", async () => {
    expect(simulator.state.tokens.size).toBe(0);
    for (let n = 0; n < 500; n += 1) await create();
    expect((await call("POST", "/tokens", bodyWith())).status).toBe(400);
    expect(simulator.state.tokens.size).toBe(500);
    const [id = ""] = simulator.state.tokens.keys();
    await call("DELETE", `/tokens/${id}`);
    expect((await call("POST", "/tokens", bodyWith())).status).toBe(200);
  });

  test("a deleted token opens nothing, and is not found", async () => {
    const { id, value } = await create();
    expect((await call("DELETE", `/tokens/${id}`)).status).toBe(200);
    const reply = await call("GET", "/tokens/verify", undefined, value);
    expect([reply.status, codeOf(reply)]).toEqual([401, 1_000]);
    for (const method of ["GET", "DELETE"]) expect((await call(method, `/tokens/${id}`)).status).toBe(404);
  });

  test("headers tell what is left, and more calls than allowed are throttled", async () => {
    simulator.configure({ callsPerMinute: 1 });
    const first = await call("GET", "/tokens");
    expect(first.headers).toMatchObject({
      ratelimit: '"default";r=1199;t=300',
      "ratelimit-policy": '"default";q=1200;w=300',
    });
    expect(await call("GET", "/tokens")).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    now += 60_001;
    expect((await call("GET", "/tokens")).status).toBe(200);
  });

  test("at most 1,200 calls in five minutes are answered", async () => {
    for (let n = 0; n < 1_200; n += 1) await call("GET", "/tokens/permission_groups");
    expect((await call("GET", "/tokens")).status).toBe(429);
    now += 300_001;
    expect((await call("GET", "/tokens")).status).toBe(200);
  });

  test("an admin token that is refused, or may not write, is", async () => {
    simulator.configure({ adminMayWrite: false });
    expect((await call("POST", "/tokens", bodyWith())).status).toBe(403);
    expect((await call("GET", "/tokens")).status).toBe(200);
    simulator.configure({ adminKeyValid: false });
    expect((await call("GET", "/tokens")).status).toBe(401);
    expect((await call("GET", "/tokens", undefined, "short")).status).toBe(400);
  });

  test("another account is closed", async () => {
    const reply = await simulator.handle({
      method: "GET",
      url: "/client/v4/accounts/0123456789abcdef0123456789abcdef/tokens",
      headers: { authorization: `Bearer ${simulator.adminKey}` },
      body: "",
    });
    expect(reply.status).toBe(403);
  });

  test("unknown settings are refused", () => {
    expect(() => simulator.configure({ colour: "red" })).toThrow("unknown or malformed setting");
  });
});
