import type { Item } from "../../src/ledger/table";
import { policyOf } from "../support/engine";
import { KEY, RealBench } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

describe("a ledger that was restored from a backup", () => {
  let bench: RealBench;

  beforeEach(async () => {
    bench = await RealBench.start();
  });
  afterEach(() => bench.raise());

  const currentId = async () => (await bench.payload())?.keyId ?? "";
  const restore = (backup: ReadonlyMap<string, Item>) => {
    bench.table.items.clear();
    for (const [id, item] of backup) bench.table.items.set(id, item);
  };

  test("the plan says so, and the next sweep brings it up to date: nothing in use or in its overlap is revoked", async () => {
    // GIVEN a backup, and three rotations since, each within the overlap of the one before
    await bench.apply();
    const backup = new Map(bench.table.items);
    for (let rotations = 0; rotations < 3; rotations += 1) {
      await bench.pass(HOUR_MILLIS);
      await bench.rotate();
    }
    const live = [...(await bench.live()).keys()].sort();
    const inUse = await bench.payload();
    restore(backup);

    // WHEN
    const observed = await bench.observe();
    await bench.rotate();

    // THEN
    expect(observed?.drift.join()).toContain(
      "it is older than the value in use, as a table is that was restored from a backup",
    );
    expect(bench.failures.map(String).join()).toContain("SK170");
    expect(await currentId()).toBe(inUse?.keyId);

    // WHEN
    await bench.sweep();

    // THEN
    expect(bench.telemetry.incidents).toEqual([`opened stale-ledger ${KEY}`, `resolved stale-ledger ${KEY}`]);
    expect([...(await bench.live()).keys()].sort()).toEqual(live);
    expect(bench.record?.current?.keyId).toBe(inUse?.keyId);
    expect(bench.record?.superseded.map(({ keyId }) => keyId).sort()).toEqual(live.filter((id) => id !== inUse?.keyId));
    expect(await bench.planIsEmpty()).toBe(true);

    // WHEN
    await bench.passWithSweeps(25);

    // THEN
    expect(await bench.opens((await bench.payload())?.apiKey ?? "")).toBe(200);
    expect([...(await bench.live()).keys()]).toEqual([await currentId()]);
    // The rotation that was refused has been tried again.
    expect(await currentId()).not.toBe(inUse?.keyId);
  });

  test("a sweep that is cut off anywhere while it brings it up to date revokes nothing", async () => {
    // GIVEN
    await bench.apply();
    const backup = new Map(bench.table.items);
    for (let rotations = 0; rotations < 2; rotations += 1) {
      await bench.pass(2 * HOUR_MILLIS);
      await bench.rotate();
    }
    const before = await bench.live();

    for (let at = 0, hit = true; hit; at += 1) {
      restore(backup);
      bench.plan({ at, kind: "crash_after" });
      // WHEN
      hit = (await bench.sweep().catch(() => undefined))?.failed !== 0;
      bench.plan(undefined);
      await bench.pass(5 * 60_000);
      await bench.sweep();

      // THEN
      expect([at, [...(await bench.live()).keys()]]).toEqual([at, [...before.keys()]]);
      expect(bench.record?.current?.keyId).toBe(await currentId());
    }
  });

  test("waits for an apply where its policy is of before as well", async () => {
    // GIVEN
    await bench.apply();
    await bench.pass(HOUR_MILLIS);
    const backup = new Map(bench.table.items);
    const policy = policyOf({ scopes: ["api.model.read"] });
    await bench.apply(policy);
    await bench.rotate();
    const inUse = await bench.payload();
    restore(backup);

    // WHEN
    await bench.passWithSweeps(25);
    const observed = await bench.observe(policy);

    // THEN
    expect(bench.telemetry.incidents).toEqual([`opened ledger-tampered ${KEY}`]);
    expect(observed?.drift.join()).toContain("restored from a backup");
    expect(await bench.opens(inUse?.apiKey ?? "")).toBe(200);

    // WHEN
    await bench.reconcile(policy, observed?.repair, "update");
    await bench.passWithSweeps(25);

    // THEN
    expect(await currentId()).toBe(inUse?.keyId);
    expect([...(await bench.live()).keys()]).toEqual([await currentId()]);
  });
});
