import { createHash } from "node:crypto";
import OpenAI from "openai";
import { createLiteLlmSimulator, type LiteLlmSimulator } from "../../../../src/vendors/litellm/simulator/simulator";

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 24 * HOUR_MILLIS;
const VALUE = "sk-chosen-by-the-caller-0123456789";
const hash = (value: string) => createHash("sha256").update(value).digest("hex");

describe("LiteLLM simulator", () => {
  let now: number;
  let simulator: LiteLlmSimulator;

  const call = async (endpoint: string, body?: unknown, key = simulator.adminKey) => {
    const [method = "", url = ""] = endpoint.split(" ");
    const headers = { Authorization: `Bearer ${key}` };
    const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    const answer = await simulator.handle({ method, url, headers, body: text });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON whose shape is what they assert
    return { status: answer.status, headers: answer.headers, body: answer.body as any };
  };
  const generate = async (body: object = {}) => {
    const { status, body: minted } = await call("POST /key/generate", { key: VALUE, ...body });
    expect(status).toBe(200);
    return minted;
  };
  /** OpenAI's own client, as programs use the proxy. */
  const client = (apiKey = VALUE, base = "/v1") =>
    new OpenAI({
      apiKey,
      baseURL: `${simulator.environment["LITELLM_BASE_URL"]}${base}`,
      maxRetries: 0,
      fetch: async (input, init) => {
        const { pathname, search } = new URL(String(input));
        const headers = Object.fromEntries(new Headers(init?.headers));
        const body = String(init?.body ?? "");
        const answer = await simulator.handle({ method: init?.method ?? "GET", url: pathname + search, headers, body });
        const type = { "content-type": "application/json", ...answer.headers };
        return new Response(JSON.stringify(answer.body), { status: answer.status, headers: type });
      },
    });
  const chat = (model = "gpt-5.2", base?: string) =>
    client(VALUE, base).chat.completions.create({ model, messages: [{ role: "user", content: "Hello?" }] });
  const statusOf = async (run: () => Promise<unknown>): Promise<number> =>
    run().then(
      () => 200,
      (error) => error.status,
    );

  beforeEach(() => {
    // A Tuesday.
    now = Date.UTC(2026, 10, 24, 10);
    simulator = createLiteLlmSimulator({ clock: { now: () => now }, seed: "simulator" });
  });

  describe("a key", () => {
    test("has the value that the caller chose, is known by its hash, and shows the value never again", async () => {
      const minted = await generate({ key_alias: "a" });
      expect(minted).toMatchObject({ key: VALUE, token: hash(VALUE), token_id: hash(VALUE), key_alias: "a" });
      const shown = [
        await call(`GET /key/info?key=${hash(VALUE)}`),
        await call(`GET /key/info?key=${VALUE}`),
        await call("GET /key/list?return_full_object=true"),
      ];
      for (const { status } of shown) expect(status).toBe(200);
      expect(JSON.stringify([shown[0], shown[2]])).not.toContain(VALUE);
      expect(simulator.secrets()).toContain(VALUE);
    });

    test("gets a value of the proxy's where none is chosen", async () => {
      const { body } = await call("POST /key/generate", {});
      expect(body.key).toMatch(/^sk-/);
      expect(await statusOf(() => client(body.key).models.list())).toBe(200);
    });

    test("that was refused is no secret less", async () => {
      await call("POST /key/generate", { key: "sk-refused-refused", max_budget: -1 });
      expect(simulator.secrets()).toContain("sk-refused-refused");
    });

    test("ends to the second, and says so to whoever uses it", async () => {
      await generate({ duration: "3600s" });
      now += HOUR_MILLIS - 1_000;
      expect(await statusOf(() => client().models.list())).toBe(200);
      now += 1_000;
      const { status, body } = await call("GET /v1/models", undefined, VALUE);
      expect([status, body.error.type]).toEqual([401, "expired_key"]);
    });

    test("lives again where its end is moved, and for ever where it is taken off", async () => {
      await generate({ duration: "1s" });
      now += 2_000;
      expect(await statusOf(() => client().models.list())).toBe(401);
      await call("POST /key/update", { key: hash(VALUE), duration: "1h" });
      expect(await statusOf(() => client().models.list())).toBe(200);
      await call("POST /key/update", { key: hash(VALUE), duration: null });
      now += 1_000 * DAY_MILLIS;
      expect(await statusOf(() => client().models.list())).toBe(200);
    });

    test("opens nothing while it is blocked, and nothing ever once it is deleted, by hash or by alias", async () => {
      await generate({ key_alias: "a" });
      await call("POST /key/block", { key: hash(VALUE) });
      expect(await statusOf(() => client().models.list())).toBe(401);
      await call("POST /key/unblock", { key: hash(VALUE) });
      expect(await statusOf(() => client().models.list())).toBe(200);
      expect((await call("POST /key/delete", { keys: [hash(VALUE)] })).body).toEqual({ deleted_keys: [hash(VALUE)] });
      expect(await statusOf(() => client().models.list())).toBe(401);
      expect((await call("POST /key/delete", { keys: [hash(VALUE)] })).status).toBe(404);
      await generate({ key_alias: "a" });
      expect((await call("POST /key/delete", { key_aliases: ["a"] })).body).toEqual({ deleted_keys: ["a"] });
      expect(simulator.state.keys.size).toBe(0);
    });
  });

  describe("aliases and values", () => {
    test("an alias belongs to one key, at the mint and afterwards", async () => {
      await generate({ key_alias: "a" });
      const again = await call("POST /key/generate", { key: "sk-other-other-other", key_alias: "a" });
      expect([again.status, again.body.error.param, again.body.error.code]).toEqual([400, "key_alias", "400"]);
      await generate({ key: "sk-other-other-other", key_alias: "b" });
      expect((await call("POST /key/update", { key: hash(VALUE), key_alias: "b" })).status).toBe(400);
      expect((await call("POST /key/update", { key: hash(VALUE), key_alias: "a" })).status).toBe(200);
    });

    test("a release before 1.53 gives one alias to many", async () => {
      simulator.configure({ uniqueAliases: false });
      await generate({ key_alias: "a" });
      await generate({ key: "sk-other-other-other", key_alias: "a" });
      expect(simulator.state.keys.size).toBe(2);
    });

    test("a value that is there is answered as if it were minted, and nothing changes, or is refused", async () => {
      await generate({ key_alias: "a", models: ["gpt-5.2"] });
      expect(await generate({ key_alias: "b", models: [] })).toMatchObject({ key_alias: "b", models: [] });
      expect((await call(`GET /key/info?key=${hash(VALUE)}`)).body.info).toMatchObject({
        key_alias: "a",
        models: ["gpt-5.2"],
      });
      simulator.configure({ uniqueKeys: true });
      expect((await call("POST /key/generate", { key: VALUE, key_alias: "c" })).status).toBe(400);
    });

    test("a value that starts otherwise is refused, and an alias with a blank where aliases are checked", async () => {
      expect((await call("POST /key/generate", { key: "my-own-value" })).status).toBe(400);
      await generate({ key_alias: "with a blank" });
      simulator.configure({ aliasesChecked: true });
      expect((await call("POST /key/generate", { key_alias: "another blank" })).status).toBe(400);
    });
  });

  describe("routes", () => {
    test("a route opens itself and what lies under it; another name of it is another route", async () => {
      await generate({ allowed_routes: ["/v1/chat/completions"] });
      expect(await statusOf(() => chat())).toBe(200);
      expect(await statusOf(() => chat("gpt-5.2", ""))).toBe(403);
      expect(await statusOf(() => client().models.list())).toBe(403);
      expect(await statusOf(() => client().embeddings.create({ model: "text-embedding-4", input: "a" }))).toBe(403);
    });

    test.each([
      [["/v1/*"], 200],
      [["/v1"], 200],
      [["openai_routes"], 200],
      [["llm_api_routes"], 200],
      [[], 200],
      [["/v1beta"], 403],
      [["anthropic_routes"], 403],
      [["constructor"], 403],
    ])("%j: chat is answered %i", async (allowed_routes, status) => {
      await generate({ allowed_routes });
      expect(await statusOf(() => chat())).toBe(status);
    });

    test("what is refused names what is allowed, before anything else of the call is judged", async () => {
      await generate({ allowed_routes: ["/v1/embeddings", "/v1/rerank"] });
      expect(await call("POST /v1/chat/completions", "no JSON", VALUE)).toMatchObject({
        status: 403,
        body: {
          detail:
            "Virtual key is not allowed to call this route. Only allowed to call routes: ['/v1/embeddings', '/v1/rerank']. " +
            "Tried to call route: /v1/chat/completions",
        },
      });
    });

    test("a type of key puts its own routes in the place of those that came with it", async () => {
      const { allowed_routes } = await generate({ key_type: "llm_api", allowed_routes: ["/v1/embeddings"] });
      expect(allowed_routes).toEqual(["llm_api_routes"]);
    });

    test("a key of data manages nothing, and reads its own record only where its routes have it", async () => {
      await generate({ allowed_routes: ["llm_api_routes"] });
      for (const endpoint of ["POST /key/generate", "POST /key/delete", "GET /key/list", "GET /key/info"]) {
        expect((await call(endpoint, {}, VALUE)).status).toBe(403);
      }
      await call("POST /key/update", { key: hash(VALUE), allowed_routes: [] });
      expect((await call("GET /key/info", undefined, VALUE)).body.info.key_name).toBe("sk-...6789");
      for (const endpoint of ["POST /key/generate", "GET /key/list", `GET /key/info?key=${hash("x")}`]) {
        expect((await call(endpoint, {}, VALUE)).status).toBe(401);
      }
    });
  });

  describe("models", () => {
    test("only those of the list are listed and answered", async () => {
      await generate({ models: ["gpt-5.2"] });
      expect((await client().models.list()).data.map(({ id }) => id)).toEqual(["gpt-5.2"]);
      expect((await chat()).choices[0]?.message.content).toBe("Hello.");
      expect(await statusOf(() => chat("claude-sonnet-5"))).toBe(403);
    });

    test("without a list all that the proxy has, and no other", async () => {
      await generate();
      expect((await client().models.list()).data.length).toBeGreaterThan(1);
      expect(await statusOf(() => chat("claude-sonnet-5"))).toBe(200);
      expect(await statusOf(() => chat("gpt-1"))).toBe(400);
    });
  });

  describe("limits", () => {
    test("requests of the last minute are counted, for each key", async () => {
      await generate({ rpm_limit: 2 });
      expect([await statusOf(chat), await statusOf(chat), await statusOf(chat)]).toEqual([200, 200, 429]);
      expect((await call("POST /v1/chat/completions", { model: "gpt-5.2" }, VALUE)).headers).toEqual({
        "retry-after": "60",
      });
      now += 60_000;
      expect(await statusOf(chat)).toBe(200);
    });

    test("tokens of the last minute are counted", async () => {
      await generate({ tpm_limit: 150 });
      expect([await statusOf(chat), await statusOf(chat), await statusOf(chat)]).toEqual([200, 200, 429]);
    });

    test("a budget without a period ends for good", async () => {
      await generate({ max_budget: 0.02 });
      expect([await statusOf(chat), await statusOf(chat), await statusOf(chat)]).toEqual([200, 200, 429]);
      now += 400 * DAY_MILLIS;
      expect(await statusOf(chat)).toBe(429);
    });

    test.each([
      ["1d", Date.UTC(2026, 10, 25)],
      ["24h", Date.UTC(2026, 10, 25)],
      ["7d", Date.UTC(2026, 10, 30)],
      ["30d", Date.UTC(2026, 11, 1)],
      ["1mo", Date.UTC(2026, 11, 1)],
      ["10d", Date.UTC(2026, 11, 4)],
      ["2h", Date.UTC(2026, 10, 24, 12)],
    ])("a budget of %s starts anew when its period does", async (budget_duration, reset) => {
      await generate({ max_budget: 0.01, budget_duration });
      expect([await statusOf(chat), await statusOf(chat)]).toEqual([200, 429]);
      now = reset - 1;
      expect(await statusOf(chat)).toBe(429);
      now = reset;
      expect([await statusOf(chat), await statusOf(chat)]).toEqual([200, 429]);
    });

    test("a week that begins on a Monday ends on the next", async () => {
      now = Date.UTC(2026, 10, 23, 10);
      await generate({ max_budget: 1, budget_duration: "7d" });
      expect((await call(`GET /key/info?key=${hash(VALUE)}`)).body.info.budget_reset_at).toBe(
        "2026-11-30T00:00:00.000Z",
      );
    });

    test("an update takes limits off, and a period it does not", async () => {
      await generate({ rpm_limit: 1, tpm_limit: 1, max_budget: 1, budget_duration: "1d", models: ["gpt-5.2"] });
      const off = { rpm_limit: null, tpm_limit: null, max_budget: null, budget_duration: null, models: [] };
      const { body } = await call("POST /key/update", { key: hash(VALUE), ...off });
      expect(body).toMatchObject({ ...off, budget_duration: "1d" });
    });
  });

  describe("calls", () => {
    test.each<[string, unknown]>([
      ["POST /key/generate", "no JSON"],
      ["POST /key/generate", { models: "gpt-5.2" }],
      ["POST /key/generate", { rpm_limit: 1.5 }],
      ["POST /key/generate", { key_type: "admin" }],
      ["POST /key/update", {}],
      ["POST /key/delete", { keys: "a" }],
      ["GET /key/list?size=101", undefined],
      ["GET /key/list?page=0", undefined],
    ])("%s %j is refused as malformed", async (endpoint, body) => {
      const answer = await call(endpoint, body);
      expect(answer.status).toBe(422);
      expect(answer.body.detail[0]).toMatchObject({ loc: expect.any(Array), msg: expect.any(String) });
    });

    test.each<[string, unknown, number]>([
      ["POST /key/generate", { duration: "a while" }, 500],
      ["POST /key/generate", { budget_duration: "monthly" }, 500],
      ["POST /key/generate", { max_budget: -1 }, 400],
      ["POST /key/update", { key: hash("nobody's") }, 404],
      ["POST /key/delete", {}, 500],
      ["GET /key/info", undefined, 404],
      ["GET /key/nothing", undefined, 404],
    ])("%s %j is answered %i", async (endpoint, body, status) => {
      expect((await call(endpoint, body)).status).toBe(status);
    });

    test("pages are counted, newest first, and filtered", async () => {
      for (let n = 0; n < 12; n += 1) {
        await generate({ key: `sk-page-${n}-page-page`, key_alias: `page/${n}` });
        now += 1_000;
      }
      const first = (await call("GET /key/list")).body;
      expect(first).toMatchObject({ total_count: 12, current_page: 1, total_pages: 2 });
      expect(first.keys[0]).toBe(hash("sk-page-11-page-page"));
      expect((await call("GET /key/list?page=2")).body.keys).toHaveLength(2);
      expect((await call("GET /key/list?key_alias=PAGE/1")).body.total_count).toBe(3);
      expect((await call(`GET /key/list?key_hash=${first.keys[3]}`)).body.keys).toEqual([first.keys[3]]);
    });

    test("the master key is needed, and can be taken away", async () => {
      const bare = await simulator.handle({ method: "GET", url: "/key/list", headers: {}, body: "" });
      expect(bare.status).toBe(401);
      expect((await call("GET /key/list", undefined, "sk-nobody")).body.error.type).toBe("token_not_found_in_db");
      simulator.configure({ adminKeyValid: false });
      expect((await call("GET /key/list")).status).toBe(401);
    });

    test("more calls than the setting allows are throttled, of keys' own calls none", async () => {
      await generate();
      simulator.configure({ callsPerMinute: 1 });
      expect((await call("GET /key/list")).status).toBe(200);
      expect(await call("GET /key/list")).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
      expect(await statusOf(() => client().models.list())).toBe(200);
      now += 60_000;
      expect((await call("GET /key/list")).status).toBe(200);
    });

    test.each([{ colour: "red" }, { callsPerMinute: 0 }, { uniqueKeys: 1 }, null])(
      "setting %j is refused",
      (setting) => {
        expect(() => simulator.configure(setting)).toThrow(/unknown or malformed/);
      },
    );

    test("two proxies of one seed have the same master key, and of two seeds different ones", () => {
      const key = (seed: string) => createLiteLlmSimulator({ clock: { now: () => now }, seed }).adminKey;
      expect(key("a")).toBe(key("a"));
      expect(key("a")).not.toBe(key("b"));
    });
  });
});
