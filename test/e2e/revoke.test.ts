import { type Run, scopedKeys } from "../cli/support/scoped-keys";
import { Deployment } from "./support/deployment";
import { blockOf } from "./support/plan";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const REPLACED = "replaced";
const STOPPED = "stopped";
const MARKED = "marked";
const KEYS = [REPLACED, STOPPED, MARKED];

type Ended = Awaited<Run["ended"]>;

describe("scoped-keys revoke, on a deployed stack", () => {
  let deployment: Deployment;
  let world: World;
  const before: Record<string, { keyId: string; apiKey: string }> = {};
  const old = (key: string) => before[key] ?? { keyId: "", apiKey: "" };
  const run = (...args: string[]): Promise<Ended> => scopedKeys(args, world.sandbox.environment).ended;

  beforeAll(async () => {
    // GIVEN
    deployment = await Deployment.start({ keys: Object.fromEntries(KEYS.map((key) => [key, {}])) });
    ({ world } = deployment);
    await deployment.init();
    await deployment.apply();
    for (const key of KEYS) before[key] = await deployment.currentValue(key);
  });
  afterAll(() => deployment?.close());

  test("without --now does nothing, and says what it would do", async () => {
    const since = world.mark();
    const { code, stderr } = await run("revoke", deployment.secretName(REPLACED));
    expect(code).toBe(2);
    expect(stderr).toContain(
      "this revokes every vendor key of ai-keys/openai/replaced without overlap, and puts a successor",
    );
    // Secrets Manager may still test what the deploy has begun.
    expect(world.journal({ since }).filter(({ caller }) => caller === "command")).toEqual([]);
  });

  describe("of one key, with the vendor out of order at first", () => {
    let cut: Ended;
    let repeated: Ended;
    beforeAll(async () => {
      // GIVEN
      const operation = `DELETE /v1/organization/projects/*/api_keys/${old(REPLACED).keyId}`;
      world.faults([
        { match: { service: "openai", operation }, fault: { type: "status", status: 500 }, times: 99, skip: 0 },
      ]);
      // WHEN
      cut = await run("revoke", deployment.secretName(REPLACED), "--now", "--wait", "0");
      await world.clearFaults();
      repeated = await run("revoke", deployment.secretName(REPLACED), "--now");
    });

    test("first says which vendor key may be alive, and why", () => {
      expect(cut.code).toBe(1);
      expect(cut.stdout).toContain(`Alive, or not confirmed dead: ${old(REPLACED).keyId}`);
      expect(cut.stdout).toContain("OpenAI answered 500");
    });

    test("repeated, ends with the successor of the first time in use and all else dead", async () => {
      expect(repeated).toMatchObject({ code: 0, stderr: "" });
      const { keyId, apiKey } = await deployment.currentValue(REPLACED);
      expect(repeated.stdout.trim()).toBe(
        `ai-keys/openai/replaced: revoked. Dead: ${old(REPLACED).keyId}. In use now: ${keyId}.`,
      );
      expect(cut.stdout).toContain(`In use now: ${keyId}.`);
      expect(await world.callWith(apiKey, "/models")).toBe(200);
      expect(await world.callWith(old(REPLACED).apiKey, "/models")).toBe(401);
      expect((await deployment.liveKeysOf(REPLACED)).map(({ id }) => id)).toEqual([keyId]);
    });

    test("prints no value", async () => {
      const { apiKey } = await deployment.currentValue(REPLACED);
      for (const text of [cut.stdout, cut.stderr, repeated.stdout, repeated.stderr]) {
        expect(text).not.toContain(apiKey);
        expect(text).not.toContain(old(REPLACED).apiKey);
      }
    });
  });

  describe("without a successor", () => {
    test("nothing lives, and the plan says that its apply issues a vendor key", async () => {
      // WHEN
      const { code, stdout } = await run("revoke", deployment.secretName(STOPPED), "--now", "--no-successor");

      // THEN
      expect(code).toBe(0);
      expect(stdout).toContain(`revoked. Dead: ${old(STOPPED).keyId}.`);
      expect(await deployment.liveKeysOf(STOPPED)).toEqual([]);
      const plan = await deployment.plan();
      expect(blockOf(plan, "lambda_invocation", STOPPED)).toContain("an operator revoked it on");
      expect(blockOf(plan, "lambda_invocation", REPLACED)).toBe("");

      // WHEN
      await deployment.apply();

      // THEN
      expect(await world.callWith((await deployment.currentValue(STOPPED)).apiKey, "/models")).toBe(200);
      expect((await deployment.plan()).exitCode).toBe(0);
    });
  });

  describe("that is open, and one vendor key is to outlive it", () => {
    const retain = (...more: string[]) =>
      run("retain", deployment.secretName(MARKED), "--version", "previous", ...more);
    beforeAll(async () => {
      // GIVEN
      const operation = `DELETE /v1/organization/projects/*/api_keys/${old(MARKED).keyId}`;
      world.faults([
        { match: { service: "openai", operation }, fault: { type: "status", status: 500 }, times: 99, skip: 0 },
      ]);
      const open = await run("revoke", deployment.secretName(MARKED), "--now", "--wait", "0");
      expect(open.code).toBe(1);
    });
    afterAll(() => world.clearFaults());

    test("is refused, names the option that does it, and marks nothing", async () => {
      const { code, stderr, stdout } = await retain();
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/\[SK257\].*nothing was marked.*--over-emergency/);
      expect((await run("status", deployment.secretName(MARKED))).stdout).not.toContain("retained");
    });

    test("is done with that option; the emergency then ends with 3, and says since when that lives and by whom", async () => {
      // WHEN
      const marked = await retain("--over-emergency");
      await world.clearFaults();
      const { code, stdout } = await run("revoke", deployment.secretName(MARKED), "--now");
      // THEN
      expect(marked).toMatchObject({ code: 0, stderr: "" });
      expect(marked.stdout).toContain(`vendor key ${old(MARKED).keyId} is marked`);
      expect(code).toBe(3);
      expect(stdout).toMatch(
        new RegExp(
          `NOT ALL ARE DEAD\\. .*Not dead: ${old(MARKED).keyId}, retained since \\S+Z by arn:aws:sts::\\d{12}:\\S+ \\(claimed\\)\\.`,
        ),
      );
      expect(await world.callWith(old(MARKED).apiKey, "/models")).toBe(200);
    });
  });

  describe("of the whole issuer", () => {
    let ended: Ended;
    beforeAll(async () => {
      // WHEN
      ended = await run("revoke", "--issuer", deployment.prefix, "--now", "--json");
    });

    test("replaces every key, leaves alone what is marked, and does not call that dead", async () => {
      expect(ended.code).toBe(3);
      const results = JSON.parse(ended.stdout) as Array<{ name: string; result: { retained: string[] } }>;
      expect(results.map(({ name }) => name)).toEqual(KEYS.map((key) => deployment.secretName(key)).sort());
      expect(results.flatMap(({ result }) => result.retained)).toEqual([old(MARKED).keyId]);
      for (const key of KEYS) {
        const { apiKey } = await deployment.currentValue(key);
        expect(await world.callWith(apiKey, "/models")).toBe(200);
      }
      expect(await world.callWith(old(MARKED).apiKey, "/models")).toBe(200);
    });

    test("a destroy refuses for the marked key, names the way out, and succeeds after it", async () => {
      // WHEN
      const refused = await deployment.tryDestroy();

      // THEN
      expect(refused.exitCode).toBe(1);
      const wayOut = /scoped-keys retain (ai-keys\/openai\/marked) --release/.exec(
        refused.text.replace(/\s*\n\W*/g, " "),
      );
      expect(wayOut).not.toBeNull();
      expect((await run("retain", wayOut?.[1] ?? "", "--release")).code).toBe(0);
      await deployment.destroy();
      expect(await world.liveVendorKeys()).toEqual([]);
    });
  });

  test("names what is wrong where there is no such issuer, or no such name", async () => {
    expect(await run("revoke", "other/openai/key", "--now")).toMatchObject({ code: 1 });
    const { code, stderr } = await run("revoke", "summariser", "--now");
    expect(code).toBe(2);
    expect(stderr).toContain("[SK301]");
    expect((await run("revoke", "--now")).code).toBe(2);
  });
});
