import { type AdapterFixture, startOpenAiAdapter } from "../../support/openai-adapter";
import { answering, failing, losingTheReply } from "../../support/openai-server";

describe("verify", () => {
  let fixture: AdapterFixture;

  beforeEach(async () => {
    fixture = await startOpenAiAdapter();
  });
  afterEach(() => fixture.server.close());

  /** Verifies a key that was minted with `actual` and should have `declared`. */
  const verify = async (actual: readonly string[], declared: readonly string[] = actual) => {
    const ownerId = await fixture.adapter.createOwner({ name: "owner" });
    const { value } = await fixture.adapter.mint({
      ownerId,
      name: "one",
      grant: { scopes: actual },
      expiresInSeconds: 60,
    });
    fixture.server.calls.length = 0;
    return fixture.adapter.verify({ value, grant: { scopes: declared } });
  };

  test.each([
    [["api.model.request"], ["GET /models"]],
    [["api.files.read", "api.files.write"], ["GET /models"]],
    [["api.model.read"], ["GET /models", "GET /files?limit=1"]],
    [
      ["api.model.read", "api.files.write"],
      ["GET /models", "GET /fine_tuning/jobs?limit=1"],
    ],
    [
      ["api.model.read", "api.files.read", "api.fine_tuning.jobs.read"],
      ["GET /models", "GET /assistants?limit=1"],
    ],
    // The Assistants permission may open the list of models too, so that its answer proves nothing.
    [["api.assistants.read"], ["GET /models", "GET /files?limit=1"]],
  ])("a key with %j is proven by %j", async (scopes, calls) => {
    // WHEN
    const result = await verify(scopes);

    // THEN
    expect(result).toMatchObject({ outcome: "works", scopeProven: true });
    expect(fixture.server.calls).toEqual(calls);
  });

  test.each([
    [["api.all.read"]],
    [["api.all"]],
    [["api.model.read", "api.files.read", "api.fine_tuning.jobs.read", "api.assistants.read"]],
  ])("with %j no call is known to lie outside, so nothing is proven", async (scopes) => {
    expect(await verify(scopes)).toMatchObject({ outcome: "works", scopeProven: false });
    expect(fixture.server.calls).toEqual(["GET /models"]);
  });

  test("a key that may do more, or less, than declared is told", async () => {
    // THEN more
    expect(await verify(["api.model.read"], ["api.model.request"])).toMatchObject({ outcome: "wider" });
    expect(await verify(["api.all.read"], ["api.model.read"])).toMatchObject({
      outcome: "wider",
      evidence: expect.stringContaining("GET /files is let through"),
    });
    // THEN both, of which the one that is a danger
    expect(await verify(["api.files.read"], ["api.model.read"])).toMatchObject({
      outcome: "wider",
      evidence: expect.stringContaining("GET /files is let through"),
    });
    // THEN less
    expect(await verify(["api.model.request"], ["api.model.read"])).toMatchObject({
      outcome: "narrower",
      evidence: expect.stringContaining("GET /models is refused"),
    });
  });

  test("a dead, an unknown and an impossible value are refused", async () => {
    // GIVEN
    const ownerId = await fixture.adapter.createOwner({ name: "owner" });
    const scopes = ["api.model.read"];
    const { value } = await fixture.adapter.mint({ ownerId, name: "one", grant: { scopes }, expiresInSeconds: 60 });
    fixture.server.clock.advance(60);

    // THEN
    for (const each of [value, "sk-svcacct-unknown", "two words", "line\nbreak", ""]) {
      expect(await fixture.adapter.verify({ value: each, grant: { scopes } })).toMatchObject({
        outcome: "refused",
        scopeProven: false,
      });
    }
  });

  test("a region is no verdict, and neither is a second call that contradicts the first", async () => {
    // GIVEN
    const ask = () => fixture.adapter.verify({ value: "sk-svcacct-abcdef", grant: { scopes: ["api.model.read"] } });

    // THEN
    fixture.server.interceptions.push(failing(403, "Country, region, or territory not supported"));
    await expect(ask()).rejects.toMatchObject({ kind: "no_verdict" });
    fixture.server.interceptions.push(answering(200, { object: "list", data: [] }), failing(401, "Incorrect API key"));
    await expect(ask()).rejects.toMatchObject({ kind: "no_verdict" });
  });

  test.each([
    ["throttled", failing(429, "Rate limit reached", { "retry-after": "7" })],
    ["unavailable", failing(503, "Overloaded")],
    ["unavailable", losingTheReply],
    ["unexpected", answering(200, "<html>welcome</html>")],
    ["no_verdict", failing(404, "Unknown")],
  ] as const)("what is not about the key is thrown, not judged: %s", async (kind, interception) => {
    // GIVEN
    fixture.server.interceptions.push(interception);

    // THEN
    const ask = fixture.adapter.verify({ value: "sk-svcacct-abcdef", grant: { scopes: ["api.model.read"] } });
    await expect(ask).rejects.toMatchObject({ name: "VendorError", kind });
  });

  test("a probe that is not there proves nothing, and condemns nothing", async () => {
    // GIVEN
    fixture.server.interceptions.push(answering(200, { object: "list", data: [] }), failing(404, "Invalid URL"));

    // THEN
    const ask = fixture.adapter.verify({ value: "sk-svcacct-abcdef", grant: { scopes: ["api.model.read"] } });
    expect(await ask).toMatchObject({ outcome: "works", scopeProven: false });
  });

  test("the evidence never holds the value", async () => {
    // GIVEN
    const value = "sk-svcacct-canary0123456789";
    fixture.server.interceptions.push(failing(401, `Incorrect API key provided: ${value}.`));

    // THEN
    expect(
      JSON.stringify(await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })),
    ).not.toContain("canary");
  });
});
