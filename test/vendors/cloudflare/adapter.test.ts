import type { Grant } from "../../../src/model/grant";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import { cloudflare } from "../../../src/vendors/cloudflare/adapter";
import { cloudflareDescriptor } from "../../../src/vendors/cloudflare/descriptor";
import { groupIdOf, isKnownScope, scopeOf } from "../../../src/vendors/cloudflare/groups";
import type { CloudflareSimulator } from "../../../src/vendors/cloudflare/simulator/simulator";
import { subject } from "./subject";

const NAME = "ai-keys/cf.0badcafe/summariser/0123456789ab";
const AI: Grant = { scopes: ["workers-ai.read"] };
const GATEWAY: Grant = { scopes: ["ai-gateway.run"] };
const LIFE = 86_400;

describe("the adapter of Cloudflare", () => {
  let harness: ContractHarness;
  let simulator: CloudflareSimulator;
  let account: string;
  beforeEach(() => {
    harness = new ContractHarness(subject);
    simulator = harness.simulator as CloudflareSimulator;
    account = `com.cloudflare.api.account.${simulator.state.accountId}`;
  });

  const mint = (grant: Grant, name = NAME) => harness.mint({ name, grant, expiresInSeconds: LIFE });
  const update = (keyId: string, change: { grant?: Grant; expiresInSeconds?: number }) => {
    if (harness.adapter.update === undefined) throw new Error("no such verb");
    return harness.adapter.update({ keyId, ...change });
  };
  const failureOf = async (call: () => Promise<unknown>): Promise<VendorError> => {
    const error = await call().catch((reason: unknown) => reason);
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const bodyOf = (method: string): object =>
    JSON.parse(harness.sent.find((sent) => sent.method === method)?.body ?? "");
  const answerTo = (isIt: (sent: Sent) => boolean, status: number, body: unknown) => {
    harness.intercept = (sent) => (isIt(sent) ? new Response(JSON.stringify(body), { status }) : undefined);
  };
  const refusal = (code: number, message = "no") => ({ success: false, errors: [{ code, message }], result: null });
  const stored = (id: string) => {
    const token = simulator.state.tokens.get(id);
    if (token === undefined) throw new Error("no such token");
    return token;
  };

  test("each scope of the descriptor is a permission group, each of them another", () => {
    const scopes = Object.keys(cloudflareDescriptor.scopes);
    const ids = scopes.map((scope) => groupIdOf(scope) ?? "");
    expect(new Set(ids).size).toBe(scopes.length);
    expect(ids.every((id) => simulator.state.groups.some((group) => group.id === id))).toBe(true);
    expect(ids.map(scopeOf)).toEqual(scopes);
    expect(scopes.every(isKnownScope)).toBe(true);
  });

  test("a mint asks for one policy on the account, with addresses, a beginning and an end", async () => {
    await mint({ scopes: ["workers-ai.read", "ai-gateway.run"], networks: ["192.0.2.0/24"] });
    expect(bodyOf("POST")).toEqual({
      name: NAME,
      policies: [
        {
          effect: "allow",
          permission_groups: [{ id: "644535f4ed854494a59cb289d634b257" }, { id: "a92d2450e05d4e7bb7d0a64968f83d11" }],
          resources: { [account]: "*" },
        },
      ],
      condition: { request_ip: { in: ["192.0.2.0/24"] } },
      not_before: "2026-11-24T12:00:00Z",
      expires_on: "2026-11-25T12:00:00Z",
    });
  });

  test("a custom scope is a permission group's id", async () => {
    const id = "c1fde68c7bcc44588cbb6ddbc16d6480";
    const minted = await mint({ scopes: [id, "workers-ai.read"] });
    expect((await harness.adapter.read({ keyId: minted.id }))?.granted?.scopes).toEqual([id, "workers-ai.read"]);
  });

  test.each(["workers-ai", "Workers AI Read", "A92D2450E05D4E7BB7D0A64968F83D11"])(
    "the scope %j is refused before anything is sent",
    async (scope) => {
      const error = await failureOf(() => mint({ scopes: [scope] }));
      expect(error).toMatchObject({ kind: "invalid", message: expect.stringContaining(scope) });
      expect(harness.sent).toEqual([]);
    },
  );

  test("a token without permissions is refused before anything is sent", async () => {
    expect((await failureOf(() => mint({}))).kind).toBe("invalid");
    expect(harness.sent).toEqual([]);
  });

  describe("a scope that the account does not offer", () => {
    const id = "644535f4ed854494a59cb289d634b257";
    test.each([
      ["has not", { missingGroups: [id] }, "invalid"],
      ["does not let the admin key give", { unselectableGroups: [id] }, "admin_refused"],
    ])("since it %s it, is named", async (_, settings, kind) => {
      // GIVEN
      const { id: keyId } = await mint(AI);
      simulator.configure(settings);
      const grant = { scopes: ["workers-ai.read", "ai-gateway.run"] };
      // WHEN
      const errors = [await failureOf(() => mint(grant)), await failureOf(() => update(keyId, { grant }))];
      // THEN
      for (const error of errors) {
        expect(error.kind).toBe(kind);
        expect(error.message).toContain("ai-gateway.run");
        expect(error.message).not.toContain("workers-ai.read");
      }
    });

    test("is not blamed for another refusal", async () => {
      simulator.configure({ tokensMax: 0 });
      expect((await failureOf(() => mint(GATEWAY))).message).toContain("limit of tokens");
      simulator.configure({ adminMayWrite: false });
      expect(await failureOf(() => mint(GATEWAY))).toMatchObject({ kind: "admin_refused", status: 403 });
    });
  });

  describe("an update", () => {
    test("of the grant keeps name, beginning, end and state", async () => {
      const { id } = await mint({ ...AI, networks: ["192.0.2.0/24"] });
      stored(id).disabled = true;
      const before = { ...stored(id) };
      harness.now += 60_000;
      const updated = await update(id, { grant: GATEWAY });
      const { name, notBefore, expiresOn, disabled } = stored(id);
      expect({ name, notBefore, expiresOn, disabled }).toEqual({
        name: before.name,
        notBefore: before.notBefore,
        expiresOn: before.expiresOn,
        disabled: true,
      });
      expect(updated).toMatchObject({ disabled: true, granted: { scopes: ["ai-gateway.run"], networks: null } });
    });

    test("of the expiry keeps permissions and addresses, whoever set them", async () => {
      const { id } = await mint(AI);
      const policies = [
        {
          effect: "deny" as const,
          permission_groups: [{ id: "4dc8917b4b40457d88d3035d5dadb054" }],
          resources: { [account]: { "com.cloudflare.api.account.zone.*": "*" }, "com.cloudflare.x": "*" },
        },
      ];
      const condition = { request_ip: { not_in: ["198.51.100.7"] } };
      Object.assign(stored(id), { policies, condition });
      const updated = await update(id, { expiresInSeconds: 60 });
      expect(stored(id)).toMatchObject({ policies, condition, name: NAME });
      expect(updated.expiresAt).toBe(harness.now / 1_000 + 60);
    });

    test("of both writes both", async () => {
      const { id } = await mint(AI);
      const updated = await update(id, { grant: GATEWAY, expiresInSeconds: 60 });
      expect(updated).toMatchObject({ expiresAt: harness.now / 1_000 + 60, granted: { scopes: ["ai-gateway.run"] } });
    });

    test("of a token that does not expire leaves it so", async () => {
      const { id } = await mint(AI);
      Object.assign(stored(id), { expiresOn: undefined, notBefore: undefined });
      expect((await update(id, { grant: GATEWAY })).expiresAt).toBeUndefined();
      expect(bodyOf("PUT")).not.toHaveProperty("not_before");
    });

    test("of nothing, and of what is gone, is an error", async () => {
      const { id } = await mint(AI);
      harness.sent.length = 0;
      expect((await failureOf(() => update(id, {}))).kind).toBe("invalid");
      expect(harness.sent).toEqual([]);
      await harness.adapter.revoke({ keyId: id });
      expect((await failureOf(() => update(id, { grant: AI }))).kind).toBe("not_found");
    });
  });

  describe("what is shown of a token", () => {
    const shown = async (change: object) => {
      const { id } = await mint(AI);
      Object.assign(stored(id), change);
      return (await harness.adapter.list({}))[0];
    };
    const groups = [{ id: "a92d2450e05d4e7bb7d0a64968f83d11" }, { id: "00000000000000000000000000000000" }];

    test("permissions that were added, denied, or are for something else", async () => {
      const key = await shown({
        policies: [
          { effect: "allow", permission_groups: groups, resources: { [account]: "*" } },
          { effect: "deny", permission_groups: groups.slice(0, 1), resources: { [account]: "*" } },
          { effect: "allow", permission_groups: groups.slice(0, 1), resources: { "com.cloudflare.other": "*" } },
        ],
      });
      expect(key?.granted?.scopes).toEqual([
        "00000000000000000000000000000000",
        "deny:workers-ai.read",
        "workers-ai.read",
        "workers-ai.read@com.cloudflare.other",
      ]);
    });

    test("addresses, allowed and denied", async () => {
      const key = await shown({
        condition: { request_ip: { in: ["2001:db8::1", "192.0.2.7"], not_in: ["192.0.2.0/24"] } },
      });
      expect(key?.granted?.networks).toEqual(["192.0.2.7/32", "2001:db8::1/128", "not:192.0.2.0/24"]);
    });

    test("being disabled, being used, having ended", async () => {
      expect(await shown({ disabled: true, lastUsedOn: 1_000 })).toMatchObject({ disabled: true, lastUsedAt: 1_000 });
      harness.now += LIFE * 1_000;
      const [ended] = await harness.adapter.list({});
      expect((ended?.expiresAt ?? 0) * 1_000).toBe(harness.now);
    });

    test("a token of which Cloudflare says no more than its id", async () => {
      answerTo(() => true, 200, { success: true, errors: [], messages: [], result: [{ id: "bare" }] });
      expect(await harness.adapter.list({})).toEqual([
        { id: "bare", name: "", createdAt: 0, granted: { scopes: [], networks: null } },
      ]);
    });
  });

  describe("a listing", () => {
    test.each([true, false])("is complete, whether or not it tells its total: %s", async (totals) => {
      simulator.configure({ totals });
      for (let n = 0; n < 50; n += 1) await mint(AI, `${NAME}${n}`);
      harness.sent.length = 0;
      expect(await harness.adapter.list({})).toHaveLength(50);
      expect(harness.sent).toHaveLength(totals ? 1 : 2);
    });

    test("that knows no pages is read once, and not for ever", async () => {
      const page = { success: true, errors: [], messages: [], result: [{ id: "a" }, { id: "b" }] };
      answerTo(() => true, 200, page);
      expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual(["a", "b"]);
      expect(harness.sent).toHaveLength(2);
    });

    test("that is answered as a failure with a good status is not taken for empty", async () => {
      answerTo(() => true, 200, { success: false, errors: [], messages: [], result: [] });
      expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
    });
  });

  describe("a look with the token", () => {
    const verify = (value: string, grant: Grant) => harness.adapter.verify({ value, grant });
    const paths = () => harness.sent.map(({ url }) => new URL(url).pathname.split("/").slice(5).join("/"));

    test.each<[string, string[], string[]]>([
      ["Workers AI", ["workers-ai.write"], ["tokens/verify", "ai/models/search", "ai-gateway/gateways"]],
      ["AI Gateway", ["ai-gateway.read"], ["tokens/verify", "ai-gateway/gateways", "ai/models/search"]],
      ["what no free call is known for", ["vectorize.read"], ["tokens/verify", "ai/models/search"]],
      ["all of AI", ["workers-ai.read", "ai-gateway.write"], ["tokens/verify", "ai/models/search", "tokens"]],
    ])("proves %s", async (_, scopes, expected) => {
      const { value } = await mint({ scopes });
      harness.sent.length = 0;
      expect(await verify(value, { scopes })).toMatchObject({ outcome: "works", scopeProven: true });
      expect(paths()).toEqual(expected);
    });

    test("does not judge what a custom permission may open", async () => {
      const scopes = ["c1fde68c7bcc44588cbb6ddbc16d6480"];
      const { value } = await mint({ scopes });
      expect(await verify(value, { scopes })).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test("sees a token that may do more, and one that may do less", async () => {
      const { value } = await mint({ scopes: ["workers-ai.read", "ai-gateway.read"] });
      expect((await verify(value, AI)).outcome).toBe("wider");
      expect((await verify(value, { scopes: ["vectorize.read"] })).outcome).toBe("wider");
      const narrow = await mint({ scopes: ["vectorize.read"] });
      expect((await verify(narrow.value, AI)).outcome).toBe("narrower");
    });

    test("from outside of the declared networks is refused, as it has to be", async () => {
      const grant = { ...AI, networks: ["198.51.100.0/24"] };
      const { value } = await mint(grant);
      expect(await verify(value, grant)).toMatchObject({ outcome: "works", scopeProven: false });
      expect((await verify(value, AI)).outcome).toBe("narrower");
    });

    test("may learn of the networks only where the token is used", async () => {
      const { value } = await mint(AI);
      answerTo(({ url }) => !url.endsWith("/tokens/verify"), 403, refusal(9_109));
      expect((await verify(value, { ...AI, networks: ["192.0.2.0/24"] })).outcome).toBe("works");
      expect((await verify(value, AI)).outcome).toBe("narrower");
    });

    test.each([
      [401, 1_000],
      [400, 6_003],
    ])("that is answered %i with code %i is refused", async (status, code) => {
      const { value } = await mint(AI);
      answerTo(({ url }) => url.endsWith("/tokens/verify"), status, refusal(code));
      expect((await verify(value, AI)).outcome).toBe("refused");
    });

    test("that is answered 403 with code 10000, which stands for many things, is no verdict", async () => {
      const { value } = await mint(AI);
      answerTo(({ url }) => url.endsWith("/tokens/verify"), 403, refusal(10_000));
      await expect(verify(value, AI)).rejects.toMatchObject({ kind: "no_verdict" });
    });

    test("of a disabled token is refused", async () => {
      const { id, value } = await mint(AI);
      stored(id).disabled = true;
      expect(await verify(value, AI)).toMatchObject({
        outcome: "refused",
        evidence: expect.stringContaining("disabled"),
      });
    });

    test.each([
      ["tokens/verify", 400],
      ["ai/models/search", 400],
      ["ai/models/search", 404],
      ["ai/models/search", 500],
    ])("whose call of %s is answered %i is no verdict", async (path, status) => {
      const { value } = await mint(AI);
      answerTo(({ url }) => url.endsWith(path), status, refusal(1_234));
      expect((await failureOf(() => verify(value, AI))).status).toBe(status);
    });

    test("that is answered without a status is no verdict", async () => {
      const { value } = await mint(AI);
      answerTo(() => true, 200, { success: true, result: {} });
      expect((await failureOf(() => verify(value, AI))).kind).toBe("unexpected");
    });
  });

  test("a token whose expiry Cloudflare cut short says so", async () => {
    const answer = simulator.handle.bind(simulator);
    simulator.handle = async (request) => {
      const reply = await answer(request);
      if (request.method !== "POST") return reply;
      const body = JSON.parse(JSON.stringify(reply.body));
      return { ...reply, body: { ...body, result: { ...body.result, expires_on: "2026-11-24T13:00:00Z" } } };
    };
    expect((await mint(AI)).expiresAt).toBe(Date.UTC(2026, 10, 24, 13) / 1_000);
  });

  test("programs are sent to Workers AI, as clients of OpenAI use it", () => {
    const { accountId } = simulator.state;
    const url = `https://api.cloudflare.com/client/v4/accounts/${accountId}/ai/v1`;
    expect(cloudflare.dataUrl?.({ accountId })).toBe(url);
  });

  test.each([{}, { accountId: "" }, { accountId: "../x" }, { accountId: "ABCDEF0123456789ABCDEF0123456789" }])(
    "the settings %j are refused",
    (settings) => expect(() => harness.connect({ settings })).toThrow('"accountId" is malformed'),
  );
});
