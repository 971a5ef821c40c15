import type { Item } from "../../src/ledger/table";
import { policyOf } from "../support/engine";
import { KEY, RealHarness } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

describe("a ledger that was restored from a backup", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start();
  });
  afterEach(() => harness.raise());

  const currentId = async () => (await harness.payload())?.keyId ?? "";
  const restore = (backup: ReadonlyMap<string, Item>) => {
    harness.table.items.clear();
    for (const [id, item] of backup) harness.table.items.set(id, item);
  };

  test("the plan says so, and the next sweep brings it up to date: nothing in use or in its overlap is revoked", async () => {
    // GIVEN a backup, and three rotations since, each within the overlap of the one before
    await harness.apply();
    const backup = new Map(harness.table.items);
    for (let rotations = 0; rotations < 3; rotations += 1) {
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
    }
    const live = [...(await harness.live()).keys()].sort();
    const inUse = await harness.payload();
    restore(backup);

    // WHEN
    const observed = await harness.observe();
    await harness.rotate();

    // THEN
    expect(observed?.drift.join()).toContain(
      "it is older than the value in use, as after a restore of its table from a backup",
    );
    expect(harness.failures.map(String).join()).toContain("SK254");
    expect(await currentId()).toBe(inUse?.keyId);

    // WHEN
    await harness.sweep();

    // THEN
    expect(harness.telemetry.incidents).toEqual([`opened stale-ledger ${KEY}`, `resolved stale-ledger ${KEY}`]);
    expect([...(await harness.live()).keys()].sort()).toEqual(live);
    expect(harness.record?.current?.keyId).toBe(inUse?.keyId);
    expect(harness.record?.superseded.map(({ keyId }) => keyId).sort()).toEqual(
      live.filter((id) => id !== inUse?.keyId),
    );
    expect(await harness.planIsEmpty()).toBe(true);

    // WHEN
    await harness.passWithSweeps(25);

    // THEN
    expect(await harness.opens((await harness.payload())?.apiKey ?? "")).toBe(200);
    expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
    // The rotation that was refused has been tried again.
    expect(await currentId()).not.toBe(inUse?.keyId);
  });

  test("a sweep that is cut off anywhere while it brings it up to date revokes nothing", async () => {
    // GIVEN
    await harness.apply();
    const backup = new Map(harness.table.items);
    for (let rotations = 0; rotations < 2; rotations += 1) {
      await harness.pass(2 * HOUR_MILLIS);
      await harness.rotate();
    }
    const before = await harness.live();

    for (let at = 0, hit = true; hit; at += 1) {
      restore(backup);
      harness.plan({ at, kind: "crash_after" });
      // WHEN
      hit = (await harness.sweep().catch(() => undefined))?.failed !== 0;
      harness.plan(undefined);
      await harness.pass(5 * 60_000);
      await harness.sweep();

      // THEN
      expect([at, [...(await harness.live()).keys()]]).toEqual([at, [...before.keys()]]);
      expect(harness.record?.current?.keyId).toBe(await currentId());
    }
  });

  test("waits for an apply where its policy is of before as well", async () => {
    // GIVEN
    await harness.apply();
    await harness.pass(HOUR_MILLIS);
    const backup = new Map(harness.table.items);
    const policy = policyOf({ scopes: ["api.model.read"] });
    await harness.apply(policy);
    await harness.rotate();
    const inUse = await harness.payload();
    restore(backup);

    // WHEN
    await harness.passWithSweeps(25);
    const observed = await harness.observe(policy);

    // THEN
    expect(harness.telemetry.incidents).toEqual([`opened ledger-tampered ${KEY}`]);
    expect(observed?.drift.join()).toContain("after a restore of its table from a backup");
    expect(await harness.opens(inUse?.apiKey ?? "")).toBe(200);

    // WHEN
    await harness.reconcile(policy, observed?.repair, "update");
    await harness.passWithSweeps(25);

    // THEN
    expect(await currentId()).toBe(inUse?.keyId);
    expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
  });
});
