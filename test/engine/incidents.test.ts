import { CancelRotateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { revoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { REISSUE_MAX } from "../../src/engine/commands/sweep/sweep-run";
import { openForIssuer } from "../../src/engine/incidents";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { INCIDENTS, type Incident } from "../../src/model/incidents";
import type { KeyPolicy } from "../../src/model/key-policy";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { EngineBench, PREFIX, policyOf } from "../support/engine";
import { type FaultKind, KEY, RealBench, SECRET } from "../support/engine-real";

/** Hundreds of whole lives of a key. */
jest.setTimeout(300_000);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNROTATED = policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 60 * SECONDS_PER_DAY } });
const MINT = /^POST .*service_accounts\/svc_acct\/api_keys$/;
const READ_KEY = /^GET .*\/api_keys\/key$/;

const deploy = async (policy?: KeyPolicy) => {
  const bench = await RealBench.start();
  await bench.apply(policy);
  await bench.pass(HOUR);
  return bench;
};
/** Somebody deletes a vendor key at the vendor. */
const deleteKey = async (bench: RealBench, stage = "AWSCURRENT") => {
  const keyId = (await bench.payload(stage))?.keyId;
  await bench.breaking(() => bench.admin("DELETE", `api_keys/${keyId}`));
};
const answering = (bench: RealBench, name: RegExp, status: number) => {
  bench.answer = (call) => (name.test(call) ? status : undefined);
};
/** As the controller does where the vendor refuses the admin key. */
const refusedSweep = (bench: RealBench) =>
  bench.run(async (engine) => {
    await sweep(engine).catch(() => openForIssuer(engine, INCIDENTS.adminKeyRefused));
  });

interface Story {
  readonly kind: Incident;
  readonly policy?: KeyPolicy;
  /** What must have happened before. */
  readonly before?: (bench: RealBench) => Promise<unknown>;
  readonly happens: (bench: RealBench) => Promise<unknown>;
  /** Without anybody, unless it says so. */
  readonly heals: (bench: RealBench) => Promise<unknown>;
  /** It is met and healed by the same run. */
  readonly atOnce?: true;
  /** Without which it may wait for the schedule. */
  readonly last?: (bench: RealBench) => Promise<unknown>;
  /** Nothing is to be left of the key. */
  readonly ends?: true;
}

