import { CancelRotateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { REISSUE_MAX } from "../../src/engine/commands/sweep/sweep-run";
import { openForIssuer } from "../../src/engine/incidents";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { INCIDENTS, type Incident } from "../../src/model/incidents";
import type { KeyPolicy } from "../../src/model/key-policy";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { type FaultKind, KEY, RealHarness, SECRET } from "../support/engine-real";

/** Hundreds of whole lives of a key. */
jest.setTimeout(300_000);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNROTATED = policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 60 * SECONDS_PER_DAY } });
const MINT = /^POST .*service_accounts\/svc_acct\/api_keys$/;
const READ_KEY = /^GET .*\/api_keys\/key$/;

const deploy = async (policy?: KeyPolicy) => {
  const harness = await RealHarness.start();
  await harness.apply(policy);
  await harness.pass(HOUR);
  return harness;
};
/** Somebody deletes a vendor key at the vendor. */
const deleteKey = async (harness: RealHarness, stage = "AWSCURRENT") => {
  const keyId = (await harness.payload(stage))?.keyId;
  await harness.breaking(() => harness.admin("DELETE", `api_keys/${keyId}`));
};
const answering = (harness: RealHarness, name: RegExp, status: number) => {
  harness.answer = (call) => (name.test(call) ? status : undefined);
};
/** As the controller does where the vendor refuses the admin key. */
const refusedSweep = (harness: RealHarness) =>
  harness.run(async (engine) => {
    await sweep(engine).catch(() => openForIssuer(engine, INCIDENTS.adminKeyRefused));
  });

interface Story {
  readonly kind: Incident;
  readonly policy?: KeyPolicy;
  /** What must have happened before. */
  readonly before?: (harness: RealHarness) => Promise<unknown>;
  readonly happens: (harness: RealHarness) => Promise<unknown>;
  /** Without anybody, unless it says so. */
  readonly heals: (harness: RealHarness) => Promise<unknown>;
  /** It is met and healed by the same run. */
  readonly atOnce?: true;
  /** Without which it may wait for the schedule. */
  readonly last?: (harness: RealHarness) => Promise<unknown>;
  /** Nothing is to be left of the key. */
  readonly ends?: true;
}

