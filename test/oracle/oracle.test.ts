import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { subjects } from "../vendors/subjects";
import { compare, type Exchange } from "./compare";
import { operationsOf } from "./document";
import { DOCUMENTS, EXCEPTIONS } from "./exceptions";
import { type OracleRequest, runOracle } from "./oracle";
import { printed } from "./print";

const json = (schema: object) => ({ content: { "application/json": { schema } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const document = {
  openapi: "3.0.3",
  servers: [{ url: "https://api.example.com/v1" }],
  security: [{ Bearer: [] }],
  paths: {
    "/keys": {
      parameters: [{ name: "X-Version", in: "header", required: true, schema: { type: "string", enum: ["2026-11"] } }],
      get: {
        parameters: [
          { name: "project", in: "query", required: true, schema: { type: "string", format: "uuid" } },
          { name: "limit", in: "query", schema: { type: "integer", minimum: 0, exclusiveMinimum: true } },
          { name: "state[]", in: "query", schema: { type: "array", items: { enum: ["on", "off"] } } },
          {
            name: "at",
            in: "query",
            style: "deepObject",
            schema: { type: "object", properties: { gte: { type: "integer" } } },
          },
        ],
        responses: { 200: json({ type: "array", items: ref("Key") }), "4XX": { description: "no" } },
      },
      post: {
        requestBody: {
          required: true,
          ...json({ allOf: [ref("Named"), { type: "object", properties: { limit: ref("Limit") } }] }),
        },
        responses: { 201: json(ref("Key")) },
      },
    },
    "/keys/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", pattern: "^key_" } }],
      delete: { responses: { 204: { description: "gone" } } },
    },
  },
  components: {
    securitySchemes: { Bearer: { type: "http", scheme: "bearer" } },
    schemas: {
      Named: {
        type: "object",
        required: ["id", "name"],
        properties: { id: { type: "string", readOnly: true }, name: { type: "string", minLength: 1 } },
      },
      Limit: { type: "object", nullable: true, additionalProperties: false, properties: { usd: { type: "number" } } },
      Key: {
        allOf: [ref("Named"), { type: "object", properties: { owner: { oneOf: [ref("User"), ref("Team")] } } }],
      },
      User: { type: "object", required: ["kind"], properties: { kind: { enum: ["user"] }, mail: { type: "string" } } },
      Team: { type: "object", required: ["kind"], properties: { kind: { enum: ["team"] } } },
    },
  },
};

const PROJECT = "019b2bd7-96e7-7219-8c0b-45a73da50088";
const headers = { authorization: "Bearer of-the-admin", "x-version": "2026-11" };
const list: Exchange = {
  method: "GET",
  url: `https://api.example.com/v1/keys?project=${PROJECT}&limit=5&state[]=on&state[]=off&at[gte]=3`,
  headers,
  body: "",
  status: 200,
  answer: [{ id: "key_1", name: "a", owner: { kind: "user", mail: "a@example.com" } }],
};
const make: Exchange = {
  method: "POST",
  url: "https://api.example.com/v1/keys",
  headers: { ...headers, "content-type": "application/json" },
  body: JSON.stringify({ name: "a", limit: null }),
  status: 201,
  answer: { id: "key_1", name: "a", owner: { kind: "team" } },
};
const end: Exchange = {
  method: "DELETE",
  url: "https://api.example.com/v1/keys/key_1",
  headers,
  body: "",
  status: 204,
  answer: undefined,
};