const STORIES: Readonly<Record<string, Story>> = {
  "a new vendor key that does not work": {
    kind: INCIDENTS.poisonedPending,
    happens: async (bench) => {
      answering(bench, READ_KEY, 503);
      await bench.rotate();
      await bench.admin("DELETE", `api_keys/${(await bench.payload("AWSPENDING"))?.keyId}`).catch(() => undefined);
      bench.answer = () => undefined;
      await bench.pass(15 * MINUTE);
    },
    heals: (bench) => bench.pass(2 * HOUR),
    last: (bench) => bench.rotate(),
  },
  "a rotation that nobody finishes": {
    kind: INCIDENTS.abandonedRotation,
    before: async (bench) => {
      answering(bench, READ_KEY, 503);
      await bench.rotate();
      // Somebody switches it off, so that a value which waits is not put into use.
      await bench.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      await bench.pass(DAY);
      bench.answer = () => undefined;
    },
    happens: (bench) => bench.sweep(),
    heals: async () => {},
    atOnce: true,
  },
  "a mint whose answer is lost": {
    kind: INCIDENTS.lostMint,
    happens: async (bench) => {
      answering(bench, MINT, 503);
      await bench.rotate();
      bench.answer = () => undefined;
    },
    heals: (bench) => bench.pass(15 * MINUTE),
  },
  "a ledger that is lost": {
    kind: INCIDENTS.lostLedger,
    before: async (bench) => bench.table.items.clear(),
    happens: (bench) => bench.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "a destroy that fails, and is run again": {
    kind: INCIDENTS.unfinishedDestroy,
    happens: async (bench) => {
      answering(bench, /^DELETE /, 503);
      await bench.destroy();
      bench.answer = () => undefined;
    },
    heals: (bench) => bench.destroy(),
    ends: true,
  },
  "a destroy that fails, and that nobody runs again": {
    kind: INCIDENTS.unfinishedDestroy,
    happens: async (bench) => {
      answering(bench, /^DELETE /, 503);
      await bench.destroy();
      bench.answer = () => undefined;
    },
    heals: (bench) => bench.passWithSweeps(1),
    ends: true,
  },
  "a rotation that is cancelled half-way": {
    kind: INCIDENTS.stuckLabel,
    before: async (bench) => {
      answering(bench, MINT, 429);
      await bench.rotate();
      await bench.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      bench.answer = () => undefined;
    },
    happens: (bench) => bench.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "a key in use that somebody deletes at the vendor": {
    kind: INCIDENTS.keyGone,
    before: (bench) => deleteKey(bench),
    happens: (bench) => bench.sweep(),
    heals: async () => {},
    atOnce: true,
  },
  "a key without rotation that somebody deletes at the vendor, healed by an apply": {
    kind: INCIDENTS.keyGone,
    policy: UNROTATED,
    before: (bench) => deleteKey(bench),
    happens: (bench) => bench.sweep(),
    heals: (bench) => bench.apply(UNROTATED),
  },
  "a key in use that somebody deletes at the vendor, met by an apply": {
    kind: INCIDENTS.keyGone,
    before: (bench) => deleteKey(bench),
    happens: (bench) => bench.apply(),
    heals: async () => {},
    atOnce: true,
  },
  "an admin key that is refused, and replaced": {
    kind: INCIDENTS.adminKeyRefused,
    happens: async (bench) => {
      answering(bench, /\/organization\//, 401);
      await refusedSweep(bench);
      await refusedSweep(bench);
      bench.answer = () => undefined;
    },
    heals: (bench) => bench.sweep(),
  },
};

const toldOf = (bench: RealBench, kind: Incident) =>
  bench.telemetry.incidents.filter((told) => told.split(" ")[1] === kind).map((told) => told.split(" ")[0]);

/** Everything goes well from here on: the drivers come back as they would, and nothing may be left open. */
async function comesToRest(bench: RealBench, { policy, ends, last }: Story): Promise<void> {
  bench.answer = () => undefined;
  if (ends) {
    await bench.passWithSweeps(2);
    await bench.destroy();
    expect(await bench.destroy()).toBe(true);
    expect(await bench.live()).toEqual(new Map());
    return;
  }
  await bench.passWithSweeps(27);
  await bench.applyUntilCalm(policy);
  await last?.(bench);
  await bench.passWithSweeps(2);
  const payload = await bench.payload();
  expect(await bench.works(payload?.apiKey ?? "")).toBe(true);
  expect(bench.record?.pending).toEqual([]);
  const known = [payload?.keyId, ...(bench.record?.superseded ?? []).map(({ keyId }) => keyId)];
  expect([...(await bench.live()).keys()].sort()).toEqual(known.sort());
  expect(await bench.planIsEmpty(policy)).toBe(true);
  expect(bench.record?.incidents).toBeUndefined();
  expect([...bench.table.items.keys()].filter((id) => id.includes("incident#"))).toEqual([]);
}

const start = async ({ policy, before }: Story) => {
  const bench = await deploy(policy);
  await before?.(bench);
  bench.plan(undefined);
  return bench;
};

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  const { kind, happens, heals, atOnce } = story;

  test(`is told once as ${kind} when it happens and once when it is healed`, async () => {
    // GIVEN
    const bench = await start(story);
    expect(toldOf(bench, kind)).toEqual([]);

    // WHEN
    await happens(bench);

    // THEN
    expect(toldOf(bench, kind)).toEqual(atOnce ? ["opened", "resolved"] : ["opened"]);

    // WHEN
    await heals(bench);

    // THEN
    expect(toldOf(bench, kind)).toEqual(["opened", "resolved"]);
    await comesToRest(bench, story);
    expect(toldOf(bench, kind)).toEqual(["opened", "resolved"]);
    bench.raise();
  });

  const life = async (fault: { at: number; kind: FaultKind } | undefined) => {
    const bench = await start(story);
    bench.plan(fault);
    await Promise.resolve(happens(bench)).catch(() => undefined);
    // So long a dead run holds its leases.
    await bench.pass(2 * MINUTE);
    await Promise.resolve(heals(bench)).catch(() => undefined);
    const effects = bench.trace.length;
    bench.plan(undefined);
    await comesToRest(bench, story);
    return { effects, told: toldOf(bench, kind) };
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
  const bench = await deploy(policyOf({ lifetime: nineDays }));

  // WHEN
  await bench.passWithSweeps(10 * 24);
  await bench.apply(policyOf({ lifetime: nineDays, scopes: ["api.model.read"] }));
  await bench.rotate();
  await bench.passWithSweeps(10 * 24);
  expect(bench.aws.events.filter(({ name }) => name === "RotationSucceeded").length).toBeGreaterThan(2);
  expect(await bench.destroy()).toBe(true);

  // THEN
  bench.raise();
  expect(bench.telemetry.incidents).toEqual([]);
});

test("an incident of the issuer that was written down by a run that died before it told is told by the next that meets it", async () => {
  // GIVEN
  const bench = await deploy();
  const clock = { now: () => bench.seconds * 1_000, sleep: async () => undefined };
  const dead = new DynamoLedger(bench.table, PREFIX, clock, "dead");
  expect(await dead.openIncident(INCIDENTS.adminKeyRefused)).toBe(true);
  answering(bench, /./, 401);

  // WHEN
  await bench.pass(HOUR);
  await refusedSweep(bench);
  await refusedSweep(bench);

  // THEN
  expect(toldOf(bench, INCIDENTS.adminKeyRefused)).toEqual(["opened"]);
});

test("an incident that was written down by a run that died before it told is told by the next sweep", async () => {
  // GIVEN
  const bench = await deploy(UNROTATED);
  await deleteKey(bench);
  bench.plan({ at: /^table\.put/, kind: "crash_after" });
  await bench.sweep().catch(() => undefined);
  bench.plan({ at: /^table\.put/, kind: "crash_after" });
  await bench.pass(HOUR);
  await bench.sweep().catch(() => undefined);
  bench.plan(undefined);
  await bench.pass(HOUR);

  // WHEN
  await bench.sweep();
  await bench.sweep();

  // THEN
  expect(bench.record?.incidents).toEqual([
    { kind: "key-gone", since: expect.any(Number), cause: { door: "terraform", requestId: expect.any(String) } },
  ]);
  expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened"]);
});

describe("a key in use that is gone at the vendor", () => {
  const mints = (bench: RealBench) => bench.trace.filter((name) => MINT.test(name));

  test("has a successor after the next sweep, and the plan is empty: the system has healed itself", async () => {
    // GIVEN
    const bench = await deploy();
    const before = await bench.payload();
    await deleteKey(bench);

    // WHEN
    const result = await bench.sweep();

    // THEN
    expect(result).toMatchObject({ reissued: 1, failed: 0 });
    const after = await bench.payload();
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(await bench.opens(after?.apiKey ?? "")).toBe(200);
    expect(await bench.planIsEmpty()).toBe(true);
  });

  test("so has one that somebody disabled by its expiry", async () => {
    const bench = await deploy();
    const keyId = (await bench.payload())?.keyId;
    await bench.breaking(() => bench.admin("POST", `api_keys/${keyId}`, { expires_in_seconds: 1 }));
    await bench.pass(MINUTE);
    await expect(bench.sweep()).resolves.toMatchObject({ reissued: 1 });
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });

  test("without rotation waits for an apply, and the plan says so", async () => {
    // GIVEN
    const bench = await deploy(UNROTATED);
    await deleteKey(bench);
    bench.plan(undefined);

    // WHEN
    await bench.sweep();
    await bench.passWithSweeps(3);

    // THEN
    expect(mints(bench)).toEqual([]);
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened"]);
    expect((await bench.observe(UNROTATED))?.repair).toMatch(/vendor key \S+ was deleted at OpenAI/);
    expect(bench.telemetry.metrics.filter(([name]) => name === "OpenIncidents").at(-1)).toEqual(["OpenIncidents", 1]);
  });

  test.each<[string, (bench: RealBench) => Promise<unknown>]>([
    [
      "whose secret somebody edited",
      (bench) => bench.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: "edited" })),
    ],
    [
      "whose rotation is switched off",
      (bench) => bench.client.send(new CancelRotateSecretCommand({ SecretId: SECRET })),
    ],
  ])("%s is left to whoever did that", async (_, meddle) => {
    const bench = await deploy();
    await deleteKey(bench);
    await meddle(bench);
    bench.plan(undefined);
    await bench.sweep();
    expect(mints(bench)).toEqual([]);
    await bench.applyUntilCalm();
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });

  test("and was stopped by an operator stays dead, and is no incident", async () => {
    // GIVEN
    const bench = await deploy();
    await bench.breaking(() => bench.run((engine) => revoke(engine, { action: "revoke", key: KEY, successor: false })));
    bench.plan(undefined);

    // WHEN
    await bench.passWithSweeps(3);

    // THEN
    expect(mints(bench)).toEqual([]);
    expect(bench.telemetry.incidents).toEqual([]);

    // WHEN a person says so
    await bench.applyUntilCalm();

    // THEN
    expect(await bench.works((await bench.payload())?.apiKey ?? "")).toBe(true);
    expect(bench.telemetry.incidents).toEqual([]);
  });

  test("since its destroy stopped half-way is never issued again by a sweep", async () => {
    // GIVEN
    const bench = await deploy();
    answering(bench, /^DELETE .*service_accounts\/svc_acct$/, 503);
    expect(await bench.destroy()).toBe(false);
    expect((await bench.live()).size).toBe(0);
    bench.answer = () => undefined;
    bench.plan(undefined);

    // WHEN
    await bench.passWithSweeps(5);

    // THEN
    expect(mints(bench)).toEqual([]);
    expect(bench.telemetry.incidents).toEqual([
      "opened unfinished-destroy summariser",
      "resolved unfinished-destroy summariser",
    ]);
  });

  test("is looked for one by one, since a list may be wrong: nothing is told where it is there", async () => {
    // GIVEN
    const bench = await deploy();
    const before = await bench.payload();

    // WHEN
    await bench.run((engine) => sweep({ ...engine, vendor: { ...engine.vendor, list: async () => [] } }));

    // THEN
    expect((await bench.payload())?.keyId).toBe(before?.keyId);
    expect(bench.telemetry.incidents).toEqual([]);
  });

  test("is one of ten at the most that a sweep looks for, so that a wrong list costs little", async () => {
    // GIVEN
    const bench = new EngineBench();
    const now = bench.seconds;
    for (let n = 0; n < REISSUE_MAX + 5; n += 1) {
      const current = { keyId: `key_${n}`, versionId: "v", issuedAt: now, expiresAt: now + SECONDS_PER_DAY };
      bench.addRecord(`key-${n}`, { current });
    }

    // WHEN
    await sweep(bench.engine);

    // THEN
    expect(bench.world.trace.filter((name) => name === "run vendor.read")).toHaveLength(REISSUE_MAX);
    expect(bench.telemetry.incidents).toHaveLength(REISSUE_MAX);
  });

  test("and comes back is no incident any more", async () => {
    // GIVEN
    const bench = await deploy(UNROTATED);
    answering(bench, READ_KEY, 404);
    await bench.run((engine) => sweep({ ...engine, vendor: { ...engine.vendor, list: async () => [] } }));
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened"]);
    bench.answer = () => undefined;

    // WHEN
    await bench.sweep();

    // THEN
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual(["opened", "resolved"]);
  });
});

