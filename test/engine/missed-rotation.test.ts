import { CancelRotateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { isRotationMissed } from "../../src/engine/issuance/recover/missed-rotation";
import { type KeyRecord, newKeyRecord } from "../../src/model/key-record";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { VendorError } from "../../src/model/vendor-error";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import { EngineHarness, policyOf } from "../support/engine";
import { RealHarness, SECRET } from "../support/engine-real";
import { START } from "../support/secrets-manager";

const DAY_MILLIS = SECONDS_PER_DAY * 1_000;
const ADMIN = /\/organization\//;

const ADDITIVE = { vendor: { descriptor: openAiDescriptor } };

describe("a key is overdue", () => {
  const now = 1_800_000_000;
  const record = (change: Partial<KeyRecord> = {}): KeyRecord => ({
    ...newKeyRecord("summariser"),
    policy: policyOf(),
    current: {
      keyId: "key_1",
      versionId: "v1",
      issuedAt: now - 7 * SECONDS_PER_DAY - SECONDS_PER_HOUR,
      expiresAt: now + 7 * SECONDS_PER_DAY,
    },
    ...change,
  });
  const aged = (issuedAt: number) => ({
    keyId: "key_1",
    versionId: "v1",
    issuedAt,
    expiresAt: issuedAt + 14 * SECONDS_PER_DAY,
  });

  test("when interval and window have passed since its issue, not a second sooner", () => {
    expect(isRotationMissed(ADDITIVE, record(), now)).toBe(true);
    expect(isRotationMissed(ADDITIVE, record(), now - 1)).toBe(false);
  });

  test("later where Secrets Manager has a whole day to rotate it", () => {
    const lifetime = { ...policyOf().lifetime, rotateEverySeconds: 9 * SECONDS_PER_DAY };
    const at = (seconds: number) =>
      isRotationMissed(ADDITIVE, record({ policy: policyOf({ lifetime }), current: aged(now - seconds) }), now);
    expect(at(10 * SECONDS_PER_DAY)).toBe(true);
    expect(at(10 * SECONDS_PER_DAY - 1)).toBe(false);
  });

  test.each<[string, Partial<KeyRecord>]>([
    ["does not rotate", { policy: policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 100 } }) }],
    ["was stopped by an operator", { stopped: { id: "s", since: now } }],
    ["is being revoked", { revocation: { since: now, successor: true, keyIds: [] } }],
    ["is being destroyed", { unfinished: { action: "destroy", since: now, reason: "" } }],
    ["is being rotated", { pending: [{ token: "t", origin: "rotation", startedAt: now - SECONDS_PER_HOUR + 1 }] }],
  ])("but not one that %s", (_, change) => {
    expect(isRotationMissed(ADDITIVE, record(change), now)).toBe(false);
  });

  test("also one whose rotation nobody has tried for an hour", () => {
    const pending = [{ token: "t", origin: "rotation" as const, startedAt: now - SECONDS_PER_HOUR }];
    expect(isRotationMissed(ADDITIVE, record({ pending }), now)).toBe(true);
  });
});