describe("an exchange that is held against a document", () => {
  const operations = operationsOf(document, "https://elsewhere.example.com");
  const found = (exchange: Exchange, secrets: readonly string[] = []) =>
    compare("acme", operations, exchange, secrets).differences;
  const places = (exchange: Exchange) =>
    found(exchange).map(({ operation, at, problem }) => `${operation}: ${at} ${problem}`);

  test.each([list, make, end, { ...list, status: 404, answer: { what: "ever" } }])(
    "differs in nothing: %#",
    (exchange) => {
      expect(found(exchange)).toEqual([]);
    },
  );

  const query = (text: string) => ({ ...list, url: `https://api.example.com/v1/keys?${text}` });
  test.each<[string, Exchange, string[]]>([
    [
      "a field that is not declared",
      { ...make, body: '{"name":"a","colour":1}' },
      ["POST /keys: body /colour is not declared"],
    ],
    [
      "a field that is forbidden",
      { ...make, body: '{"name":"a","limit":{"eur":1}}' },
      ["POST /keys: body /limit/eur is not declared"],
    ],
    ["a field that is missing", { ...make, body: "{}" }, ["POST /keys: body /name is missing"]],
    [
      "a wrong type",
      { ...make, body: '{"name":"a","limit":{"usd":"1"}}' },
      ["POST /keys: body /limit/usd must be number"],
    ],
    ["no body", { ...make, body: "" }, ["POST /keys: body is missing"]],
    ["a body that is no JSON", { ...make, body: "{" }, ["POST /keys: body must be object"]],
    ["another type of body", { ...make, headers }, ["POST /keys: header content-type is not declared"]],
    ["a body where there is none", { ...end, body: "{}" }, ["DELETE /keys/{id}: body is not declared"]],
    ["a parameter that is missing", query("limit=5"), ["GET /keys: query project is missing"]],
    ["a parameter that is not declared", query(`project=${PROJECT}&page=1`), ["GET /keys: query page is not declared"]],
    ["a malformed parameter", query("project=mine"), ['GET /keys: query project must match format "uuid"']],
    ["a bound that is not within", query(`project=${PROJECT}&limit=0`), ["GET /keys: query limit must be > 0"]],
    [
      "a malformed list",
      query(`project=${PROJECT}&state[]=on&state[]=up`),
      ["GET /keys: query state[] /N must be equal to one of the allowed values"],
    ],
    ["a field of a parameter", query(`project=${PROJECT}&at[lt]=3`), ["GET /keys: query at /lt is not declared"]],
    [
      "a malformed id",
      { ...end, url: "https://api.example.com/v1/keys/1" },
      ['DELETE /keys/{id}: path id must match pattern "^key_"'],
    ],
    [
      "a header that is missing",
      { ...list, headers: { authorization: "Bearer x" } },
      ["GET /keys: header x-version is missing"],
    ],
    [
      "other credentials",
      { ...list, headers: { "x-version": "2026-11" } },
      ["GET /keys: credentials are not those that it takes"],
    ],
    ["a status that is not declared", { ...make, status: 200 }, ["POST /keys: status 200 is not declared"]],
    ["an answer without a field", { ...make, answer: { name: "a" } }, ["POST /keys: answer 201 /id is missing"]],
    ["an answer where there is none", { ...end, answer: {} }, ["DELETE /keys/{id}: answer 204 is not declared"]],
    [
      "a method that is not declared",
      { ...end, method: "PATCH" },
      ["PATCH /keys/{id}: operation is not in the document"],
    ],
    [
      "a path that is not declared",
      { ...end, url: "https://api.example.com/v1/owners" },
      ["DELETE /v1/owners: operation is not in the document"],
    ],
    [
      "another host",
      { ...end, url: "https://example.com/v1/keys/key_1" },
      ["DELETE /v1/keys/key_1: operation is not in the document"],
    ],
  ])("is found to have %s", (_, exchange, expected) => {
    expect(places(exchange)).toEqual(expected);
  });

  test("is told where none of several schemas fits, once and as deep as can be", () => {
    const [difference, ...more] = found({ ...make, answer: { id: "key_1", name: "a", owner: { kind: "robot" } } });
    expect(more).toEqual([]);
    expect(difference).toMatchObject({ at: "answer 201 /owner/kind", found: '"robot"' });
    expect(difference?.allowed).toContain("user");
  });

  test("says what is allowed, and shows what was sent without its secrets", () => {
    const secret = "of-the-key-0123456789";
    const [difference] = found({ ...make, body: JSON.stringify({ name: "a", value: `Bearer ${secret}` }) }, [secret]);
    expect(difference).toMatchObject({ at: "body /value", allowed: "the fields id, name, limit" });
    expect(difference?.found).not.toContain(secret);
  });

  test("is of the server that its vendor names, or of the base URL where it names none", () => {
    const { servers, ...without } = document;
    expect(servers).toHaveLength(1);
    const own = operationsOf(without, "https://elsewhere.example.com");
    expect(compare("acme", own, { ...end, url: "https://elsewhere.example.com/keys/key_1" }, []).differences).toEqual(
      [],
    );
    expect(() => operationsOf({ swagger: "2.0" }, "https://elsewhere.example.com")).toThrow("no OpenAPI");
  });
});

