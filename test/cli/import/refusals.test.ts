import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListSecretsCommand } from "@aws-sdk/client-secrets-manager";
import { PoliteRateLimiter } from "../../../src/cli/import/polite-rate-limiter";
import type { ImportOptions } from "../../../src/cli/import/run-import";
import { GrownByHand } from "./fixture";

const VALUE = "sk-admin-0123456789abcdef0123456789";

describe("an import", () => {
  let grown: GrownByHand;
  beforeEach(async () => {
    grown = await GrownByHand.start();
  });
  afterEach(() => grown.close());

  const settings = () => [`projectId=${grown.projectId}`];
  const refusal = (run: () => Promise<string>) =>
    run().then(
      (text) => ({ code: "none", message: text, exitCode: 0 }),
      (error: { code: string; message: string; exitCode?: number }) => error,
    );

  test.each<[string, string, (grown: GrownByHand) => object, RegExp]>([
    ["a vendor that is none", "SK340", () => ({ vendor: "opnai" }), /The nearest is openai\./],
    ["a vendor that is like none", "SK340", () => ({ vendor: "kubernetes" }), /Use one of these/],
    ["the keys of a vendor that shows none", "SK341", () => ({ vendor: "groq", setting: ["a=b"] }), /Groq/],
    ["a setting without a value", "SK342", () => ({ setting: ["projectId"] }), /the 1\..*NAME=VALUE/],
    ["a setting twice", "SK342", () => ({ setting: ["projectId=a", "projectId=b"] }), /projectId: it is given twice/],
    ["a key in a setting", "SK342", () => ({ setting: [`adminKey=${VALUE}`] }), /no key is ever an argument/],
    ["a setting that the vendor refuses", "SK342", () => ({ setting: ["projectId=../x"] }), /"projectId" is malformed/],
    ["no admin secret", "SK343", () => ({ adminSecret: undefined }), /never an argument/],
    ["an admin key in the place of its name", "SK343", () => ({ adminSecret: VALUE }), /never an argument/],
    ["an admin secret that is not there", "SK344", () => ({ adminSecret: "ai/none" }), /ResourceNotFoundException/],
    ["a malformed prefix", "SK348", () => ({ prefix: "/prod" }), /segments/],
  ])("refuses %s, sends nothing to the vendor, and repeats no value", async (_, code, change, words) => {
    // WHEN
    const given: Partial<ImportOptions> & { adminSecret?: string | undefined } = {
      vendor: "openai",
      adminSecret: "ai/admin/openai",
      setting: settings(),
      ...change(grown),
    };
    const { adminSecret, ...more } = given;
    const error = await refusal(() => grown.run(adminSecret === undefined ? more : { ...more, adminSecret }));

    // THEN
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain(VALUE);
    expect(grown.sent).toEqual([]);
    expect(error.exitCode).toBe(code === "SK344" ? 1 : 2);
  });

  test("says what the vendor answered where it refuses, without the admin key", async () => {
    // GIVEN
    grown.answer = () =>
      Response.json({ error: { message: `Incorrect API key: ${grown.openai.adminKey}` } }, { status: 401 });

    // WHEN
    const error = await refusal(() => grown.runOpenAi());

    // THEN
    expect(error).toMatchObject({ code: "SK345", message: expect.stringContaining("OpenAI answered 401") });
    expect(error.message).not.toContain(grown.openai.adminKey);
    expect(grown.sent).toHaveLength(1);
  });

  test("says what AWS answered where it lists no secrets, and lists the keys alone when told to", async () => {
    // GIVEN
    const send = grown.aws.client.send.bind(grown.aws.client);
    jest.spyOn(grown.aws.client, "send").mockImplementation((async (command: ListSecretsCommand) => {
      if (command instanceof ListSecretsCommand)
        throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      return send(command);
    }) as typeof send);

    // WHEN
    const error = await refusal(() => grown.runOpenAi());
    const code = await grown.runOpenAi({ secrets: false });

    // THEN
    expect(error).toMatchObject({ code: "SK346", message: expect.stringContaining("AccessDeniedException") });
    expect(code).toContain("export function importedKeys");
  });

  test("writes a new file, and over none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "import-"));
    try {
      // GIVEN
      const out = join(folder, "imported.ts");
      grown.openai.addUserKey("summariser");

      // WHEN
      const said = await grown.runOpenAi({ out });

      // THEN
      expect(said).toContain("summariser");
      expect(said).toContain(`Written to ${out}.`);
      expect(readFileSync(out, "utf8")).toContain('new ScopedKey(scope, "summariser"');

      // WHEN
      writeFileSync(out, "somebody's");
      const again = await refusal(() => grown.runOpenAi({ out }));
      const nowhere = await refusal(() => grown.runOpenAi({ out: join(folder, "none", "imported.ts") }));

      // THEN
      expect(again).toMatchObject({ code: "SK347", message: expect.stringContaining("EEXIST") });
      expect(nowhere).toMatchObject({ code: "SK347", message: expect.stringContaining("ENOENT") });
      expect(readFileSync(out, "utf8")).toBe("somebody's");
      expect(existsSync(join(folder, "none"))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("waits between calls for twice as long as the vendor would have it, and as long as it says where it throttles", async () => {
    // GIVEN
    for (let at = 0; at < 250; at += 1) grown.openai.addUserKey(`key ${at}`);
    let throttles = 1;
    grown.answer = () => {
      if (throttles === 0) grown.answer = undefined;
      throttles -= 1;
      return Response.json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": "40" } });
    };

    // WHEN
    const { keys } = JSON.parse(await grown.runOpenAi({ json: true }));

    // THEN
    expect(keys).toHaveLength(250);
    const interval = Math.ceil(120_000 / 7);
    expect(grown.sleeps.filter((millis) => millis > 1_000).at(-1)).toBe(interval);
    expect(grown.sleeps.some((millis) => millis > 39_000 && millis <= 40_000)).toBe(true);
    expect(grown.progress.join("\n")).toMatch(/waiting \d+ seconds for the next call to OpenAI/);
    for (const value of grown.values) expect(JSON.stringify([keys, grown.progress])).not.toContain(value);
  });

  test("paces each endpoint by itself", async () => {
    const sleeps: number[] = [];
    let now = 0;
    const rateLimiter = new PoliteRateLimiter("OpenAI", 60, {
      now: () => now,
      sleep: async (millis) => {
        sleeps.push(millis);
        now += millis;
      },
      progress: () => {},
    });
    for (const endpoint of ["GET /a", "GET /b", "GET /a", "GET /b"]) await rateLimiter.permit(endpoint);
    expect(sleeps).toEqual([2_000]);
    await rateLimiter.throttled("GET /a", undefined);
    await rateLimiter.permit("GET /a");
    expect(sleeps).toEqual([2_000, 20_000]);
  });
});
