import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CancelRotateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { type Run, scopedKeys } from "../cli/support/scoped-keys";
import { Deployment } from "../e2e/support/deployment";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const FINE = "fine";
const WIDENED = "widened";
const EDITED = "edited";
const KEYS = [FINE, WIDENED, EDITED];

type Ended = Awaited<Run["ended"]>;

interface Row {
  readonly name: string;
  readonly state: string;
  readonly drift: string;
  readonly owner: string;
  readonly vendorKey: string;
  readonly rotation: string;
}

describe("scoped-keys status, rotate and drift, on a deployed stack", () => {
  let deployment: Deployment;
  let world: World;
  const run = (...args: string[]): Promise<Ended> => scopedKeys(args, world.sandbox.environment).ended;
  const drift = (...args: string[]) => run("drift", deployment.outdir, "--terraform", world.tools.terraform, ...args);
  const rows = async (...args: string[]): Promise<Record<string, Row>> => {
    const { stdout } = await run("status", "--json", ...args);
    const { keys } = JSON.parse(stdout) as { keys: Row[] };
    return Object.fromEntries(keys.map((row) => [row.name.split("/").at(-1) ?? "", row]));
  };

  beforeAll(async () => {
    // GIVEN
    deployment = await Deployment.start({ keys: Object.fromEntries(KEYS.map((key) => [key, {}])) });
    ({ world } = deployment);
    await deployment.init();
    await deployment.apply();
  });
  afterAll(() => deployment?.close());

  test("status shows every key as it is, and in sync only where the vendor was asked", async () => {
    const before = world.mark();
    expect(Object.values(await rows()).map(({ state, drift }) => [state, drift])).toEqual(
      KEYS.map(() => ["in_use", "unknown"]),
    );
    const operations = world.journal({ since: before }).map(({ operation }) => operation);
    expect(new Set(operations)).toEqual(new Set(["ListSecrets", "Query"]));
    const live = await rows("--live");
    expect(live[FINE]).toMatchObject({
      drift: "in_sync",
      owner: "search-team@example.com",
      rotation: "scheduled",
      vendorKey: (await deployment.currentValue(FINE)).keyId,
    });
  });

  test("drift of what was just applied is none, and leaves the state as it was", async () => {
    const state = readFileSync(deployment.stateFile, "utf8");
    const { code, stdout, stderr } = await drift();
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "ai-keys: clean\n\n1 stack, 3 keys: no drift.\n",
      stderr: expect.any(String),
    });
    expect(readFileSync(deployment.stateFile, "utf8")).toBe(state);
  });

  test("rotate puts a new value into use, and the one before works on", async () => {
    const { apiKey } = await deployment.currentValue(FINE);
    const { code, stdout } = await run("rotate", deployment.secretName(FINE), "--wait");
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("rotated. In use since") });
    const now = await deployment.currentValue(FINE);
    expect(now.apiKey).not.toBe(apiKey);
    expect(await world.callWith(now.apiKey, "/models")).toBe(200);
    expect(await world.callWith(apiKey, "/models")).toBe(200);
    expect((await rows())[FINE]?.vendorKey).toBe(now.keyId);
  });

  describe("with drift of three kinds", () => {
    let first: Ended;
    let second: Ended;
    let state: string;
    const file = (name: string) => join(deployment.outdir, name);

    beforeAll(async () => {
      // GIVEN
      const { keyId } = await deployment.currentValue(WIDENED);
      await world.openai.admin.organization.projects.apiKeys.update(keyId, {
        project_id: world.projectId,
        scopes: ["api.model.request", "api.model.read", "api.files.read"],
      });
      const edited = deployment.secretName(EDITED);
      await world.secrets.send(new PutSecretValueCommand({ SecretId: edited, SecretString: "edited by hand" }));
      await world.secrets.send(new CancelRotateSecretCommand({ SecretId: edited }));
      state = readFileSync(deployment.stateFile, "utf8");
      // WHEN
      const files = ["drift.json", "drift.md", "drift.xml"].flatMap((name) => ["--report", file(name)]);
      first = await drift("--previous", file("drift.json"), ...files);
      second = await drift("--previous", file("drift.json"), "--json");
    });

    test("drift ends with 2, names key and difference, and since when, by the vendor's audit log", () => {
      expect(first.code).toBe(2);
      expect(first.stdout).toMatch(
        /ai-keys\/openai\/widened: scopes of vendor key \S+ changed at OpenAI: \+api\.files\.read, on 20\S+ by \S+ as its audit log says/,
      );
      expect(first.stdout).toMatch(
        /ai-keys\/openai\/edited: the secret's value was edited by hand \(first seen 20\S+Z\)/,
      );
      expect(first.stdout).toMatch(/rotation of the secret is switched off/);
      expect(first.stdout).not.toContain(deployment.secretName(FINE));
    });

    test("drift writes Markdown, JSON and JUnit", () => {
      expect(readFileSync(file("drift.md"), "utf8")).toContain("ai-keys/openai/widened");
      expect(readFileSync(file("drift.xml"), "utf8")).toMatch(
        /<testcase classname="ai-keys" name="ai-keys\/openai\/fine" time="0" \/>/,
      );
      expect(JSON.parse(readFileSync(file("drift.json"), "utf8"))).toMatchObject({ version: 1, exitCode: 2 });
    });

    test("drift remembers since when, from the report of an earlier run", () => {
      const differences = (text: string) =>
        (JSON.parse(text) as { stacks: Array<{ found: Array<{ differences: unknown[] }> }> }).stacks.flatMap(
          ({ found }) => found.flatMap((one) => one.differences),
        );
      const before = differences(readFileSync(file("drift.json"), "utf8"));
      expect(before.length).toBeGreaterThan(2);
      expect(differences(second.stdout)).toEqual(before);
    });

    test("drift changes nothing", () => {
      expect(readFileSync(deployment.stateFile, "utf8")).toBe(state);
    });

    test("status shows what ledger and secret tell, and with --live what the vendor tells", async () => {
      const known = await rows();
      expect([known[FINE]?.drift, known[WIDENED]?.drift, known[EDITED]?.drift]).toEqual([
        "unknown",
        "unknown",
        "drift",
      ]);
      const live = await rows("--live");
      expect([live[FINE]?.drift, live[WIDENED]?.drift, live[EDITED]?.drift]).toEqual(["in_sync", "drift", "drift"]);
    });

    test("rotate refuses a key whose rotation is switched off", async () => {
      const { code, stderr } = await run("rotate", deployment.secretName(EDITED));
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("[SK333]") });
    });

    test("an apply heals it, and drift is clean", async () => {
      await deployment.apply();
      expect(await drift()).toMatchObject({ code: 0 });
    });
  });

  test("drift is unknown, and never clean, where the vendor cannot be read", async () => {
    world.faults([
      {
        match: { service: "openai", operation: "GET /v1/organization/projects/*/api_keys" },
        fault: { type: "status", status: 500 },
        times: 50,
        skip: 0,
      },
    ]);
    const { code, stdout } = await drift();
    await world.clearFaults();
    expect(code).toBe(1);
    expect(stdout).toMatch(/ai-keys\/openai\/fine: OpenAI could not be read/);
  });

  test("wrong arguments of drift do not look like drift", async () => {
    expect(await drift("--report", "drift.pdf")).toMatchObject({ code: 1 });
    expect(await drift("--stack", "ai-key")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Did you mean ai-keys?"),
    });
  });
});