describe("a destroy that failed, and that nobody came back to,", () => {
  const halfDestroyed = async () => {
    const bench = await deploy();
    answering(bench, /^DELETE .*api_keys\/key$/, 503);
    expect(await bench.destroy()).toBe(false);
    expect((await bench.live()).size).toBe(1);
    bench.answer = () => undefined;
    return bench;
  };

  test("is left alone for an hour: time to run it again, or to take it back", async () => {
    const bench = await halfDestroyed();
    await bench.pass(59 * MINUTE);
    await bench.sweep();
    expect((await bench.live()).size).toBe(1);
  });

  test("is carried out by the sweep after that, which leaves Terraform its record", async () => {
    // GIVEN
    const bench = await halfDestroyed();

    // WHEN
    await bench.passWithSweeps(1);

    // THEN
    expect(await bench.live()).toEqual(new Map());
    expect(await bench.accounts()).toEqual([]);
    expect((await bench.observe())?.repair).toContain("everything is revoked");

    // WHEN
    bench.plan(undefined);
    await bench.passWithSweeps(3);

    // THEN
    expect(bench.trace.filter((name) => name.startsWith("DELETE"))).toEqual([]);
    expect(await bench.destroy()).toBe(true);
  });

  test("may still be taken back by an apply, with a new vendor key", async () => {
    const bench = await halfDestroyed();
    await bench.passWithSweeps(1);
    await bench.applyUntilCalm();
    expect(await bench.works((await bench.payload())?.apiKey ?? "")).toBe(true);
    expect(toldOf(bench, INCIDENTS.keyGone)).toEqual([]);
    expect(toldOf(bench, INCIDENTS.lostLedger)).toEqual([]);
  });

  test("is told of also where it was killed and could say nothing", async () => {
    // GIVEN
    const bench = await deploy();
    bench.plan({ at: /^DELETE .*api_keys\/key$/, kind: "crash_before" });
    expect(await bench.destroy()).toBe(false);
    expect(bench.telemetry.incidents).toEqual([]);
    bench.plan(undefined);

    // WHEN
    await bench.passWithSweeps(1);

    // THEN
    expect(toldOf(bench, INCIDENTS.unfinishedDestroy)).toEqual(["opened", "resolved"]);
    expect(await bench.live()).toEqual(new Map());
  });
});
