import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness } from "../../../src/testing/fixture";
import type { AnthropicSimulator } from "../../../src/vendors/anthropic/simulator/simulator";
import { subject } from "./subject";

const NAME = "ai-keys/x.0badcafe/summariser";
const DAY_SECONDS = 86_400;

describe("Anthropic's adapter", () => {
  let harness: ContractHarness;
  let simulator: AnthropicSimulator;
  beforeEach(() => {
    harness = new ContractHarness(subject);
    simulator = harness.simulator as AnthropicSimulator;
  });
  const failureOf = (call: () => Promise<unknown>) =>
    call().then(
      () => undefined,
      (error: unknown) => error as VendorError,
    );
  const statusOf = (id: string) => simulator.state.keys.get(id)?.status;
  const object = (change: object) => ({
    type: "api_key",
    id: "apikey_01A",
    name: NAME,
    created_at: "2026-11-24T12:00:00.123456Z",
    created_by: null,
    expires_at: null,
    partial_key_hint: "sk-ant-api03-R2D...igAA",
    principal: null,
    scope: { type: "workspace", workspace_id: "wrkspc_01A" },
    status: "active",
    ...change,
  });
  const answering = (body: unknown) => {
    harness.intercept = () => Response.json(body);
  };

  describe("identify", () => {
    const VALUE = "sk-ant-api03-R2D2aaaaaaaaaaaaaaaaigAA";
    const identify = (name = NAME) => harness.adapter.identify?.({ value: VALUE, name });
    const listing = (...changes: object[]) =>
      answering({ data: changes.map(object), has_more: false, first_id: null, last_id: null });

    test("takes the name as asked for, or with a slash and anything after it", async () => {
      listing({ id: "apikey_01B", name: `${NAME}-other` }, { name: `${NAME}/2026-12` });
      expect((await identify())?.id).toBe("apikey_01A");
      listing({ name: "by somebody else" });
      expect(await identify()).toBeUndefined();
    });

    test("does not tell apart two keys of the name whose ends are the same", async () => {
      listing({}, { id: "apikey_01B" });
      expect(await identify()).toBeUndefined();
      listing({}, { id: "apikey_01B", partial_key_hint: "sk-ant-api03-XYZ...igAA" });
      expect((await identify())?.id).toBe("apikey_01A");
    });

    test.each([null, undefined, "", "[hidden]"])(
      "knows nothing of a key whose hint is %j",
      async (partial_key_hint) => {
        listing({ partial_key_hint });
        expect(await identify()).toBeUndefined();
      },
    );

    test("does not take an archived key for one that lives", async () => {
      listing({ status: "archived" });
      expect(await identify()).toBeUndefined();
      listing({ status: "archived" }, { id: "apikey_01B" });
      expect((await identify())?.id).toBe("apikey_01B");
    });

    test("sends the value nowhere", async () => {
      listing({});
      await identify();
      expect(harness.sent.length).toBeGreaterThan(0);
      expect(JSON.stringify(harness.sent)).not.toContain(VALUE);
    });
  });

  describe("what is shown of a key", () => {
    test("is its workspace, in newer answers and in older ones", async () => {
      answering(object({}));
      expect(await harness.adapter.read({ keyId: "apikey_01A" })).toMatchObject({ projectId: "wrkspc_01A" });
      answering(object({ scope: undefined, workspace_id: "wrkspc_01B" }));
      expect(await harness.adapter.read({ keyId: "apikey_01A" })).toMatchObject({ projectId: "wrkspc_01B" });
      answering(object({ scope: { type: "organization" } }));
      expect(await harness.adapter.read({ keyId: "apikey_01A" })).not.toHaveProperty("projectId");
    });

    test("is its expiry, and that it has ended where Anthropic says so without a time", async () => {
      answering(object({ expires_at: "2026-12-24T12:00:00Z" }));
      const expiresAt = Date.UTC(2026, 11, 24, 12) / 1_000;
      expect(await harness.adapter.read({ keyId: "apikey_01A" })).toMatchObject({ expiresAt });
      answering(object({ status: "expired" }));
      const ended = await harness.adapter.read({ keyId: "apikey_01A" });
      expect(ended?.expiresAt).toBe(ended?.createdAt);
    });

    test.each([{ status: "asleep" }, { created_at: "yesterday" }, { id: "" }, { name: null }])(
      "is unexpected where it is %j",
      async (change) => {
        answering(object(change));
        expect((await failureOf(() => harness.adapter.read({ keyId: "apikey_01A" })))?.kind).toBe("unexpected");
      },
    );
  });

  describe("listing", () => {
    test("asks for a thousand keys a page, and takes every page", async () => {
      for (let n = 0; n < 2_001; n += 1) simulator.addConsoleKey({ name: `${NAME}/${n}` });
      const keys = await harness.adapter.list({});
      expect(new Set(keys.map(({ id }) => id)).size).toBe(2_001);
      expect(harness.sent.map(({ url }) => new URL(url).searchParams.get("limit"))).toEqual(["1000", "1000", "1000"]);
    });

    test("is of one workspace where the settings name it", async () => {
      const [, workspaceId] = simulator.state.workspaceIds;
      const { id } = simulator.addConsoleKey({ name: NAME, workspaceId });
      simulator.addConsoleKey({ name: NAME });
      expect(await harness.connect({ settings: { workspaceId } }).list({})).toEqual([
        expect.objectContaining({ id, projectId: workspaceId }),
      ]);
      expect(await harness.adapter.list({})).toHaveLength(2);
    });

    test("that says there is more and not where is unexpected, and one that does not move on ends", async () => {
      answering({ data: [object({})], has_more: true, first_id: null, last_id: null });
      expect((await failureOf(() => harness.adapter.list({})))?.kind).toBe("unexpected");
      answering({ data: [object({})], has_more: true, first_id: "apikey_01A", last_id: "apikey_01A" });
      expect((await failureOf(() => harness.adapter.list({})))?.kind).toBe("unexpected");
    });
  });

  describe("ends", () => {
    test("a key that is disabled may be used again, one that is revoked is archived", async () => {
      const { id } = simulator.addConsoleKey({ name: NAME });
      await harness.adapter.disable?.({ keyId: id });
      expect(statusOf(id)).toBe("inactive");
      expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
      expect(statusOf(id)).toBe("archived");
      harness.sent.length = 0;
      expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
      expect(harness.effects).toEqual([]);
    });

    test("an expired key is gone as it is, and nothing is asked of it that might be refused", async () => {
      const { id } = simulator.addConsoleKey({ name: NAME, expiresInSeconds: DAY_SECONDS });
      harness.now += DAY_SECONDS * 1_000;
      expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
      expect(harness.effects).toEqual([]);
      expect(await harness.adapter.read({ keyId: id })).toMatchObject({ id, expiresAt: harness.now / 1_000 });
    });

    test.each(["disable", "revoke"] as const)("%s that changes nothing is not taken for done", async (verb) => {
      answering(object({}));
      const error = await failureOf(async () => harness.adapter[verb]?.({ keyId: "apikey_01A" }));
      expect(error?.kind).toBe("unexpected");
    });

    test("a key that is not there is gone, and need not be disabled", async () => {
      expect(await harness.adapter.disable?.({ keyId: "apikey_01stranger" })).toBe("gone");
    });
  });

  describe("a look with a key", () => {
    test("sends the key as Anthropic's reference does", async () => {
      const { value } = simulator.addConsoleKey({ name: NAME });
      await harness.adapter.verify({ value, grant: {} });
      expect(harness.sent.at(-1)?.headers).toMatchObject({ "x-api-key": value, "anthropic-version": "2023-06-01" });
      expect(harness.sent.at(-1)?.headers).not.toHaveProperty("authorization");
    });

    test("that is answered 403 is no verdict on it, nor on the Admin key", async () => {
      const { value } = simulator.addConsoleKey({ name: NAME });
      simulator.configure({ onHold: true });
      const error = await failureOf(() => harness.adapter.verify({ value, grant: {} }));
      expect(error).toBeInstanceOf(VendorError);
      expect(error).toMatchObject({ kind: "no_verdict", status: 403 });
    });

    test("that is answered by no list of models is unexpected", async () => {
      answering({ hello: "world" });
      const error = await failureOf(() => harness.adapter.verify({ value: "sk-ant-api03-x", grant: {} }));
      expect(error?.kind).toBe("unexpected");
    });
  });

  test("an Admin key that is refused, and one that asks too much, are told apart", async () => {
    simulator.configure({ adminKeyValid: false });
    expect((await failureOf(() => harness.adapter.list({})))?.kind).toBe("admin_refused");
    simulator.configure({ adminKeyValid: true, callsPerMinute: 1 });
    await harness.adapter.list({});
    expect(await failureOf(() => harness.adapter.list({}))).toMatchObject({ kind: "throttled", retryAfterSeconds: 20 });
  });

  test.each([{ workspaceId: "default" }, { workspaceId: "wrkspc_a/b" }, { workspaceId: 1 }, "settings", null])(
    "settings such as %j are refused",
    (settings) => expect(() => harness.connect({ settings })).toThrow(VendorError),
  );
});
