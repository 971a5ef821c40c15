import {
  createElevenLabsSimulator,
  type ElevenLabsSimulator,
} from "../../../../src/vendors/elevenlabs/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 10);

describe("the simulator of ElevenLabs", () => {
  let now: number;
  let simulator: ElevenLabsSimulator;
  beforeEach(() => {
    now = START;
    simulator = createElevenLabsSimulator({ clock: { now: () => now }, seed: "test" });
  });

  const call = (method: string, url: string, key: string | undefined, body?: unknown) =>
    simulator.handle({
      method,
      url,
      headers: key === undefined ? {} : { "Xi-Api-Key": key },
      body: typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body),
    });
  const keys = () => `/v1/service-accounts/${simulator.state.serviceAccountUserId}/api-keys`;
  const admin = (method: string, path: string, body?: unknown) => call(method, path, simulator.adminKey, body);
  const mint = async (body: object) => {
    const answer = await admin("POST", keys(), { name: "n", ...body });
    expect(answer.status).toBe(200);
    const { key_id: id, "xi-api-key": value } = answer.body as { key_id: string; "xi-api-key": string };
    return { id, value };
  };
  const speak = (key: string, text: string) => call("POST", "/v1/text-to-speech/v/with-timestamps", key, { text });
  const detailOf = ({ body }: { body: unknown }) => (body as { detail: { status: string; message: string } }).detail;

  test("opens what the permissions say, and nothing else", async () => {
    const { value } = await mint({ permissions: ["models_read"] });
    expect((await call("GET", "/v1/models", value)).status).toBe(200);
    for (const path of ["/v1/user", "/v1/voices", "/v1/convai/agents?page_size=1", keys()]) {
      const refused = await call("GET", path, value);
      expect([path, refused.status, detailOf(refused).status]).toEqual([path, 401, "missing_permissions"]);
    }
    const all = await mint({ permissions: "all" });
    for (const path of ["/v1/user", "/v1/voices", "/v1/models", "/v1/convai/agents"]) {
      expect((await call("GET", path, all.value)).status).toBe(200);
    }
  });

  test("counts credits, ends with the limit, and starts anew with the month", async () => {
    const { value } = await mint({ permissions: ["text_to_speech"], character_limit: 10 });
    expect((await speak(value, "123456")).status).toBe(200);
    const refused = await speak(value, "123456");
    expect([refused.status, detailOf(refused).status]).toEqual([401, "quota_exceeded"]);
    expect((await speak(value, "1234")).status).toBe(200);
    now = Date.UTC(2026, 11, 1);
    expect((await speak(value, "123456")).status).toBe(200);
  });

  test("lets a key be used from its networks alone", async () => {
    const { value } = await mint({ permissions: ["models_read"], allowed_ips: ["203.0.113.7"] });
    const free = await mint({ permissions: ["models_read"] });
    const from = async (sourceIp: string | null, key: string) => {
      simulator.configure({ sourceIp });
      return (await call("GET", "/v1/models", key)).status;
    };
    expect(await from("203.0.113.7", value)).toBe(200);
    expect(await from("203.0.113.8", value)).toBe(403);
    expect(await from("203.0.113.8", free.value)).toBe(200);
    expect(await from(null, value)).toBe(200);
  });

  test("keeps what a change leaves out or does not update, and clears what is cleared", async () => {
    const { id } = await mint({ permissions: ["models_read"], character_limit: 10, allowed_ips: ["10.0.0.0/8"] });
    const change = (body: object) => admin("PATCH", `${keys()}/${id}`, body);
    await change({
      permissions: "no_update",
      character_limit: "no_update",
      allowed_ips: null,
      is_enabled: "no_update",
    });
    const key = simulator.state.keys.get(id);
    expect(key).toMatchObject({ permissions: ["models_read"], characterLimit: 10, allowedIps: ["10.0.0.0/8"] });
    await change({
      permissions: "all",
      character_limit: "clear",
      allowed_ips: "clear",
      name: "other",
      is_enabled: false,
    });
    expect(key).toMatchObject({
      permissions: null,
      characterLimit: null,
      allowedIps: null,
      name: "other",
      disabled: true,
    });
  });

  test.each<[string, unknown]>([
    ["no JSON", "{"],
    ["no name", { permissions: ["models_read"] }],
    ["no permissions", { name: "n" }],
    ["an unknown permission", { name: "n", permissions: ["everything"] }],
    ["half a credit", { name: "n", permissions: ["models_read"], character_limit: 0.5 }],
    ["a network with bits after its prefix", { name: "n", permissions: ["models_read"], allowed_ips: ["10.0.0.1/8"] }],
    ["a sentinel where a key is made", { name: "n", permissions: ["models_read"], allowed_ips: "clear" }],
  ])("refuses a body with %s field by field, with 422", async (_, body) => {
    const answer = await admin("POST", keys(), body);
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({
      detail: expect.arrayContaining([expect.objectContaining({ msg: expect.any(String) })]),
    });
    expect(simulator.state.keys.size).toBe(0);
  });

  test("knows no other account, no other key and no other path", async () => {
    const { status } = await admin("GET", "/v1/service-accounts/other/api-keys");
    expect(status).toBe(404);
    expect((await admin("DELETE", `${keys()}/other`)).status).toBe(404);
    simulator.configure({ unknownKeyStatus: 400 });
    expect((await admin("DELETE", `${keys()}/other`)).status).toBe(400);
    expect((await admin("GET", `${keys()}/other`)).status).toBe(404);
    expect((await call("GET", "/v1/other", simulator.adminKey)).status).toBe(404);
  });

  test("refuses unknown keys, the admin key when it is told to, and calls beyond its pace", async () => {
    for (const key of [undefined, "", "sk_other"]) {
      const answer = await call("GET", "/v1/models", key);
      expect([answer.status, detailOf(answer).status]).toEqual([401, "invalid_api_key"]);
    }
    simulator.configure({ callsPerMinute: 1 });
    expect((await admin("GET", keys())).status).toBe(200);
    expect(await admin("GET", keys())).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    now += 60_000;
    expect((await admin("GET", keys())).status).toBe(200);
    simulator.configure({ adminKeyValid: false, callsPerMinute: null });
    expect((await admin("GET", keys())).status).toBe(401);
  });

  test("shows no value, and tells which there were", async () => {
    const { value } = await mint({ permissions: ["models_read"] });
    expect(JSON.stringify((await admin("GET", keys())).body)).not.toContain(value);
    expect(simulator.secrets()).toEqual([simulator.adminKey, value]);
  });

  test.each([{ colour: "red" }, { sourceIp: "here" }, { callsPerMinute: 0 }])("knows no setting %j", (settings) => {
    expect(() => simulator.configure(settings)).toThrow("unknown or malformed setting");
  });
});
