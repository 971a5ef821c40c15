import { type RotateOptions, runRotate } from "../../../src/cli/rotate/run-rotate";
import { AwsService, type Fixture } from "../support/aws-service";
import { fleet } from "../support/fleet";
import { expectShown, Written } from "../support/shown";

const PAGE = "docs/cli/rotate.md";
const KEY = "ai-keys/openai/summariser";
const OLD = "version-of-summariser";
const NEW = "0f7d1c2a-5b7e-4d0f-9c55-3a1f0d6b2e41";

describe("scoped-keys rotate", () => {
  let service: AwsService;
  let fixture: Fixture;
  let nowMillis: number;
  /** Looks until the new version is in use. */
  let looks: number;
  const saved = { ...process.env };

  beforeEach(async () => {
    fixture = fleet();
    nowMillis = 0;
    looks = 2;
    fixture.more = (operation) =>
      operation === "RotateSecret" ? { body: { VersionId: NEW } } : { status: 400, type: "Unknown", body: {} };
    service = await AwsService.start(fixture);
    Object.assign(process.env, service.environment);
  });
  afterEach(async () => {
    process.env = { ...saved };
    await service.stop();
  });

  const rotate = (options: RotateOptions = {}, name = KEY, progress = new Written()) =>
    runRotate(name, options, {
      progress,
      now: () => nowMillis,
      sleep: async (millis) => {
        nowMillis += millis;
        if (--looks === 0) label({ [OLD]: ["AWSPREVIOUS"], [NEW]: ["AWSCURRENT", "AWSPENDING"] });
      },
    });
  const label = (SecretVersionsToStages: Record<string, string[]>) => {
    fixture.secrets = fixture.secrets.map((secret) =>
      secret.Name === KEY ? { ...secret, SecretVersionsToStages } : secret,
    );
  };

  test("starts a rotation and says so, as its page does", async () => {
    expectShown(PAGE, `scoped-keys rotate ${KEY}`, await rotate());
    expect(service.calls).toEqual(["DescribeSecret", "RotateSecret"]);
  });

  test("with --wait ends when the new value is in use, as its page says", async () => {
    const progress = new Written(true);
    expectShown(PAGE, `scoped-keys rotate ${KEY} --wait`, await rotate({ wait: 10 }, KEY, progress));
    expect(progress.text).toContain(`waiting for version ${NEW} (without a value yet) … 0 s`);
    expect(service.calls.filter((call) => call === "RotateSecret")).toHaveLength(1);
  });

  test("prints JSON", async () => {
    expect(JSON.parse(await rotate({ wait: 1, json: true }))).toEqual({
      name: KEY,
      outcome: "done",
      version: NEW,
      before: OLD,
      at: "2026-11-25T09:00:00Z",
    });
  });

  test("fails when nobody waits any longer, and orders nothing twice", async () => {
    looks = Number.POSITIVE_INFINITY;
    await expect(rotate({ wait: 1 })).rejects.toThrow(/\[SK335\].*The current one stays in use/);
    expect(service.calls.filter((call) => call === "RotateSecret")).toHaveLength(1);
  });

  test("goes on over a look that fails", async () => {
    fixture.more = () => {
      fixture.denied.add("DescribeSecret");
      return { body: { VersionId: NEW } };
    };
    const waiting = rotate({ wait: 10 });
    const again = setInterval(() => fixture.denied.clear(), 5);
    expect(await waiting).toContain("rotated. In use since");
    clearInterval(again);
  });

  test("of a key whose vendor keys a person mints points at adopt, as its page does", async () => {
    const error = await rotate({}, "ai-keys/anthropic/writer").catch((reason: Error) => reason);
    expectShown(PAGE, "scoped-keys rotate ai-keys/anthropic/writer", `scoped-keys: ${(error as Error).message}`);
    expect(service.calls).toEqual(["DescribeSecret"]);
  });

  test("of a key that is declared without rotation says so", async () => {
    await expect(rotate({}, "ai-keys/openai/workshop")).rejects.toThrow(/\[SK285\].*declared without rotation/);
  });

  test("of a key whose rotation somebody has switched off points at an apply", async () => {
    fixture.secrets = fixture.secrets.map((secret) => ({ ...secret, RotationEnabled: false }));
    await expect(rotate()).rejects.toThrow(/\[SK333\].*switched off.*Plan and apply/);
  });

  test.each<[string, string, RegExp]>([
    ["a secret that is not there", "ai-keys/openai/none", /SK330/],
    ["a secret that is no key's", "prod/database", /SK330/],
    ["no name of a key", "summariser", /SK301/],
  ])("refuses %s", async (_, name, error) => {
    await expect(rotate({}, name)).rejects.toThrow(error);
    expect(service.calls).not.toContain("RotateSecret");
  });

  test("of a mistyped key names the nearest, and none where these credentials may not list", async () => {
    await expect(rotate({}, "ai-keys/openai/sumariser")).rejects.toThrow(
      /\[SK330\].*Did you mean ai-keys\/openai\/summariser\?/,
    );
    fixture.denied.add("ListSecrets");
    await expect(rotate({}, "ai-keys/openai/sumariser")).rejects.toThrow(/\[SK330\].*Check the name/);
  });

  test("says which right is missing, or what Secrets Manager answers", async () => {
    fixture.more = () => ({
      status: 400,
      type: "InvalidRequestException",
      body: { message: "A previous rotation isn't complete." },
    });
    await expect(rotate()).rejects.toThrow(/\[SK334\].*A previous rotation isn't complete/);
    fixture.denied.add("RotateSecret");
    await expect(rotate()).rejects.toThrow(/\[SK334\].*lack secretsmanager:RotateSecret/);
    fixture.denied.add("DescribeSecret");
    await expect(rotate()).rejects.toThrow(/\[SK334\].*lack secretsmanager:DescribeSecret/);
  });
});
