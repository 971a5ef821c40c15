import { sign } from "node:crypto";
import { createGeminiSimulator, type GeminiSimulator } from "../../../../src/vendors/gemini/simulator/simulator";

const PROJECT = "/v2/projects/sandbox-project/locations/global/keys";
const DAY_MILLIS = 86_400_000;
const GEMINI = { apiTargets: [{ service: "generativelanguage.googleapis.com" }] };

describe("the simulator of Google Gemini", () => {
  let now: number;
  let simulator: GeminiSimulator;
  beforeEach(() => {
    now = Date.UTC(2026, 10, 25);
    simulator = createGeminiSimulator({ clock: { now: () => now }, seed: "test" });
  });

  const admin = (method: string, path: string, body?: object, token = simulator.state.issueToken().access_token) =>
    simulator.handle({
      method,
      url: path,
      headers: { authorization: `Bearer ${token}` },
      body: body === undefined ? "" : JSON.stringify(body),
    });
  const create = (keyId: string, body: object = { restrictions: GEMINI }) =>
    admin("POST", `${PROJECT}?keyId=${keyId}`, body);
  const keyString = (id: string) => simulator.state.key(id)?.value ?? "";
  const call = (id: string, path = "/v1beta/models", body = "", method = body === "" ? "GET" : "POST") =>
    simulator.handle({ method, url: path, headers: { "X-Goog-Api-Key": keyString(id) }, body });
  const reasonOf = (reply: { body: unknown }): string | undefined => {
    const { error } = reply.body as { error?: { details?: Array<{ reason: string }> } };
    return error?.details?.[0]?.reason;
  };
  const generate = JSON.stringify({ contents: [{ parts: [{ text: "Hello" }] }] });

  test("an operation is done after the set number of looks", async () => {
    // GIVEN
    simulator.configure({ polls: 2 });
    // WHEN
    const { body: started } = await create("a");
    // THEN
    const { name } = started as { name: string };
    expect(started).toEqual({ name });
    expect((await admin("GET", `/v2/${name}`)).body).toEqual({ name });
    expect((await admin("GET", `/v2/${name}`)).body).toMatchObject({
      done: true,
      response: { createTime: expect.any(String) },
    });
    expect((await admin("GET", "/v2/operations/unknown")).status).toBe(404);
  });

  test.each([
    ["an unknown field", { key: 1 }],
    ["a name of 64 characters", { displayName: "x".repeat(64) }],
    ["no address", { restrictions: { serverKeyRestrictions: { allowedIps: ["here"] } } }],
    [
      "two kinds of clients",
      {
        restrictions: {
          serverKeyRestrictions: { allowedIps: ["192.0.2.1"] },
          browserKeyRestrictions: { allowedReferrers: ["example.com"] },
        },
      },
    ],
  ])("a body with %s is refused", async (_, body) => {
    expect((await create("a", body)).status).toBe(400);
    expect(simulator.state.keys()).toEqual([]);
  });

  test.each(["A", "1a", "a-", "a".repeat(64), "b7ff1f9f-8275-410a-94dd-3855ee9b5dd2"])(
    "the id %s is refused",
    async (id) => {
      expect((await create(id)).status).toBe(400);
    },
  );

  test("an id is taken until 30 days after its key was deleted", async () => {
    await create("a");
    expect((await create("a")).status).toBe(409);
    await admin("DELETE", `${PROJECT}/a`);
    expect((await create("a")).status).toBe(409);
    expect((await admin("GET", `${PROJECT}/a`)).body).toHaveProperty("deleteTime");
    now += 30 * DAY_MILLIS;
    expect((await admin("GET", `${PROJECT}/a`)).status).toBe(404);
    expect((await create("a")).status).toBe(200);
  });

  test("a project has so many keys and no more", async () => {
    simulator.configure({ keysMax: 1 });
    expect((await create("a")).status).toBe(200);
    expect((await create("b")).status).toBe(429);
    await admin("DELETE", `${PROJECT}/a`);
    expect((await create("b")).status).toBe(200);
  });

  test("methods are enforced where keys are used", async () => {
    await create("a", {
      restrictions: { apiTargets: [{ ...GEMINI.apiTargets[0], methods: ["GenerateContent", "List*"] }] },
    });
    expect((await call("a")).status).toBe(200);
    expect((await call("a", "/v1beta/models/gemini-3-flash:generateContent", generate)).status).toBe(200);
    const blocked = await call("a", "/v1beta/models/gemini-3-flash:countTokens", generate);
    expect([blocked.status, reasonOf(blocked)]).toEqual([403, "API_KEY_SERVICE_BLOCKED"]);
  });

  test("addresses are enforced where keys are used", async () => {
    await create("a", {
      restrictions: { ...GEMINI, serverKeyRestrictions: { allowedIps: ["192.0.2.10", "2001:db8::/64"] } },
    });
    const statusFrom = async (callerAddress: string) => {
      simulator.configure({ callerAddress });
      return (await call("a")).status;
    };
    expect(await statusFrom("192.0.2.10")).toBe(200);
    expect(await statusFrom("2001:db8::7")).toBe(200);
    expect(await statusFrom("192.0.2.11")).toBe(403);
    expect(reasonOf(await call("a"))).toBe("API_KEY_IP_ADDRESS_BLOCKED");
  });

  test.each<[string, object, number]>([
    ["with its type", { alg: "RS256", typ: "JWT" }, 200],
    ["without a type, as the standard lets it", { alg: "RS256" }, 200],
    ["of another type", { alg: "RS256", typ: "JWE" }, 400],
  ])("an assertion %s is taken as Google takes it", async (_, header, status) => {
    const { client_email: iss, private_key } = JSON.parse(simulator.adminKey);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const seconds = now / 1_000;
    const times = { iat: seconds, exp: seconds + 3_600 };
    const scope = "https://www.googleapis.com/auth/cloud-platform";
    const signed = `${part(header)}.${part({ iss, scope, aud: "https://oauth2.googleapis.com/token", ...times })}`;
    const assertion = `${signed}.${sign("sha256", Buffer.from(signed), private_key).toString("base64url")}`;
    const body = String(new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }));
    expect((await simulator.handle({ method: "POST", url: "/token", headers: {}, body })).status).toBe(status);
  });

  test("v1 and v1beta have each their own names of methods, and v1 has neither files nor caches", async () => {
    const named = (method: string) => ({
      restrictions: { apiTargets: [{ ...GEMINI.apiTargets[0], methods: [method] }] },
    });
    await create("beta", named("google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent"));
    await create("both", named("GenerateContent"));
    const statuses = async (id: string) => [
      (await call(id, "/v1/models/gemini-3-flash:generateContent", generate)).status,
      (await call(id, "/v1beta/models/gemini-3-flash:generateContent", generate)).status,
    ];
    expect(await statuses("beta")).toEqual([403, 200]);
    expect(await statuses("both")).toEqual([200, 200]);
    await create("all");
    expect((await call("all", "/v1/files")).status).toBe(404);
    expect((await call("all", "/v1beta/files")).status).toBe(200);
  });

  test("a stream comes as events or as one list, and says in its last part what was used", async () => {
    await create("a");
    const sent = await call("a", "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse", generate);
    expect(sent.events?.at(-1)).toContain("candidatesTokenCount");
    const list = await call("a", "/v1beta/models/gemini-3-flash:streamGenerateContent", generate);
    expect(Array.isArray(list.body)).toBe(true);
  });

  test("keys without restrictions, and later all that are bound to no account, are refused", async () => {
    await create("unrestricted", {});
    await create("standard");
    await create("bound", { restrictions: GEMINI, serviceAccountEmail: "a@b.iam.gserviceaccount.com" });
    const statuses = async () => [
      (await call("unrestricted")).status,
      (await call("standard")).status,
      (await call("bound")).status,
    ];
    expect(await statuses()).toEqual([403, 200, 200]);
    simulator.configure({ standardKeysAccepted: false });
    expect(await statuses()).toEqual([403, 403, 200]);
  });

  test("keys of another service, unknown and deleted keys open nothing", async () => {
    await create("a", { restrictions: { apiTargets: [{ service: "translate.googleapis.com" }] } });
    expect((await call("a")).status).toBe(403);
    expect(reasonOf(await call("nobody's"))).toBe("API_KEY_INVALID");
    await create("b");
    const value = keyString("b");
    await admin("DELETE", `${PROJECT}/b`);
    const reply = await simulator.handle({ method: "GET", url: `/v1beta/models?key=${value}`, headers: {}, body: "" });
    expect([reply.status, reasonOf(reply)]).toEqual([400, "API_KEY_INVALID"]);
    expect((await simulator.handle({ method: "GET", url: "/v1beta/models", headers: {}, body: "" })).status).toBe(403);
  });

  test("an update changes what its mask names, and nothing else can be changed", async () => {
    await create("a", { displayName: "first", restrictions: GEMINI });
    await admin("PATCH", `${PROJECT}/a?updateMask=restrictions`, { displayName: "second", restrictions: {} });
    expect(simulator.state.key("a")).toMatchObject({ displayName: "first", restrictions: {} });
    await admin("PATCH", `${PROJECT}/a?updateMask=display_name`, { displayName: "third" });
    expect(simulator.state.key("a")).toMatchObject({ displayName: "third", restrictions: {} });
    expect((await admin("PATCH", `${PROJECT}/a?updateMask=key_string`, {})).status).toBe(400);
    expect((await admin("PATCH", `${PROJECT}/a?updateMask=createTime`, {})).status).toBe(400);
    await admin("PATCH", `${PROJECT}/a`, { displayName: "second" });
    expect(simulator.state.key("a")?.displayName).toBe("second");
  });

  test("deleted keys are listed only where they are asked for", async () => {
    await create("a");
    await create("b");
    await admin("DELETE", `${PROJECT}/a`);
    const namesAt = async (query: string) => {
      const { keys = [] } = (await admin("GET", PROJECT + query)).body as { keys?: Array<{ name: string }> };
      return keys.map(({ name }) => name.split("/").at(-1));
    };
    expect(await namesAt("")).toEqual(["b"]);
    expect(await namesAt("?showDeleted=true")).toEqual(["a", "b"]);
    expect((await admin("GET", `${PROJECT}?pageToken=x`)).status).toBe(400);
  });

  test("access tokens end after an hour, and open no other project", async () => {
    const { access_token } = simulator.state.issueToken();
    const list = (path = PROJECT) => admin("GET", path, undefined, access_token);
    expect((await list()).status).toBe(200);
    expect((await list(PROJECT.replace("sandbox-project", "other-project"))).status).toBe(403);
    now += 3_600_000;
    expect((await list()).status).toBe(401);
  });

  test("more calls than allowed in a minute are throttled until it is over", async () => {
    simulator.configure({ callsPerMinute: 1 });
    expect((await admin("GET", PROJECT)).status).toBe(200);
    expect(await admin("GET", PROJECT)).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    now += 60_001;
    expect((await admin("GET", PROJECT)).status).toBe(200);
  });

  test.each([
    ["another grant", { grant_type: "password" }],
    ["no assertion", { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.b.c" }],
  ])("the token endpoint refuses %s", async (_, form) => {
    const body = new URLSearchParams(form).toString();
    const reply = await simulator.handle({
      method: "POST",
      host: "oauth2.googleapis.com",
      url: "/token",
      headers: {},
      body,
    });
    expect(reply.status).toBe(400);
  });

  test("each host answers its own paths", async () => {
    const at = (host: string, url: string) => simulator.handle({ method: "GET", host, url, headers: {}, body: "" });
    expect((await at("oauth2.googleapis.com", PROJECT)).status).toBe(404);
    expect((await at("apikeys.googleapis.com", PROJECT)).status).toBe(401);
    expect((await at("apikeys.googleapis.com", "/v1beta/models")).status).toBe(404);
  });

  test("unknown settings are refused", () => {
    expect(() => simulator.configure({ colour: "red" })).toThrow("unknown or malformed setting");
  });
});
