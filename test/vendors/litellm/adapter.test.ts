import { createHash } from "node:crypto";
import { canonicalGrant, type Grant } from "../../../src/model/grant";
import { VendorError } from "../../../src/model/vendor-error";
import { type LiteLlmAdapter, liteLlm } from "../../../src/vendors/litellm/adapter";
import { createLiteLlmSimulator, type LiteLlmSimulator } from "../../../src/vendors/litellm/simulator/simulator";
import type { MintedKey } from "../../../src/vendors/vendor";

const HOUR_SECONDS = 3_600;
const NAME = "ai-keys/litellm.3f9a2c1b/summariser/9c2f11d04ab7";
const hash = (value: string) => createHash("sha256").update(value).digest("hex");
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

interface Call {
  readonly endpoint: string;
  readonly query: string;
  readonly key: string;
  readonly body: Record<string, unknown>;
}

describe("LiteLLM adapter", () => {
  let now: number;
  let simulator: LiteLlmSimulator;
  let adapter: LiteLlmAdapter;
  let calls: Call[];
  /**
   * Answers in the proxy's place, where it answers at all; a promise that is rejected is a lost
   * answer.
   */
  let instead: (call: Call, real: () => Promise<Response>) => Promise<Response> | undefined;

  const ask = async (input: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(input);
    const method = init.method ?? "GET";
    const authorization = new Headers(init.headers).get("authorization") ?? "";
    const text = String(init.body ?? "");
    const call = {
      endpoint: `${method} ${pathname}`,
      query: search,
      key: authorization.replace("Bearer ", ""),
      body: text === "" ? {} : JSON.parse(text),
    };
    calls.push(call);
    const real = async () => {
      const { status, body } = await simulator.handle({
        method,
        url: pathname + search,
        headers: { authorization },
        body: text,
      });
      return json(body, status);
    };
    return (await instead(call, real)) ?? real();
  };
  const connect = (baseUrl = "https://litellm.example.com") =>
    liteLlm.connect({
      adminKey: async () => simulator.adminKey,
      settings: { baseUrl },
      rateLimiter: { permit: async () => {}, throttled: async () => {} },
      fetch: (input, init) => ask(String(input), init ?? {}),
      now: () => now,
      sleep: async () => {},
    });
  const request = (grant: Grant = {}, name = NAME) => ({
    name,
    grant,
    expiresInSeconds: HOUR_SECONDS,
    value: adapter.chooseValue().value,
  });
  const mint = (grant?: Grant, name?: string): Promise<MintedKey> => adapter.mint(request(grant, name));
  const grantedTo = async ({ id }: MintedKey) => (await adapter.read({ keyId: id }))?.granted;
  const failure = async (run: () => Promise<unknown>): Promise<VendorError> => {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const lost = () => Promise.reject(new TypeError("fetch failed"));
  /** As somebody with the master key, by hand. */
  const asPerson = async (endpoint: string, body: object) => {
    const [method = "", url = ""] = endpoint.split(" ");
    const headers = { authorization: `Bearer ${simulator.adminKey}` };
    const answer = await simulator.handle({ method, url, headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
  };

  beforeEach(() => {
    now = Date.UTC(2026, 10, 24, 10);
    calls = [];
    instead = () => undefined;
    simulator = createLiteLlmSimulator({ clock: { now: () => now }, seed: "adapter" });
    adapter = connect();
  });

  describe("values", () => {
    test("a chosen value is the proxy's kind, never the same twice, and its id is the hash that the proxy knows it by", async () => {
      // WHEN
      const [first, second] = [adapter.chooseValue(), adapter.chooseValue()];
      const minted = await adapter.mint({ ...request(), value: first.value });

      // THEN
      expect(first.value).toMatch(/^sk-[A-Za-z0-9_-]{43}$/);
      expect(first.id).toBe(hash(first.value));
      expect(second.value).not.toBe(first.value);
      expect(minted).toMatchObject({ id: first.id, value: first.value });
      expect([...simulator.state.keys.keys()]).toEqual([first.id]);
    });

    test("without a chosen value nothing is sent", async () => {
      const error = await failure(() => adapter.mint({ name: NAME, grant: {}, expiresInSeconds: HOUR_SECONDS }));
      expect(error.kind).toBe("invalid");
      expect(calls).toEqual([]);
    });

    test("a value of the proxy's own is not taken for ours, and is in no error", async () => {
      // GIVEN
      const other = "sk-otherotherother0123456789";
      instead = () => Promise.resolve(json({ key: other, key_alias: NAME }));
      // WHEN
      const error = await failure(() => mint());
      // THEN
      expect(error.kind).toBe("unexpected");
      expect(error.message).not.toContain(other);
    });
  });

  describe("a mint that was sent before", () => {
    test.each([
      ["aliases are unique", {}],
      ["values are unique", { uniqueAliases: false, uniqueKeys: true }],
      ["neither is", { uniqueAliases: false }],
    ])("answers the same key, where %s", async (_, settings) => {
      // GIVEN: the answer is lost
      simulator.configure(settings);
      const once = request({ models: ["gpt-5.2"] });
      instead = (__, real) => real().then(lost);
      expect((await failure(() => adapter.mint(once))).kind).toBe("unavailable");
      instead = () => undefined;
      now += 5_000;

      // WHEN
      const minted = await adapter.mint(once);

      // THEN
      expect(minted).toMatchObject({ id: hash(once.value), name: NAME, value: once.value });
      expect(minted.createdAt).toBe(Date.UTC(2026, 10, 24, 10) / 1_000);
      expect(simulator.state.keys.size).toBe(1);
    });

    test("of a refusal the end is the key's own, not that of the second request", async () => {
      const once = request();
      const first = await adapter.mint(once);
      now += 60_000;
      expect((await adapter.mint(once)).expiresAt).toBe(first.expiresAt);
    });

    test("fails where the alias is another key's, which is left alone", async () => {
      // GIVEN
      const first = await mint();
      // WHEN
      const error = await failure(() => mint());
      // THEN
      expect(error).toMatchObject({ kind: "invalid", status: 400, call: "POST /key/generate" });
      expect(error.message).toContain("already exists");
      expect([...simulator.state.keys.keys()]).toEqual([first.id]);
    });

    test("fails where somebody gave the key another alias", async () => {
      // GIVEN
      simulator.configure({ uniqueKeys: true });
      const once = request();
      const { id } = await adapter.mint(once);
      await asPerson("POST /key/update", { key: id, key_alias: "theirs" });
      // THEN
      expect((await failure(() => adapter.mint(once))).kind).toBe("conflict");
    });

    test.each([
      ["lost", lost],
      ["429", () => Promise.resolve(json({}, 429))],
      ["403", () => Promise.resolve(json({}, 403))],
    ])("is not judged where the look for it is answered %s", async (_, answer) => {
      // GIVEN
      const once = request();
      await adapter.mint(once);
      instead = ({ endpoint }) => (endpoint === "GET /key/info" ? answer() : undefined);
      // THEN
      expect((await failure(() => adapter.mint(once))).kind).toBe("unavailable");
    });
  });

  describe("grants", () => {
    const USD = 12.5;

    test.each<[string, Grant, object]>([
      [
        "nothing: all models, and all that calls them",
        {},
        { models: [], allowed_routes: ["llm_api_routes"], rpm_limit: null, tpm_limit: null, max_budget: null },
      ],
      ["models", { models: ["gpt-5.2", "openai/*"] }, { models: ["gpt-5.2", "openai/*"] }],
      ["endpoints", { endpoints: ["/v1/*", "openai_routes"] }, { allowed_routes: ["/v1/*", "openai_routes"] }],
      ["requests", { limits: { requestsPerMinute: 7 } }, { rpm_limit: 7, tpm_limit: null }],
      ["tokens", { limits: { tokensPerMinute: 9 } }, { tpm_limit: 9, rpm_limit: null }],
      ["a day", { limits: { spend: { usd: USD, per: "day" } } }, { max_budget: USD, budget_duration: "1d" }],
      ["a week", { limits: { spend: { usd: USD, per: "week" } } }, { max_budget: USD, budget_duration: "7d" }],
      ["a month", { limits: { spend: { usd: USD, per: "month" } } }, { max_budget: USD, budget_duration: "30d" }],
      [
        "altogether",
        { limits: { spend: { usd: USD, per: "lifetime" } } },
        { max_budget: USD, budget_duration: "36500d" },
      ],
    ])("%s: as asked at the mint, shown, and set again by an update", async (_, grant, fields) => {
      // WHEN
      const minted = await mint(grant);
      const wanted = canonicalGrant(grant);
      const shown = {
        models: wanted.models ?? null,
        endpoints: wanted.endpoints ?? null,
        limits: wanted.limits ?? null,
      };

      // THEN
      expect(calls[0]?.body).toMatchObject({
        key: minted.value,
        key_alias: NAME,
        duration: "3600s",
        ...fields,
      });
      expect(calls[0]?.body).not.toHaveProperty("key_type");
      expect(await grantedTo(minted)).toEqual(shown);
      await adapter.update({ keyId: minted.id, grant: { models: ["claude-sonnet-5"] } });
      expect((await adapter.update({ keyId: minted.id, grant })).granted).toEqual(shown);
      expect(calls.filter(({ endpoint }) => endpoint === "POST /key/update").at(-1)?.body).toEqual({
        key: minted.id,
        ...{ models: [], allowed_routes: ["llm_api_routes"], rpm_limit: null, tpm_limit: null, max_budget: null },
        ...fields,
      });
    });

    test("a budget goes from a period to none and back, in place", async () => {
      const minted = await mint({ limits: { spend: { usd: 5, per: "day" } } });
      for (const per of ["lifetime", "week", "lifetime"] as const) {
        const grant: Grant = { limits: { spend: { usd: 5, per } } };
        expect((await adapter.update({ keyId: minted.id, grant })).granted?.limits).toEqual(grant.limits);
      }
      expect((await adapter.update({ keyId: minted.id, grant: {} })).granted?.limits).toBeNull();
    });

    test.each(["mint", "update"])("the group that stands for no endpoints is refused by a %s, unsent", async (verb) => {
      // GIVEN
      const { id } = await mint();
      calls.length = 0;
      const grant = { endpoints: ["llm_api_routes"] };
      // WHEN
      const error = await failure(() => (verb === "mint" ? mint(grant, "b/c") : adapter.update({ keyId: id, grant })));
      // THEN
      expect(error).toMatchObject({ kind: "invalid", message: expect.stringContaining("leave them out") });
      expect(calls).toEqual([]);
    });

    test("beside other routes that group is shown as it was asked", async () => {
      const grant = { endpoints: ["/my/pass-through", "llm_api_routes"] };
      expect((await grantedTo(await mint(grant)))?.endpoints).toEqual(grant.endpoints);
    });

    test.each<[string, object, object]>([
      ["all routes are opened", { allowed_routes: [] }, { endpoints: ["*"] }],
      [
        "a route is added",
        { allowed_routes: ["llm_api_routes", "/key/info"] },
        { endpoints: ["/key/info", "llm_api_routes"] },
      ],
      ["all models are opened", { models: [] }, { models: null }],
      ["limits are taken off", { rpm_limit: null, max_budget: null }, { limits: null }],
      [
        "the period has another name",
        { budget_duration: "1mo" },
        { limits: { requestsPerMinute: 7, spend: { usd: 30, per: "month" } } },
      ],
      [
        "the period has no name",
        { budget_duration: "90d" },
        { limits: { requestsPerMinute: 7 }, others: [{ of: "spend", within: { amount: 30, seconds: 90 * 86_400 } }] },
      ],
      [
        "the period is shorter",
        { budget_duration: "12h" },
        {
          limits: { requestsPerMinute: 7 },
          others: [
            { of: "spend", shown: "max_budget 30, budget_duration 12h", within: { amount: 30, seconds: 12 * 3_600 } },
          ],
        },
      ],
    ])("what somebody changes is shown: %s", async (_, change, shown) => {
      const minted = await mint({
        models: ["gpt-5.2"],
        limits: { requestsPerMinute: 7, spend: { usd: 30, per: "month" } },
      });
      await asPerson("POST /key/update", { key: minted.id, ...change });
      expect(await grantedTo(minted)).toMatchObject(shown);
      expect((await adapter.list({}))[0]?.granted).toEqual(await grantedTo(minted));
    });
  });

  describe("life", () => {
    test("an expiry is changed alone, and the grant stays", async () => {
      // GIVEN
      const minted = await mint({ models: ["gpt-5.2"] });
      // WHEN
      const updated = await adapter.update({ keyId: minted.id, expiresInSeconds: 60 });
      // THEN
      expect(updated.expiresAt).toBe(now / 1_000 + 60);
      expect(updated.granted?.models).toEqual(["gpt-5.2"]);
      expect(calls.find(({ endpoint }) => endpoint === "POST /key/update")?.body).toEqual({
        key: minted.id,
        duration: "60s",
      });
    });

    test("what the proxy says of the end counts, also where it says that there is none", async () => {
      for (const [expires, expiresAt] of [
        ["2026-11-24T10:30:00.123456", Date.UTC(2026, 10, 24, 10, 30) / 1_000],
        ["2026-11-24T10:30:00+00:00", Date.UTC(2026, 10, 24, 10, 30) / 1_000],
        [null, undefined],
      ] as const) {
        instead = ({ body }) =>
          Promise.resolve(json({ key: body["key"], expires, created_at: "2026-11-24T10:00:00Z" }));
        expect((await mint()).expiresAt).toBe(expiresAt);
      }
    });

    test("an update of nothing is not sent, and one of a key that is gone fails", async () => {
      const { id } = await mint();
      calls.length = 0;
      expect((await failure(() => adapter.update({ keyId: id }))).kind).toBe("invalid");
      expect(calls).toEqual([]);
      await adapter.revoke({ keyId: id });
      expect((await failure(() => adapter.update({ keyId: id, grant: {} }))).kind).toBe("not_found");
    });

    test("a key that vanishes between its update and the look at it is gone", async () => {
      const { id } = await mint();
      instead = ({ endpoint }) => (endpoint === "GET /key/info" ? Promise.resolve(json({}, 404)) : undefined);
      expect((await failure(() => adapter.update({ keyId: id, grant: {} }))).kind).toBe("not_found");
    });

    test("a blocked key is disabled, opens nothing, and works again when it is unblocked", async () => {
      const { id, value } = await mint();
      await asPerson("POST /key/block", { key: id });
      expect(await adapter.read({ keyId: id })).toMatchObject({ disabled: true });
      expect((await failure(() => adapter.verify({ value, grant: {} }))).message).toContain("Key is blocked");
      await asPerson("POST /key/unblock", { key: id });
      expect((await adapter.read({ keyId: id }))?.disabled).toBeUndefined();
      expect(await adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "works" });
    });

    test("a deletion that the proxy does not confirm is none", async () => {
      const { id } = await mint();
      instead = () => Promise.resolve(json({ deleted_keys: [] }));
      expect((await failure(() => adapter.revoke({ keyId: id }))).kind).toBe("unexpected");
    });

    test.each(["", "sk-0123456789abcdef", "A".repeat(64), "0".repeat(63)])(
      "%j is no id: the proxy would take a value in its place",
      async (keyId) => {
        const verbs = [
          () => adapter.read({ keyId }),
          () => adapter.revoke({ keyId }),
          () => adapter.update({ keyId, grant: {} }),
        ];
        for (const verb of verbs) expect((await failure(verb)).kind).toBe("invalid");
        expect(calls).toEqual([]);
      },
    );
  });

  describe("lists", () => {
    test("a key that moves to the next page while they are read is listed once", async () => {
      // GIVEN
      for (let n = 0; n < 120; n += 1) await mint({}, `a/${n}`);
      const answered: number[] = [];
      instead = async ({ endpoint, query }, real) => {
        if (endpoint === "GET /key/list" && query.includes("page=2")) {
          now += 1_000;
          await mint({}, "a/newest");
        }
        const response = await real();
        if (endpoint === "GET /key/list") {
          const body = (await response.clone().json()) as { keys: unknown[] };
          answered.push(body.keys.length);
        }
        return response;
      };
      // WHEN
      const listed = await adapter.list({});
      // THEN
      expect(answered).toEqual([100, 21]);
      expect(new Set(listed.map(({ id }) => id)).size).toBe(120);
      expect(listed).toHaveLength(120);
    });

    test.each([
      ["the pages", 2],
      ["nothing", undefined],
    ])("they end where they end, where the proxy counts %s", async (_, total_pages) => {
      const page = (from: number, to: number) =>
        Array.from({ length: to - from }, (__, n) => ({ token: hash(`${from + n}`), key_alias: "x" }));
      instead = ({ query }) =>
        Promise.resolve(json({ keys: query.includes("page=2") ? page(100, 130) : page(0, 100), total_pages }));
      expect(await adapter.list({})).toHaveLength(130);
      expect(calls).toHaveLength(2);
    });

    test("keys of others, without an alias or a date, are listed too", async () => {
      instead = () => Promise.resolve(json({ keys: [{ token: hash("old"), key_alias: null }], total_pages: 1 }));
      expect(await adapter.list({})).toEqual([
        { id: hash("old"), name: "", createdAt: 0, granted: { models: null, endpoints: ["*"], limits: null } },
      ]);
    });

    test("hashes alone, or keys without one, are no answer", async () => {
      for (const keys of [[hash("a")], [{ key_alias: "x" }]]) {
        instead = () => Promise.resolve(json({ keys, total_pages: 1 }));
        expect((await failure(() => adapter.list({}))).kind).toBe("unexpected");
      }
    });
  });

  describe("proof", () => {
    const outcome = async (key: MintedKey, grant: Grant) => await adapter.verify({ value: key.value, grant });

    test("is two calls with the key alone, neither of which costs or changes anything", async () => {
      // GIVEN
      const minted = await mint();
      calls.length = 0;
      // WHEN
      const result = await outcome(minted, {});
      // THEN
      expect(result).toEqual({
        outcome: "works",
        evidence: "LiteLLM knows the key, and refuses what lies outside of its endpoints",
        scopeProven: true,
      });
      expect(calls.map(({ endpoint }) => endpoint)).toEqual(["GET /v1/models", "GET /key/info"]);
      expect(new Set(calls.map(({ key }) => key))).toEqual(new Set([minted.value]));
      expect(simulator.state.keys.get(minted.id)?.spend).toBe(0);
    });

    test.each<[string, Grant]>([
      ["no endpoints", {}],
      ["a route that is no model list", { endpoints: ["/v1/chat/completions"] }],
      ["the model list", { endpoints: ["/v1/models"] }],
      ["what the model list lies under", { endpoints: ["/v1"] }],
      ["a pattern", { endpoints: ["/v1/*"] }],
      ["a group that holds the model list", { endpoints: ["openai_routes"] }],
      ["a group whose members are not known here", { endpoints: ["anthropic_routes"] }],
      ["models", { models: ["gpt-5.2"] }],
      ["a group of models", { models: ["beta-models"] }],
    ])("%s: works, and is proven", async (_, grant) => {
      expect(await outcome(await mint(grant), grant)).toMatchObject({ outcome: "works", scopeProven: true });
    });

    test("a key that may read its own record and list models has nothing left to be refused here", async () => {
      const grant = { endpoints: ["/key/info", "/v1/models"] };
      expect(await outcome(await mint(grant), grant)).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test.each<[string, Grant, Grant, "narrower"?]>([
      ["another route", { endpoints: ["/v1/chat/completions"] }, { endpoints: ["/v1/embeddings"] }],
      ["one route more", { endpoints: ["/v1/embeddings", "/v1/chat/completions"] }, { endpoints: ["/v1/embeddings"] }],
      ["every route", { endpoints: ["*"] }, { endpoints: ["/v1/embeddings"] }],
      ["every route, where none was limited", { endpoints: ["*"] }, {}],
      ["its own record", { endpoints: ["/key/info", "/v1/models"] }, { endpoints: ["/v1/models"] }],
      ["no model list", { endpoints: ["/v1/embeddings"] }, { endpoints: ["openai_routes"] }, "narrower"],
      ["no record", { endpoints: ["/v1/models"] }, { endpoints: ["/v1/models", "management_routes"] }, "narrower"],
      ["a model more", { models: ["gpt-5.2", "claude-sonnet-5"] }, { models: ["gpt-5.2"] }],
      ["every model", {}, { models: ["gpt-5.2"] }],
    ])("a key with %s is told from what was asked", async (...[_, granted, asked, told = "wider"]) => {
      const result = await outcome(await mint(granted), asked);
      expect(result.outcome).toBe(told);
      expect(result.evidence).toMatch(/^LiteLLM knows the key, but /);
    });

    test("a refusal of a route without the key's routes in it is one all the same", async () => {
      // GIVEN: a release with other words around the known ones
      const minted = await mint({ endpoints: ["/v1/embeddings"] });
      const message = "Authentication Error, Virtual key is not allowed to call this route.";
      instead = () => Promise.resolve(json({ error: { message, type: "auth_error", code: "401" } }, 401));
      // THEN
      expect(await outcome(minted, { endpoints: ["/v1/rerank"] })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
    });

    test("so is one of a route inside, and then the key may do less than was asked", async () => {
      // GIVEN
      const minted = await mint({ endpoints: ["/v1/embeddings"] });
      instead = () => Promise.resolve(json({ detail: "Virtual key is not allowed to call this route." }, 403));
      // THEN
      expect(await outcome(minted, { endpoints: ["/v1/models"] })).toMatchObject({ outcome: "narrower" });
    });

    test("a pattern of models that is spelled out beside its own name is no model more", async () => {
      // GIVEN
      const grant = { models: ["openai/*"] };
      const minted = await mint(grant);
      const data = [{ id: "openai/*" }, { id: "openai/gpt-5.2" }];
      instead = ({ endpoint }) => (endpoint === "GET /v1/models" ? Promise.resolve(json({ data })) : undefined);
      // THEN
      expect(await outcome(minted, grant)).toMatchObject({ outcome: "works" });
    });

    test.each<[string, number, unknown]>([
      ["unknown", 401, { error: { message: "Authentication Error", type: "token_not_found_in_db", code: "401" } }],
      ["ended, as some releases say it", 400, { error: { message: "Expired Key", type: "expired_key", code: "400" } }],
    ])("a key that is %s is refused", async (_, status, body) => {
      instead = () => Promise.resolve(json(body, status));
      const result = await adapter.verify({ value: "sk-abcdefghijklmnop", grant: { endpoints: ["/v1/rerank"] } });
      expect(result).toMatchObject({ outcome: "refused", scopeProven: false });
    });

    test.each<[string, number, unknown]>([
      ["kept out by its address", 403, { detail: "Access forbidden: IP address not allowed." }],
      ["answered without words", 401, "nope"],
    ])("what is said of a key that is %s is no verdict", async (_, status, body) => {
      instead = () => Promise.resolve(json(body, status));
      const look = () => adapter.verify({ value: "sk-abcdefghijklmnop", grant: { endpoints: ["/v1/rerank"] } });
      expect((await failure(look)).kind).toBe("no_verdict");
    });

    test("characters that no header carries are refused unsent", async () => {
      expect(await adapter.verify({ value: "sk-ключ", grant: {} })).toMatchObject({ outcome: "refused" });
      expect(calls).toEqual([]);
    });

    test.each([400, 404, 422])("a %i says nothing of a key", async (status) => {
      const minted = await mint();
      instead = () => Promise.resolve(json({ error: { message: "no", type: "x" } }, status));
      expect((await failure(() => outcome(minted, {}))).kind).toBe("no_verdict");
    });

    test("the master key is told from a key of data", async () => {
      const result = await adapter.verify({ value: simulator.adminKey, grant: {} });
      expect(result).toMatchObject({ outcome: "wider" });
    });
  });

  describe("errors", () => {
    test.each<[string, unknown, string]>([
      ["the proxy's", { error: { message: "in words", type: "x", param: "sk-secretsecretsecret" } }, ": in words"],
      ["a refusal's", { detail: "in words" }, ": in words"],
      ["a refusal's with an object", { detail: { error: "in words" } }, ": in words"],
      [
        "a validation's",
        { detail: [{ loc: ["body", "models", 0], msg: "no text", input: "sk-secretsecretsecret" }] },
        ": body.models.0: no text",
      ],
      ["none", ["what"], ""],
    ])("%s envelope is understood, and nothing else of it is told", async (_, body, words) => {
      instead = () => Promise.resolve(json(body, 422));
      const error = await failure(() => adapter.list({}));
      expect(error.message).toBe(`LiteLLM answered 422 to GET /key/list${words}`);
    });

    test("the value of a key that has ended, which the proxy quotes, is in no error", async () => {
      const { value } = await mint();
      now += HOUR_SECONDS * 1_000;
      const theirs = liteLlm.connect({
        adminKey: async () => value,
        settings: { baseUrl: "https://litellm.example.com" },
        rateLimiter: { permit: async () => {}, throttled: async () => {} },
        fetch: (input, init) => ask(String(input), init ?? {}),
        now: () => now,
        sleep: async () => {},
      });
      const error = await failure(() => theirs.list({}));
      expect(error).toMatchObject({ kind: "admin_refused", message: expect.stringContaining("Expired Key") });
      expect(error.message).not.toContain(value);
    });

    test("a proxy that is asked too often is throttled", async () => {
      simulator.configure({ callsPerMinute: 1 });
      await adapter.list({});
      expect((await failure(() => adapter.list({}))).kind).toBe("throttled");
    });

    test("an alias that a checking proxy does not take is refused, and every name of ours is taken", async () => {
      simulator.configure({ aliasesChecked: true });
      expect((await failure(() => mint({}, "no blanks"))).kind).toBe("invalid");
      expect(NAME).toMatch(liteLlm.descriptor.keyNamePattern);
      expect("no blanks").not.toMatch(liteLlm.descriptor.keyNamePattern);
      await mint();
    });
  });

  test.each([undefined, {}, { baseUrl: 1 }, { baseUrl: "" }])("settings %j are refused", (settings) => {
    const connection = {
      adminKey: async () => "sk-x",
      rateLimiter: { permit: async () => {}, throttled: async () => {} },
      fetch: globalThis.fetch,
      now: () => now,
      sleep: async () => {},
    };
    expect(() => liteLlm.connect({ ...connection, settings })).toThrow(VendorError);
  });

  test("a proxy under a path is called under it", async () => {
    instead = () => Promise.resolve(json({ keys: [], total_pages: 0 }));
    await connect("https://example.com/llm/proxy").list({});
    expect(calls.map(({ endpoint }) => endpoint)).toEqual(["GET /llm/proxy/key/list"]);
  });
});
