import { ScopedKeysRuntimeError } from "../../src/model/errors";
import { VendorError } from "../../src/model/vendor-error";
import { AdapterFiles, adapterSource, DESCRIPTOR } from "./support";

const ERROR_CLASS = `class VendorError extends Error {
  constructor(kind, message, more) { super(message); this.name = "VendorError"; this.kind = kind; this.call = "GET /keys"; Object.assign(this, more); } }`;
const ADMIN_KEY = "admin-key-0123456789";

describe("what stands between the engine and an adapter of a user's", () => {
  const files = new AdapterFiles();
  afterAll(() => files.remove());

  const connect = (verbs: Readonly<Record<string, string | undefined>> = {}, change = {}) =>
    files.connect(adapterSource(verbs, DESCRIPTOR, ERROR_CLASS), change);
  const failureOf = async (call: () => unknown): Promise<unknown> => {
    try {
      await call();
    } catch (error) {
      return error;
    }
    throw new Error("nothing was thrown");
  };

  test("lets through what is as it should be, without what it does not know", async () => {
    const adapter = connect({
      list: 'async () => [{ id: "k", name: "n", createdAt: 5, expiresAt: undefined, more: 1, granted: { scopes: ["a"], models: null } }]',
    });
    expect(await adapter.list({})).toEqual([
      { id: "k", name: "n", createdAt: 5, granted: { scopes: ["a"], models: null } },
    ]);
    expect(await adapter.read({ keyId: "k" })).toBeUndefined();
    expect(adapter.update).toBeUndefined();
    expect(adapter.descriptor.id).toBe("acme");
  });

  test("calls verbs as members of their adapter", async () => {
    const source = `class A { #n = 7; async list() { return [{ id: "k" + this.#n, name: "", createdAt: 0 }]; }
      async read() {} async revoke() { return "gone"; } async verify() {} async mint() {} }
      exports.vendor = { descriptor: ${DESCRIPTOR}, connect() { return new A(); } };`;
    expect(await files.connect(source).list({})).toMatchObject([{ id: "k7" }]);
  });

  test.each([
    ["list", 'async () => [{ id: "", name: "n", createdAt: 1 }]', '"0.id"'],
    ["list", "async () => null", '"the answer"'],
    ["list", 'async () => [{ id: "k", name: "n", createdAt: "acme_value_0123456789" }]', '"0.createdAt"'],
    ["list", 'async () => [{ id: "k", name: "n", createdAt: 1, granted: { limits: {} } }]', '"0.granted.limits"'],
    ["mint", 'async () => ({ id: "k", name: "n", createdAt: 1 })', '"value"'],
    ["mint", 'async () => ({ id: "k".repeat(257), name: "n", value: "v", createdAt: 1 })', '"id"'],
    ["revoke", 'async () => "yes"', '"the answer"'],
    ["verify", 'async () => ({ outcome: "ok" })', '"outcome"'],
  ] as const)("takes what %s answers with %s for unexpected, and does not quote it", async (verb, code, where) => {
    const adapter = connect({ [verb]: code });
    const error = await failureOf(() =>
      Reflect.apply(adapter[verb] ?? (() => {}), adapter, [{ keyId: "k", value: "v", grant: {} }]),
    );
    expect(error).toBeInstanceOf(VendorError);
    expect(error).toMatchObject({ kind: "unexpected", call: `adapter.${verb}` });
    expect(String(error)).toContain(where);
    expect(String(error)).not.toContain("0123456789");
  });

  test("makes errors of the adapter's own copy of the class the engine's, without secrets", async () => {
    const adapter = connect(
      {
        list: `async () => { const key = await connection.adminKey(); throw new VendorError("throttled", "no: " + key, { status: 429, retryAfterSeconds: 7 }); }`,
        verify: `async ({ value }) => { throw new VendorError("unavailable", "lost " + value); }`,
      },
      {},
    );
    const throttled = await failureOf(() => adapter.list({}));
    expect(throttled).toBeInstanceOf(VendorError);
    expect(throttled).toMatchObject({ kind: "throttled", call: "GET /keys", status: 429, retryAfterSeconds: 7 });
    expect(String(throttled)).not.toContain(ADMIN_KEY);
    const lost = await failureOf(() => adapter.verify({ value: "acme_value_0123456789", grant: {} }));
    expect(lost).toMatchObject({ kind: "unavailable", message: "lost [redacted]" });
  });

  test("tells of other errors the kind and the line, and not the text", async () => {
    const list = 'async () => {\n  throw new TypeError("acme_value_0123456789 is no function");\n}';
    const lines = adapterSource({ list }, DESCRIPTOR, ERROR_CLASS).split("\n");
    const line = lines.findIndex((text) => text.includes("throw new TypeError")) + 1;
    const adapter = connect({
      list,
      revoke: 'async () => { throw "acme_value_0123456789"; }',
      read: 'async () => { throw new VendorError("strange", "acme_value_0123456789"); }',
    });
    const thrown = await failureOf(() => adapter.list({}));
    expect(thrown).toMatchObject({ kind: "unexpected" });
    expect(String(thrown)).toMatch(
      new RegExp(`the adapter of Acme throws TypeError at adapter-\\d+\\.js:${line} in \`list\`$`),
    );
    expect(String(await failureOf(() => adapter.revoke({ keyId: "k" })))).toMatch(/throws string in `revoke`$/);
    expect(String(await failureOf(() => adapter.read({ keyId: "k" })))).toMatch(/throws VendorError at .* in `read`$/);
  });

  test("lets through errors of the library's own that came from the connection", async () => {
    const missing = new ScopedKeysRuntimeError("SK205", { subject: "s", problem: "p", remedy: "r" });
    const adapter = connect(
      { list: "async () => { await connection.adminKey(); }" },
      { adminKey: () => Promise.reject(missing) },
    );
    expect(await failureOf(() => adapter.list({}))).toBe(missing);
  });

  test.each<[string, string, string]>([
    ["a mint", adapterSource({ mint: undefined }), "`mint`"],
    ["several", adapterSource({ list: undefined, verify: undefined }), "`list`, `verify`"],
    ["an update", adapterSource({}, DESCRIPTOR.replace("grant: false", "grant: true")), "`update`"],
    [
      "a way to know a key that a person made",
      adapterSource({}, DESCRIPTOR.replace('"additive"', '"manual"')),
      "`identify`",
    ],
    [
      "a rotation",
      adapterSource({}, DESCRIPTOR.replace('"additive"', '"in_place", grace: { minSeconds: 0, maxSeconds: 60 }')),
      "`rotate`",
    ],
    ["an owner's other verbs", adapterSource({ findOwner: "async () => undefined" }), "`createOwner`, `deleteOwner`"],
    ["everything", `exports.vendor = { descriptor: ${DESCRIPTOR}, connect: async () => ({}) };`, "`list`"],
  ])("refuses an adapter that lacks %s", async (_, source, words) => {
    const error = await failureOf(() => files.connect(source));
    expect(error).toMatchObject({ code: "SK240" });
    expect(String(error)).toContain(words);
  });

  test.each([
    ["nothing", "undefined", "no object"],
    ["a verb that is none", `({ ...${"{}"}, list: 1 })`, "(list)"],
  ])("refuses %s in the place of an adapter", async (_, adapter, words) => {
    const error = await failureOf(() =>
      files.connect(`exports.vendor = { descriptor: ${DESCRIPTOR}, connect: () => ${adapter} };`),
    );
    expect(error).toMatchObject({ code: "SK240" });
    expect(String(error)).toContain(words);
  });

  test("tells a refusal of the settings from a defect of `connect`", async () => {
    const throwing = (what: string) =>
      `${ERROR_CLASS}; exports.vendor = { descriptor: ${DESCRIPTOR}, connect() { throw ${what}; } };`;
    const refused = await failureOf(() => files.connect(throwing('new VendorError("invalid", "no workspace")')));
    expect(refused).toBeInstanceOf(VendorError);
    expect(refused).toMatchObject({ kind: "invalid", message: "no workspace" });
    const broken = await failureOf(() => files.connect(throwing('new TypeError("x is not a function")')));
    expect(broken).toMatchObject({ code: "SK240", message: expect.stringContaining("`connect` throws TypeError at") });
  });

  test.each(["https://example.com", "https://api.acme.example/v1/", "http://api.acme.example/v1", 7])(
    "refuses the base URL %j before the adapter sees it",
    async (baseUrl) => {
      const source = `exports.vendor = { descriptor: ${DESCRIPTOR}, connect() { throw new Error("seen"); } };`;
      const error = await failureOf(() => files.connect(source, { settings: { baseUrl } }));
      expect(error).toBeInstanceOf(VendorError);
      expect(error).toMatchObject({ kind: "invalid" });
    },
  );

  test("takes the base URL that the user runs where the descriptor says so", async () => {
    const own = adapterSource(
      {},
      DESCRIPTOR.replace('baseUrls: ["https://api.acme.example/v1"]', "ownBaseUrl: true, baseUrls: []"),
    );
    expect(files.connect(own, { settings: { baseUrl: "https://keys.example.com" } }).descriptor.id).toBe("acme");
    expect(await failureOf(() => files.connect(own, { settings: { baseUrl: "https://127.0.0.1" } }))).toMatchObject({
      kind: "invalid",
    });
  });

  test("asks the vendor for the URL of its data API, and takes no other than a URL", async () => {
    const source = (answer: string) =>
      `exports.vendor = { descriptor: ${DESCRIPTOR}, connect() {}, dataUrl({ region }) { return ${answer}; } };`;
    const url = `"https://" + region + ".acme.example"`;
    expect(files.load(source(url)).dataUrl?.({ region: "eu" })).toBe("https://eu.acme.example");
    expect(await failureOf(() => files.load(source("7")).dataUrl?.({}))).toMatchObject({ code: "SK240" });
  });
});
