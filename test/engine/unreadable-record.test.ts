import { KEY, RealHarness } from "../support/engine-real";

const DAY_MILLIS = 86_400_000;

describe("a ledger record that somebody broke", () => {
  let harness: RealHarness;
  let live: string[];
  const item = () => [...harness.table.items.values()].find(({ sk }) => sk === `key#${KEY}`);
  const liveIds = async () => [...(await harness.live()).keys()];

  beforeEach(async () => {
    // GIVEN
    harness = await RealHarness.start();
    await harness.apply();
    const stored = item();
    if (stored === undefined) throw new Error("the ledger holds no record");
    harness.table.items.set(`${stored.pk}\n${stored.sk}`, { ...stored, body: '{"schema":2}' });
    live = await liveIds();
    harness.plan(undefined);
  });
  afterEach(() => harness.raise());

  test("is unknown to a plan, never in sync", async () => {
    expect(await harness.observe()).toEqual({
      repair: "none",
      state: "unknown",
      drift: [expect.stringContaining(`[SK224] key "${KEY}": its record in the ledger cannot be read`)],
    });
  });

  test("stops applies, rotations, sweeps and destroys of its key before they have an effect", async () => {
    // WHEN
    await expect(harness.reconcile(undefined, "none", "update")).rejects.toThrow("[SK224]");
    await harness.rotate();
    expect(await harness.sweep()).toMatchObject({ failed: 1, reclaimed: 0 });
    await harness.pass(2 * DAY_MILLIS);
    expect(await harness.sweep()).toMatchObject({ failed: 1, reclaimed: 0 });
    await expect(harness.retire()).rejects.toThrow("[SK224]");

    // THEN
    expect(await liveIds()).toEqual(live);
    expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
    expect(harness.trace.filter((name) => /^(POST|DELETE)/.test(name))).toEqual([]);
  });

  test("is rebuilt by an apply once its item is deleted, and the key in use stays", async () => {
    // GIVEN
    const before = await harness.payload();
    for (const [id, { sk }] of harness.table.items) if (sk === `key#${KEY}`) harness.table.items.delete(id);

    // WHEN
    await harness.applyUntilCalm();

    // THEN
    expect((await harness.payload())?.keyId).toBe(before?.keyId);
    expect(await harness.planIsEmpty()).toBe(true);
  });
});
