import {
  type AnthropicSimulator,
  createAnthropicSimulator,
} from "../../../../src/vendors/anthropic/simulator/simulator";

interface Body {
  readonly id?: string;
  readonly value?: string;
  readonly status?: string;
  readonly data?: ReadonlyArray<{ readonly id: string }>;
  readonly has_more?: boolean;
  readonly error?: { readonly type: string; readonly details?: { readonly error_code: string } };
}

describe("Anthropic's simulator", () => {
  let now: number;
  let simulator: AnthropicSimulator;
  beforeEach(() => {
    now = Date.UTC(2026, 10, 24);
    simulator = createAnthropicSimulator({ clock: { now: () => now }, seed: "s" });
  });

  const send = async (
    method: string,
    url: string,
    key: string,
    body: object | undefined = undefined,
    host?: string,
  ) => {
    const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" };
    const request = { method, url, headers, body: body === undefined ? "" : JSON.stringify(body) };
    const answer = await simulator.handle(host === undefined ? request : { ...request, host });
    return { ...answer, body: answer.body as Body };
  };
  const admin = (method: string, path = "", body?: object) =>
    send(method, `/v1/organizations/api_keys${path}`, simulator.adminKey, body);
  const make = (change: object = {}) => send("POST", "/console/api_keys", "", { name: "one", ...change });
  const message = (key: string) =>
    send("POST", "/v1/messages", key, {
      model: "claude-sonnet-5",
      max_tokens: 8,
      messages: [{ role: "user", content: "Hi" }],
    });

  test("a key that is made in the Console's place works, and its value is shown once", async () => {
    const { id, value = "" } = (await make({ expiresInSeconds: 60 })).body;
    expect((await message(value)).status).toBe(200);
    expect((await send("GET", "/v1/models", value)).status).toBe(200);
    const shown = (await admin("GET", `/${id}`)).body;
    expect(shown).toMatchObject({
      name: "one",
      status: "active",
      expires_at: "2026-11-24T00:01:00Z",
      partial_key_hint: `${value.slice(0, 16)}...${value.slice(-4)}`,
      scope: { type: "workspace", workspace_id: simulator.state.workspaceIds[0] },
    });
    expect(JSON.stringify(shown)).not.toContain(value);
    expect(simulator.secrets()).toContain(value);
  });

  test("Anthropic's own host has no such call, and its API makes no key", async () => {
    expect(
      (await send("POST", "/console/api_keys", simulator.adminKey, { name: "one" }, "api.anthropic.com")).status,
    ).toBe(404);
    expect((await admin("POST", "", { name: "one" })).status).toBe(404);
    expect(simulator.state.keys.size).toBe(0);
  });

  test.each([{ name: "" }, { expiresInSeconds: 0 }, { colour: "red" }, { workspaceId: "wrkspc_01stranger" }])(
    "the Console refuses %j",
    async (change) => {
      expect((await make(change)).status).toBeGreaterThanOrEqual(400);
      expect(simulator.state.keys.size).toBe(0);
    },
  );

  test("a key ends by itself to the second, and cannot be woken", async () => {
    const { id, value = "" } = (await make({ expiresInSeconds: 60 })).body;
    now += 59_000;
    expect((await message(value)).status).toBe(200);
    now += 1_000;
    expect((await message(value)).status).toBe(401);
    expect((await admin("GET", `/${id}`)).body.status).toBe("expired");
    expect((await admin("POST", `/${id}`, { status: "active" })).status).toBe(400);
  });

  test("an inactive key opens nothing until it is active again, an archived one never again", async () => {
    const { id, value = "" } = (await make()).body;
    await admin("POST", `/${id}`, { status: "inactive" });
    expect((await message(value)).status).toBe(401);
    await admin("POST", `/${id}`, { status: "active", name: "two" });
    expect((await message(value)).status).toBe(200);
    expect((await admin("POST", `/${id}`, { status: "archived" })).body).toMatchObject({
      name: "two",
      status: "archived",
    });
    expect((await message(value)).status).toBe(401);
    expect((await admin("POST", `/${id}`, { status: "active" })).status).toBe(400);
  });

  test.each([{ status: "expired" }, { status: 1 }, { name: "" }, { expires_at: null }])(
    "an update such as %j is refused and changes nothing",
    async (change) => {
      const { id } = (await make()).body;
      const before = (await admin("GET", `/${id}`)).body;
      expect(await admin("POST", `/${id}`, change)).toMatchObject({
        status: 400,
        body: { type: "error", error: { type: "invalid_request_error" } },
      });
      expect((await admin("GET", `/${id}`)).body).toEqual(before);
    },
  );

  test("keys are listed in pages, forwards and backwards, by status and by workspace", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await make({ name: `k${n}` })).body.id ?? "");
    const idsOf = ({ body }: { body: Body }) => (body.data ?? []).map(({ id }) => id);

    const first = await admin("GET", "?limit=2");
    expect([idsOf(first), first.body.has_more]).toEqual([ids.slice(0, 2), true]);
    const last = await admin("GET", `?limit=4&after_id=${ids[1]}`);
    expect([idsOf(last), last.body.has_more]).toEqual([ids.slice(2), false]);
    const back = await admin("GET", `?limit=2&before_id=${ids[3]}`);
    expect([idsOf(back), back.body.has_more]).toEqual([ids.slice(1, 3), true]);

    await admin("POST", `/${ids[0]}`, { status: "archived" });
    expect(idsOf(await admin("GET", "?status=archived"))).toEqual([ids[0]]);
    expect(idsOf(await admin("GET", `?workspace_id=${simulator.state.workspaceIds[1]}`))).toEqual([]);
    for (const query of ["?limit=0", "?limit=1001", "?limit=x", "?status=asleep", "?after_id=apikey_01stranger"]) {
      expect([query, (await admin("GET", query)).status]).toEqual([query, 400]);
    }
  });

  test("the quota of active keys holds in the Console and for keys that are switched on again", async () => {
    const { id } = (await make()).body;
    simulator.configure({ activeKeysMax: 1 });
    const full = { status: 400, body: { error: { details: { error_code: "org_api_key_limit_exceeded" } } } };
    expect(await make()).toMatchObject(full);
    await admin("POST", `/${id}`, { status: "inactive" });
    expect((await make()).status).toBe(200);
    expect(await admin("POST", `/${id}`, { status: "active" })).toMatchObject(full);
  });

  test("a key is no Admin key, an Admin key no key, and both come in either header", async () => {
    const { value = "" } = (await make()).body;
    expect((await send("GET", "/v1/organizations/api_keys", value)).status).toBe(401);
    expect((await message(simulator.adminKey)).status).toBe(401);
    const bearer = async (url: string, key: string) => {
      const headers = { Authorization: `Bearer ${key}`, "anthropic-version": "2023-06-01" };
      return (await simulator.handle({ method: "GET", url, headers, body: "" })).status;
    };
    expect(await bearer("/v1/organizations/api_keys", simulator.adminKey)).toBe(200);
    expect(await bearer("/v1/models", value)).toBe(200);
  });

  test("a call without a key, or without a version, is refused", async () => {
    const { value = "" } = (await make()).body;
    const status = async (headers: Record<string, string>) =>
      (await simulator.handle({ method: "GET", url: "/v1/models", headers, body: "" })).status;
    expect(await status({ "anthropic-version": "2023-06-01" })).toBe(401);
    expect(await status({ "x-api-key": value })).toBe(400);
  });

  test("a setting that is not known is refused", () => {
    expect(() => simulator.configure({ colour: "red" })).toThrow(/Anthropic simulator/);
    expect(() => simulator.configure({ callsPerMinute: 0 })).toThrow(/Anthropic simulator/);
  });

  describe("what is set for a workspace", () => {
    const path = () => `/v1/organizations/workspaces/${simulator.state.workspaceIds[0]}/rate_limits`;
    const call = (method: string, url: string, body?: object) => send(method, url, simulator.adminKey, body);
    const [sonnet, haiku] = [0, 1].map((index) => () => simulator.state.rateGroups[index]?.id ?? "") as [
      () => string,
      () => string,
    ];
    const limit = (id: string, type: string, value: number | null) =>
      call("POST", `${path()}/${id}`, { limits: [{ type, value }] });
    const spend = (amount: string) =>
      call("POST", "/v1/organizations/spend_limits", {
        amount,
        scope: { type: "workspace", workspace_id: simulator.state.workspaceIds[0] },
      });

    test("holds for all of its keys for a minute, and for no key of another workspace", async () => {
      // GIVEN
      const [{ value: one }, { value: two }] = [
        simulator.addConsoleKey({ name: "one" }),
        simulator.addConsoleKey({ name: "two" }),
      ];
      const other = simulator.addConsoleKey({ name: "other", workspaceId: simulator.state.workspaceIds[1] });
      await limit(sonnet(), "requests_per_minute", 2);

      // THEN
      expect([(await message(one)).status, (await message(two)).status]).toEqual([200, 200]);
      expect(await message(one)).toMatchObject({ status: 429, body: { error: { type: "rate_limit_error" } } });
      expect((await message(other.value)).status).toBe(200);
      now += 60_000;
      expect((await message(one)).status).toBe(200);
    });

    test.each(["input_tokens_per_minute", "input_tokens_per_minute_cache_aware", "output_tokens_per_minute"])(
      "limits %s, until it is taken off",
      async (type) => {
        const { value } = simulator.addConsoleKey({ name: "one" });
        await limit(sonnet(), type, 1);
        expect((await message(value)).status).toBe(429);
        await limit(sonnet(), type, null);
        expect((await message(value)).status).toBe(200);
      },
    );

    test("above the organisation's limit is stored, and the organisation's holds", async () => {
      expect((await limit(haiku(), "requests_per_minute", 9_000)).body).toMatchObject({
        limits: [{ value: 9_000, org_limit: 4_000 }],
      });
      const { value } = simulator.addConsoleKey({ name: "one" });
      const body = { model: "claude-haiku-3-5", max_tokens: 8, messages: [{}] };
      const ask = async () => (await send("POST", "/v1/messages", value, body)).status;
      for (let calls = 0; calls < 4_000; calls += 1)
        simulator.state.workspaces.get(simulator.state.workspaceIds[0])?.use(simulator.state.rateGroups[1], 0, 0, now);
      expect(await ask()).toBe(429);
    });

    test("as spend is enforced until the month is over", async () => {
      simulator.configure({ spendLimits: true });
      expect((await spend("0")).status).toBe(200);
      const { value } = simulator.addConsoleKey({ name: "one" });
      expect(await message(value)).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error" } } });
      await spend("1");
      const statuses = new Set<number>();
      for (let calls = 0; calls < 200; calls += 1) statuses.add((await message(value)).status);
      expect([...statuses]).toEqual([200, 400]);
      now += 31 * 86_400_000;
      expect((await message(value)).status).toBe(200);
    });

    test.each([
      { limits: [] },
      { limits: [{ type: "requests_per_day", value: 1 }] },
      { limits: [{ type: "requests_per_minute", value: -1 }] },
      { limits: [{ type: "requests_per_minute" }] },
      { limits: [{ type: "requests_per_minute", value: 1, colour: 1 }] },
    ])("is refused as %j", async (body) => {
      expect((await call("POST", `${path()}/${sonnet()}`, body)).status).toBe(400);
    });

    test("as spend takes cents as text, for a workspace that is there, with the header that reads need", async () => {
      simulator.configure({ spendLimits: true });
      for (const amount of ["", "1.5", "-1"]) expect((await spend(amount)).status).toBe(400);
      const scope = { type: "workspace", workspace_id: "wrkspc_other" };
      expect((await call("POST", "/v1/organizations/spend_limits", { amount: "1", scope })).status).toBe(404);
      expect((await call("GET", "/v1/organizations/spend_limits")).status).toBe(400);
      expect((await call("DELETE", "/v1/organizations/spend_limits/spl_other")).status).toBe(404);
    });

    test("as spend is closed without early access", async () => {
      expect(await spend("1")).toMatchObject({
        status: 403,
        body: {
          error: { type: "permission_error", details: { error_code: "spend_limits_admin_api_writes_not_enabled" } },
        },
      });
    });
  });
});
