import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../src/engine/ports";
import { METRICS } from "../../src/model/metrics";
import type { AccountGoneFacts } from "../../src/model/vendor-descriptor";
import { VendorError } from "../../src/model/vendor-error";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";
import { destroyKey, stopKey } from "../support/orders";

const KEY = "summariser";
const HOUR_MILLIS = 3_600_000;
const WORDS = "the vendor has archived the project";
const NOTHING = { revoked: 0, reclaimed: 0, reissued: 0, rotated: 0, failed: 0, left: 0 };

describe("the sweep of an account that is gone", () => {
  let harness: EngineHarness;
  let engine: Engine;
  /** How the vendor answers all calls but the one for the account. */
  let closed: "open" | "refuses" | "refuses changes" | "is down" | "lists nothing";
  let evidence: string | VendorError | undefined;
  let asked: string[];

  const at = (facts?: AccountGoneFacts): VendorAdapter => {
    const vendor = minting(harness.engine.vendor);
    const gate =
      <Request, Answer>(name: string, isChange: boolean, call: (request: Request) => Promise<Answer>) =>
      async (request: Request): Promise<Answer> => {
        asked.push(name);
        if (closed === "is down") throw new VendorError("unavailable", name, "the vendor answered 503");
        const isRefused = closed === "refuses" || (closed !== "open" && isChange);
        if (isRefused) throw new VendorError("invalid", name, "the project is archived");
        return call(request);
      };
    return {
      ...vendor,
      descriptor: { ...vendor.descriptor, accountGone: facts ?? { proof: "archived", reversal: "nobody can" } },
      list: gate("list", false, (request) => (closed === "lists nothing" ? Promise.resolve([]) : vendor.list(request))),
      read: gate("read", false, (request) =>
        closed === "lists nothing" ? Promise.resolve(undefined) : vendor.read(request),
      ),
      mint: gate("mint", true, vendor.mint),
      revoke: gate("revoke", true, vendor.revoke),
      verify: async (request) => {
        if (closed === "open") return vendor.verify(request);
        throw new VendorError("no_verdict", "verify", "the project is archived");
      },
      accountGone: async () => {
        asked.push("accountGone");
        if (evidence instanceof VendorError) throw evidence;
        return evidence;
      },
    };
  };
  const hours = async (count: number) => {
    const results: unknown[] = [];
    for (let hour = 0; hour < count; hour += 1) {
      results.push(await sweep(engine).catch((error: unknown) => error));
      harness.world.advance(HOUR_MILLIS);
    }
    return results;
  };
  const record = () => harness.table.records.get(KEY);
  const living = () => [...harness.vendor.keys.keys()];
  const stop = (accountGone?: true) => stopKey(engine, KEY, accountGone);
  const destroy = () => destroyKey(engine, KEY);

  beforeEach(async () => {
    // GIVEN a key in use
    harness = new EngineHarness();
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    closed = "open";
    evidence = undefined;
    asked = [];
    engine = { ...harness.engine, vendor: at() };
    await reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf(),
      repair: "none",
      tf: { action: "create", prev_input: null },
    });
    asked.length = 0;
    harness.world.advance(60_000);
  });

  test.each(["refuses", "lists nothing"] as const)(
    "is published once, and looked at once a day, where the vendor %s",
    async (how) => {
      // GIVEN
      closed = how;
      evidence = WORDS;
      const before = record();

      // WHEN
      const results = await hours(72);

      // THEN
      expect(results).toEqual(Array.from({ length: 72 }, () => NOTHING));
      expect(harness.telemetry.incidents).toEqual(["opened account-gone issuer"]);
      expect(asked.filter((call) => call === "accountGone").length).toBeLessThanOrEqual(4);
      expect(asked.filter((call) => call !== "accountGone")).toEqual(["list"]);
      expect(harness.telemetry.metrics.filter(([name]) => name === METRICS.sweepCompleted)).toHaveLength(72);
      expect(harness.telemetry.metrics.filter(([name]) => name === METRICS.openIncidents).at(-1)?.[1]).toBe(1);
      // Nobody has ordered it to end: it is not called dead.
      expect(record()).toEqual(before);
    },
  );

  test("is noticed where the list goes on working, and nothing can be revoked in it", async () => {
    closed = "refuses changes";
    evidence = WORDS;
    expect((await stop()).done).toBe(false);
    asked.length = 0;
    await hours(3);
    expect(harness.telemetry.incidents).toContain("opened account-gone issuer");
    expect(asked.filter((call) => call === "list").length).toBeLessThanOrEqual(2);
  });

  test.each([
    ["an outage", "is down", WORDS],
    ["an account that is open", "refuses", undefined],
    ["a vendor that does not say so", "refuses", new VendorError("admin_refused", "account", "denied")],
  ] as const)("is nothing that %s is taken for", async (_, how, said) => {
    closed = how;
    evidence = said;
    for (const result of await hours(2)) expect(result).toBeInstanceOf(VendorError);
    expect(harness.telemetry.incidents).toEqual([]);
    if (how === "is down") expect(asked).not.toContain("accountGone");
  });

  test("goes on as ever with the first daily look at which the account is open", async () => {
    // GIVEN
    closed = "refuses";
    evidence = WORDS;
    await hours(3);

    // WHEN
    closed = "open";
    evidence = undefined;
    await hours(24);

    // THEN
    expect(harness.telemetry.incidents).toEqual(["opened account-gone issuer", "resolved account-gone issuer"]);
    expect(asked.filter((call) => call === "list").length).toBeGreaterThan(1);
    expect(living()).toHaveLength(1);
  });

  test("is asked about by each sweep while a key in use ends before the next daily look, and by no sweep after that", async () => {
    // GIVEN
    const endsAt = (record()?.current?.expiresAt ?? 0) * 1_000;
    harness.world.advance(endsAt - harness.world.now() - 24.5 * HOUR_MILLIS);
    closed = "refuses";
    evidence = WORDS;

    // WHEN
    await hours(48);

    // THEN
    const looks = asked.filter((call) => call === "accountGone").length;
    expect(looks).toBeGreaterThanOrEqual(24);
    expect(looks).toBeLessThanOrEqual(28);
    expect(harness.telemetry.incidents).toEqual(["opened account-gone issuer"]);
  });

  test("is asked about at once where an apply has issued a key since", async () => {
    // GIVEN
    closed = "refuses";
    evidence = WORDS;
    await hours(1);
    closed = "open";
    evidence = undefined;
    const { policy } = record() ?? {};
    if (policy === undefined) throw new Error("the key has no policy");
    harness.vendor.keys.clear();
    await reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy,
      repair: "r2",
      tf: { action: "update", prev_input: null },
    });

    // WHEN
    await hours(1);

    // THEN
    expect(harness.telemetry.incidents).toContain("resolved account-gone issuer");
  });

  test("stays published of where the vendor does not answer any more", async () => {
    closed = "refuses";
    evidence = WORDS;
    await hours(1);
    evidence = new VendorError("admin_refused", "account", "denied");
    expect(await hours(48)).toEqual(Array.from({ length: 48 }, () => NOTHING));
    expect(harness.telemetry.incidents).toEqual(["opened account-gone issuer"]);
  });

  test("is asked about at once where it was written down as of a time to come, as no run does", async () => {
    // GIVEN somebody who writes into the table, so that sweeps rest for ever
    harness.table.incidents.set("account-gone", { published: true, at: harness.world.now() + 365 * 24 * HOUR_MILLIS });

    // WHEN
    await hours(1);

    // THEN
    expect(asked).toEqual(expect.arrayContaining(["accountGone", "list"]));
    expect(harness.telemetry.incidents).toEqual(["resolved account-gone issuer"]);
  });

  test("carries out what was ordered to end, by the vendor's word, and a destroy ends after it", async () => {
    // GIVEN an emergency that no run could finish
    closed = "refuses";
    expect((await stop()).done).toBe(false);
    expect(record()?.revocation).toBeDefined();
    evidence = WORDS;

    // WHEN
    await hours(1);

    // THEN
    expect(record()).toMatchObject({ accountGone: WORDS });
    expect(record()?.revocation).toBeUndefined();
    expect(harness.telemetry.incidents).toContain(`resolved unfinished-revocation ${KEY}`);
    expect((await destroy()).changes).toContain(`taken for dead, as the account is gone: ${WORDS}`);
  });

  test("goes on to tell what people do to the secrets", async () => {
    // GIVEN
    closed = "refuses";
    evidence = WORDS;
    await hours(1);
    asked.length = 0;

    // WHEN
    harness.secret.edit(harness.token(), "of somebody");
    await hours(1);

    // THEN
    expect(harness.telemetry.incidents).toEqual(["opened account-gone issuer", `opened secret-edited ${KEY}`]);
    expect(harness.telemetry.metrics.filter(([name]) => name === METRICS.openIncidents).at(-1)?.[1]).toBe(2);
    expect(asked).toEqual([]);
    expect(await hours(1)).toEqual([NOTHING]);
    expect(harness.telemetry.incidents).toHaveLength(2);
  });

  test("carries out a destroy that no run could finish", async () => {
    closed = "refuses";
    await expect(destroy()).rejects.toThrow("the project is archived");
    harness.world.advance(2 * HOUR_MILLIS);
    evidence = WORDS;
    await hours(1);
    expect(record()?.unfinished?.revoked).toBe(true);
    await destroy();
    expect(record()).toBeUndefined();
  });

  describe("that somebody can open again with its keys", () => {
    beforeEach(() => {
      engine = {
        ...engine,
        vendor: at({ proof: "keys are switched off", reversal: "both keys live again", revivesKeys: true }),
      };
      closed = "refuses";
      evidence = "the vendor has keys switched off";
    });

    test("takes nothing for dead without an operator's word", async () => {
      // GIVEN
      const early = evidence;
      evidence = undefined;
      expect((await stop()).done).toBe(false);
      evidence = early;

      // WHEN
      await hours(50);

      // THEN
      expect(record()?.revocation).toBeDefined();
      expect((await stop(true)).done).toBe(true);
      expect(record()?.revocation).toBeUndefined();
    });

    test("revokes what lives in it again, though it was taken for dead", async () => {
      // GIVEN
      expect((await stop(true)).done).toBe(true);
      await hours(30);
      expect(living()).toHaveLength(1);

      // WHEN
      closed = "open";
      evidence = undefined;
      await hours(26);

      // THEN
      expect(living()).toEqual([]);
      expect(record()?.accountGone).toBeUndefined();
      expect(harness.telemetry.incidents).toContain("resolved account-gone issuer");
    });

    test("revokes nothing by the ledger's word alone", async () => {
      // GIVEN somebody who writes into the table
      closed = "open";
      evidence = undefined;
      const known = record();
      if (known === undefined) throw new Error("no record");
      harness.table.records.set(KEY, { ...known, accountGone: "gone" });

      // WHEN
      await hours(3);

      // THEN
      expect(living()).toHaveLength(1);
    });
  });

  test("is not published of any more when no key is left", async () => {
    closed = "refuses";
    evidence = WORDS;
    await stop(true);
    await destroy();
    await hours(2);
    expect(harness.telemetry.incidents.at(-1)).toBe("resolved account-gone issuer");
  });
});
