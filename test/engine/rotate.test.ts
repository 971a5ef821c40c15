import {
  CancelRotateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import type { Ledger, SecretStore } from "../../src/engine/ports";
import type { RotationStep } from "../../src/model/events";
import type { MintRequest } from "../../src/vendors/vendor";
import { policyOf } from "../support/engine";
import { KEY, RealHarness, SECRET } from "../support/engine-real";
import { minting } from "../support/minting";

const HOUR_MILLIS = 3_600_000;
const NARROWER = policyOf({ scopes: ["api.model.read"] });

describe("a rotation", () => {
  let harness: RealHarness;

  const deploy = async (settings: Parameters<typeof RealHarness.start>[0] = {}) => {
    harness = await RealHarness.start(settings);
    await harness.apply();
    await harness.pass(HOUR_MILLIS);
    harness.aws.events.length = 0;
  };
  beforeEach(() => deploy());
  afterEach(() => harness.raise());

  const step = (name: RotationStep, token: string) =>
    harness.run((engine) => rotateStep(engine, { key: KEY, runStep: name, token }));
  const versionOf = async (label: string) => {
    const labels = await harness.labels();
    return Object.keys(labels).find((id) => labels[id]?.includes(label));
  };
  const mints = () => harness.trace.filter((name) => /^POST .*service_accounts\/svc_acct\/api_keys$/.test(name));
  const revocations = () => harness.trace.filter((name) => name.startsWith("DELETE"));
  const outcome = () => harness.aws.events.map(({ name }) => name).filter((name) => name.startsWith("Rotation"));
  /** A rotation that dies before its step ends, its token, and time enough for its lease to end. */
  const stopAt = async (at: RegExp) => {
    harness.plan({ at, kind: "crash_before" });
    await harness.rotate();
    harness.plan(undefined);
    await harness.pass(11 * 60_000);
    return (await versionOf("AWSPENDING")) ?? "";
  };

  test("moves AWSCURRENT to a new vendor key; the one before keeps working for the overlap", async () => {
    // GIVEN
    const before = await harness.payload();
    harness.plan(undefined);

    // WHEN
    await harness.rotate();

    // THEN
    const after = await harness.payload();
    expect(outcome().at(-1)).toBe("RotationSucceeded");
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(mints()).toHaveLength(1);
    expect(revocations()).toEqual([]);
    expect(await harness.opens(before?.apiKey ?? "")).toBe(200);
    expect(harness.record).toMatchObject({
      current: { keyId: after?.keyId, versionId: await versionOf("AWSCURRENT") },
      pending: [],
      superseded: [{ keyId: before?.keyId, revokeAfter: harness.seconds + 24 * 3_600 }],
    });
    const labels = Object.values(await harness.labels()).flat();
    expect(labels.filter((label) => /^AWS|STAGED/.test(label)).sort()).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    const calls = harness.trace.filter((name) => /^(GET|POST|DELETE) \/v1\/organization/.test(name));
    expect(calls).toHaveLength(2);
  });

  describe("whose steps come more than once", () => {
    test("case 4: does each of them again without an effect", async () => {
      // GIVEN
      await harness.rotate();
      const token = (await versionOf("AWSCURRENT")) ?? "";
      const record = harness.record;
      const history = () => harness.run((engine) => engine.ledger.history(KEY));
      const before = await history();
      harness.plan(undefined);

      // WHEN
      const answers: boolean[] = [];
      for (const name of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
        answers.push(await step(name, token));
      }

      // THEN
      // Whoever sends them fills no history, ends no incident, and has no rotation counted.
      expect(answers).toEqual([false, false, false, false]);
      expect(await history()).toEqual(before);
      expect(mints()).toEqual([]);
      expect(revocations()).toEqual([]);
      expect(harness.record).toMatchObject({ ...record, rev: expect.any(Number) });
    });

    test("case 5: stores one value where createSecret runs three times at once", async () => {
      // GIVEN
      const token = await stopAt(/^table/);
      expect(token).not.toBe("");
      harness.plan(undefined);

      // WHEN
      await Promise.all([1, 2, 3].map(() => step("createSecret", token)));

      // THEN
      expect(mints()).toHaveLength(1);
      const pending = await harness.payload("AWSPENDING");
      expect([...(await harness.live()).keys()].sort()).toEqual(
        [(await harness.payload())?.keyId, pending?.keyId].sort(),
      );
    });

    test("takes the value that another stored under its token, and revokes its own", async () => {
      // GIVEN leases that do not hold: the other run is one that was taken for dead
      const token = await stopAt(/^POST .*api_keys$/);
      const run = (holder: string, between: () => Promise<unknown>) => {
        const engine = harness.engine();
        const ledger: Ledger = {
          get: (key) => engine.ledger.get(key),
          list: () => engine.ledger.list(),
          put: (record) => engine.ledger.put(record),
          remove: (key) => engine.ledger.remove(key),
          projectLimits: () => engine.ledger.projectLimits(),
          putProjectLimits: (record) => engine.ledger.putProjectLimits(record),
          removeProjectLimits: () => engine.ledger.removeProjectLimits(),
          history: (key) => engine.ledger.history(key),
          note: (key, effects) => engine.ledger.note(key, effects),
          plans: () => engine.ledger.plans(),
          foresee: (asked) => engine.ledger.foresee(asked),
          acquire: async (key) => ({ key, holder }),
          release: async () => {},
          incidents: () => engine.ledger.incidents(),
          confirmIncident: (kind) => engine.ledger.confirmIncident(kind),
          touchIncident: (kind) => engine.ledger.touchIncident(kind),
          openIncident: (kind) => engine.ledger.openIncident(kind),
          resolveIncident: (kind) => engine.ledger.resolveIncident(kind),
        };
        const vendor = {
          ...engine.vendor,
          mint: async (request: MintRequest) => {
            await between();
            return minting(engine.vendor).mint(request);
          },
        };
        return rotateStep({ ...engine, ledger, vendor }, { key: KEY, runStep: "createSecret", token });
      };

      // WHEN
      await run("zombie", () => run("next", async () => {})).catch(() => undefined);

      // THEN
      const pending = await harness.payload("AWSPENDING");
      expect([...(await harness.live()).keys()].sort()).toEqual(
        [(await harness.payload())?.keyId, pending?.keyId].sort(),
      );
      await harness.pass(15 * 60_000);
      expect(outcome().at(-1)).toBe("RotationSucceeded");
      const [current, others] = [await harness.payload(), await harness.live()];
      expect(others.has(current?.keyId ?? "")).toBe(true);
      await harness.passWithSweeps(26);
      expect([...(await harness.live()).keys()]).toEqual([current?.keyId]);
    });
  });

  describe("that lost what it had minted", () => {
    test.each(["crash_after", "lost_reply"] as const)(
      "case 2: revokes it as soon as it tries again, after %s",
      async (kind) => {
        // GIVEN
        harness.plan({ at: /^POST .*api_keys$/, kind });
        await harness.rotate();
        harness.plan(undefined);
        const lost = [...(await harness.live()).keys()].filter((id) => id !== harness.record?.current?.keyId);
        expect(lost).toHaveLength(1);
        await harness.pass(11 * 60_000);

        // WHEN
        await step("createSecret", (await versionOf("AWSPENDING")) ?? "");

        // THEN
        const pending = await harness.payload("AWSPENDING");
        expect([...(await harness.live()).keys()].sort()).toEqual(
          [(await harness.payload())?.keyId, pending?.keyId].sort(),
        );
        expect(lost).not.toContain(pending?.keyId);
      },
    );
  });

  describe("that only tests its schedule", () => {
    test.each(["empty", "copied"] as const)("is content with a version that is %s", async (testVersionContent) => {
      // GIVEN
      await deploy({ testVersionContent });
      const before = await harness.payload();

      // WHEN
      await harness.attachRotation();

      // THEN
      expect(harness.aws.events.map(({ name }) => name)).toContain("TestRotationSucceeded");
      expect(await harness.payload()).toEqual(before);
      expect([...(await harness.live()).keys()]).toEqual([before?.keyId]);
    });

    test("never revokes the key in use, of which the version holds a copy, whatever the test says", async () => {
      // GIVEN somebody widened the key's scopes, so its test fails for certain
      await deploy({ testVersionContent: "copied" });
      const payload = await harness.payload();
      await harness.admin("POST", `api_keys/${payload?.keyId}`, { scopes: ["api.files.read", "api.model.read"] });

      // WHEN
      await harness.attachRotation();

      // THEN
      expect(harness.aws.events.map(({ name }) => name)).toContain("TestRotationFailed");
      expect(harness.failures.at(-1)?.message).toMatch(/SK252.*may do more.*left it alone/);
      expect(await harness.opens(payload?.apiKey ?? "")).toBe(200);
    });
  });

  describe("whose new vendor key is bad", () => {
    test("of which a call that was asked is refused is said to do less than declared", async () => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);
      const bad = await harness.payload("AWSPENDING");
      await harness.admin("POST", `api_keys/${bad?.keyId}`, { scopes: ["api.model.request"] });

      // WHEN, THEN
      await expect(step("testSecret", token)).rejects.toThrow(/SK266.*may do less.*was given up/);
    });

    test("case 11: revokes it, takes its value out of the way, and the next one succeeds", async () => {
      // GIVEN
      const before = await harness.payload();
      const token = await stopAt(/^GET \/v1\/models/);
      const bad = await harness.payload("AWSPENDING");
      await harness.admin("POST", `api_keys/${bad?.keyId}`, { scopes: ["api.files.read"] });

      // WHEN
      await expect(step("testSecret", token)).rejects.toThrow(/SK265.*may do more.*was given up/);

      // THEN
      expect([...(await harness.live()).keys()]).toEqual([before?.keyId]);
      expect(await versionOf("AWSPENDING")).toBeUndefined();
      expect(harness.record?.pending).toEqual([]);
      expect(await harness.payload()).toEqual(before);

      // WHEN
      await harness.rotate();

      // THEN
      expect(outcome().at(-1)).toBe("RotationSucceeded");
    });

    test.each(["setSecret", "testSecret"] as const)(
      "gives up one that was deleted at the vendor before %s",
      async (name) => {
        // GIVEN
        const token = await stopAt(/^GET \/v1\/models/);
        const bad = await harness.payload("AWSPENDING");
        await harness.admin("DELETE", `api_keys/${bad?.keyId}`);

        // WHEN
        await expect(step(name, token)).rejects.toThrow("SK209");

        // THEN
        expect(await versionOf("AWSPENDING")).toBeUndefined();
        await harness.rotate();
        expect(outcome().at(-1)).toBe("RotationSucceeded");
      },
    );

    test("keeps it on record while it cannot be revoked, and revokes it on the next attempt", async () => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);
      const bad = await harness.payload("AWSPENDING");
      await harness.admin("POST", `api_keys/${bad?.keyId}`, { scopes: ["api.files.read"] });
      harness.plan({ at: /^DELETE/, kind: "crash_before" });
      await expect(step("testSecret", token)).rejects.toThrow();
      expect(harness.record?.pending).toMatchObject([{ token, keyId: bad?.keyId }]);

      // WHEN
      await harness.pass(2 * HOUR_MILLIS);

      // THEN Secrets Manager has tried again by itself: once to give it up, and once more with
      // another key
      expect((await harness.live()).has(bad?.keyId ?? "")).toBe(false);
      expect(outcome().slice(-3)).toEqual(["RotationAttemptFailed", "RotationStarted", "RotationSucceeded"]);
    });

    test.each([429, 500, 503])("case 12: touches nothing where the vendor answers %i to the test", async (status) => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);
      const pending = await harness.payload("AWSPENDING");
      const record = harness.record;
      harness.answer = (name) => (name.startsWith("GET /v1/models") ? status : undefined);

      // WHEN
      await expect(step("testSecret", token)).rejects.toThrow(`OpenAI answered ${status}`);

      // THEN
      harness.answer = () => undefined;
      expect(await versionOf("AWSPENDING")).toBe(token);
      expect(await harness.opens(pending?.apiKey ?? "")).toBe(200);
      expect(harness.record?.pending).toEqual(record?.pending);
      await step("testSecret", token);
      await step("finishSecret", token);
      expect((await harness.payload())?.keyId).toBe(pending?.keyId);
    });

    test("leaves a vendor key alone that a value by another hand names, and gives the value up", async () => {
      // GIVEN somebody else's vendor key, and a pending value that names it
      const token = await stopAt(/^table/);
      const account = (await harness.accounts())[0] ?? "";
      const body = { name: "by hand", scopes: ["api.files.read"] };
      const stranger = v.parse(
        v.object({ id: v.string(), value: v.string() }),
        await harness.admin("POST", `service_accounts/${account}/api_keys`, body),
      );
      const payload = { ...(await harness.payload()), keyId: stranger.id, apiKey: stranger.value };
      await harness.client.send(
        new PutSecretValueCommand({
          SecretId: SECRET,
          ClientRequestToken: token,
          SecretString: JSON.stringify(payload),
          VersionStages: ["AWSPENDING"],
        }),
      );
      harness.plan(undefined);

      // WHEN
      await expect(step("createSecret", token)).rejects.toThrow("[SK225]");

      // THEN
      expect(harness.trace.filter((name) => /^(POST|DELETE) .*api_keys/.test(name))).toEqual([]);
      expect((await harness.live()).has(stranger.id)).toBe(true);
      expect(await versionOf("AWSPENDING")).toBeUndefined();
      await harness.rotate();
      expect(outcome().at(-1)).toBe("RotationSucceeded");
      expect((await harness.live()).has(stranger.id)).toBe(true);
    });

    test("case 13: waits for one that the vendor needs a minute to know", async () => {
      // GIVEN
      harness.simulator.configure({ activationDelaySeconds: 60 });
      const before = await harness.payload();

      // WHEN
      await harness.rotate();

      // THEN
      expect(outcome().at(-1)).toBe("RotationSucceeded");
      expect((await harness.payload())?.keyId).not.toBe(before?.keyId);
    });
  });

  describe("that was promoted, and not written down", () => {
    test("never loses the key in use to a test, however that goes", async () => {
      // GIVEN
      harness.plan({ at: /^secret\.promote/, kind: "crash_after" });
      await harness.rotate();
      harness.plan(undefined);
      const inUse = await harness.payload();
      await harness.admin("POST", `api_keys/${inUse?.keyId}`, { scopes: ["api.files.read", "api.model.read"] });

      // WHEN Secrets Manager tries again
      await harness.pass(20 * 60_000);

      // THEN
      expect(await harness.opens(inUse?.apiKey ?? "")).toBe(200);
      expect(outcome().at(-1)).toBe("RotationSucceeded");
      expect(harness.record?.current?.keyId).toBe(inUse?.keyId);
    });

    test("is adopted by an apply, which sets what somebody changed at the vendor meanwhile", async () => {
      // GIVEN
      const before = await harness.payload();
      harness.plan({ at: /^secret\.promote/, kind: "crash_after" });
      await harness.rotate();
      harness.plan(undefined);
      const inUse = await harness.payload();
      await harness.pass(11 * 60_000);
      await harness.admin("POST", `api_keys/${inUse?.keyId}`, { scopes: ["api.files.read", "api.model.read"] });

      // WHEN
      await harness.reconcile(policyOf(), (await harness.observe())?.repair, "update");

      // THEN
      expect(await harness.payload()).toEqual(inUse);
      expect(await harness.opens(inUse?.apiKey ?? "", "/v1/files?limit=1")).toBe(401);
      expect(harness.record?.superseded).toMatchObject([{ keyId: before?.keyId }]);
    });
  });

  describe("is refused, without an effect,", () => {
    const refuses = async (name: RotationStep, token: string, code: string) => {
      const before = { live: await harness.live(), labels: await harness.labels() };
      await expect(step(name, token)).rejects.toThrow(code);
      expect({ live: await harness.live(), labels: await harness.labels() }).toEqual(before);
    };

    test("where it is switched off", async () => {
      const token = await stopAt(/^table/);
      await harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      await refuses("createSecret", token, "SK212");
    });

    test("for a version that is not pending: a late duplicate, or an invented token", async () => {
      const first = (await versionOf("AWSCURRENT")) ?? "";
      await harness.rotate();
      for (const name of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
        await refuses(name, first, "SK211");
      }
      await refuses("createSecret", "x".repeat(36), "SK211");
    });

    test("for a version without a value that is to be finished", async () => {
      await refuses("finishSecret", await stopAt(/^table/), "SK210");
    });

    test("after the key was destroyed: a late step mints nothing", async () => {
      // GIVEN
      const token = await stopAt(/^table/);
      await harness.breaking(() => harness.retire());

      // WHEN
      for (const name of ["createSecret", "setSecret", "finishSecret"] as const) {
        await expect(step(name, token)).rejects.toThrow("SK213");
      }

      // THEN
      expect(await harness.live()).toEqual(new Map());
      expect(await harness.accounts()).toEqual([]);
      expect(harness.record).toBeUndefined();
    });

    test("after its secret was deleted", async () => {
      const token = await stopAt(/^table/);
      await harness.breaking(() => harness.client.send(new DeleteSecretCommand({ SecretId: SECRET })));
      await expect(step("createSecret", token)).rejects.toThrow("SK244");
      expect(await harness.live()).toHaveProperty("size", 1);
    });
  });

  describe("that meets others", () => {
    test("case 15: ends where its secret is deleted in its middle: what it minted is revoked, and nobody tries for ever", async () => {
      // GIVEN
      await stopAt(/^GET \/v1\/models/);
      const orphan = await harness.payload("AWSPENDING");
      await harness.breaking(() => harness.client.send(new DeleteSecretCommand({ SecretId: SECRET })));
      harness.aws.events.length = 0;

      // WHEN
      await harness.passWithSweeps(3);

      // THEN
      expect(outcome()).toEqual([]);
      expect((await harness.live()).has(orphan?.keyId ?? "")).toBe(false);
      expect(harness.record?.pending).toEqual([]);
      await expect(harness.observe()).resolves.toMatchObject({
        drift: [expect.stringMatching(/^its secret is scheduled for deletion \(DeletedDate .*terraform import /)],
      });
    });

    test("goes on after a reconcile of the same policy in its middle; the key issued by neither is left", async () => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);

      // WHEN
      await harness.reconcile(policyOf(), "none", "update");
      for (const name of ["setSecret", "testSecret", "finishSecret"] as const) await step(name, token);

      // THEN
      expect(await versionOf("AWSCURRENT")).toBe(token);
      await harness.passWithSweeps(26);
      expect([...(await harness.live()).keys()]).toEqual([(await harness.payload())?.keyId]);
    });

    test("fails after a reconcile of other scopes in its middle, and the next has those scopes", async () => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);
      await harness.reconcile(NARROWER, "none", "update");

      // WHEN
      await expect(step("setSecret", token)).rejects.toThrow("SK211");
      await harness.rotate();

      // THEN
      expect(outcome().at(-1)).toBe("RotationSucceeded");
      const { apiKey = "" } = (await harness.payload()) ?? {};
      expect(await harness.opens(apiKey)).toBe(200);
      await expect(harness.observe(NARROWER)).resolves.toBeUndefined();
    });

    test("is not finished with a vendor key that an apply gave up before it was cut off", async () => {
      // GIVEN
      const before = await harness.payload();
      const token = await stopAt(/^GET \/v1\/models/);
      harness.plan({ at: /^DELETE/, kind: "crash_before" });
      await expect(harness.reconcile(NARROWER, "none", "update")).rejects.toThrow();
      harness.plan(undefined);
      expect(await versionOf("AWSPENDING")).toBe(token);
      await harness.pass(2 * 60_000);

      // WHEN
      await expect(step("finishSecret", token)).rejects.toThrow("SK211");

      // THEN
      expect(await versionOf("AWSCURRENT")).not.toBe(token);
      expect([...(await harness.live()).keys()]).toEqual([before?.keyId]);
      expect(harness.record?.pending).toEqual([]);
    });

    test("does not promote what an apply gives up while it stands still for longer than its lease lasts", async () => {
      // GIVEN
      const before = await harness.payload();
      const token = await stopAt(/^secret\.promote/);
      const { secrets } = harness.engine();
      let reads = 0;
      const slow: SecretStore = Object.assign(Object.create(secrets) as SecretStore, {
        describe: async (name: string) => {
          const state = await secrets.describe(name);
          reads += 1;
          // The last look before the promotion: its answer is old by the time it is acted on.
          if (reads === 2) {
            await harness.pass(2 * 60_000);
            await harness.reconcile(NARROWER, "none", "update");
          }
          return state;
        },
      });

      // WHEN
      const late = harness.run((engine) => rotateStep(engine, { key: KEY, runStep: "finishSecret", token }), {
        secrets: slow,
      });

      // THEN
      await expect(late).rejects.toThrow("SK218");
      expect(await versionOf("AWSCURRENT")).not.toBe(token);
      expect([...(await harness.live()).keys()]).toEqual([before?.keyId]);
    });

    test("case 16: is left behind by a manual edit; its vendor key is reclaimed, the edit stays", async () => {
      // GIVEN
      await stopAt(/^GET \/v1\/models/);
      const orphan = await harness.payload("AWSPENDING");
      await harness.breaking(() =>
        harness.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: "edited by hand" })),
      );
      expect(outcome()).toContain("RotationAbandoned");

      // WHEN
      await harness.passWithSweeps(2);

      // THEN
      expect((await harness.live()).has(orphan?.keyId ?? "")).toBe(false);
      expect(harness.record?.pending).toEqual([]);
      await expect(harness.observe()).resolves.toMatchObject({ drift: ["the secret's value was edited by hand"] });
    });

    test("does not move AWSCURRENT over somebody else's hand at the same moment", async () => {
      // GIVEN
      const token = await stopAt(/^GET \/v1\/models/);
      await step("setSecret", token);
      const { secrets } = harness.engine();
      const late: SecretStore = {
        describe: (name) => secrets.describe(name),
        scheduledDeletion: (name) => secrets.scheduledDeletion(name),
        value: (name, id) => secrets.value(name, id),
        stage: (request) => secrets.stage(request),
        label: (...args) => secrets.label(...args),
        unlabel: (...args) => secrets.unlabel(...args),
        promote: async (...args) => {
          await harness.client.send(
            new UpdateSecretVersionStageCommand({
              SecretId: SECRET,
              VersionStage: "AWSCURRENT",
              MoveToVersionId: token,
              RemoveFromVersionId: (await versionOf("AWSCURRENT")) ?? "",
            }),
          );
          const other = "y".repeat(36);
          await harness.client.send(
            new PutSecretValueCommand({ SecretId: SECRET, ClientRequestToken: other, SecretString: "by hand" }),
          );
          return secrets.promote(...args);
        },
      };

      // WHEN
      harness.guarded = false;
      const finish = harness.run((engine) => rotateStep(engine, { key: KEY, runStep: "finishSecret", token }), {
        secrets: late,
      });

      // THEN
      await expect(finish).rejects.toThrow("SK215");
      expect(await versionOf("AWSCURRENT")).toBe("y".repeat(36));
    });
  });
});
