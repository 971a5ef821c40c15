import { generateKeyPairSync } from "node:crypto";
import type { Grant } from "../../../src/model/grant";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import { gemini } from "../../../src/vendors/gemini/adapter";
import { grantedOf, opens } from "../../../src/vendors/gemini/restrictions";
import type { GeminiSimulator } from "../../../src/vendors/gemini/simulator/simulator";
import { minting } from "../../support/minting";
import { subject } from "./subject";

const NAME = `ai-keys/google.0badcafe/${"long-name-".repeat(6)}/0123456789ab`;
const WHOLE: Grant = {};
const LISTS: Grant = { endpoints: ["ListModels"] };
const LIFE = 86_400;

describe("the adapter of Google Gemini", () => {
  let harness: ContractHarness;
  let simulator: GeminiSimulator;
  beforeEach(() => {
    harness = new ContractHarness(subject);
    simulator = harness.simulator as GeminiSimulator;
  });

  const mint = (grant: Grant, name = NAME) => harness.mint({ name, grant, expiresInSeconds: LIFE });
  const shown = (id: string): object => {
    const key = simulator.state.key(id);
    if (key === undefined) throw new Error("no such key");
    return simulator.state.shownKey(key);
  };
  const update = (keyId: string, grant: Grant) => {
    if (harness.adapter.update === undefined) throw new Error("no such verb");
    return harness.adapter.update({ keyId, grant });
  };
  const failureOf = async (call: () => Promise<unknown>): Promise<VendorError> => {
    const error = await call().catch((reason: unknown) => reason);
    if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
    return error;
  };
  const bodyOf = (method: string): { restrictions?: unknown; displayName?: string; serviceAccountEmail?: string } =>
    JSON.parse(harness.sent.find((sent) => sent.method === method)?.body ?? "");
  const answerTo = (isIt: (sent: Sent) => boolean, status: number, body: object) => {
    harness.intercept = (sent) => (isIt(sent) ? new Response(JSON.stringify(body), { status }) : undefined);
  };

  describe("what is asked of Google", () => {
    test.each<[string, Grant, object]>([
      [
        "without endpoints: the Gemini API, and never an unrestricted key",
        WHOLE,
        { apiTargets: [{ service: "generativelanguage.googleapis.com" }] },
      ],
      [
        "endpoints: methods of the Gemini API",
        { endpoints: ["ListModels", "CountTokens"] },
        { apiTargets: [{ service: "generativelanguage.googleapis.com", methods: ["CountTokens", "ListModels"] }] },
      ],
      [
        "networks: addresses of servers",
        { networks: ["192.0.2.0/24"] },
        {
          apiTargets: [{ service: "generativelanguage.googleapis.com" }],
          serverKeyRestrictions: { allowedIps: ["192.0.2.0/24"] },
        },
      ],
    ])("%s", async (_, grant, restrictions) => {
      // WHEN
      const { id } = await mint(grant);
      await update(id, grant);
      // THEN
      expect(bodyOf("POST").restrictions).toEqual(restrictions);
      expect(bodyOf("PATCH")).toEqual({ restrictions });
      expect(harness.sent.find(({ method }) => method === "PATCH")?.url).toContain("?updateMask=restrictions");
    });

    test("a name longer than Google displays is kept whole", async () => {
      // WHEN
      const minted = await mint(LISTS);
      // THEN
      expect(NAME.length).toBeGreaterThan(63);
      expect(bodyOf("POST").displayName).toBe(NAME.slice(-63));
      expect(minted.name).toBe(NAME);
      expect((await harness.adapter.read({ keyId: minted.id }))?.name).toBe(NAME);
      expect((await harness.adapter.list({}))[0]?.name).toBe(NAME);
    });

    test("ids are such as Google takes, and follow from the name", async () => {
      const first = await mint(LISTS);
      const other = await mint(LISTS, `${NAME}c`);
      expect(first.id).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(other.id).not.toBe(first.id);
      expect((await mint(LISTS)).id).toBe(first.id);
    });

    test("keys are bound to a service account where the issuer names one", async () => {
      const serviceAccountEmail = "gemini@sandbox-project.iam.gserviceaccount.com";
      const adapter = harness.connect({ settings: { ...subject.settingsOf(simulator), serviceAccountEmail } });
      const { value } = await minting(adapter).mint({ name: NAME, grant: LISTS, expiresInSeconds: LIFE });
      expect(bodyOf("POST").serviceAccountEmail).toBe(serviceAccountEmail);
      expect(value.startsWith("AQ.")).toBe(true);
      expect(await adapter.verify({ value, grant: LISTS })).toMatchObject({ outcome: "works", scopeProven: true });
    });
  });

  describe("a mint that is repeated", () => {
    test("sets the grant where it has changed since", async () => {
      // GIVEN
      const first = await mint(WHOLE);
      harness.sent.length = 0;
      // WHEN
      const second = await mint(LISTS);
      // THEN
      expect(second.value).toBe(first.value);
      expect((await harness.adapter.read({ keyId: second.id }))?.granted?.endpoints).toEqual(["ListModels"]);
      const effects = harness.sent.filter(({ method }) => method !== "GET");
      expect(effects.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
    });

    test("leaves a deleted key dead, and takes the next id", async () => {
      const first = await mint(LISTS);
      await harness.adapter.revoke({ keyId: first.id });
      const second = await mint(LISTS);
      expect(second.id).not.toBe(first.id);
      expect(second.name).toBe(NAME);
      expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual([second.id]);
      expect((await mint(LISTS)).id).toBe(second.id);
    });

    test("ends where every id belongs to a deleted key", async () => {
      for (let n = 0; n < 8; n += 1) await harness.adapter.revoke({ keyId: (await mint(LISTS)).id });
      expect(await failureOf(() => mint(LISTS))).toMatchObject({ kind: "conflict" });
    });

    test("never answers somebody else's key", async () => {
      const { id, value } = await mint(LISTS);
      const key = simulator.state.key(id);
      if (key !== undefined) Object.assign(key, { annotations: { "scoped-keys-name": "another" } });
      const error = await failureOf(() => mint(LISTS));
      expect(error.kind).toBe("conflict");
      expect(error.message).not.toContain(value);
    });

    test("finds the key whose first answer was lost", async () => {
      // GIVEN
      let lost: Promise<unknown> | undefined;
      const answer = simulator.handle.bind(simulator);
      simulator.handle = async (request) => {
        const reply = await answer(request);
        if (request.method !== "POST" || !request.url.includes("keyId") || lost !== undefined) return reply;
        lost = Promise.resolve();
        throw new TypeError("fetch failed");
      };
      expect((await failureOf(() => mint(LISTS))).kind).toBe("unavailable");
      // WHEN
      const minted = await mint(LISTS);
      // THEN
      expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual([minted.id]);
      expect(await harness.adapter.verify({ value: minted.value, grant: LISTS })).toMatchObject({ outcome: "works" });
    });
  });

  describe("operations", () => {
    test("are waited for, a little longer each time", async () => {
      const pauses: number[] = [];
      simulator.configure({ polls: 4 });
      const adapter = harness.connect({ sleep: async (millis) => void pauses.push(millis) });
      await minting(adapter).mint({ name: NAME, grant: LISTS, expiresInSeconds: LIFE });
      expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
    });

    test.each(["mint", "update", "revoke"])("a %s that does not end is not known to have happened", async (verb) => {
      // GIVEN
      const { id } = await mint(LISTS);
      simulator.configure({ polls: 1_000 });
      harness.sent.length = 0;
      // WHEN
      const error = await failureOf((): Promise<unknown> => {
        if (verb === "mint") return mint(LISTS, `${NAME}2`);
        return verb === "update" ? update(id, WHOLE) : harness.adapter.revoke({ keyId: id });
      });
      // THEN
      expect(error.kind).toBe("unavailable");
      expect(harness.sent.filter(({ url }) => url.includes("/operations/"))).toHaveLength(9);
    });

    test("an operation that Google has forgotten does not say that the key is gone", async () => {
      const { id } = await mint(LISTS);
      answerTo(({ url }) => url.includes("/operations/"), 404, { error: { message: "none" } });
      expect((await failureOf(() => harness.adapter.revoke({ keyId: id }))).kind).toBe("unavailable");
    });

    test("the caller's time ends the wait", async () => {
      const adapter = harness.connect({
        sleep: async () => {
          throw new DOMException("over", "TimeoutError");
        },
      });
      const error = await failureOf(() => minting(adapter).mint({ name: NAME, grant: LISTS, expiresInSeconds: LIFE }));
      expect(error.kind).toBe("unavailable");
    });

    test.each([
      [3, "invalid"],
      [5, "not_found"],
      [6, "conflict"],
      [7, "admin_refused"],
      [8, "throttled"],
      [9, "invalid"],
      [13, "unavailable"],
      [14, "unavailable"],
    ])("one that ends in code %i is %s, and its message tells no key", async (code, kind) => {
      const { id, value } = await mint(LISTS);
      const failed = { name: "operations/x.1", done: true, error: { code, message: `no: ${value}` } };
      answerTo(({ method }) => method === "PATCH", 200, failed);
      const error = await failureOf(() => update(id, WHOLE));
      expect(error.kind).toBe(kind);
      expect(error.message).not.toContain(value);
    });

    test("one that is done and answers no key is unexpected", async () => {
      answerTo(({ method }) => method === "POST", 200, { name: "operations/x.1", done: true, response: {} });
      expect((await failureOf(() => mint(LISTS))).kind).toBe("unexpected");
    });

    test("one that answers a deleted key makes neither a second key nor a live one of it", async () => {
      // GIVEN
      const { id } = await mint(LISTS);
      const deleted = { ...shown(id), deleteTime: "2026-11-24T12:00:00Z" };
      const done = { name: "operations/x.1", done: true, response: deleted };
      answerTo(({ method }) => method === "POST" || method === "PATCH", 200, done);
      harness.sent.length = 0;

      // THEN
      expect((await failureOf(() => mint(LISTS, `${NAME}2`))).kind).toBe("unexpected");
      expect(harness.effects).toHaveLength(1);
      expect((await failureOf(() => update(id, WHOLE))).kind).toBe("unexpected");
    });
  });

  test.each([200, 400, 404])("a second deletion that Google answers with %i is done", async (deletedTwice) => {
    simulator.configure({ deletedTwice });
    const { id } = await mint(LISTS);
    expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
    expect(await harness.adapter.revoke({ keyId: id })).toBe(deletedTwice === 200 ? "revoked" : "gone");
    expect(await harness.adapter.read({ keyId: id })).toBeUndefined();
  });

  test("a deletion that Google refuses is not done, as long as the key is there", async () => {
    const { id } = await mint(LISTS);
    answerTo(({ method }) => method === "DELETE", 400, { error: { message: "not now" } });
    expect((await failureOf(() => harness.adapter.revoke({ keyId: id }))).message).toContain("not now");
  });

  test("a key that is deleted is not listed, should Google list it", async () => {
    const { id } = await mint(LISTS);
    await mint(LISTS, `${NAME}2`);
    await harness.adapter.revoke({ keyId: id });
    const keys = simulator.state.keys().map((key) => simulator.state.shownKey(key));
    answerTo(() => true, 200, { keys });
    expect(keys).toHaveLength(2);
    expect((await harness.adapter.list({})).map(({ name }) => name)).toEqual([`${NAME}2`]);
  });

  describe("what is shown of a key's restrictions", () => {
    const gl = "generativelanguage.googleapis.com";
    test.each<[string, Parameters<typeof grantedOf>[0], object]>([
      ["no restrictions", undefined, { endpoints: ["*"], networks: null }],
      ["the whole Gemini API", { apiTargets: [{ service: gl, methods: [] }] }, { endpoints: null, networks: null }],
      [
        "another service beside it",
        {
          apiTargets: [
            { service: gl, methods: [] },
            { service: "translate.googleapis.com", methods: [] },
          ],
        },
        { endpoints: [`${gl}.*`, "translate.googleapis.com.*"], networks: null },
      ],
      [
        "methods, and one of another service",
        {
          apiTargets: [
            { service: gl.toUpperCase(), methods: ["ListModels", "CountTokens"] },
            { service: "translate.googleapis.com", methods: ["Get*"] },
          ],
        },
        { endpoints: ["CountTokens", "ListModels", "translate.googleapis.com: Get*"], networks: null },
      ],
      [
        "single addresses",
        {
          apiTargets: [{ service: gl, methods: [] }],
          serverKeyRestrictions: { allowedIps: ["2001:db8::1", "192.0.2.7"] },
        },
        { endpoints: null, networks: ["192.0.2.7/32", "2001:db8::1/128"] },
      ],
      [
        "websites in the place of addresses",
        { apiTargets: [{ service: gl, methods: [] }], browserKeyRestrictions: {} },
        { endpoints: null, networks: ["browserKeyRestrictions"] },
      ],
    ])("%s", (_, restrictions, shown) => expect(grantedOf(restrictions)).toMatchObject(shown));
  });

  test.each([
    ["ListModels", true],
    ["listmodels", true],
    ["List*", true],
    ["google.ai.generativelanguage.v1beta.ModelService.ListModels", true],
    ["google.ai.generativelanguage.v1beta.ModelService.*", true],
    ["generativelanguage.googleapis.com.List*", true],
    ["*", true],
    ["GetModel", false],
    ["Models", false],
    ["google.ai.generativelanguage.v1.ModelService.ListModels", false],
    ["google.ai.generativelanguage.ModelService.ListModels", true],
    ["google.ai.generativelanguage.ModelService.*", true],
    ["google.ai.generativelanguage.FileService.*", false],
  ])("the method %s opens the list of models: %s", (method, expected) => {
    expect(opens([method], "google.ai.generativelanguage.v1beta.ModelService.ListModels")).toBe(expected);
  });

  test("a method without a version is opened in every version, and shown as it was asked", async () => {
    const grant = { endpoints: ["google.ai.generativelanguage.FileService.*"] };
    const { id } = await mint(grant);
    const sent = harness.sent.find(({ method }) => method === "POST")?.body ?? "";
    for (const version of ["v1", "v1beta", "v1alpha"]) {
      expect(sent).toContain(`google.ai.generativelanguage.${version}.FileService.*`);
    }
    expect((await harness.adapter.read({ keyId: id }))?.granted).toEqual({ ...grant, networks: null });
  });

  test("a key that was used of late is deleted all the same", async () => {
    const { id } = await mint(LISTS);
    simulator.configure({ deletionChecksUsage: true });
    expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
  });

  describe("a look with the key", () => {
    const verify = (value: string, grant: Grant) => harness.adapter.verify({ value, grant });

    test("proves a list of methods by a call inside and one outside", async () => {
      const { value } = await mint(LISTS);
      harness.sent.length = 0;
      expect(await verify(value, LISTS)).toMatchObject({ outcome: "works", scopeProven: true });
      expect(harness.sent.map(({ url }) => new URL(url).pathname)).toEqual([
        "/v1beta/models",
        "/v1/models",
        "/v1beta/files",
        "/v1/files",
      ]);
      expect(harness.sent.every(({ headers }) => headers["x-goog-api-key"] === value)).toBe(true);
      expect(harness.sent.every(({ url }) => !url.includes(value))).toBe(true);
    });

    test("proves methods that cost money by what is closed", async () => {
      const grant = { endpoints: ["GenerateContent"] };
      const { value } = await mint(grant);
      expect(await verify(value, grant)).toMatchObject({ outcome: "works", scopeProven: true });
    });

    test("of the whole Gemini API has nothing to prove", async () => {
      const { value } = await mint(WHOLE);
      expect(await verify(value, WHOLE)).toMatchObject({ outcome: "works", scopeProven: false });
    });

    test("sees a key that may do more, and one that may do less", async () => {
      const wide = await mint(WHOLE, "wide");
      const narrow = await mint({ endpoints: ["ListFiles"] }, "narrow");
      expect((await verify(wide.value, LISTS)).outcome).toBe("wider");
      expect((await verify(narrow.value, LISTS)).outcome).toBe("wider");
    });

    test("from outside of the declared networks is refused, as it has to be", async () => {
      const grant = { networks: ["198.51.100.0/24"] };
      const { value } = await mint(grant);
      expect(await verify(value, grant)).toMatchObject({ outcome: "works", scopeProven: false });
      expect((await verify(value, WHOLE)).outcome).toBe("narrower");
    });

    test.each([
      [401, "UNAUTHENTICATED"],
      [403, "SERVICE_DISABLED"],
    ])("that is answered %i %s is no verdict", async (status, reason) => {
      const { value } = await mint(LISTS);
      answerTo(() => true, status, { error: { message: "no", details: [{}, { reason }] } });
      expect(await failureOf(() => verify(value, LISTS))).toMatchObject({ kind: "no_verdict" });
    });

    test("that is answered 400 API_KEY_INVALID is refused", async () => {
      const { value } = await mint(LISTS);
      answerTo(() => true, 400, { error: { message: "no", details: [{}, { reason: "API_KEY_INVALID" }] } });
      expect((await verify(value, LISTS)).outcome).toBe("refused");
    });

    test("reads an envelope in an array, and takes no other 400 for a verdict", async () => {
      const { value } = await mint(LISTS);
      const error = { message: "location is not supported", status: "FAILED_PRECONDITION" };
      harness.intercept = () => new Response(JSON.stringify([{ error }]), { status: 400 });
      const failure = await failureOf(() => verify(value, LISTS));
      expect(failure).toMatchObject({
        kind: "no_verdict",
        message: expect.stringContaining("location is not supported"),
      });
    });

    test.each(["", "a b", "ключ"])("with %j is not made", async (value) => {
      expect((await verify(value, LISTS)).outcome).toBe("refused");
      expect(harness.sent).toEqual([]);
    });
  });

  describe("the admin key", () => {
    const withKey = (change: object) => {
      const text = JSON.stringify({ ...JSON.parse(simulator.adminKey), ...change });
      return harness.connect({ adminKey: async () => text });
    };

    test("is traded in once an hour", async () => {
      const requests = jest.spyOn(simulator, "handle");
      const trades = () => requests.mock.calls.filter(([{ url }]) => url === "/token").length;
      await harness.adapter.list({});
      await harness.adapter.list({});
      expect(trades()).toBe(1);
      harness.now += 3_600_000;
      await harness.adapter.list({});
      expect(trades()).toBe(2);
      requests.mockRestore();
    });

    test.each([
      ["no key of RSA", { private_key: "nonsense" }, '"private_key"'],
      ["an elliptic key", { private_key: ellipticKey() }, '"private_key"'],
      ["another token endpoint", { token_uri: "https://example.com/token" }, '"token_uri"'],
      ["no account", { client_email: "" }, '"client_email"'],
    ])("with %s is refused before anything is sent, and not quoted", async (_, change, field) => {
      const error = await failureOf(() => withKey(change).list({}));
      expect(error).toMatchObject({ kind: "admin_refused", message: expect.stringContaining(field) });
      for (const text of Object.values(change)) {
        if (text !== "") expect(error.message).not.toContain(text);
      }
      expect(harness.sent).toEqual([]);
    });

    test.each([
      ["another account's", { client_email: "other@sandbox-project.iam.gserviceaccount.com" }],
      ["another key's", { private_key: rsaKey() }],
    ])("%s signature is refused", async (_, change) => {
      expect(await failureOf(() => withKey(change).list({}))).toMatchObject({ kind: "admin_refused", status: 400 });
    });

    test("that lacks a permission is refused, and says which", async () => {
      simulator.configure({ missingPermissions: ["apikeys.keys.create"] });
      const error = await failureOf(() => mint(LISTS));
      expect(error).toMatchObject({ kind: "admin_refused", message: expect.stringContaining("apikeys.keys.create") });
    });
  });

  test("an expiry, and nothing at all, cannot be set", async () => {
    const { id } = await mint(LISTS);
    harness.sent.length = 0;
    const { update: verb } = harness.adapter;
    const call = async (change: object) => verb?.call(harness.adapter, { keyId: id, ...change });
    expect((await failureOf(() => call({ expiresInSeconds: 60 }))).kind).toBe("invalid");
    expect((await failureOf(() => call({}))).kind).toBe("invalid");
    expect(harness.sent).toEqual([]);
  });

  test("programs are sent to the Gemini API", () => {
    expect(gemini.dataUrl?.(subject.settingsOf(simulator))).toBe("https://generativelanguage.googleapis.com/v1beta");
  });

  test.each([
    [{}, "projectId"],
    [{ projectId: "Not A Project" }, "projectId"],
    [{ projectId: "../other" }, "projectId"],
    [{ projectId: "my-project", serviceAccountEmail: "nobody" }, "serviceAccountEmail"],
  ])("the settings %j are refused at %s", (settings, field) => {
    expect(() => harness.connect({ settings })).toThrow(`"${field}" is malformed`);
  });
});

function ellipticKey(): string {
  return pemOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);
}

function rsaKey(): string {
  return pemOf(generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey);
}

function pemOf(key: ReturnType<typeof generateKeyPairSync>["privateKey"]): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
