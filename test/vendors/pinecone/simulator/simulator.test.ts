import { defined } from "../../../../src/model/defined";
import { createPineconeSimulator, type PineconeSimulator } from "../../../../src/vendors/pinecone/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 10);

describe("the simulator of Pinecone", () => {
  let now: number;
  let simulator: PineconeSimulator;
  let token: string;
  beforeEach(async () => {
    now = START;
    simulator = createPineconeSimulator({ clock: { now: () => now }, seed: "test" });
    token = await login();
  });

  const call = (method: string, url: string, headers: Record<string, string>, body?: unknown, host?: string) =>
    simulator.handle({
      method,
      url,
      headers: { "X-Pinecone-Api-Version": "2026-04", ...headers },
      body: typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body),
      ...defined({ host }),
    });
  const credentials = (change: object = {}) => {
    const { clientId, clientSecret } = JSON.parse(simulator.adminKey);
    return {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      audience: "https://api.pinecone.io/",
      ...change,
    };
  };
  const login = async () => {
    const answer = await call("POST", "/oauth/token", {}, credentials(), "login.pinecone.io");
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 1_800 } });
    return (answer.body as { access_token: string }).access_token;
  };
  const admin = (method: string, path: string, body?: unknown) =>
    call(method, path, { Authorization: `Bearer ${token}` }, body);
  const data = (method: string, path: string, key: string, body?: unknown) =>
    call(method, path, { "Api-Key": key }, body);
  const keys = () => `/admin/projects/${simulator.state.projectId}/api-keys`;
  const mint = async (body: object = {}) => {
    const answer = await admin("POST", keys(), { name: "n", ...body });
    expect(answer.status).toBe(201);
    const { key, value } = answer.body as { key: { id: string; roles: string[] }; value: string };
    return { ...key, value };
  };
  const codeOf = ({ status, body }: { status: number; body: unknown }) => [
    status,
    (body as { error: { code: string } }).error.code,
  ];

  test.each<[string, number[]]>([
    ["ProjectEditor", [200, 422, 200, 200]],
    ["ProjectViewer", [200, 403, 200, 403]],
    ["ControlPlaneEditor", [200, 422, 403, 403]],
    ["ControlPlaneViewer", [200, 403, 403, 403]],
    ["DataPlaneEditor", [403, 403, 200, 200]],
    ["DataPlaneViewer", [403, 403, 200, 403]],
  ])("opens to %s what the role says, and nothing else", async (role, statuses) => {
    const { value } = await mint({ roles: [role] });
    const answers = [
      await data("GET", "/indexes", value),
      await data("POST", "/indexes", value, {}),
      await data("POST", "/describe_index_stats", value, {}),
      await data("POST", "/vectors/upsert", value, { vectors: [{ id: "a", values: [0, 1] }] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    for (const answer of answers.filter(({ status }) => status === 403)) expect(codeOf(answer)[1]).toBe("FORBIDDEN");
  });

  test("creates an index that has a name, and takes no vector of another dimension", async () => {
    const { value } = await mint();
    expect((await data("POST", "/indexes", value, { name: "movies", spec: { serverless: {} } })).status).toBe(201);
    expect((await data("POST", "/vectors/upsert", value, { vectors: [{ id: "a", values: [0] }] })).status).toBe(400);
  });

  test("makes a key that may do everything where no roles are given, and changes what is given alone", async () => {
    const { id, roles } = await mint();
    expect(roles).toEqual(["ProjectEditor"]);
    expect((await admin("PATCH", `/admin/api-keys/${id}`, { name: "other" })).body).toMatchObject({
      name: "other",
      roles: ["ProjectEditor"],
    });
    expect((await admin("PATCH", `/admin/api-keys/${id}`, { roles: ["DataPlaneViewer"] })).body).toMatchObject({
      name: "other",
      roles: ["DataPlaneViewer"],
    });
  });

  test.each<[string, unknown]>([
    ["no JSON", "{"],
    ["no name", {}],
    ["a name of 81 characters", { name: "n".repeat(81) }],
    ["an unknown role", { name: "n", roles: ["Owner"] }],
  ])("refuses a body with %s", async (_, body) => {
    expect(codeOf(await admin("POST", keys(), body))).toEqual([400, "INVALID_ARGUMENT"]);
    expect(simulator.state.keys).toEqual([]);
  });

  test("accepts a deletion without a word, and does it when its time has come", async () => {
    simulator.configure({ deletionDelaySeconds: 10 });
    const { id, value } = await mint();
    expect(await admin("DELETE", `/admin/api-keys/${id}`)).toEqual({ status: 202, body: undefined });
    now += 9_999;
    expect((await admin("DELETE", `/admin/api-keys/${id}`)).status).toBe(202);
    expect((await data("GET", "/indexes", value)).status).toBe(200);
    now += 1;
    expect(codeOf(await data("GET", "/indexes", value))).toEqual([401, "UNAUTHENTICATED"]);
    expect(codeOf(await admin("DELETE", `/admin/api-keys/${id}`))).toEqual([404, "NOT_FOUND"]);
  });

  test("has room for as many keys as the project's quota says", async () => {
    simulator.configure({ keysMax: 1 });
    const { id } = await mint();
    expect((await admin("POST", keys(), { name: "n" })).status).toBe(403);
    await admin("DELETE", `/admin/api-keys/${id}`);
    await mint();
  });

  test("gives tokens to its service account, which end after half an hour", async () => {
    now += 1_799_000;
    expect((await admin("GET", keys())).status).toBe(200);
    now += 1_000;
    expect(codeOf(await admin("GET", keys()))).toEqual([401, "UNAUTHENTICATED"]);
  });

  test.each<[object, number]>([
    [{ client_secret: "other" }, 401],
    [{ client_id: "other" }, 401],
    [{ audience: "https://api.example.com/" }, 400],
    [{ grant_type: "password" }, 400],
  ])("gives none for %j", async (change, status) => {
    const answer = await call("POST", "/oauth/token", {}, credentials(change), "login.pinecone.io");
    expect(answer).toMatchObject({
      status,
      body: { error: expect.any(String), error_description: expect.any(String) },
    });
  });

  test("keeps its two hosts apart", async () => {
    expect((await call("POST", "/oauth/token", {}, credentials(), "api.pinecone.io")).status).toBe(401);
    const headers = { Authorization: `Bearer ${token}` };
    expect((await call("GET", keys(), headers, undefined, "login.pinecone.io")).status).toBe(404);
    expect((await call("GET", keys(), headers, undefined, "api.pinecone.io")).status).toBe(200);
  });

  test("takes no API key for a token, no token for an API key, and no call without a version", async () => {
    const { value } = await mint();
    expect((await call("GET", keys(), { Authorization: `Bearer ${value}` })).status).toBe(401);
    expect((await call("GET", keys(), { "Api-Key": value })).status).toBe(401);
    expect((await data("GET", "/indexes", token)).status).toBe(401);
    const unversioned = { "Api-Key": value, "X-Pinecone-Api-Version": "2024-07" };
    expect(codeOf(await call("GET", "/indexes", unversioned))).toEqual([400, "INVALID_ARGUMENT"]);
    for (const version of ["2025-10", "2026-04", "2026-10"]) {
      const versioned = { "Api-Key": value, "X-Pinecone-Api-Version": version };
      expect([version, (await call("GET", "/indexes", versioned)).status]).toEqual([version, 200]);
    }
    for (const version of ["2026-05", "2027-01", "unstable"]) {
      const versioned = { "Api-Key": value, "X-Pinecone-Api-Version": version };
      expect([version, (await call("GET", "/indexes", versioned)).status]).toEqual([version, 400]);
    }
    expect((await data("GET", "/other", value)).status).toBe(404);
    expect((await admin("GET", "/admin/projects/other/api-keys")).status).toBe(404);
  });

  test("refuses its service account when it is told to, and calls beyond its pace", async () => {
    simulator.configure({ callsPerMinute: 1 });
    expect((await admin("GET", keys())).status).toBe(200);
    expect(await admin("GET", keys())).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    now += 60_000;
    expect((await admin("GET", keys())).status).toBe(200);
    simulator.configure({ callsPerMinute: null, adminKeyValid: false });
    expect((await admin("GET", keys())).status).toBe(401);
    expect((await call("POST", "/oauth/token", {}, credentials())).status).toBe(401);
  });

  test("shows no value, and tells which there were", async () => {
    const { value } = await mint();
    expect(JSON.stringify((await admin("GET", keys())).body)).not.toContain(value);
    expect(simulator.secrets()).toEqual([simulator.state.clientSecret, token, value]);
  });

  test.each([{ colour: "red" }, { keysMax: 0 }, { rolesAfterBody: 1 }])("knows no setting %j", (settings) => {
    expect(() => simulator.configure(settings)).toThrow("unknown or malformed setting");
  });
});