const STORIES: Readonly<Record<string, Story>> = {
  "a new vendor key that does not work": {
    kind: INCIDENTS.poisonedPending,
    happens: async (harness) => {
      answering(harness, READ_KEY, 503);
      await harness.rotate();
      await harness.admin("DELETE", `api_keys/${(await harness.payload("AWSPENDING"))?.keyId}`).catch(() => undefined);
      harness.answer = () => undefined;
      await harness.pass(15 * MINUTE);
    },
    heals: (harness) => harness.pass(2 * HOUR),
    last: (harness) => harness.rotate(),
  },
  "a rotation that nobody finishes": {
    kind: INCIDENTS.abandonedRotation,
    before: async (harness) => {
      answering(harness, READ_KEY, 503);
      await harness.rotate();
      // Somebody switches it off, so that a value which waits is not put into use.
      await harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      await harness.pass(DAY);
      harness.answer = () => undefined;
    },
    happens: (harness) => harness.sweep(),
    heals: async () => {},
    atOnce: true,
  },
  "a mint whose answer is lost": {
    kind: INCIDENTS.lostMint,
    happens: async (harness) => {
      answering(harness, MINT, 503);
      await harness.rotate();
      harness.answer = () => undefined;
    },
    heals: (harness) => harness.pass(15 * MINUTE),
  },
  "a ledger that is lost": {
    kind: INCIDENTS.lostLedger,
    before: async (harness) => harness.table.items.clear(),
    happens: (harness) => harness.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "a destroy that fails, and is run again": {
    kind: INCIDENTS.unfinishedDestroy,
    happens: async (harness) => {
      answering(harness, /^DELETE /, 503);
      await harness.destroy();
      harness.answer = () => undefined;
    },
    heals: (harness) => harness.destroy(),
    ends: true,
  },
  "a destroy that fails, and that nobody runs again": {
    kind: INCIDENTS.unfinishedDestroy,
    happens: async (harness) => {
      answering(harness, /^DELETE /, 503);
      await harness.destroy();
      harness.answer = () => undefined;
    },
    heals: (harness) => harness.passWithSweeps(1),
    ends: true,
  },
  "a rotation that is cancelled half-way": {
    kind: INCIDENTS.stuckLabel,
    before: async (harness) => {
      answering(harness, MINT, 429);
      await harness.rotate();
      await harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      harness.answer = () => undefined;
    },
    happens: (harness) => harness.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "a key in use that somebody deletes at the vendor": {
    kind: INCIDENTS.keyGone,
    before: (harness) => deleteKey(harness),
    happens: (harness) => harness.sweep(),
    heals: async () => {},
    atOnce: true,
  },
  "a key without rotation that somebody deletes at the vendor, healed by an apply": {
    kind: INCIDENTS.keyGone,
    policy: UNROTATED,
    before: (harness) => deleteKey(harness),
    happens: (harness) => harness.sweep(),
    heals: (harness) => harness.apply(UNROTATED),
  },
  "a key in use that somebody deletes at the vendor, met by an apply": {
    kind: INCIDENTS.keyGone,
    before: (harness) => deleteKey(harness),
    happens: (harness) => harness.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "an admin key that is refused, and replaced": {
    kind: INCIDENTS.adminKeyRefused,
    happens: async (harness) => {
      answering(harness, /\/organization\//, 401);
      await refusedSweep(harness);
      await refusedSweep(harness);
      harness.answer = () => undefined;
    },
    heals: (harness) => harness.sweep(),
  },
};

const toldOf = (harness: RealHarness, kind: Incident) =>
  harness.telemetry.incidents.filter((told) => told.split(" ")[1] === kind).map((told) => told.split(" ")[0]);

/**
 * Everything goes well from here on: the drivers come back as they would, and nothing may be left
 * open.
 */
async function comesToRest(harness: RealHarness, { policy, ends, last }: Story): Promise<void> {
  harness.answer = () => undefined;
  if (ends) {
    await harness.passWithSweeps(2);
    await harness.destroy();
    expect(await harness.destroy()).toBe(true);
    expect(await harness.live()).toEqual(new Map());
    return;
  }
  await harness.passWithSweeps(27);
  await harness.applyUntilCalm(policy);
  await last?.(harness);
  await harness.passWithSweeps(2);
  const payload = await harness.payload();
  expect(await harness.works(payload?.apiKey ?? "")).toBe(true);
  expect(harness.record?.pending).toEqual([]);
  const known = [payload?.keyId, ...(harness.record?.superseded ?? []).map(({ keyId }) => keyId)];
  expect([...(await harness.live()).keys()].sort()).toEqual(known.sort());
  expect(await harness.planIsEmpty(policy)).toBe(true);
  expect(harness.record?.incidents).toBeUndefined();
  expect([...harness.table.items.keys()].filter((id) => id.includes("incident#"))).toEqual([]);
}

const start = async ({ policy, before }: Story) => {
  const harness = await deploy(policy);
  await before?.(harness);
  harness.plan(undefined);
  return harness;
};

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  const { kind, happens, heals, atOnce } = story;

  test(`is told once as ${kind} when it happens and once when it is healed`, async () => {
    // GIVEN
    const harness = await start(story);
    expect(toldOf(harness, kind)).toEqual([]);

    // WHEN
    await happens(harness);

    // THEN
    expect(toldOf(harness, kind)).toEqual(atOnce ? ["opened", "resolved"] : ["opened"]);

    // WHEN
    await heals(harness);

    // THEN
    expect(toldOf(harness, kind)).toEqual(["opened", "resolved"]);
    await comesToRest(harness, story);
    expect(toldOf(harness, kind)).toEqual(["opened", "resolved"]);
    harness.raise();
  });

  const life = async (fault: { at: number; kind: FaultKind } | undefined) => {
    const harness = await start(story);
    harness.plan(fault);
    await Promise.resolve(happens(harness)).catch(() => undefined);
    // So long a dead run holds its leases.
    await harness.pass(2 * MINUTE);
    await Promise.resolve(heals(harness)).catch(() => undefined);
    const effects = harness.trace.length;
    harness.plan(undefined);
    await comesToRest(harness, story);
    return { effects, told: toldOf(harness, kind) };
  };

  test("is never over before it was told, nor told and never over, wherever a run is killed", async () => {
    // GIVEN
    const { effects } = await life(undefined);
    const wrong: string[] = [];
    let heard = 0;
    for (let at = 0; at < effects; at += 1) {
      // WHEN
      const { told } = await life({ at, kind: "crash_after" });

      // THEN
      if (told.length > 0) heard += 1;
      const paired = told.length === 0 || (told[0] === "opened" && told.at(-1) === "resolved");
      if (!paired) wrong.push(`killed after effect ${at}: ${told.join(", ")}`);
    }
    expect(wrong).toEqual([]);
    // A few effects come before anything is wrong.
    expect(heard).toBeGreaterThan(effects / 2);
  });
});

test("nothing is told in a life without trouble", async () => {
  // GIVEN
  const { lifetime } = policyOf();
  const nineDays = { ...lifetime, rotateEverySeconds: 9 * SECONDS_PER_DAY };
  const harness = await deploy(policyOf({ lifetime: nineDays }));

  // WHEN
  await harness.passWithSweeps(10 * 24);
  await harness.apply(policyOf({ lifetime: nineDays, scopes: ["api.model.read"] }));
  await harness.rotate();
  await harness.passWithSweeps(10 * 24);
  expect(harness.aws.events.filter(({ name }) => name === "RotationSucceeded").length).toBeGreaterThan(2);
  expect(await harness.destroy()).toBe(true);

  // THEN
  harness.raise();
  expect(harness.telemetry.incidents).toEqual([]);
});

test("an incident of the issuer that was written down by a run that died before it told is told by the next that meets it", async () => {
  // GIVEN
  const harness = await deploy();
  const clock = { now: () => harness.seconds * 1_000, sleep: async () => undefined };
  const dead = new DynamoLedger(harness.table, PREFIX, clock, "dead");
  expect(await dead.openIncident(INCIDENTS.adminKeyRefused)).toBe(true);
  answering(harness, /./, 401);

  // WHEN
  await harness.pass(HOUR);
  await refusedSweep(harness);
  await refusedSweep(harness);

  // THEN
  expect(toldOf(harness, INCIDENTS.adminKeyRefused)).toEqual(["opened"]);
});

test("an incident that was written down by a run that died before it told is told by the next sweep", async () => {
  // GIVEN
  const harness = await deploy(UNROTATED);
  await deleteKey(harness);
  harness.plan({ at: /^table\.put/, kind: "crash_after" });
  await harness.sweep().catch(() => undefined);
  harness.plan({ at: /^table\.put/, kind: "crash_after" });
  await harness.pass(HOUR);
  await harness.sweep().catch(() => undefined);
  harness.plan(undefined);
  await harness.pass(HOUR);

  // WHEN
  await harness.sweep();
  await harness.sweep();

  // THEN
  expect(harness.record?.incidents).toEqual([
    { kind: "key-gone", since: expect.any(Number), cause: { door: "terraform", requestId: expect.any(String) } },
  ]);
  expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened"]);
});

describe("a key in use that is gone at the vendor", () => {
  const mints = (harness: RealHarness) => harness.trace.filter((name) => MINT.test(name));

  test("has a successor after the next sweep, and the plan is empty: the system has healed itself", async () => {
    // GIVEN
    const harness = await deploy();
    const before = await harness.payload();
    await deleteKey(harness);

    // WHEN
    const result = await harness.sweep();

    // THEN
    expect(result).toMatchObject({ reissued: 1, failed: 0 });
    const after = await harness.payload();
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(await harness.opens(after?.apiKey ?? "")).toBe(200);
    expect(await harness.planIsEmpty()).toBe(true);
  });

  test("so has one that somebody disabled by its expiry", async () => {
    const harness = await deploy();
    const keyId = (await harness.payload())?.keyId;
    await harness.breaking(() => harness.admin("POST", `api_keys/${keyId}`, { expires_in_seconds: 1 }));
    await harness.pass(MINUTE);
    await expect(harness.sweep()).resolves.toMatchObject({ reissued: 1 });
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });

  test("without rotation waits for an apply, and the plan says so", async () => {
    // GIVEN
    const harness = await deploy(UNROTATED);
    await deleteKey(harness);
    harness.plan(undefined);

    // WHEN
    await harness.sweep();
    await harness.passWithSweeps(3);

    // THEN
    expect(mints(harness)).toEqual([]);
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened"]);
    expect((await harness.observe(UNROTATED))?.repair).toMatch(/vendor key \S+ was deleted at OpenAI/);
    expect(harness.telemetry.metrics.filter(([name]) => name === "OpenIncidents").at(-1)).toEqual(["OpenIncidents", 1]);
  });

  test.each<[string, (harness: RealHarness) => Promise<unknown>]>([
    [
      "whose secret somebody edited",
      (harness) => harness.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: "edited" })),
    ],
    [
      "whose rotation is switched off",
      (harness) => harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET })),
    ],
  ])("%s is left to whoever did that", async (_, meddle) => {
    const harness = await deploy();
    await deleteKey(harness);
    await meddle(harness);
    harness.plan(undefined);
    await harness.sweep();
    expect(mints(harness)).toEqual([]);
    await harness.applyUntilCalm();
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });

  test("and was stopped by an operator stays dead, and is no incident", async () => {
    // GIVEN
    const harness = await deploy();
    await harness.breaking(() =>
      harness.run((engine) => emergencyRevoke(engine, { action: "revoke", key: KEY, successor: false })),
    );
    harness.plan(undefined);

    // WHEN
    await harness.passWithSweeps(3);

    // THEN
    expect(mints(harness)).toEqual([]);
    expect(harness.telemetry.incidents).toEqual([]);

    // WHEN a person says so
    await harness.applyUntilCalm();

    // THEN
    expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
    expect(harness.telemetry.incidents).toEqual([]);
  });

  test("since its destroy stopped half-way is never issued again by a sweep", async () => {
    // GIVEN
    const harness = await deploy();
    answering(harness, /^DELETE .*service_accounts\/svc_acct$/, 503);
    expect(await harness.destroy()).toBe(false);
    expect((await harness.live()).size).toBe(0);
    harness.answer = () => undefined;
    harness.plan(undefined);

    // WHEN
    await harness.passWithSweeps(5);

    // THEN
    expect(mints(harness)).toEqual([]);
    expect(harness.telemetry.incidents).toEqual([
      "opened unfinished-destroy summariser",
      "resolved unfinished-destroy summariser",
    ]);
  });

  test("is looked for one by one, since a list may be wrong: nothing is told where it is there", async () => {
    // GIVEN
    const harness = await deploy();
    const before = await harness.payload();

    // WHEN
    await harness.run((engine) => sweep({ ...engine, vendor: { ...engine.vendor, list: async () => [] } }));

    // THEN
    expect((await harness.payload())?.keyId).toBe(before?.keyId);
    expect(harness.telemetry.incidents).toEqual([]);
  });

  test("is one of ten at the most that a sweep looks for, so that a wrong list costs little", async () => {
    // GIVEN
    const harness = new EngineHarness();
    const now = harness.seconds;
    for (let n = 0; n < REISSUE_MAX + 5; n += 1) {
      const current = { keyId: `key_${n}`, versionId: "v", issuedAt: now, expiresAt: now + SECONDS_PER_DAY };
      harness.addRecord(`key-${n}`, { current });
    }

    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(harness.world.trace.filter((name) => name === "run vendor.read")).toHaveLength(REISSUE_MAX);
    expect(harness.telemetry.incidents).toHaveLength(REISSUE_MAX);
  });

  test("and comes back is no incident any more", async () => {
    // GIVEN
    const harness = await deploy(UNROTATED);
    answering(harness, READ_KEY, 404);
    await harness.run((engine) => sweep({ ...engine, vendor: { ...engine.vendor, list: async () => [] } }));
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened"]);
    harness.answer = () => undefined;

    // WHEN
    await harness.sweep();

    // THEN
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });
});

