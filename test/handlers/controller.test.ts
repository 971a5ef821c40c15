import { DeleteSecretCommand, RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { controller } from "../../src/handlers/controller";
import { ENVIRONMENT } from "../../src/model/environment";
import { SWEEP_EVENT } from "../../src/model/events";
import { policyDigest } from "../../src/model/key-policy";
import { canonicalProjectLimits, type ProjectLimits, projectLimitsDigest } from "../../src/model/project-limits";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { calledFor } from "../support/drivers";
import { policyOf } from "../support/engine";
import { ADMIN_SECRET, HandlerHarness, KEY, quotingAdminKey } from "../support/engine-handlers";
import { startTable, type TableHarness } from "../support/engine-table";
import { failing } from "../support/openai-server";
import { ManualClock, START } from "../support/secrets-manager";

/** Real servers on a machine that may be busy. */
jest.setTimeout(30_000);

const CANARY = "sk-svcacct-CANARY0123456789";
const TOKEN = "0123456789abcdef0123456789abcdef";
const ACCOUNT = { vendor: "openai", models: ["gpt-5"], spendUsdPerMonth: 5 };

describe("the controller", () => {
  const clock = new ManualClock(START);
  let table: TableHarness;
  let harness: HandlerHarness;

  beforeAll(async () => {
    table = await startTable(clock);
  }, 100_000);
  afterAll(() => table.close());

  beforeEach(async () => {
    harness = await HandlerHarness.start(table, clock);
    table.operations.length = 0;
  });
  afterEach(() => harness.close());

  const accountEvent = (account: object, action = "create") => ({
    account,
    repair: "none",
    tf: { action, prev_input: null },
  });
  /** As the constructs write it into the function's environment. */
  const declareAccount = (account: object = ACCOUNT) =>
    harness.setEnvironment(
      ENVIRONMENT.accountPolicy,
      projectLimitsDigest(canonicalProjectLimits(account as unknown as ProjectLimits)),
    );
  const advance = async (seconds: number) => {
    harness.openai.clock.advance(seconds);
    await harness.secrets.advanceTo(harness.secrets.clock.millis + seconds * 1_000);
    clock.millis = harness.secrets.clock.millis;
  };
  const liveKeys = async () => {
    const keys: string[] = [];
    const { projectId } = harness.openai.simulator;
    for await (const key of harness.openai.client().admin.organization.projects.apiKeys.list(projectId))
      keys.push(key.id);
    return keys;
  };
  const expectHarmless = (error: Error) => {
    const shown = [error.message, error.name, error.stack, String(error.cause), ...harness.lines].join("\n");
    for (const secret of [CANARY, ...harness.openai.simulator.secrets()]) expect(shown).not.toContain(secret);
    expect(error.stack).toBe("");
    expect(error.cause).toBeUndefined();
  };

  test("that IAM does not know yet asks again, and a right that is missing later is missing at once", async () => {
    // GIVEN
    await harness.createSecret();
    const refused: string[] = [];
    harness.secrets.denied = (operation) => refused.length === 0 && refused.push(operation) > 0;

    // WHEN
    await harness.control(harness.reconcileEvent());

    // THEN
    expect(refused).toHaveLength(1);
    expect(await liveKeys()).toHaveLength(1);
    expect(harness.entries).toContainEqual(expect.objectContaining({ service: "Secrets Manager", pauseMillis: 500 }));

    // WHEN
    harness.lines.length = 0;
    harness.secrets.denied = () => true;
    const error = await harness.refusal(harness.reconcileEvent({ repair: "again" }));

    // THEN
    expect(error.message).toContain("no identity-based policy allows it");
    expect(harness.entries.some((entry) => "pauseMillis" in entry)).toBe(false);
    expectHarmless(error);
  });

  describe("project limits", () => {
    beforeEach(() => declareAccount());
    const project = () => harness.openai.client().admin.organization.projects;

    test("is applied, and what it set stays when it ends", async () => {
      // WHEN
      const result = await harness.control(accountEvent(ACCOUNT));
      await harness.control(accountEvent({ ...ACCOUNT, later: true }, "delete"));

      // THEN
      const { projectId } = harness.openai.simulator;
      expect(result).toMatchObject({
        account: `project ${projectId}`,
        repair: "none",
        changes: ["set the models", "set the spend limit"],
      });
      expect(await project().modelPermissions.retrieve(projectId)).toMatchObject({ model_ids: ["gpt-5"] });
      expect((await project().spendLimit.retrieve(projectId)).threshold_amount).toBe(500);
      expect((await harness.table.table.query(harness.prefix, "account")).length).toBe(0);
    });

    test("that the vendor refuses fails in words, and opens no incident of the admin key", async () => {
      harness.openai.interceptions.push(failing(400, `no: Bearer ${CANARY}`));
      const error = await harness.refusal(accountEvent(ACCOUNT));
      expect(error.name).toBe("SK234");
      expect(error.message).toMatch(
        /^\[SK234\] project limits: OpenAI refuses the limits that the issuer declares for project/,
      );
      expectHarmless(error);
      expect(await harness.table.table.query(harness.prefix, "incident#")).toEqual([]);
      expect(harness.metrics).toContainEqual(expect.objectContaining({ ReconcileFailed: 1 }));
    });

    test.each<[string, () => void, string]>([
      ["where the issuer declares none", () => harness.setEnvironment(ENVIRONMENT.accountPolicy, undefined), "none"],
      ["other than the declared one", () => declareAccount({ ...ACCOUNT, spendUsdPerMonth: 6 }), "the declared one"],
    ])("%s is refused, and sets nothing", async (_, declare, allowed) => {
      // GIVEN
      declare();

      // WHEN
      const error = await harness.refusal(accountEvent(ACCOUNT));

      // THEN
      expect(error.name).toBe("SK243");
      expect(error.message).toContain(allowed);
      expectHarmless(error);
      expect(harness.openai.calls).toEqual([]);
      expect(table.operations).toEqual([]);
    });

    test("is forgotten also when the environment says already that none is declared", async () => {
      // GIVEN
      await harness.control(accountEvent(ACCOUNT));
      harness.setEnvironment(ENVIRONMENT.accountPolicy, undefined);

      // WHEN
      await harness.control(accountEvent(ACCOUNT, "delete"));

      // THEN
      expect((await harness.table.table.query(harness.prefix, "account")).length).toBe(0);
    });

    test("that another run works on is left alone", async () => {
      await harness.table.table.put(
        { pk: harness.prefix, sk: "lease##account", guard: clock.millis + 60_000, body: "another" },
        { expression: "attribute_not_exists(pk)" },
      );
      const error = await harness.controlAtOnce(accountEvent(ACCOUNT)).catch((reason: Error) => reason);
      expect(error).toMatchObject({ name: "SK207", message: expect.stringMatching(/^\[SK207\] project limits: /) });
    });
  });

  describe("refuses, before anything has an effect,", () => {
    const rotation = (arn: string) => ({ Step: "createSecret", SecretId: arn, ClientRequestToken: TOKEN });
    const lifetime = policyOf().lifetime;
    const long = 3_000 * SECONDS_PER_DAY;

    test.each<[string, (b: HandlerHarness) => unknown, string, string]>([
      ["nothing", () => undefined, "SK201", "undefined"],
      ["null", () => null, "SK201", "object"],
      ["a text", () => CANARY, "SK201", "string"],
      ["a list", () => [CANARY], "SK201", "an object with the fields 0"],
      ["an empty object", () => ({}), "SK201", "(none)"],
      ["a sweep with more in it", () => ({ action: "sweep", also: CANARY }), "SK201", "action, also"],
      ["the observer's event", () => ({ action: "observe", keys: {} }), "SK201", "action, keys"],
      [
        "a Terraform action of another kind",
        (b) => b.reconcileEvent({ tf: { action: "read" } }),
        "SK202",
        '"tf.action"',
      ],
      ["a key's name that is none", (b) => b.reconcileEvent({ key: `../${CANARY}` }), "SK202", '"key"'],
      ["no owner", (b) => b.reconcileEvent({}, { owner: undefined }), "SK202", '"policy.owner"'],
      ["an owner that is no address", (b) => b.reconcileEvent({}, { owner: CANARY }), "SK202", '"policy.owner"'],
      ["no scopes at all", (b) => b.reconcileEvent({}, { scopes: [] }), "SK202", '"policy.scopes"'],
      ["an empty scope", (b) => b.reconcileEvent({}, { scopes: [""] }), "SK202", '"policy.scopes.0"'],
      ["a scope twice", (b) => b.reconcileEvent({}, { scopes: ["a", "a"] }), "SK202", "list a scope only once"],
      [
        "an overlap as long as the interval",
        (b) => b.reconcileEvent({}, { lifetime: { ...lifetime, overlapSeconds: lifetime.rotateEverySeconds ?? 0 } }),
        "SK202",
        "the overlap must be shorter than the interval",
      ],
      [
        "an expiry before the next key is sure",
        (b) => b.reconcileEvent({}, { lifetime: { ...lifetime, expirySeconds: 8 * SECONDS_PER_DAY } }),
        "SK202",
        "interval + overlap must be shorter than the expiry",
      ],
      [
        "a lifetime beyond all measure",
        (b) => b.reconcileEvent({}, { lifetime: { ...lifetime, expirySeconds: long } }),
        "SK202",
        '"policy.lifetime.expirySeconds"',
      ],
      [
        "a field of the policy that it does not know",
        (b) => b.reconcileEvent({}, { network: CANARY }),
        "SK202",
        '"policy.network"',
      ],
      ["a field of the event that it does not know", (b) => b.reconcileEvent({ more: CANARY }), "SK202", '"more"'],
      [
        "project limits that declare nothing",
        () => accountEvent({ vendor: "openai" }),
        "SK202",
        "declare at least one limit",
      ],
      [
        "project limits with a field that nobody knows",
        () => accountEvent({ vendor: "openai", colour: CANARY }),
        "SK202",
        '"account.colour"',
      ],
      [
        "project limits of another vendor",
        () => {
          declareAccount({ ...ACCOUNT, vendor: "anthropic" });
          return accountEvent({ ...ACCOUNT, vendor: "anthropic" });
        },
        "SK204",
        "anthropic",
      ],
      [
        "project limits with a key beside it",
        (b) => ({ ...b.reconcileEvent(), ...accountEvent(ACCOUNT) }),
        "SK202",
        '"key"',
      ],
      ["an empty repair token", (b) => b.reconcileEvent({ repair: "" }), "SK202", '"repair"'],
      ["a repair token beyond its limit", (b) => b.reconcileEvent({ repair: "x".repeat(1_025) }), "SK202", '"repair"'],
      ["another vendor's policy", (b) => b.reconcileEvent({}, { vendor: "openrouter" }), "SK204", "openrouter"],
      [
        "a secret outside the prefix",
        (b) => b.reconcileEvent({ secret: `other/openai/${KEY}` }),
        "SK203",
        `other/openai/${KEY}`,
      ],
      ["another key's secret", (b) => b.reconcileEvent({ secret: `${b.prefix}/other` }), "SK203", "/openai/other"],
      [
        "a destroy with a secret outside the prefix",
        (b) => b.deleteEvent({ secret: "prod/database" }),
        "SK203",
        "prod/database",
      ],
      ["a destroy without a key", (b) => b.deleteEvent({ key: undefined }), "SK202", '"key"'],
      ["a rotation step that it does not know", () => ({ ...rotation("arn:x"), Step: CANARY }), "SK202", '"Step"'],
      [
        "a rotation token that is too short",
        () => ({ ...rotation("arn:x"), ClientRequestToken: "short" }),
        "SK202",
        '"ClientRequestToken"',
      ],
      ["a rotation of a secret by its name", () => rotation(`prefix/${KEY}`), "SK202", '"SecretId"'],
      [
        "a rotation in another account",
        (b) => rotation(`arn:aws:secretsmanager:us-east-1:999999999999:secret:${b.secretName}-abcdef`),
        "SK203",
        "999999999999",
      ],
      [
        "a rotation in another region",
        (b) => rotation(`arn:aws:secretsmanager:eu-west-1:123456789012:secret:${b.secretName}-abcdef`),
        "SK203",
        "eu-west-1",
      ],
      [
        "a rotation in another partition",
        (b) => rotation(`arn:aws-cn:secretsmanager:us-east-1:123456789012:secret:${b.secretName}-abcdef`),
        "SK203",
        "aws-cn",
      ],
      [
        "a rotation of another issuer's secret",
        () => rotation("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/database-abcdef"),
        "SK203",
        "prod/database",
      ],
      [
        "a rotation of a secret below a key's",
        (b) => rotation(`arn:aws:secretsmanager:us-east-1:123456789012:secret:${b.secretName}/x-abcdef`),
        "SK203",
        `${KEY}/x`,
      ],
    ])("%s", async (_, event, code, words) => {
      // GIVEN
      await harness.createSecret();

      // WHEN
      const error = await harness.refusal(event(harness));

      // THEN
      expect(error.name).toBe(code);
      expect(error.message).toContain(`[${code}]`);
      expect(error.message).toContain(words);
      expectHarmless(error);
      expect(harness.openai.calls).toEqual([]);
      expect(table.operations).toEqual([]);
      expect(await harness.versions()).toEqual({});
    });

    test.each<[string, string | undefined]>([
      [ENVIRONMENT.prefix, undefined],
      [ENVIRONMENT.prefix, `/${CANARY}/`],
      [ENVIRONMENT.ledgerTable, ""],
      [ENVIRONMENT.adminSecret, undefined],
      [ENVIRONMENT.vendorSettings, `{"adminKey": ${CANARY}`],
      [ENVIRONMENT.vendorSettings, undefined],
      [ENVIRONMENT.adminCallsPerMinute, "0"],
      [ENVIRONMENT.adminCallsPerMinute, "-7"],
      [ENVIRONMENT.adminCallsPerMinute, "many"],
    ])("a function whose %s is %s", async (name, value) => {
      // GIVEN
      harness.setEnvironment(name, value);

      // WHEN
      const error = await harness.refusal(harness.reconcileEvent());

      // THEN
      expect(error.name).toBe("SK216");
      expect(error.message).toContain(`environment variable ${name} is missing or malformed`);
      expectHarmless(error);
      expect(harness.openai.calls).toEqual([]);
      expect(table.operations).toEqual([]);
    });

    test.each([
      ["https://api.openai.com.evil.example/v1"],
      ["http://api.openai.com/v1"],
      ["https://api.openai.com/v1/../x"],
    ])("a base URL that is not the vendor's: %s", async (baseUrl) => {
      // GIVEN
      const settings = JSON.stringify({ projectId: harness.openai.simulator.projectId, baseUrl });
      harness.setEnvironment(ENVIRONMENT.vendorSettings, settings);

      // WHEN
      const error = await harness.refusal(harness.reconcileEvent());

      // THEN
      expect(error.name).toBe("SK216");
      expect(error.message).toContain("https://api.openai.com/v1, https://us.api.openai.com/v1");
      expect(harness.openai.calls).toEqual([]);
      expect(table.operations).toEqual([]);
    });

    test("a policy for a secret that does not exist", async () => {
      const error = await harness.refusal(harness.reconcileEvent());
      expect(error.name).toBe("SK214");
      expect(error.message).toContain(harness.secretName);
      expect(harness.openai.calls).toEqual([]);
    });

    test.each([
      ["not declared", "SK213"],
      ["gone", "SK214"],
      ["scheduled for deletion", "SK244"],
    ])("a rotation of a key that is %s", async (what, code) => {
      // GIVEN
      const SecretId = await harness.createSecret();
      const isGone = what === "gone";
      if (isGone || what === "scheduled for deletion") {
        await harness.secrets.client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: isGone }));
      }

      // WHEN
      const error = await harness.refusal(rotation(SecretId));

      // THEN
      expect(error.name).toBe(code);
      expect(harness.openai.calls).toEqual([]);
    });
  });

  describe("has doors, and each", () => {
    const names = ["", ":$LATEST", ":sweep", ":operator"] as const;
    type Name = (typeof names)[number];
    const rotationStep = (b: HandlerHarness) => ({
      Step: "createSecret",
      SecretId: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${b.secretName}-abcdef`,
      ClientRequestToken: TOKEN,
    });
    const key = `key "${KEY}"`;
    const revoke = { action: "revoke", key: KEY, successor: true };
    const retain = { action: "retain", key: KEY, version: "current", retain: true };
    /** Names that the action is taken by, the first of which is its driver's. */
    const actions: ReadonlyArray<
      readonly [action: string, open: readonly Name[], subject: string, event: (b: HandlerHarness) => unknown]
    > = [
      ["reconcile", [":$LATEST", ""], key, (b) => b.reconcileEvent()],
      ["retire", [":$LATEST", ""], key, (b) => b.deleteEvent()],
      ["apply project limits", [":$LATEST", ""], "project limits", () => accountEvent(ACCOUNT)],
      ["forget project limits", [":$LATEST", ""], "project limits", () => accountEvent(ACCOUNT, "delete")],
      ["createSecret", [""], key, rotationStep],
      ["sweep", [":sweep"], "event", () => SWEEP_EVENT],
      ["revoke", [":operator"], key, () => revoke],
      ["retain", [":operator"], key, () => retain],
      ["adopt", [":operator"], key, () => ({ action: "adopt", key: KEY, value: CANARY })],
      ["keys", [":operator"], "event", () => ({ action: "keys" })],
    ];
    const shut = actions.flatMap(([action, open, subject, event]) =>
      names.filter((name) => !open.includes(name)).map((name) => ({ action, name, own: open[0], subject, event })),
    );

    test.each(shut)(
      "refuses what is another's: $action by NAME$name",
      async ({ action, name, own, subject, event }) => {
        // GIVEN
        await harness.createSecret();
        declareAccount();

        // WHEN
        const error = await harness.refusal(event(harness), harness.functionArn + name);

        // THEN
        const functionName = harness.functionArn.split(":").at(-1) ?? "";
        expect(error.name).toBe("SK241");
        expect(error.message).toContain(
          `[SK241] ${subject}: the function does not accept this action under the name that it was called by. Nothing was changed`,
        );
        expect(error.message).toContain(`Given: "${action}", called by the name ${functionName}${name}. `);
        expect(error.message).toContain(`Allowed: "${action}", called by the name ${functionName}${own}. `);
        expectHarmless(error);
        expect(harness.openai.calls).toEqual([]);
        expect(table.operations).toEqual([]);
        expect(await harness.versions()).toEqual({});
      },
    );

    test.each(["1", "42", "live", "operator2", "unqualified", ""])("is none by the qualifier %j", async (qualifier) => {
      for (const [, , , event] of actions) {
        const error = await harness.refusal(event(harness), `${harness.functionArn}:${qualifier}`);
        expect(error.name).toBe("SK242");
        expect(error.message).toContain(`controller:${qualifier}. Allowed:`);
        expectHarmless(error);
      }
      expect(harness.openai.calls).toEqual([]);
      expect(table.operations).toEqual([]);
    });

    test("works on the same vendor keys: their lineage is of the function, and not of the name that it is called by", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.control(harness.reconcileEvent());
      const [first] = await liveKeys();

      // WHEN
      const swept = await harness.control(SWEEP_EVENT);
      const revoked = await harness.control({ action: "revoke", key: KEY, successor: true });

      // THEN
      expect(swept).toMatchObject({ reclaimed: 0, failed: 0 });
      expect(revoked).toMatchObject({ done: true, dead: [first] });
      const accounts = (
        await harness.openai
          .client()
          .admin.organization.projects.serviceAccounts.list(harness.openai.simulator.projectId)
      ).data;
      expect(accounts).toHaveLength(1);
    });
  });

  describe("with an admin key that is no good", () => {
    const unchanged = async () => {
      expect(await harness.versions()).toEqual({});
      expect(harness.openai.calls.filter((call) => !call.startsWith("GET "))).toEqual([]);
    };

    test("says which secret holds it and what it needs, and counts it", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.storeAdminKey(`${CANARY}-admin`);

      // WHEN
      const error = await harness.refusal(harness.reconcileEvent());

      // THEN
      expect(error.name).toBe("SK206");
      expect(error.message).toContain(`admin key in secret "${ADMIN_SECRET}"`);
      expect(error.message).toContain("Organization Administration: Write (scope api.management.write)");
      expectHarmless(error);
      await unchanged();
      expect(harness.metrics).toEqual([
        expect.objectContaining({ Issuer: harness.prefix, AdminKeyRefused: 1 }),
        expect.objectContaining({ Issuer: harness.prefix, Key: KEY, ReconcileFailed: 1 }),
        expect.objectContaining({ Issuer: harness.prefix, Incident: "admin-key-refused", IncidentsOpened: 1 }),
      ]);
    });

    const events = () => harness.bus.events.map(({ DetailType, Detail }) => [DetailType, Object(Detail).incident]);
    const OPENED = ["Scoped Key Incident Opened", "admin-key-refused"];

    test("says the same where a sweep meets it", async () => {
      await harness.createSecret();
      await harness.control(harness.reconcileEvent());
      await harness.storeAdminKey(`${CANARY}-admin`);
      expect((await harness.refusal(SWEEP_EVENT)).name).toBe("SK206");
      expect(events()).toEqual([OPENED]);
    });

    test("tells of it once, however many runs meet it, and once when a sweep is let in again", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.control(harness.reconcileEvent());
      await harness.storeAdminKey(`${CANARY}-admin`);

      // WHEN
      await Promise.all([1, 2, 3].map(() => harness.refusal(harness.reconcileEvent({ repair: "drift" }))));
      await harness.refusal(SWEEP_EVENT);

      // THEN
      expect(events()).toEqual([OPENED]);
      expect(harness.metrics.findLast((m) => "OpenIncidents" in m)).toMatchObject({ OpenIncidents: 1 });

      // WHEN
      await harness.storeAdminKey(harness.openai.simulator.adminKey);
      await harness.control(SWEEP_EVENT);
      await harness.control(SWEEP_EVENT);

      // THEN
      expect(events()).toEqual([OPENED, ["Scoped Key Incident Resolved", "admin-key-refused"]]);
      expect(harness.bus.events[0]?.Detail).toEqual({
        version: 1,
        issuer: harness.prefix,
        incident: "admin-key-refused",
        at: expect.stringMatching(/Z$/),
        cause: { door: "terraform", requestId: "request-1" },
      });
      expect(harness.metrics.findLast((m) => "OpenIncidents" in m)).toMatchObject({ OpenIncidents: 0 });
    });

    test("says so as ever where no event gets through", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.storeAdminKey(`${CANARY}-admin`);
      harness.bus.answer = async () => ({ status: 403, body: JSON.stringify({ __type: "AccessDeniedException" }) });

      // WHEN
      const error = await harness.refusal(harness.reconcileEvent());

      // THEN
      expect(error.name).toBe("SK206");
      expect(harness.entries.at(-1)).toMatchObject({ message: "incidents not told on the event bus", missed: 1 });
      expect(harness.metrics).toContainEqual(expect.objectContaining({ IncidentsOpened: 1 }));
      expectHarmless(error);
    });

    test("says that it has no value, and asks the vendor nothing", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.secrets.client.send(new DeleteSecretCommand({ SecretId: ADMIN_SECRET }));

      // WHEN
      const error = await harness.refusal(harness.reconcileEvent());

      // THEN
      expect(error.name).toBe("SK205");
      expect(error.message).toContain(`"${ADMIN_SECRET}"`);
      expectHarmless(error);
      await unchanged();
      expect(harness.openai.calls).toEqual([]);
    });

    test("takes blanks alone for no value", async () => {
      await harness.createSecret();
      await harness.storeAdminKey(" \n ");
      expect((await harness.refusal(harness.reconcileEvent())).name).toBe("SK205");
    });

    test("heals as soon as the right one is there, blanks around it or not", async () => {
      await harness.createSecret();
      await harness.storeAdminKey(`${CANARY}-admin`);
      await harness.refusal(harness.reconcileEvent());
      await harness.storeAdminKey(`${harness.openai.simulator.adminKey}\n`);
      await expect(harness.control(harness.reconcileEvent())).resolves.toMatchObject({ key: KEY });
    });
  });

  test("an error of the vendor is told without what it quoted, and as one that may pass", async () => {
    // GIVEN
    await harness.createSecret();
    harness.openai.interceptions.push(failing(400, `Bad request with Bearer ${CANARY} and ${CANARY}`));

    // WHEN
    const error = await harness.refusal(harness.reconcileEvent());

    // THEN
    expect(error.name).toBe("SK208");
    expect(error.message).toContain(`key "${KEY}": the call to OpenAI failed (OpenAI answered 400`);
    expectHarmless(error);
  });

  test("an error that nobody foresaw has a code, and no more than its own words", async () => {
    // GIVEN
    await harness.createSecret();
    harness.setEnvironment(ENVIRONMENT.ledgerTable, "gone");

    // WHEN
    const error = await harness.refusal(harness.reconcileEvent());

    // THEN
    expect(error.name).toBe("SK200");
    expect(error.message).toContain(`key "${KEY}": ResourceNotFoundException`);
    expectHarmless(error);
  });

  test("takes no lease from a run that lives because its machine's clock is a day ahead", async () => {
    // GIVEN
    await harness.createSecret();
    clock.millis = Date.now() - SECONDS_PER_DAY * 1_000;
    const lease = { pk: harness.prefix, sk: `lease#${KEY}`, guard: clock.millis + 30_000, body: "another run" };
    await table.table.put(lease, { expression: "attribute_not_exists(pk)" });

    // WHEN
    const run = harness.controlAtOnce(harness.reconcileEvent());

    // THEN
    await expect(run).rejects.toThrow("SK207");
    expect(await table.table.get(harness.prefix, `lease#${KEY}`)).toEqual(lease);
  });

  test("a key's life: created, created again, rotated, swept, destroyed", async () => {
    // GIVEN
    const arn = await harness.createSecret();
    harness.secrets.rotationFunction = async (event) => {
      await harness.control(event);
    };
    const works = async (apiKey: string) =>
      harness.openai
        .client(apiKey)
        .models.list()
        .then(
          () => true,
          () => false,
        );

    // WHEN
    const created = await harness.control(harness.reconcileEvent());

    // THEN
    const first = await harness.payload();
    expect(created).toEqual({
      key: KEY,
      policy: policyDigest(policyOf()),
      repair: "none",
      changes: ["issued a vendor key: there was none"],
    });
    expect(first).toMatchObject({
      vendor: "openai",
      baseUrl: "https://api.openai.com/v1",
      expiresAt: "2026-12-08T10:20:00.000Z",
    });
    expect(await liveKeys()).toEqual([first["keyId"]]);
    expect(await works(first["apiKey"] ?? "")).toBe(true);

    // WHEN Terraform sends the same again
    await expect(harness.control(harness.reconcileEvent())).resolves.toMatchObject({ changes: [] });

    // THEN
    expect(await liveKeys()).toHaveLength(1);
    expect(await harness.payload()).toEqual(first);

    // WHEN
    await harness.secrets.client.send(
      new RotateSecretCommand({
        SecretId: arn,
        RotationLambdaARN: harness.functionArn,
        RotationRules: { AutomaticallyAfterDays: 7 },
        ClientRequestToken: TOKEN,
      }),
    );
    await harness.secrets.service.idle();

    // THEN
    const second = await harness.payload();
    expect(second["keyId"]).not.toBe(first["keyId"]);
    expect((await harness.versions())[TOKEN]).toContain("AWSCURRENT");
    expect((await harness.versions())[TOKEN]).not.toContain("AWSPENDING");
    expect(await works(first["apiKey"] ?? "")).toBe(true);
    expect(await works(second["apiKey"] ?? "")).toBe(true);
    expect(harness.metrics.filter((m) => "RotationSucceeded" in m)).toEqual([
      expect.objectContaining({ Key: KEY, RotationSucceeded: 1 }),
    ]);

    // WHEN the overlap is not over
    await advance(SECONDS_PER_DAY - 60);
    await expect(harness.control(SWEEP_EVENT)).resolves.toEqual({
      revoked: 0,
      reclaimed: 0,
      reissued: 0,
      rotated: 0,
      failed: 0,
      left: 0,
    });

    // THEN
    expect(await works(first["apiKey"] ?? "")).toBe(true);

    // WHEN it is
    await advance(120);
    await expect(harness.control(SWEEP_EVENT)).resolves.toEqual({
      revoked: 1,
      reclaimed: 0,
      reissued: 0,
      rotated: 0,
      failed: 0,
      left: 0,
    });

    // THEN
    expect(await works(first["apiKey"] ?? "")).toBe(false);
    expect(await works(second["apiKey"] ?? "")).toBe(true);

    // WHEN
    const destroyed = await harness.control(harness.deleteEvent());

    // THEN
    expect(destroyed).toEqual({ key: KEY, policy: "", repair: "", changes: [`revoked vendor key ${second["keyId"]}`] });
    expect(await liveKeys()).toEqual([]);
    expect(await works(second["apiKey"] ?? "")).toBe(false);

    // WHEN Terraform sends the destroy again
    await expect(harness.control(harness.deleteEvent())).resolves.toMatchObject({ changes: [] });

    // THEN nothing of value was printed
    const printed = harness.lines.join("\n");
    for (const secret of harness.openai.simulator.secrets()) expect(printed).not.toContain(secret);
  });

  describe("an emergency revoke", () => {
    const revoke = { action: "revoke", key: KEY, successor: false };
    const listing = "GET /organization/projects/{project}/api_keys";
    const single = `${listing.slice("GET ".length)}/{key}`;
    const ending = [`GET ${single}`, `DELETE ${single}`];

    test("kills though the table says that nobody may call for a quarter of an hour, and says so", async () => {
      // GIVEN every endpoint paused, by a vendor that lies or by a writer on the table
      await harness.createSecret();
      await harness.control(harness.reconcileEvent());
      const until = clock.millis + 840_000;
      const pk = `${harness.prefix}#pace`;
      for (const sk of [listing, ...ending]) {
        const anything = { expression: "attribute_exists(pk) OR attribute_not_exists(pk)" };
        await table.table.put({ pk, sk, guard: until + 60_000, body: String(until) }, anything);
      }

      // THEN another run gets no turn
      const refused = await harness.refusal(harness.reconcileEvent({ repair: "drift" }));
      expect(refused.name).toBe("SK222");

      // WHEN
      const result = await harness.control(revoke);

      // THEN
      expect(result).toMatchObject({ done: true, alive: [], reasons: [] });
      expect(await liveKeys()).toEqual([]);
      expect(harness.entries).toContainEqual(
        expect.objectContaining({ level: "WARN", message: "emergency call sent without its turn", endpoint: listing }),
      );
    });

    test("answers nothing of the admin key, in whatever form its adapter quotes it", async () => {
      // GIVEN
      await harness.createSecret();
      await harness.control(harness.reconcileEvent());
      const { adminKey } = harness.openai.simulator;

      // WHEN
      const result = await controller(quotingAdminKey)(revoke, {
        ...harness.context,
        invokedFunctionArn: calledFor(harness.functionArn, revoke),
      });

      // THEN
      expect(result).toMatchObject({
        done: false,
        reasons: [expect.stringContaining("[redacted]")],
      });
      const shown = JSON.stringify(result) + harness.lines.join("\n");
      for (const form of [adminKey, btoa(adminKey)]) expect(shown).not.toContain(form);
    });
  });

  test("a destroy of an older release's key, whose policy nobody understands any more, still revokes", async () => {
    await harness.createSecret();
    await harness.control(harness.reconcileEvent());
    await harness.control(harness.deleteEvent({ policy: { version: 0 }, surplus: true }));
    expect(await liveKeys()).toEqual([]);
  });

  test("every line is one JSON object with issuer and request; metrics are in embedded metric format", async () => {
    // GIVEN
    await harness.createSecret();

    // WHEN
    await harness.control(harness.reconcileEvent());
    await harness.control(SWEEP_EVENT);
    await harness.refusal({});

    // THEN
    expect(harness.lines.length).toBeGreaterThan(5);
    for (const line of harness.lines) {
      expect(line).not.toContain("\n");
      expect(JSON.parse(line)).toMatchObject({ issuer: harness.prefix, requestId: "request-1" });
    }
    for (const entry of harness.entries) {
      expect(entry).toMatchObject({ level: expect.stringMatching(/^(INFO|WARN|ERROR)$/), message: expect.any(String) });
    }
    expect(harness.entries.at(-1)).toMatchObject({ level: "ERROR", message: "failed", code: "SK201" });
    expect(harness.metrics.map((m) => m["_aws"])).toContainEqual({
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: "ScopedKeys",
          Dimensions: [["Issuer"], ["Issuer", "Key"]],
          Metrics: [{ Name: "DaysUntilExpiry", Unit: "None" }],
        },
      ],
    });
    expect(harness.metrics).toContainEqual(
      expect.objectContaining({ Issuer: harness.prefix, SweepCompleted: 1, _aws: expect.anything() }),
    );
    for (const { _aws, ...values } of harness.metrics) {
      const { Timestamp, CloudWatchMetrics } = _aws as {
        Timestamp: number;
        CloudWatchMetrics: Array<{ Dimensions: string[][]; Metrics: Array<{ Name: string }> }>;
      };
      // Time of AWS's servers, not of this machine.
      expect(Math.abs(Timestamp - clock.millis)).toBeLessThan(60_000);
      for (const { Dimensions, Metrics } of CloudWatchMetrics) {
        for (const name of Dimensions.flat()) expect(values[name]).toEqual(expect.any(String));
        for (const { Name } of Metrics) expect(values[Name]).toEqual(expect.any(Number));
      }
    }
  });
});
