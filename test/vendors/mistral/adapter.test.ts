import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type Sent } from "../../../src/testing/fixture";
import { mistral } from "../../../src/vendors/mistral/adapter";
import type { MistralSimulator } from "../../../src/vendors/mistral/simulator/simulator";
import { minting } from "../../support/minting";
import { subject } from "./subject";

const NAME = "ai-keys/mistral.0badcafe/summariser/0123456789ab";
const HOUR = 3_600;
const DAY = 86_400;
const at = (iso: string) => Date.parse(iso) / 1_000;

let harness: ContractHarness;
beforeEach(() => {
  harness = new ContractHarness(subject);
});

const mint = (expiresInSeconds = DAY, name = NAME) => harness.mint({ name, grant: {}, expiresInSeconds });
const state = () => (harness.simulator as MistralSimulator).state;
const bodyOf = ({ body }: Sent) => JSON.parse(body) as Record<string, unknown>;
const answer = (body: unknown, status = 200) => {
  harness.intercept = () => new Response(JSON.stringify(body), { status });
};
async function failureOf(call: () => Promise<unknown>): Promise<VendorError> {
  const error = await call().catch((reason: unknown) => reason);
  if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
  return error;
}
/** As Mistral lists a key. */
const listed = (change: object = {}) => ({
  key_id: "019b2bd7-96e7-7219-8c0b-45a73da50088",
  key: null,
  name: NAME,
  hidden_key: "HQSx...Ug6Y",
  created_at: "2026-11-24T10:00:00.818693Z",
  expiration_date: "2026-12-01",
  actions: {},
  workspace_id: state().workspaceId,
  workspace_name: "Default",
  created_by: null,
  product: "API",
  last_used: null,
  can_delete: true,
  ...change,
});

describe("a mint", () => {
  test("asks for a key of the workspace and the member, with its name and a date", async () => {
    const { workspaceId, userId } = state();
    await mint();
    const [sent] = harness.sent;
    expect(`${sent?.method} ${sent?.url}`).toBe("POST https://api.mistral.ai/v1/admin/api-keys");
    expect(sent && bodyOf(sent)).toEqual({
      workspace_uuid: workspaceId,
      user_id: userId,
      name: NAME,
      expiration: "2026-11-26",
    });
  });

  test.each([
    ["in the middle of a day", "2026-11-24T12:00:00Z", 7 * DAY, "2026-12-02"],
    ["a second after midnight", "2026-11-24T00:00:01Z", DAY, "2026-11-26"],
    ["at midnight", "2026-11-24T00:00:00Z", DAY, "2026-11-25"],
    ["over the end of a year", "2026-12-31T23:00:00Z", 2 * HOUR, "2027-01-02"],
    ["over a leap day", "2028-02-27T18:00:00Z", DAY, "2028-02-29"],
  ])("made %s ends at the first beginning of a date that is not too early", async (_, now, life, date) => {
    harness.now = Date.parse(now);
    const { expiresAt = 0 } = await mint(life);
    expect(bodyOf(harness.sent[0] as Sent)["expiration"]).toBe(date);
    expect(expiresAt).toBe(at(`${date}T00:00:00Z`));
    expect(expiresAt).toBeGreaterThanOrEqual(at(now) + life);
    expect(expiresAt).toBeLessThan(at(now) + life + DAY);
  });

  test.each(["at_begin_of_date", "at_end_of_date"])(
    "gives a key that works as long as it says, should Mistral end keys %s",
    async (dies) => {
      // GIVEN
      harness.simulator.configure({ dies });
      const { value, expiresAt = 0 } = await mint(36 * HOUR);
      // WHEN
      harness.now = expiresAt * 1_000 - 1_000;
      // THEN
      expect(await harness.adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "works" });
      harness.now = (expiresAt + DAY) * 1_000;
      expect(await harness.adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "refused" });
    },
  );

  test("that a policy of the organisation cuts short says what was granted", async () => {
    harness.simulator.configure({ maxValidityDays: 30 });
    const { id, expiresAt } = await mint(90 * DAY);
    expect(expiresAt).toBe(at("2026-12-24T00:00:00Z"));
    expect(await harness.adapter.read({ keyId: id })).toMatchObject({ expiresAt });
  });

  test("that is answered without expiry or time says so, and counts from now", async () => {
    const key_id = "019b2bd7-96e7-7219-8c0b-45a73da50088";
    answer({ key_id, key: "HQSxfB7IaJRKNHRv0e5OAYJNO1h2Ug6Y", name: null, created_at: null, expiration_date: null });
    expect(await mint()).toEqual({
      id: key_id,
      name: "",
      value: "HQSxfB7IaJRKNHRv0e5OAYJNO1h2Ug6Y",
      createdAt: harness.now / 1_000,
    });
  });

  test.each([
    ["no value", { key: null }, "key"],
    ["an empty value", { key: "" }, "key"],
    ["no id", { key_id: undefined }, "key_id"],
    ["a date that is none", { expiration_date: "soon" }, "expiration_date"],
    ["a time beyond the year 9999", { created_at: "+020000-01-01T00:00:00Z" }, "created_at"],
  ])("that is answered with %s is unexpected, and tells no value", async (_, change, field) => {
    answer({ ...listed({ key: "HQSxfB7IaJRKNHRv0e5OAYJNO1h2Ug6Y" }), ...change });
    const error = await failureOf(() => mint());
    expect(error.kind).toBe("unexpected");
    expect(error.message).toContain(`"${field}"`);
    expect(error.message).not.toContain("HQSxfB7I");
  });

  test("for a member or a workspace that is not there fails with Mistral's words", async () => {
    const stranger = "019b2bd7-96e7-7219-8c0b-45a73da50088";
    for (const [setting, words] of [
      ["userId", "User not found"],
      ["workspaceId", "Workspace not found"],
    ] as const) {
      const adapter = harness.connect({ settings: { ...subject.settingsOf(harness.simulator), [setting]: stranger } });
      const error = await failureOf(() => minting(adapter).mint({ name: NAME, grant: {}, expiresInSeconds: DAY }));
      expect(error).toMatchObject({ kind: "not_found", message: expect.stringContaining(words) });
    }
  });
});