describe("a destroy that failed, and that nobody came back to,", () => {
  const halfDestroyed = async () => {
    const harness = await deploy();
    answering(harness, /^DELETE .*api_keys\/key$/, 503);
    expect(await harness.destroy()).toBe(false);
    expect((await harness.live()).size).toBe(1);
    harness.answer = () => undefined;
    return harness;
  };

  test("is left alone for an hour: time to run it again, or to take it back", async () => {
    const harness = await halfDestroyed();
    await harness.pass(59 * MINUTE);
    await harness.sweep();
    expect((await harness.live()).size).toBe(1);
  });

  test("is carried out by the sweep after that, which leaves Terraform its record", async () => {
    // GIVEN
    const harness = await halfDestroyed();

    // WHEN
    await harness.passWithSweeps(1);

    // THEN
    expect(await harness.live()).toEqual(new Map());
    expect(await harness.accounts()).toEqual([]);
    expect((await harness.observe())?.repair).toContain("everything is revoked");

    // WHEN
    harness.plan(undefined);
    await harness.passWithSweeps(3);

    // THEN
    expect(harness.trace.filter((name) => name.startsWith("DELETE"))).toEqual([]);
    expect(await harness.destroy()).toBe(true);
  });

  test("may still be taken back by an apply, with a new vendor key", async () => {
    const harness = await halfDestroyed();
    await harness.passWithSweeps(1);
    await harness.applyUntilCalm();
    expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
    expect(toldOf(harness, INCIDENTS.keyGone)).toEqual([]);
    expect(toldOf(harness, INCIDENTS.lostLedger)).toEqual([]);
  });

  test("is told of also where it was killed and could say nothing", async () => {
    // GIVEN
    const harness = await deploy();
    harness.plan({ at: /^DELETE .*api_keys\/key$/, kind: "crash_before" });
    expect(await harness.destroy()).toBe(false);
    expect(harness.telemetry.incidents).toEqual([]);
    harness.plan(undefined);

    // WHEN
    await harness.passWithSweeps(1);

    // THEN
    expect(toldOf(harness, INCIDENTS.unfinishedDestroy)).toEqual(["opened", "resolved"]);
    expect(await harness.live()).toEqual(new Map());
  });
});
