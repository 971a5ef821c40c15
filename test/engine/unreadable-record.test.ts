import { KEY, RealBench } from "../support/engine-real";

const DAY_MILLIS = 86_400_000;

describe("a ledger record that somebody broke", () => {
  let bench: RealBench;
  let live: string[];
  const item = () => [...bench.table.items.values()].find(({ sk }) => sk === `key#${KEY}`);
  const liveIds = async () => [...(await bench.live()).keys()];

  beforeEach(async () => {
    // GIVEN
    bench = await RealBench.start();
    await bench.apply();
    const stored = item();
    if (stored === undefined) throw new Error("the ledger holds no record");
    bench.table.items.set(`${stored.pk}\n${stored.sk}`, { ...stored, body: '{"schema":2}' });
    live = await liveIds();
    bench.plan(undefined);
  });
  afterEach(() => bench.raise());

  test("is unknown to a plan, never in sync", async () => {
    expect(await bench.observe()).toEqual({
      repair: "none",
      state: "unknown",
      drift: [expect.stringContaining(`[SK224] key "${KEY}": its record in the ledger cannot be read`)],
    });
  });

  test("stops applies, rotations, sweeps and destroys of its key before they have an effect", async () => {
    // WHEN
    await expect(bench.reconcile(undefined, "none", "update")).rejects.toThrow("[SK224]");
    await bench.rotate();
    expect(await bench.sweep()).toMatchObject({ failed: 1, reclaimed: 0 });
    await bench.pass(2 * DAY_MILLIS);
    expect(await bench.sweep()).toMatchObject({ failed: 1, reclaimed: 0 });
    await expect(bench.retire()).rejects.toThrow("[SK224]");

    // THEN
    expect(await liveIds()).toEqual(live);
    expect(await bench.works((await bench.payload())?.apiKey ?? "")).toBe(true);
    expect(bench.trace.filter((name) => /^(POST|DELETE)/.test(name))).toEqual([]);
  });

  test("is rebuilt by an apply once its item is deleted, and the key in use stays", async () => {
    // GIVEN
    const before = await bench.payload();
    for (const [id, { sk }] of bench.table.items) if (sk === `key#${KEY}`) bench.table.items.delete(id);

    // WHEN
    await bench.applyUntilCalm();

    // THEN
    expect((await bench.payload())?.keyId).toBe(before?.keyId);
    expect(await bench.planIsEmpty()).toBe(true);
  });
});