describe("a listing", () => {
  test("asks for a hundred at a time, and ends with a page that is not full", async () => {
    for (let n = 0; n < 100; n += 1) await mint(DAY, `${NAME}${n}`);
    harness.sent.length = 0;
    expect(await harness.adapter.list({})).toHaveLength(100);
    expect(harness.sent.map(({ url }) => new URL(url).search)).toEqual(["?limit=100", "?limit=100&offset=100"]);
  });

  test("leaves out the keys of other workspaces, and keeps those whose workspace Mistral does not say", async () => {
    const { id } = await mint();
    state().addKey({
      name: NAME,
      workspaceId: state().otherWorkspaceId,
      userId: state().userId,
      expiration: null,
    });
    expect(await harness.adapter.list({})).toMatchObject([{ id }]);
    answer({ keys: [listed({ workspace_id: null })] });
    expect(await harness.adapter.list({})).toHaveLength(1);
  });

  test("shows name, times and last use, and no grant: none is enforced", async () => {
    answer({ keys: [listed({ last_used: "2026-11-23" })] });
    expect(await harness.adapter.list({})).toEqual([
      {
        id: "019b2bd7-96e7-7219-8c0b-45a73da50088",
        name: NAME,
        createdAt: at("2026-11-24T10:00:00Z"),
        expiresAt: at("2026-12-01T00:00:00Z"),
        lastUsedAt: at("2026-11-23T00:00:00Z"),
      },
    ]);
  });

  test("survives keys of people, without name, time or expiry", async () => {
    answer({ keys: [listed({ name: null, created_at: null, expiration_date: null })] });
    expect(await harness.adapter.list({})).toEqual([
      { id: "019b2bd7-96e7-7219-8c0b-45a73da50088", name: "", createdAt: 0 },
    ]);
  });

  test("that does not move on is unexpected, and not endless", async () => {
    answer({ keys: Array.from({ length: 100 }, () => listed()) });
    expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("unexpected");
  });
});