describe("the oracle", () => {
  const mistral = subjects.filter(({ vendor }) => vendor.descriptor.id === "mistral");
  const key = { type: "object", additionalProperties: true };
  const success = { responses: { 200: json(key), "4xx": json(key) } };
  const query = (name: string) => ({ name, in: "query", schema: {} });
  const paths = {
    "/v1/admin/api-keys": {
      get: { parameters: ["limit", "offset"].map(query), ...success },
      post: { requestBody: json(key), ...success },
    },
    "/v1/admin/api-keys/{id}": { delete: success, patch: success },
    "/v1/admin/workspaces": { get: { parameters: ["is_archived", "page", "page_size"].map(query), ...success } },
  };
  const made = { openapi: "3.1.0", servers: [{ url: "https://api.mistral.ai" }], paths };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scoped-keys-oracle-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const run = (content: object, change: Partial<OracleRequest> = {}) => {
    writeFileSync(join(folder, "mistral-made-up.json"), JSON.stringify(content));
    return runOracle({ folder, subjects: mistral, documents: [], exceptions: [], ...change });
  };

  test("has a subject of every vendor", () => {
    expect(new Set(subjects.map(({ vendor }) => vendor.descriptor.id)).size).toBe(subjects.length);
    for (const { vendor } of EXCEPTIONS)
      expect(subjects.map((subject) => subject.vendor.descriptor.id)).toContain(vendor);
    expect(DOCUMENTS.length).toBeGreaterThan(0);
  });

  test("holds what an adapter sends through all its verbs against its document, and says what it left out", async () => {
    // WHEN
    const report = await run(made);

    // THEN
    expect(report.failures).toEqual([]);
    expect(report.vendors).toMatchObject([
      { displayName: "Mistral", declared: 5, unused: ["PATCH /v1/admin/api-keys/{id}"], differences: [] },
    ]);
    const [{ covered = [], requests = 0, leftOut = 0 } = {}] = report.vendors;
    expect(covered).toHaveLength(4);
    expect(requests).toBeGreaterThan(205);
    expect(leftOut).toBeGreaterThan(0);
    expect(printed(report)).toContain("Mistral  mistral-made-up.json");
  });

  test("tells a difference once, unless it is a known one", async () => {
    const closed = {
      ...paths["/v1/admin/api-keys"],
      post: { ...success, requestBody: json({ properties: { name: {} } }) },
    };
    const content = { ...made, paths: { ...paths, "/v1/admin/api-keys": closed } };
    const [first] = (await run(content)).vendors;
    expect(first?.differences.map(({ at }) => at).sort()).toEqual([
      "body /expiration",
      "body /user_id",
      "body /workspace_uuid",
    ]);
    expect(printed(await run(content))).toContain("body /expiration is not declared");

    const exceptions = ["expiration", "user_id", "workspace_uuid"].map((field) => {
      return { vendor: "mistral", operation: "POST /v1/admin/api-keys", at: `body /${field}`, reason: "made up" };
    });
    const report = await run(content, { exceptions });
    expect(report).toMatchObject({ failures: [], vendors: [{ differences: [] }] });
  });

  test("fails where an exception matches nothing any more", async () => {
    const exceptions = [{ vendor: "mistral", operation: "*", at: "status 418", reason: "made up" }];
    expect((await run(made, { exceptions })).failures).toEqual([
      "an exception that matches nothing any more: mistral, *, status 418",
    ]);
  });

  test("fails where a document is missing, or no request is in it", async () => {
    expect((await run(made, { documents: ["mistral-admin.json", "acme-keys.json"] })).failures).toEqual([
      `mistral-admin.json is missing in ${folder}`,
    ]);
    expect((await run({ ...made, paths: {} })).failures).toEqual(["no request of Mistral is in mistral-made-up.json"]);
  });

  test("names documents of vendors that are not here, and passes over what is no document", async () => {
    writeFileSync(join(folder, "acme-keys.yaml"), "openapi: 3.0.0\npaths: {}\n");
    writeFileSync(join(folder, "mistral-notes.json"), '{"paths":{}}');
    expect(await run(made)).toMatchObject({ strangers: ["acme-keys.yaml"], failures: [], vendors: [{}] });
  });

  test("ends with 2 where there is no folder, and with 1 where documents are missing in it", () => {
    const command = [require.resolve("tsx/cli"), join(__dirname, "main.ts")];
    const exitOf = (...args: string[]) => spawnSync(process.execPath, [...command, ...args]).status;
    mkdirSync(join(folder, "empty"));
    expect([exitOf(), exitOf(join(folder, "none")), exitOf(join(folder, "empty"))]).toEqual([2, 2, 1]);
  });
});