describe("after an outage of two days", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start();
    await harness.apply();
    // Every rotation of the week's window, which begins at midnight, and every retry of it, falls
    // into the outage.
    await harness.pass(7 * DAY_MILLIS - (START % DAY_MILLIS) - 3_600_000);
    harness.answer = (name) => (ADMIN.test(name) ? 503 : undefined);
  });
  afterEach(() => harness.raise());

  const outage = async (hours: number) => {
    for (let hour = 0; hour < hours; hour += 1) {
      await harness.pass(3_600_000);
      await harness.sweep().catch(() => undefined);
    }
  };
  const over = () => {
    harness.answer = () => undefined;
    harness.plan(undefined);
    harness.failures.length = 0;
  };

  test("the next sweep rotates what Secrets Manager has given up, and tells of it once at its begin and once at its end", async () => {
    // GIVEN
    const before = await harness.payload();
    await outage(48);
    expect((await harness.payload())?.keyId).toBe(before?.keyId);

    // WHEN
    over();
    const result = await harness.sweep();

    // THEN
    expect(result).toMatchObject({ rotated: 1, failed: 0, left: 0 });
    const after = await harness.payload();
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(harness.telemetry.incidents.filter((told) => told.includes("overdue"))).toEqual([
      "opened overdue-rotation summariser",
      "resolved overdue-rotation summariser",
    ]);
    expect(harness.record?.superseded.map(({ keyId }) => keyId)).toEqual([before?.keyId]);
    // The list's one call, one mint, one look at the new key.
    expect(harness.trace.filter((name) => /^(GET|POST|DELETE) \/v1\/organization/.test(name))).toHaveLength(3);
  });

  test("Secrets Manager's schedule goes on, a plan is empty, and only current and superseded key are live", async () => {
    // GIVEN
    await outage(48);
    over();
    await harness.sweep();
    const recovered = await harness.payload();

    // WHEN
    await harness.passWithSweeps(7 * 24 + 25);

    // THEN
    expect((await harness.payload())?.keyId).not.toBe(recovered?.keyId);
    expect(harness.failures).toEqual([]);
    expect(await harness.planIsEmpty()).toBe(true);
    expect((await harness.live()).size).toBeLessThanOrEqual(2);
    expect(harness.record?.pending).toEqual([]);
  });

  test("a rotation that somebody switched off, or a value that somebody put there, stays as it is", async () => {
    // GIVEN
    await outage(48);
    over();
    const { keyId } = (await harness.payload()) ?? {};

    // WHEN
    await harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
    const cancelled = await harness.sweep();

    // THEN
    expect(cancelled.rotated).toBe(0);
    expect((await harness.payload())?.keyId).toBe(keyId);

    // WHEN
    await harness.breaking(() =>
      harness.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: "mine" })),
    );
    const edited = await harness.sweep();

    // THEN
    expect(edited.rotated).toBe(0);
  });

  test("while it lasts, the sweep counts the days that are left", async () => {
    await outage(3);
    const days = harness.telemetry.metrics.filter(([name]) => name === "DaysUntilExpiry").slice(-2);
    expect(days.map(([, value]) => Math.round(value * 24))).toEqual([
      Math.round((days[1]?.[1] ?? 0) * 24) + 1,
      Math.round((days[1]?.[1] ?? 0) * 24),
    ]);
  });
});

describe("a sweep with more to do than time", () => {
  const KEYS = ["a", "b", "c", "d"];
  let harness: EngineHarness;
  beforeEach(() => {
    harness = new EngineHarness();
  });

  /** Superseded keys that were due so many seconds ago. */
  const due = (agoSeconds: Readonly<Record<string, number>>) => {
    for (const [key, ago] of Object.entries(agoSeconds)) {
      harness.addVendorKey(`${key}_old`, { ownerId: `owner_${key}` });
      harness.addVendorKey(`${key}_new`, { ownerId: `owner_${key}` });
      harness.addRecord(key, {
        ownerId: `owner_${key}`,
        current: {
          keyId: `${key}_new`,
          versionId: "v2",
          issuedAt: harness.seconds,
          expiresAt: harness.seconds + 10 * SECONDS_PER_DAY,
        },
        superseded: [
          { keyId: `${key}_old`, revokeAfter: harness.seconds - ago, expiresAt: harness.seconds + 9_999_999 },
        ],
      });
    }
  };
  const left = () => [...harness.vendor.keys.keys()].filter((id) => id.endsWith("_old"));

  test("begins with what is due for longest, stops in time to report, and does not count as a completed one", async () => {
    // GIVEN ten minutes, and four minutes for each revocation
    due({ a: 10, b: 40, c: 30, d: 20 });
    const endsAt = harness.world.now() + 600_000;
    const engine = {
      ...harness.engine,
      deadline: { ...harness.engine.deadline, remainingMillis: () => endsAt - harness.world.now() },
      vendor: {
        ...harness.engine.vendor,
        revoke: async (request: Parameters<typeof harness.engine.vendor.revoke>[0]) => {
          harness.world.advance(280_000);
          return harness.engine.vendor.revoke(request);
        },
      },
    };

    // WHEN
    const result = await sweep(engine);

    // THEN
    expect(result).toMatchObject({ revoked: 2, failed: 0, left: 2 });
    expect(left().sort()).toEqual(["a_old", "d_old"]);
    const names = harness.telemetry.metrics.map(([name]) => name);
    expect(names.filter((name) => name === "DaysUntilExpiry")).toHaveLength(KEYS.length);
    expect(names).not.toContain("SweepCompleted");
  });

  test("takes a turn that comes too late for the end of its time, and for no failure", async () => {
    // GIVEN
    due({ a: 1 });
    const revoke = async () => {
      throw new VendorError("queue_timeout", "DELETE /key", "too many admin calls are waiting");
    };

    // WHEN
    const result = await sweep({ ...harness.engine, vendor: { ...harness.engine.vendor, revoke } });

    // THEN
    expect(result).toMatchObject({ failed: 0, left: 1 });
    expect(harness.telemetry.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});
