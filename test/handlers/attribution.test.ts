import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { ENVIRONMENT } from "../../src/model/environment";
import { SWEEP_EVENT } from "../../src/model/events";
import { HISTORY_MAX } from "../../src/model/history";
import { type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { policyOf } from "../support/engine";
import { HandlerHarness, KEY } from "../support/engine-handlers";
import { startTable, type TableHarness } from "../support/engine-table";
import { ManualClock, START } from "../support/secrets-manager";

/** Real servers on a machine that may be busy. */
jest.setTimeout(60_000);

const JANE = "arn:aws:sts::123456789012:assumed-role/OnCall/jane";
/** Without rotation: Secrets Manager has no part in it here. */
const LIFETIME = { overlapSeconds: 0, expirySeconds: 14 * 86_400 };
const WIDE = policyOf({ lifetime: LIFETIME, scopes: ["api.files.read", "api.model.read", "api.model.request"] });
const NARROW = policyOf({ lifetime: LIFETIME });

describe("what is known of who ordered it", () => {
  const clock = new ManualClock(START);
  let table: TableHarness;
  let harness: HandlerHarness;

  beforeAll(async () => {
    table = await startTable(clock);
  }, 100_000);
  afterAll(() => table.close());
  beforeEach(async () => {
    harness = await HandlerHarness.start(table, clock);
    harness.setEnvironment(ENVIRONMENT.driftAtPlan, "true");
    await harness.createSecret();
  });
  afterEach(() => harness.close());

  const ledger = () =>
    new DynamoLedger(table.table, harness.prefix, { now: () => clock.millis, sleep: async () => {} }, "t");
  const history = () => ledger().history(KEY);
  const seconds = (count: number) => {
    clock.millis += count * 1_000;
    harness.openai.clock.advance(count);
  };
  /** A plan: what the observer says of the key. */
  const plan = async (policy: KeyPolicy) =>
    (await harness.observe({ action: "observe", keys: { [KEY]: policyDigest(policy) } }))[KEY];
  /** A plan and its apply, as Terraform does both. */
  const apply = async (policy: KeyPolicy, planned = plan(policy)) => {
    const repair = (await planned)?.repair ?? "none";
    seconds(5);
    await harness.control(harness.reconcileEvent({ policy, repair }));
  };
  /** Whoever may invoke the function, without a plan. */
  const setUnplanned = async (policy: KeyPolicy) => {
    const repair = (await ledger().get(KEY))?.repair;
    seconds(5);
    await harness.control(harness.reconcileEvent({ policy, repair }));
  };
  const told = () => harness.entries.filter(({ incident }) => incident === "unforeseen-policy");
  const open = async () => (await ledger().get(KEY))?.incidents?.map(({ kind }) => kind) ?? [];

  test("stands in the key's history: door, request, policy and claim; also after the key is destroyed", async () => {
    // WHEN
    await apply(NARROW);
    await harness.control({ action: "revoke", key: KEY, successor: true, claimedBy: JANE });
    await harness.control(harness.deleteEvent());

    // THEN
    const effects = await history();
    const summary = effects.map(({ door, by, what, policy }) => [door, by, what.replace(/: .*|;.*/, ""), policy]);
    const digest = policyDigest(NARROW);
    expect(summary).toEqual([
      ["terraform", undefined, "vendor key minted", undefined],
      ["terraform", undefined, "vendor key put into use", undefined],
      ["terraform", undefined, "policy applied", digest],
      ["operator", JANE, "vendor key minted", undefined],
      ["operator", JANE, "vendor key put into use", undefined],
      ["operator", JANE, "emergency revoke with a successor, done", undefined],
      ["terraform", undefined, "destroyed", digest],
    ]);
    for (const { request, at } of effects) {
      expect(request).toBe("request-1");
      expect(Math.abs(at - clock.millis / 1_000)).toBeLessThan(60);
    }
    expect(JSON.stringify(effects)).not.toMatch(/sk-/);
  });

  test("stands in every line of the log", async () => {
    await harness.control({ action: "keys", claimedBy: JANE });
    await harness.control(SWEEP_EVENT);
    expect(harness.entries.find(({ message }) => message === "sweep ended")).toMatchObject({
      door: "sweep",
      requestId: "request-1",
    });
    await harness.refusal({ action: "revoke", key: "stranger", successor: true, claimedBy: JANE });
    expect(harness.entries.at(-1)).toMatchObject({ message: "failed", door: "operator", claimedBy: JANE });
  });

  test.each([["x".repeat(129)], ["two\nlines"], ["jäne"], ["\u001b[2J"], [7]])(
    "refuses the claim %j",
    async (claimedBy) => {
      const error = await harness.refusal({ action: "keys", claimedBy });
      expect(error.name).toBe("SK201");
    },
  );

  test("is kept for the last effects alone, and a history that nobody can read is begun anew", async () => {
    // GIVEN
    const effect = (n: number) => ({ at: 1, door: "sweep", request: "r", what: `effect ${n}` });
    for (let n = 0; n < 3; n += 1)
      await ledger().note(
        KEY,
        Array.from({ length: 30 }, (_, i) => effect(30 * n + i)),
      );
    // THEN
    const kept = await history();
    expect(kept).toHaveLength(HISTORY_MAX);
    expect(kept.at(-1)?.what).toBe("effect 89");

    // WHEN
    const item = await table.table.get(harness.prefix, `history#${KEY}`);
    await table.table.put(
      { pk: harness.prefix, sk: `history#${KEY}`, guard: item?.guard ?? 0, body: "{" },
      { expression: "attribute_exists(pk)" },
    );
    await ledger().note(KEY, [effect(90)]);
    // THEN
    expect((await history()).map(({ what }) => what)).toEqual(["what is older could not be read", "effect 90"]);
  });

  describe("by plans", () => {
    test("no apply of a plan raises an incident: a first one, a change, one that is repeated, a replacement, a plan of days ago", async () => {
      await apply(NARROW);
      await apply(WIDE);
      await harness.control(harness.reconcileEvent({ policy: WIDE, repair: "sent again" }));
      const saved = plan(NARROW);
      await saved;
      seconds(6 * 86_400);
      await apply(NARROW, saved);
      // Replaced: the plan sees nothing that differs.
      await plan(NARROW);
      await harness.control(harness.deleteEvent());
      await harness.control(harness.reconcileEvent({ policy: NARROW }));
      expect(told()).toEqual([]);
      expect(await open()).toEqual([]);
    });

    test("nor does one where drift is not looked for, or where no plan was written down yet", async () => {
      // GIVEN
      await harness.control(harness.reconcileEvent({ policy: NARROW }));
      await setUnplanned(WIDE);
      expect(told()).toEqual([]);
      await plan(WIDE);
      harness.setEnvironment(ENVIRONMENT.driftAtPlan, undefined);
      // WHEN
      await setUnplanned(NARROW);
      // THEN
      expect(told()).toEqual([]);
    });

    test("a policy that none has asked about is an incident, with its request, and the next plan says so", async () => {
      // GIVEN
      await apply(NARROW);
      // WHEN
      await setUnplanned(WIDE);
      // THEN
      expect(told()).toMatchObject([
        { message: "incident opened", key: KEY, cause: { door: "terraform", requestId: "request-1" } },
      ]);
      expect(harness.bus.events.at(-1)?.Detail).toMatchObject({
        incident: "unforeseen-policy",
        cause: { door: "terraform", requestId: "request-1" },
      });
      const shown = await plan(NARROW);
      expect(shown?.state).toBe("drift");
      expect(shown?.drift.join()).toContain(`policy ${policyDigest(WIDE)} was set on `);
      expect(shown?.drift.join()).toContain("in request request-1, and no plan had asked about it");
    });

    test("one that was put back is shown by the next plan, and by none after its apply", async () => {
      // GIVEN
      await apply(NARROW);
      await setUnplanned(WIDE);
      await setUnplanned(NARROW);

      // WHEN
      const shown = await plan(NARROW);
      // THEN
      // The vendor's audit log has seen it as well.
      expect(shown).toMatchObject({
        state: "drift",
        drift: [expect.stringContaining(policyDigest(WIDE)), expect.stringContaining("and changed back since")],
      });
      expect(await open()).toEqual(["unforeseen-policy"]);

      // WHEN
      await apply(NARROW, Promise.resolve(shown));
      // THEN
      expect(await open()).toEqual([]);
      expect(told().map(({ message }) => message)).toEqual(["incident opened", "incident resolved"]);
      expect(await plan(NARROW)).toEqual({ repair: shown?.repair, state: "in_sync", drift: [] });
    });

    test("whoever puts it back cannot end the incident with it, whatever token they send", async () => {
      await apply(NARROW);
      await setUnplanned(WIDE);
      seconds(5);
      await harness.control(
        harness.reconcileEvent({ policy: NARROW, repair: "seen it (seen 2026-11-24T00:00:00.000Z)" }),
      );
      expect(await open()).toEqual(["unforeseen-policy"]);
    });

    test("the observer writes into its own partition alone, and not at all where nothing is new", async () => {
      // GIVEN
      await apply(NARROW);
      const items = async () =>
        JSON.stringify(
          await Promise.all(["key#", "history#", "lease#"].map((sk) => table.table.query(harness.prefix, sk))),
        );
      const before = await items();
      // WHEN
      await plan(WIDE);
      // THEN
      expect(await items()).toBe(before);
      expect((await ledger().plans())?.words.map(([key, digest]) => [key, digest])).toEqual([
        [KEY, policyDigest(NARROW)],
        [KEY, policyDigest(WIDE)],
      ]);
      const written = await table.table.get(`${harness.prefix}#pace`, "plans");
      await plan(WIDE);
      expect(await table.table.get(`${harness.prefix}#pace`, "plans")).toEqual(written);
    });
  });
});
