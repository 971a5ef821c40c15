import { CancelRotateSecretCommand, DeleteSecretCommand, RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { observer } from "../../src/handlers/observer";
import { ENVIRONMENT } from "../../src/model/environment";
import { policyDigest } from "../../src/model/key-policy";
import { PROJECT_LIMITS } from "../../src/model/names";
import { projectLimitsDigest } from "../../src/model/project-limits";
import { policyOf } from "../support/engine";
import { ADMIN_SECRET, HandlerHarness, KEY, quotingAdminKey } from "../support/engine-handlers";
import { startTable, type TableHarness } from "../support/engine-table";
import { failing } from "../support/openai-server";
import { ManualClock, START } from "../support/secrets-manager";

/** Real servers on a machine that may be busy. */
jest.setTimeout(30_000);

const CANARY = "sk-svcacct-CANARY0123456789";
const EVENT = { action: "observe", keys: { [KEY]: policyDigest(policyOf()) } };

describe("the observer", () => {
  const clock = new ManualClock(START);
  let table: TableHarness;
  let harness: HandlerHarness;

  beforeAll(async () => {
    table = await startTable(clock);
  }, 100_000);
  afterAll(() => table.close());

  beforeEach(async () => {
    harness = await HandlerHarness.start(table, clock);
  });
  afterEach(() => harness.close());

  /** As after an apply: issued, and rotation on. */
  const deploy = async () => {
    const arn = await harness.createSecret();
    await harness.control(harness.reconcileEvent());
    await harness.secrets.client.send(
      new RotateSecretCommand({
        SecretId: arn,
        RotationLambdaARN: harness.functionArn,
        RotationRules: { AutomaticallyAfterDays: 7 },
        RotateImmediately: false,
      }),
    );
    await harness.secrets.service.idle();
    harness.openai.calls.length = 0;
    harness.table.operations.length = 0;
  };

  test("has nothing to say of a key that is as applied, and changes nothing", async () => {
    // GIVEN
    await deploy();

    // WHEN
    const observed = await harness.observe(EVENT);

    // THEN
    expect(observed).toEqual({});
    expect(harness.openai.calls.every((call) => call.startsWith("GET "))).toBe(true);
    expect(harness.openai.calls).toHaveLength(2);
  });

  test("compares the account where it is asked to, with a few reads, and changes nothing", async () => {
    // GIVEN
    const account = { vendor: "openai", models: ["gpt-5"], spendUsdPerMonth: 5 };
    harness.setEnvironment(ENVIRONMENT.accountPolicy, projectLimitsDigest(account));
    await harness.control({ account, repair: "first", tf: { action: "create", prev_input: null } });
    const event = { action: "observe", keys: {}, account: projectLimitsDigest(account) };
    harness.openai.calls.length = 0;

    // THEN
    expect(await harness.observe(event)).toEqual({
      [PROJECT_LIMITS]: { repair: "first", state: "in_sync", drift: [] },
    });
    expect(harness.openai.calls.map((call) => call.split(/[ ?]/)[0])).toEqual(["GET", "GET"]);
    const { projectId } = harness.openai.simulator;
    await harness.openai.client().admin.organization.projects.spendLimit.delete(projectId);
    expect(await harness.observe(event)).toEqual({
      [PROJECT_LIMITS]: {
        repair: expect.stringMatching(/^the spend limit of project .* \(seen 20/),
        state: "drift",
        drift: [`the spend limit of project ${projectId} was removed at OpenAI`],
      },
    });
  });

  test("takes an account for unknown where its event is malformed, or nothing is configured", async () => {
    const unknown = { [PROJECT_LIMITS]: { repair: "none", state: "unknown", drift: [expect.any(String)] } };
    expect(await harness.observe({ action: "observe", keys: {}, account: "x" })).toEqual(unknown);
    harness.setEnvironment(ENVIRONMENT.prefix, undefined);
    expect(await harness.observe({ action: "observe", keys: {}, account: "0123456789ab" })).toEqual(unknown);
  });

  test("has nothing to say of a key that is not made yet", async () => {
    await expect(harness.observe(EVENT)).resolves.toEqual({});
  });

  test("asks the vendor nothing where there are no keys", async () => {
    await expect(harness.observe({ action: "observe", keys: {} })).resolves.toEqual({});
    expect(harness.openai.calls).toEqual([]);
  });

  test("shows scopes that somebody changed at the vendor, and who, and that rotation is off", async () => {
    // GIVEN
    await deploy();
    const { keyId = "" } = await harness.payload();
    await harness.secrets.client.send(new CancelRotateSecretCommand({ SecretId: harness.secretName }));
    const { projectId } = harness.openai.simulator;
    await harness.openai.client().post(`/organization/projects/${projectId}/api_keys/${keyId}`, {
      body: { scopes: ["api.files.write"] },
      headers: { authorization: `Bearer ${harness.openai.simulator.adminKey}` },
    });

    // WHEN
    const observed = await harness.observe(EVENT);

    // THEN
    expect(observed[KEY]?.state).toBe("drift");
    expect(observed[KEY]?.drift).toEqual([
      "rotation of the secret is switched off",
      expect.stringMatching(
        new RegExp(
          `^scopes of vendor key ${keyId} changed at OpenAI: \\+api.files.write -api.model.read -api.model.request, on .* by \\S+@\\S+ as its audit log says$`,
        ),
      ),
    ]);
  });

  describe("never throws, and never takes what it could not read for in sync:", () => {
    const unknown = (sentence: RegExp | string) => ({
      [KEY]: { repair: "none", state: "unknown", drift: [expect.stringMatching(sentence)] },
    });
    const harmless = (observed: unknown) => {
      const shown = JSON.stringify(observed) + harness.lines.join("\n");
      for (const secret of [CANARY, ...harness.openai.simulator.secrets()]) expect(shown).not.toContain(secret);
    };

    test("vendor down", async () => {
      await deploy();
      harness.openai.interceptions.push(...Array.from({ length: 20 }, () => failing(400, `no: Bearer ${CANARY}`)));
      const observed = await harness.observe(EVENT);
      expect(observed[KEY]?.state).toBe("unknown");
      expect(observed[KEY]?.drift).toEqual([
        expect.stringMatching(/^OpenAI could not be read: .*400/),
        expect.stringMatching(/^OpenAI's audit log could not be read: .*400/),
      ]);
      harmless(observed);
    });

    test("a vendor whose adapter quotes the admin key in another form", async () => {
      await deploy();
      const observed = await observer(quotingAdminKey)(EVENT, harness.context);
      expect(observed[KEY]?.drift[0]).toBe("OpenAI could not be read: no: [redacted]");
      const shown = JSON.stringify(observed) + harness.lines.join("\n");
      expect(shown).not.toContain(btoa(harness.openai.simulator.adminKey));
    });

    test("no audit log", async () => {
      await deploy();
      harness.openai.simulator.configure({ auditLog: "forbidden" });
      await expect(harness.observe(EVENT)).resolves.toEqual(unknown(/^OpenAI's audit log could not be read: .*403/));
    });

    test("admin key refused", async () => {
      await deploy();
      await harness.storeAdminKey(`${CANARY}-admin`);
      const observed = await harness.observe(EVENT);
      expect(observed[KEY]).toMatchObject({ repair: "none", state: "unknown" });
      harmless(observed);
    });

    test("admin key missing", async () => {
      await deploy();
      await harness.secrets.client.send(new DeleteSecretCommand({ SecretId: ADMIN_SECRET }));
      const observed = await harness.observe(EVENT);
      expect(observed[KEY]?.state).toBe("unknown");
      expect(observed[KEY]?.drift[0]).toContain("SK205");
    });

    test("no ledger", async () => {
      await deploy();
      harness.setEnvironment(ENVIRONMENT.ledgerTable, "gone");
      await expect(harness.observe(EVENT)).resolves.toEqual(unknown(/^the ledger could not be read: /));
    });

    test("a secret store that does not answer", async () => {
      await deploy();
      harness.secrets.client.destroy();
      await harness.secrets.close();
      const observed = await harness.observe(EVENT);
      expect(observed[KEY]?.state).toBe("unknown");
      expect(observed[KEY]?.drift[0]).toMatch(/^the secret could not be read: /);
    });

    test.each([
      [ENVIRONMENT.prefix, `/${CANARY}/`],
      [ENVIRONMENT.vendorSettings, "{"],
      [ENVIRONMENT.adminCallsPerMinute, undefined],
    ])("a function whose %s is %s", async (name, value) => {
      harness.setEnvironment(name, value);
      const observed = await harness.observe(EVENT);
      expect(observed).toEqual(unknown(/^\[SK216\] /));
      harmless(observed);
    });

    test("settings with a host that is not the vendor's: no request", async () => {
      const settings = JSON.stringify({ projectId: "proj_1", baseUrl: "https://evil.example/v1" });
      harness.setEnvironment(ENVIRONMENT.vendorSettings, settings);
      await expect(harness.observe(EVENT)).resolves.toEqual(unknown(/^\[SK216\] /));
      expect(harness.openai.calls).toEqual([]);
    });

    test.each([
      ["a field that it does not know", { ...EVENT, also: CANARY }],
      ["a digest that is none", { ...EVENT, keys: { [KEY]: CANARY } }],
      ["another action", { ...EVENT, action: CANARY }],
      ["no action", { keys: EVENT.keys }],
    ])("an event with %s", async (_, event) => {
      const observed = await harness.observe(event);
      expect(observed).toEqual(unknown(/^the function received an unknown event/));
      harmless(observed);
      expect(harness.openai.calls).toEqual([]);
    });

    test.each([[undefined], [null], [7], ["text"], [[]], [{}], [{ action: "observe" }], [{ keys: null }]])(
      "%j, which asks about no key",
      async (event) => {
        await expect(harness.observe(event)).resolves.toEqual({});
        expect(harness.openai.calls).toEqual([]);
      },
    );
  });
});
