import { defined } from "../../../src/model/defined";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import { portkeyDescriptor } from "../../../src/vendors/portkey/descriptor";
import type { PortkeySimulator } from "../../../src/vendors/portkey/simulator/simulator";
import type { RotateRequest } from "../../../src/vendors/vendor";
import { minting } from "../../support/minting";
import { subject } from "./subject";

const DAY = 86_400;
const HALF_HOUR = 1_800;
const [grant] = subject.grants;

describe("Portkey adapter", () => {
  let harness: ContractHarness;
  let simulator: PortkeySimulator;
  const now = () => Math.floor(harness.now / 1_000);

  beforeEach(() => {
    harness = new ContractHarness(subject);
    simulator = harness.simulator as PortkeySimulator;
  });

  const mint = (what = grant, expiresInSeconds = DAY) => harness.mint({ name: "one", grant: what, expiresInSeconds });
  const update = async (keyId: string, change: object) => harness.adapter.update?.({ keyId, ...change });
  const rotate = async (keyId: string, change: Partial<RotateRequest> = {}) => {
    const rotated = await harness.adapter.rotate?.({
      keyId,
      graceSeconds: HALF_HOUR,
      expiresInSeconds: DAY,
      ...change,
    });
    if (rotated === undefined) throw new Error("no verb to rotate with");
    return rotated;
  };
  const outcomeOf = async (value: string, what = grant) =>
    (await harness.adapter.verify({ value, grant: what })).outcome;
  const failureOf = async (call: Promise<unknown>): Promise<VendorError> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const answer = (of: (sent: Sent) => readonly [status: number, body: unknown] | undefined) => {
    harness.intercept = (sent) => {
      const given = of(sent);
      return given === undefined ? undefined : new Response(JSON.stringify(given[1]), { status: given[0] });
    };
  };
  const bodies = () => harness.sent.filter(({ body }) => body !== "").map(({ body }) => JSON.parse(body));
  const listed = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      id: `k-${from + n}`,
      name: "n",
      created_at: "2026-03-02T16:36:52.000Z",
    }));

  describe("a mint", () => {
    test("says everything of the grant in Portkey's words, and when the key ends", async () => {
      // WHEN
      const minted = await mint();

      // THEN
      expect(harness.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
        "POST https://api.portkey.ai/v1/api-keys/workspace/service",
      ]);
      expect(harness.sent[0]?.headers).toMatchObject({ "x-portkey-api-key": simulator.adminKey });
      expect(harness.sent[0]?.headers).not.toHaveProperty("authorization");
      expect(bodies()).toEqual([
        {
          name: "one",
          workspace_id: simulator.state.workspaceSlug,
          scopes: ["completions.write", "logs.write"],
          rate_limits: [
            { type: "requests", unit: "rpm", value: 60 },
            { type: "tokens", unit: "rpm", value: 10_000 },
          ],
          usage_limits: { type: "cost", credit_limit: 25, periodic_reset: "monthly" },
          expires_at: "2026-11-25T12:00:00Z",
        },
      ]);
      expect(minted).toMatchObject({ name: "one", createdAt: now(), expiresAt: now() + DAY });
    });

    test("leaves out what is not limited", async () => {
      await mint({ scopes: ["logs.view"] });
      expect(Object.keys(bodies()[0])).toEqual(["name", "workspace_id", "scopes", "expires_at"]);
    });

    test.each([
      ["week", "weekly"],
      ["month", "monthly"],
      ["lifetime", null],
    ] as const)("a budget for a %s starts anew %s, and is shown as it was asked", async (per, periodic_reset) => {
      // WHEN
      const limits = { spend: { usd: 3, per } };
      const { id } = await mint({ scopes: ["logs.view"], limits });

      // THEN
      expect(bodies()[0].usage_limits).toEqual({ type: "cost", credit_limit: 3, periodic_reset });
      expect((await harness.adapter.read({ keyId: id }))?.granted?.limits).toEqual(limits);
    });

    test.each([
      ["cents", { usd: 2.5, per: "month" }],
      ["a day", { usd: 2, per: "day" }],
    ] as const)("a budget of %s, which Portkey does not have, is refused before anything is sent", async (_, spend) => {
      expect((await failureOf(mint({ scopes: ["logs.view"], limits: { spend } }))).kind).toBe("invalid");
      expect(harness.sent).toEqual([]);
    });

    test.each([{}, { scopes: [] }])("without scopes is refused before anything is sent: %j", async (what) => {
      expect((await failureOf(mint(what))).message).toContain("needs scopes");
      expect(harness.sent).toEqual([]);
    });

    test.each([
      ["the organisation lets no key live so long", { maxExpirySeconds: DAY - 1 }, "invalid", "maximum"],
      ["the plan includes no more keys", { keysMax: 0 }, "invalid", "no more API keys"],
      [
        "the admin key lacks the scope",
        { adminScopes: ["workspace_service_api_keys.list"] },
        "admin_refused",
        "permissions",
      ],
      ["the admin key is not known", { adminKeyValid: false }, "admin_refused", "Invalid API Key"],
    ])("is refused in Portkey's words where %s", async (_, settings, kind, words) => {
      simulator.configure(settings);
      const error = await failureOf(mint());
      expect(error.kind).toBe(kind);
      expect(error.message).toContain(words);
      expect(simulator.state.workspaceKeys).toEqual([]);
    });
  });

  describe("a rotation", () => {
    test("gives the same vendor key a new value; the old one works on until its grace is over, and not a second longer", async () => {
      // GIVEN
      const minted = await mint();
      harness.now += 3_600_000;
      harness.sent.length = 0;

      // WHEN
      const rotated = await rotate(minted.id);

      // THEN
      expect(rotated).toMatchObject({ id: minted.id, name: "one", createdAt: now() });
      expect(rotated.value).not.toBe(minted.value);
      expect(
        harness.sent.filter(({ method }) => method !== "GET").map(({ method, url, body }) => [method, url, body]),
      ).toEqual([
        ["POST", `https://api.portkey.ai/v1/api-keys/${minted.id}/rotate`, '{"key_transition_period_ms":1800000}'],
      ]);
      expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual([minted.id]);
      expect(await outcomeOf(minted.value)).toBe("works");
      harness.now += HALF_HOUR * 1_000 - 1;
      expect(await outcomeOf(minted.value)).toBe("works");
      harness.now += 1;
      expect(await outcomeOf(minted.value)).toBe("refused");
      expect(await outcomeOf(rotated.value)).toBe("works");
    });

    test("leaves the expiry where it was, and says so; it is moved by a change of the key, for both values", async () => {
      // GIVEN
      const minted = await mint();
      harness.now += 3_600_000;

      // WHEN
      const rotated = await rotate(minted.id, { expiresInSeconds: 3 * DAY });

      // THEN
      expect(rotated.expiresAt).toBe(minted.expiresAt);
      expect((await harness.adapter.read({ keyId: minted.id }))?.expiresAt).toBe(minted.expiresAt);
      expect(await update(minted.id, { expiresInSeconds: 3 * DAY })).toMatchObject({ expiresAt: now() + 3 * DAY });
      harness.now += 2 * DAY * 1_000;
      expect(await outcomeOf(rotated.value)).toBe("works");
      harness.now += DAY * 1_000;
      expect(await outcomeOf(rotated.value)).toBe("refused");
    });

    test("of a key that somebody made endless says nothing of an end", async () => {
      const { id } = await mint();
      const stored = simulator.state.keys.get(id);
      if (stored !== undefined) stored.expiresAt = null;
      expect(await rotate(id)).not.toHaveProperty("expiresAt");
    });

    test("a revoke kills both values", async () => {
      const minted = await mint();
      const rotated = await rotate(minted.id);
      expect(await harness.adapter.revoke({ keyId: minted.id })).toBe("revoked");
      expect(await outcomeOf(minted.value)).toBe("refused");
      expect(await outcomeOf(rotated.value)).toBe("refused");
    });

    test("keeps what the key may do, and what it has used", async () => {
      // GIVEN: a budget that is spent after four calls, at half a dollar each
      const what = { scopes: ["completions.write"], limits: { spend: { usd: 2, per: "month" as const } } };
      const minted = await mint(what);
      const chat = async (value: string) =>
        simulator.handle({
          method: "POST",
          url: "/v1/chat/completions",
          headers: { "x-portkey-api-key": value },
          body: '{"model":"@openai-prod/gpt-5.2","messages":[{"role":"user"}]}',
        });
      for (let n = 0; n < 4; n += 1) expect((await chat(minted.value)).status).toBe(200);

      // WHEN
      const { value } = await rotate(minted.id);

      // THEN
      expect((await chat(value)).status).toBe(412);
      expect(await harness.adapter.read({ keyId: minted.id })).toMatchObject({
        granted: { scopes: ["completions.write"], limits: what.limits },
      });
    });

    test.each([0, HALF_HOUR - 1, 604_801])(
      "with a grace of %i seconds is refused before anything is sent",
      async (graceSeconds) => {
        const { id } = await mint();
        harness.sent.length = 0;
        expect((await failureOf(rotate(id, { graceSeconds }))).kind).toBe("invalid");
        expect(harness.sent).toEqual([]);
      },
    );

    test("with the longest grace that the descriptor promises is taken", async () => {
      const { id } = await mint();
      expect((await rotate(id, { graceSeconds: portkeyDescriptor.grace?.maxSeconds ?? 0 })).id).toBe(id);
    });

    test("before the last one is over is a conflict, and does no harm to either value", async () => {
      const minted = await mint();
      const rotated = await rotate(minted.id);
      const error = await failureOf(rotate(minted.id));
      expect(error).toMatchObject({ kind: "conflict", status: 400 });
      expect(error.message).toContain("in transition");
      expect(await outcomeOf(minted.value)).toBe("works");
      expect(await outcomeOf(rotated.value)).toBe("works");
      harness.now += HALF_HOUR * 1_000;
      expect((await rotate(minted.id)).id).toBe(minted.id);
    });

    test.each([404, 403] as const)(
      "of a key that is gone, which Portkey answers %i, is not found",
      async (absentStatus) => {
        simulator.configure({ absentStatus });
        expect((await failureOf(rotate("183f497a-2a7f-4f47-992e-26213fa863ae"))).kind).toBe("not_found");
        expect(harness.sent.every(({ method }) => method === "GET")).toBe(true);
      },
    );

    test("with an admin key from before there was rotation is refused as its permission", async () => {
      const actions = ["create", "read", "update", "delete", "list"];
      const { id, value } = await mint();
      simulator.configure({ adminScopes: actions.map((action) => `workspace_service_api_keys.${action}`) });
      expect((await failureOf(rotate(id))).kind).toBe("admin_refused");
      expect(await outcomeOf(value)).toBe("works");
    });

    test.each([
      [429, "throttled"],
      [500, "unavailable"],
      [401, "admin_refused"],
      [422, "conflict"],
    ])("that is answered %i is %s", async (status, kind) => {
      const { id } = await mint();
      answer(({ method }) => (method === "POST" ? [status, { success: false, data: { message: "no" } }] : undefined));
      expect((await failureOf(rotate(id))).kind).toBe(kind);
    });

    test.each([{}, { id: "x" }, { id: "x", key: "" }, { id: "x", key: "y", key_transition_expires_at: "soon" }])(
      "whose answer is %j is unexpected",
      async (body) => {
        const { id } = await mint();
        answer(({ method }) => (method === "POST" ? [200, body] : undefined));
        expect((await failureOf(rotate(id))).kind).toBe("unexpected");
      },
    );
  });

  describe("a change in place", () => {
    test("of the grant says all of it, and takes off what is absent", async () => {
      const { id } = await mint();
      harness.sent.length = 0;
      await update(id, { grant: { scopes: ["logs.view"] } });
      expect(bodies()).toEqual([{ scopes: ["logs.view"], rate_limits: null, usage_limits: null }]);
      expect((await harness.adapter.read({ keyId: id }))?.granted).toEqual({ scopes: ["logs.view"], limits: null });
    });

    test("of the expiry leaves the grant alone", async () => {
      const { id } = await mint();
      const before = (await harness.adapter.read({ keyId: id }))?.granted;
      harness.sent.length = 0;
      expect((await update(id, { expiresInSeconds: 2 * DAY }))?.granted).toEqual(before);
      expect(bodies()).toEqual([{ expires_at: "2026-11-26T12:00:00Z" }]);
    });

    test("of nothing is refused before anything is sent", async () => {
      const { id } = await mint();
      harness.sent.length = 0;
      expect((await failureOf(update(id, {}))).kind).toBe("invalid");
      expect(harness.sent).toEqual([]);
    });

    test("of a key that is gone by the time it is read is not found", async () => {
      const { id } = await mint();
      answer(({ method }) => (method === "GET" ? [404, { success: false, data: { message: "none" } }] : undefined));
      expect((await failureOf(update(id, { expiresInSeconds: DAY }))).kind).toBe("not_found");
    });
  });

  describe("what is shown of a key", () => {
    const shown = async (fields: object) => {
      answer(() => [200, { id: "k", name: "n", created_at: "2026-03-02T16:36:52.000Z", ...fields }]);
      return harness.adapter.read({ keyId: "k" });
    };
    const none = { rate_limits: [], usage_limits: null };

    test("is what the answer says, and no dimension that it leaves out", async () => {
      expect(await shown({})).toEqual({ id: "k", name: "n", createdAt: 1_772_469_412, granted: {} });
      expect(await shown({ rate_limits: [{ type: "requests", unit: "rpm", value: 5 }] })).toMatchObject({
        granted: { limits: { requestsPerMinute: 5 } },
      });
      for (const unlimited of [none, { rate_limits: [] }, { usage_limits: null }]) {
        expect(await shown(unlimited)).toMatchObject({ granted: { limits: null } });
      }
      expect(await shown({ expires_at: "2026-11-25T12:00:00.000Z" })).toMatchObject({ expiresAt: 1_795_608_000 });
      expect((await shown({ scopes: ["b.list", "a.read"] }))?.granted?.scopes).toEqual(["a.read", "b.list"]);
    });

    test("a budget without a type is one in US dollars, as Portkey's examples have it", async () => {
      const usage_limits = { credit_limit: 10, periodic_reset: "monthly", alert_threshold: 8 };
      expect((await shown({ ...none, usage_limits }))?.granted?.limits).toEqual({ spend: { usd: 10, per: "month" } });
    });

    test.each([
      ["of tokens", { usage_limits: { type: "tokens", credit_limit: 10 } }],
      ["every few days", { usage_limits: { type: "cost", credit_limit: 10, periodic_reset_days: 30 } }],
      ["of a period that is not known", { usage_limits: { type: "cost", credit_limit: 10, periodic_reset: "yearly" } }],
      ["a day", { rate_limits: [{ type: "requests", unit: "rpd", value: 5 }] }],
    ])("a limit %s is none of those that are declared", async (_, fields) => {
      expect((await shown({ ...none, ...fields }))?.granted?.limits).toBeNull();
    });

    test.each(["exhausted", "active", "something new"])(
      "a key whose status is %j is not taken for disabled",
      async (status) => {
        expect(await shown({ status })).not.toHaveProperty("disabled");
      },
    );

    test.each([
      { id: "" },
      { name: 1 },
      { created_at: "yesterday" },
      { expires_at: "never" },
      { scopes: "all" },
      { rate_limits: [{ type: "requests" }] },
      { usage_limits: { credit_limit: -1 } },
    ])("an answer with %j is unexpected", async (fields) => {
      expect((await failureOf(shown(fields))).kind).toBe("unexpected");
    });
  });

  describe("the list", () => {
    const pages = (sizes: readonly number[], total?: number) => {
      answer(({ url }) => {
        const page = Number(new URL(url).searchParams.get("current_page"));
        const start = sizes.slice(0, page).reduce((sum, size) => sum + size, 0);
        return [200, { object: "list", ...defined({ total }), data: listed(start, sizes[page] ?? 0) }];
      });
    };
    const count = async () => (await harness.adapter.list({})).length;

    test("asks for the workspace's keys, from page 0", async () => {
      await harness.adapter.list({});
      const workspace = simulator.state.workspaceSlug;
      expect(harness.sent.map(({ url }) => url)).toEqual([
        `https://api.portkey.ai/v1/api-keys?workspace_id=${workspace}&page_size=100&current_page=0`,
      ]);
    });

    test.each<[string, readonly number[], number | undefined, number, number]>([
      ["is over when everything is there", [100, 20], 120, 120, 2],
      ["goes on after pages that are shorter than was asked", [50, 50, 20], 120, 120, 3],
      ["goes on to an empty page where the total is not told", [100, 20], undefined, 120, 3],
      ["goes on after a full page, whatever total it tells", [100, 20], 100, 120, 2],
    ])("%s", async (_, sizes, total, keys, calls) => {
      pages(sizes, total);
      expect(await count()).toBe(keys);
      expect(harness.sent).toHaveLength(calls);
    });

    test("that answers the same page again and again is given up", async () => {
      answer(() => [200, { total: 500, data: listed(0, 100) }]);
      const error = await failureOf(harness.adapter.list({}));
      expect(error).toMatchObject({ kind: "unexpected" });
      expect(harness.sent).toHaveLength(2);
    });
  });

  describe("a key that is not in the workspace", () => {
    test.each([404, 403] as const)(
      "is nothing to read and gone to revoke where Portkey answers %i",
      async (absentStatus) => {
        simulator.configure({ absentStatus });
        const { id } = await mint();
        await harness.adapter.revoke({ keyId: id });
        expect(await harness.adapter.read({ keyId: id })).toBeUndefined();
        expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
      },
    );

    test.each(["read", "delete"])("is not what a key is taken for whose %s the admin key may not", async (action) => {
      const { id, value } = await mint();
      const scopes = ["create", "read", "update", "delete", "list", "rotate"].filter((other) => other !== action);
      simulator.configure({ adminScopes: scopes.map((scope) => `workspace_service_api_keys.${scope}`) });
      const call = action === "read" ? harness.adapter.read({ keyId: id }) : harness.adapter.revoke({ keyId: id });
      expect((await failureOf(call)).kind).toBe("admin_refused");
      expect(await outcomeOf(value)).toBe("works");
    });

    test("is not claimed where the list may not be seen either", async () => {
      simulator.configure({ absentStatus: 403, adminScopes: ["workspace_service_api_keys.read"] });
      expect((await failureOf(harness.adapter.read({ keyId: "none" }))).kind).toBe("admin_refused");
    });
  });

  describe("a look with the key", () => {
    const look = (value: string, scopes: string[]) => harness.adapter.verify({ value, grant: { scopes } });

    test.each([
      [["completions.write"], ["/configs", "/models"]],
      [
        ["virtual_keys.list", "configs.list"],
        ["/prompts", "/models"],
      ],
      [["prompts.list"], ["/models", "/prompts"]],
      [["mcp.invoke"], ["/models"]],
      [["workspace_integrations.list"], ["/models", "/integrations"]],
    ])("with %j tries what is outside, then what is inside", async (scopes, paths) => {
      const { value } = await mint({ scopes });
      harness.sent.length = 0;
      expect(await look(value, scopes)).toMatchObject({ outcome: "works", scopeProven: true });
      expect(harness.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual(
        paths.map((path) => `GET /v1${path}`),
      );
    });

    test("with scopes that open every free call proves nothing of them", async () => {
      const scopes = [
        "completions.write",
        "configs.list",
        "prompts.list",
        "guardrails.list",
        "workspace_integrations.list",
      ];
      const { value } = await mint({ scopes });
      expect(await look(value, scopes)).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test.each<[string, string[], string[]]>([
      ["wider", ["completions.write", "configs.list"], ["completions.write"]],
      ["narrower", ["mcp.invoke"], ["mcp.invoke", "completions.write"]],
      ["wider", ["configs.list"], ["completions.write"]],
    ])("that is %s than was asked is told so", async (told, has, asked) => {
      const { value } = await mint({ scopes: has });
      expect(await look(value, asked)).toMatchObject({ outcome: told, scopeProven: true });
    });

    test("that no key can be is refused, and not sent", async () => {
      expect(await look("a b", ["mcp.invoke"])).toMatchObject({ outcome: "refused" });
      expect(harness.sent).toEqual([]);
    });

    test.each([["mcp.invoke"], ["completions.write"]])("that is not known is refused (%s)", async (scope) => {
      expect(await look("nobodysvalue", [scope])).toMatchObject({ outcome: "refused", scopeProven: false });
    });

    test("whose missing scope is answered 401 in words that nobody knows works, unproven, where something inside is let through", async () => {
      const { value } = await mint();
      answer(({ url }) => (url.endsWith("/configs") ? [401, { success: false, data: { message: "no" } }] : undefined));
      expect(await look(value, ["completions.write"])).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test("whose budget is spent works", async () => {
      const { value } = await mint();
      answer(({ url }) =>
        url.endsWith("/models") ? [412, { success: false, data: { message: "spent" } }] : undefined,
      );
      const result = await look(value, ["completions.write"]);
      expect(result).toMatchObject({ outcome: "works", scopeProven: true });
      expect(result.evidence).toContain("budget is spent");
    });

    test.each([
      [401, "no_verdict"],
      [403, "no_verdict"],
      [200, "unexpected"],
    ])("that something else than Portkey answers %i is no verdict", async (status, kind) => {
      const { value } = await mint();
      harness.intercept = () => new Response("<html>blocked</html>", { status });
      expect((await failureOf(look(value, ["completions.write"]))).kind).toBe(kind);
    });

    test("is no verdict where every call is missing", async () => {
      const { value } = await mint();
      answer(() => [404, { message: "not found" }]);
      expect((await failureOf(look(value, ["completions.write"]))).kind).toBe("no_verdict");
    });
  });

  test.each([
    ["the admin API's", { success: false, data: { message: "in words", errorCode: "AB01" } }],
    ["the gateway's", { error: { message: "in words", type: "x", code: null } }],
    ["the gateway's other", { status: "failure", message: "in words" }],
  ])("%s error envelope is understood", async (_, body) => {
    answer(() => [400, body]);
    expect((await failureOf(harness.adapter.list({}))).message).toBe("Portkey answered 400 to GET /api-keys: in words");
  });

  test.each([undefined, "", "ws/1", "-ws", 7])("the workspace %j is refused before anything is sent", (workspaceId) => {
    expect(() => harness.connect({ settings: { workspaceId } })).toThrow(/"workspaceId" is malformed/);
  });

  test("a workspace is named by its UUID as well", async () => {
    const adapter = harness.connect({ settings: { workspaceId: simulator.state.workspaceId } });
    const { id } = await minting(adapter).mint({ name: "one", grant, expiresInSeconds: DAY });
    expect((await adapter.list({})).map((key) => key.id)).toEqual([id]);
  });
});