describe("a look with the key", () => {
  test("tries what it may do, and what an Admin API key alone may do", async () => {
    const { value } = await mint();
    harness.sent.length = 0;
    const result = await harness.adapter.verify({ value, grant: {} });
    expect(result).toMatchObject({ outcome: "works", scopeProven: true });
    expect(result.evidence).not.toContain(value);
    expect(harness.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://api.mistral.ai/v1/models",
      "GET https://api.mistral.ai/v1/admin/api-keys?limit=1",
    ]);
  });

  const second = (status: number, body: unknown = {}) => {
    harness.intercept = ({ url }) =>
      url.includes("/admin/") ? new Response(JSON.stringify(body), { status }) : undefined;
  };

  test("finds a key that may manage keys", async () => {
    const { value } = await mint();
    second(200, { keys: [] });
    expect(await harness.adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "wider" });
  });

  test("proves nothing where there is no Admin API", async () => {
    const { value } = await mint();
    second(404, { detail: "Not Found" });
    expect(await harness.adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "works", scopeProven: false });
  });

  test.each([429, 500, 400])("is no verdict where the second call is answered %i", async (status) => {
    const { value } = await mint();
    second(status);
    expect((await failureOf(() => harness.adapter.verify({ value, grant: {} }))).status).toBe(status);
  });

  test("takes a 401 in Mistral's words for certain, and no 403", async () => {
    const { value } = await mint();
    answer({ detail: "Unauthorized" }, 401);
    expect(await harness.adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "refused" });
    answer({ detail: "Unauthorized" }, 403);
    expect((await failureOf(() => harness.adapter.verify({ value, grant: {} }))).kind).toBe("no_verdict");
  });

  test("does not take a proxy's welcome page for Mistral's word", async () => {
    const { value } = await mint();
    harness.intercept = () => new Response("<html>welcome</html>", { status: 200 });
    expect((await failureOf(() => harness.adapter.verify({ value, grant: {} }))).kind).toBe("unexpected");
  });

  test("sends nothing where the value is none", async () => {
    expect(await harness.adapter.verify({ value: "no key", grant: {} })).toMatchObject({ outcome: "refused" });
    expect(harness.sent).toEqual([]);
  });
});

test("the admin key goes under both headers that Mistral publishes, a key under one", async () => {
  const { value } = await mint();
  const { adminKey } = harness.simulator;
  expect(harness.sent[0]?.headers).toMatchObject({ authorization: `Bearer ${adminKey}`, "x-api-key": adminKey });
  await harness.adapter.verify({ value, grant: {} });
  expect(harness.sent[1]?.headers["authorization"]).toBe(`Bearer ${value}`);
  expect(harness.sent[1]?.headers["x-api-key"]).toBeUndefined();
});

test.each([
  ["the API's", { detail: "not now" }],
  ["the gateway's", { message: "not now", request_id: "c61f" }],
  ["the data API's", { object: "error", message: "not now", type: "invalid_request_error", param: null, code: 1 }],
  ["that of a malformed request", { detail: [{ type: "value_error", loc: ["body", "name"], msg: "not now" }] }],
])("errors are read in %s envelope", async (_, body) => {
  answer(body, 400);
  const error = await failureOf(() => harness.adapter.list({}));
  expect(error.message).toBe("Mistral answered 400 to GET /admin/api-keys: not now");
});

test.each([
  [{}, "workspaceId"],
  [{ workspaceId: "default" }, "workspaceId"],
  [{ workspaceId: "019b2bd7-96e7-7219-8c0b-45a73da50088" }, "userId"],
  [{ workspaceId: "019b2bd7-96e7-7219-8c0b-45a73da50088", userId: "me" }, "userId"],
])("settings %j are refused, and the field is named", (settings, field) => {
  expect(() => harness.connect({ settings })).toThrow(`Mistral settings: "${field}" is malformed`);
});

test("programs use the URL that the adapter uses", () => {
  expect(mistral.dataUrl).toBeUndefined();
  expect(mistral.descriptor.baseUrls).toEqual(["https://api.mistral.ai/v1"]);
});
