import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { retain } from "../../src/engine/commands/retain";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import type { RetainResult, RevokeResult } from "../../src/model/events";
import { isoTime } from "../../src/model/units";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { KEY, RealHarness } from "../support/engine-real";
import { minting } from "../support/minting";

const HOUR_MILLIS = 3_600_000;

describe("an operator", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start();
    await harness.apply();
  });
  afterEach(() => harness.raise());

  const revokeNow = (successor = true): Promise<RevokeResult> =>
    harness.run((engine) => emergencyRevoke(engine, { action: "revoke", key: KEY, successor }));
  const retainKey = (version: "current" | "previous", marks = true): Promise<RetainResult> =>
    harness.run((engine) => retain(engine, { action: "retain", key: KEY, version, retain: marks }));
  const emergency = async (work: () => Promise<unknown>) => harness.breaking(work);

  describe("revokes a key at once", () => {
    test("a successor is in use, everything older is dead without overlap, and the plan is empty", async () => {
      // GIVEN a current and a superseded vendor key
      const first = await harness.payload();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const second = await harness.payload();

      // WHEN
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow();
      });

      // THEN
      const third = await harness.payload();
      expect(result).toMatchObject({
        key: KEY,
        done: true,
        successor: third?.keyId,
        alive: [],
        retained: [],
        reasons: [],
      });
      expect(new Set(result?.dead)).toEqual(new Set([first?.keyId, second?.keyId]));
      for (const old of [first, second]) expect(await harness.works(old?.apiKey ?? "")).toBe(false);
      expect(await harness.works(third?.apiKey ?? "")).toBe(true);
      expect([...(await harness.live()).keys()]).toEqual([third?.keyId]);
      expect(await harness.planIsEmpty()).toBe(true);
      expect(JSON.stringify(result)).not.toContain(third?.apiKey);
    });

    test("a run that stood still until its lease was lost does not revoke the successor that another has put into use", async () => {
      // GIVEN
      const { vendor } = harness.engine();
      let met = false;
      const slow: VendorAdapter = Object.assign(Object.create(vendor) as VendorAdapter, {
        list: async (...what: Parameters<VendorAdapter["list"]>) => {
          if (!met) {
            met = true;
            for (const name of [...harness.table.items.keys()])
              if (name.includes("lease#")) harness.table.items.delete(name);
            await revokeNow();
          }
          return vendor.list(...what);
        },
      });

      // WHEN
      const late = emergency(() =>
        harness.run((engine) => emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true }), {
          vendor: slow,
        }),
      );

      // THEN
      await expect(late).rejects.toThrow("SK218");
      const { keyId, apiKey = "" } = (await harness.payload()) ?? {};
      expect(await harness.works(apiKey)).toBe(true);
      expect([...(await harness.live()).keys()]).toEqual([keyId]);
    });

    test("what the vendor does not revoke is said to be alive, and the next sweep finishes it", async () => {
      // GIVEN
      const first = await harness.payload();
      harness.answer = (name) => (name.startsWith("DELETE ") ? 503 : undefined);

      // WHEN
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow();
      });

      // THEN
      expect(result).toMatchObject({ done: false, dead: [], alive: [first?.keyId] });
      expect(result?.reasons.join()).toContain("503");
      expect(await harness.works(first?.apiKey ?? "")).toBe(true);

      // WHEN the vendor is well again
      harness.answer = () => undefined;
      await harness.pass(HOUR_MILLIS);
      await harness.sweep();

      // THEN
      const successor = await harness.payload();
      expect(await harness.works(first?.apiKey ?? "")).toBe(false);
      expect([...(await harness.live()).keys()]).toEqual([successor?.keyId]);
      expect(harness.telemetry.incidents.filter((line) => line.includes("unfinished-revocation"))).toEqual([
        `opened unfinished-revocation ${KEY}`,
        `resolved unfinished-revocation ${KEY}`,
      ]);
    });

    test("the key in use stays where no successor can be issued; the call can be repeated", async () => {
      // GIVEN
      const first = await harness.payload();
      harness.answer = (name) => (/^POST .*api_keys$/.test(name) ? 500 : undefined);

      // WHEN
      const result = await revokeNow();

      // THEN
      expect(result).toMatchObject({ done: false, dead: [], alive: [first?.keyId] });
      expect(await harness.works(first?.apiKey ?? "")).toBe(true);

      // WHEN
      harness.answer = () => undefined;
      let repeated: RevokeResult | undefined;
      await emergency(async () => {
        repeated = await revokeNow();
      });

      // THEN
      expect(repeated).toMatchObject({ done: true, dead: [first?.keyId] });
      expect((await harness.live()).size).toBe(1);
    });
  });

  describe("revokes a key and wants nothing issued", () => {
    let stopped: RevokeResult;

    beforeEach(async () => {
      await emergency(async () => {
        stopped = await revokeNow(false);
      });
    });

    test("nothing lives; a rotation, a sweep and a plan made before issue nothing", async () => {
      // THEN
      expect(stopped).toMatchObject({ done: true, alive: [] });
      expect(await harness.live()).toEqual(new Map());

      // WHEN
      await harness.rotate();
      await harness.passWithSweeps(2);
      await expect(harness.reconcile(undefined, "none", "update")).rejects.toThrow("[SK220]");

      // THEN
      expect(await harness.live()).toEqual(new Map());
    });

    test("a name that nobody knows is refused, and no record of it is made", async () => {
      const mistyped = { action: "revoke", key: "summarizer", successor: false } as const;
      await expect(harness.run((engine) => emergencyRevoke(engine, mistyped))).rejects.toThrow("[SK213]");
      expect(await harness.run((engine) => engine.ledger.get("summarizer"))).toBeUndefined();
    });

    test("what a rotation mints that stood still since its intent, until its lease was lost, dies before it is stored", async () => {
      // GIVEN a key that is not stopped, and a rotation that is about to mint
      await harness.apply();
      const vendor = minting(harness.engine().vendor);
      const slow: VendorAdapter = Object.assign(Object.create(vendor) as VendorAdapter, {
        mint: async (...what: Parameters<NonNullable<VendorAdapter["mint"]>>) => {
          for (const name of [...harness.table.items.keys()])
            if (name.includes("lease#")) harness.table.items.delete(name);
          await emergency(() => revokeNow(false));
          return vendor.mint(...what);
        },
      });
      harness.plan({ at: /^table/, kind: "crash_before" });
      await harness.rotate();
      harness.plan(undefined);
      await harness.pass(HOUR_MILLIS / 6);
      const labels = await harness.labels();
      const token = Object.keys(labels).find((id) => labels[id]?.includes("AWSPENDING")) ?? "";

      // WHEN
      const late = harness.run((engine) => rotateStep(engine, { key: KEY, runStep: "createSecret", token }), {
        vendor: slow,
      });

      // THEN
      await expect(late).rejects.toThrow("SK218");
      expect(await harness.live()).toEqual(new Map());
      expect(await harness.payload("AWSPENDING")).toBeUndefined();
    });

    test("what a rotation has staged is given up, also where somebody has wiped its entry out of the ledger", async () => {
      // GIVEN a rotation that has stored its value, and stands still
      await harness.apply();
      harness.plan({ at: /^POST .*verify|^GET .*models$/, kind: "crash_before" });
      await harness.rotate();
      harness.plan(undefined);
      for (const [id, item] of harness.table.items) {
        if (item.sk !== `key#${KEY}`) continue;
        harness.table.items.set(id, { ...item, body: JSON.stringify({ ...JSON.parse(item.body), pending: [] }) });
      }
      expect(await harness.payload("AWSPENDING")).toBeDefined();

      // WHEN
      await emergency(() => revokeNow(false));

      // THEN
      expect(await harness.payload("AWSPENDING")).toBeUndefined();
      expect(await harness.live()).toEqual(new Map());
    });

    test("the plan says so, and its apply issues a vendor key", async () => {
      // THEN
      expect((await harness.observe())?.drift.join()).toContain("an operator revoked it on");

      // WHEN
      expect(await harness.apply()).toBe(true);

      // THEN
      expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
      expect(await harness.planIsEmpty()).toBe(true);
    });

    test("a revoke with a successor ends it as well", async () => {
      // WHEN
      const result = await revokeNow();

      // THEN
      expect(result.done).toBe(true);
      expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
    });
  });

  describe("revokes a key, and the run and the ledger are lost after the order is on the secret", () => {
    const losing = async (successor: boolean) => {
      harness.plan({ at: /^table\.put$/, kind: "crash_before" });
      await emergency(() => revokeNow(successor)).catch(() => undefined);
      harness.plan(undefined);
      harness.table.items.clear();
      await harness.pass(HOUR_MILLIS / 6);
    };

    test("no plan that was made before takes the leaked vendor key back; the plan says so, and its apply replaces it", async () => {
      // GIVEN
      const leaked = await harness.payload();
      await losing(false);

      // WHEN
      const observed = await harness.observe();
      const blind = harness.reconcile(undefined, "none", "update");

      // THEN
      expect(observed?.state).toBe("drift");
      expect(observed?.drift.join()).toContain("an operator revoked it on");
      await expect(blind).rejects.toThrow("[SK220]");
      expect(harness.record?.current?.keyId).not.toBe(leaked?.keyId);

      // WHEN
      await emergency(() => harness.apply());
      const inUse = await harness.payload();
      await harness.passWithSweeps(2);

      // THEN
      expect(inUse?.keyId).not.toBe(leaked?.keyId);
      expect([...(await harness.live()).keys()]).toEqual([inUse?.keyId]);
      expect(harness.record).toMatchObject({ current: { keyId: inUse?.keyId } });
      expect(harness.record?.incidents ?? []).toEqual([]);
      expect(await harness.planIsEmpty()).toBe(true);
    });

    test("an apply that dies before it has lifted the order on the secret has lifted nothing, and a successor can still be ordered", async () => {
      // GIVEN a vendor that does not revoke
      harness.answer = (name) => (name.startsWith("DELETE ") ? 503 : undefined);
      await emergency(() => revokeNow(false));
      harness.answer = () => undefined;
      const repair = (await harness.observe())?.repair;
      harness.plan({ at: /^secret\.label$/, kind: "crash_before" });
      await harness.reconcile(undefined, repair, "update").catch(() => undefined);
      harness.plan(undefined);
      await harness.pass(HOUR_MILLIS / 6);

      // WHEN a successor is ordered, which a later sweep can issue
      const between = await harness.observe();
      harness.answer = (name) => (/^POST .*api_keys$/.test(name) ? 500 : undefined);
      await emergency(() => revokeNow(true));
      harness.answer = () => undefined;
      await harness.pass(HOUR_MILLIS);
      await emergency(() => harness.sweep());

      // THEN
      expect(between?.drift.join()).toContain("an operator revoked it on");
      const { apiKey = "" } = (await harness.payload()) ?? {};
      expect(await harness.works(apiKey)).toBe(true);
      expect((await harness.live()).size).toBe(1);
      expect(
        Object.values(await harness.labels())
          .flat()
          .join(),
      ).not.toMatch(/REVOKED|STOPPED/);
    });

    test("with a successor: the plan names the order, and its apply issues the successor at once", async () => {
      // GIVEN
      const leaked = await harness.payload();
      await losing(true);

      // WHEN
      const observed = await harness.observe();
      await emergency(() => harness.apply());

      // THEN
      expect(observed?.drift.join()).toContain("an operator revoked the vendor key in use on");
      const inUse = await harness.payload();
      expect(inUse?.keyId).not.toBe(leaked?.keyId);

      // WHEN
      await harness.passWithSweeps(2);

      // THEN
      expect([...(await harness.live()).keys()]).toEqual([inUse?.keyId]);
      expect(await harness.planIsEmpty()).toBe(true);
    });
  });

  describe("revokes while KMS lets nobody read the secret", () => {
    const superseded = async () => {
      harness = await RealHarness.start();
      await harness.createSecret({ KmsKeyId: "key-one" });
      await harness.apply();
      const first = await harness.payload();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const second = await harness.payload();
      return { first, second };
    };
    const disable = () => harness.aws.unusableKmsKeys.add("us-east-1 key-one");

    test("without a successor all dies at once, and the answer says what nobody could try", async () => {
      // GIVEN
      const { first, second } = await superseded();
      disable();

      // WHEN
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow(false);
      });

      // THEN
      for (const each of [first, second]) expect(await harness.works(each?.apiKey ?? "")).toBe(false);
      expect(await harness.live()).toEqual(new Map());
      expect(result).toMatchObject({ done: true, alive: [], reasons: [], retained: [] });
      expect(new Set(result?.dead)).toEqual(new Set([first?.keyId, second?.keyId]));
      expect(new Set(result?.untried?.map(({ keyId }) => keyId))).toEqual(new Set(result?.dead));
      expect(result?.untried?.[0]?.why).toContain("SK290");
    });

    test("without a successor, the ledger lost as well: what the vendor shows as the key's dies", async () => {
      // GIVEN
      const { first, second } = await superseded();
      for (const name of [...harness.table.items.keys()]) harness.table.items.delete(name);
      disable();

      // WHEN
      await emergency(() => revokeNow(false));

      // THEN
      for (const each of [first, second]) expect(await harness.works(each?.apiKey ?? "")).toBe(false);
    });

    test("without a successor, what is retained lives on, shown by the mark of its version", async () => {
      // GIVEN
      const { first, second } = await superseded();
      await retainKey("previous");
      disable();

      // WHEN
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow(false);
      });

      // THEN
      expect(await harness.works(first?.apiKey ?? "")).toBe(true);
      expect(await harness.works(second?.apiKey ?? "")).toBe(false);
      expect(result).toMatchObject({ dead: [second?.keyId], retained: [first?.keyId] });
    });

    test("with a successor nothing is minted that could not be stored: what is not in use dies, and the key in use waits", async () => {
      // GIVEN
      const { first, second } = await superseded();
      disable();
      harness.plan(undefined);

      // WHEN
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow();
        result = await revokeNow();
      });

      // THEN
      expect(harness.trace.filter((name) => /^POST .*api_keys$/.test(name))).toEqual([]);
      expect(await harness.works(first?.apiKey ?? "")).toBe(false);
      expect(await harness.works(second?.apiKey ?? "")).toBe(true);
      expect(result).toMatchObject({ done: false, alive: [second?.keyId] });
      expect(result?.reasons.join()).toMatch(/SK290.*is disabled/);

      // WHEN the operator decides for the outage
      await emergency(() => revokeNow(false));

      // THEN
      expect(await harness.works(second?.apiKey ?? "")).toBe(false);

      // WHEN the KMS key can be used again
      harness.aws.unusableKmsKeys.clear();
      await emergency(() => harness.sweep());

      // THEN
      expect(await harness.live()).toEqual(new Map());
    });
  });

  describe("retains a vendor key", () => {
    test("it outlives its overlap, an emergency and a lost ledger; a destroy refuses, until the mark is off", async () => {
      // GIVEN
      const first = await harness.payload();
      expect(await retainKey("current")).toEqual({ key: KEY, retained: [first?.keyId] });
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();

      // WHEN its overlap is over
      await harness.passWithSweeps(26);
      expect((await harness.live()).has(first?.keyId ?? "")).toBe(true);

      // WHEN everything is to die
      let result: RevokeResult | undefined;
      await emergency(async () => {
        result = await revokeNow();
      });
      expect(result).toMatchObject({ retained: [first?.keyId] });
      expect((await harness.live()).has(first?.keyId ?? "")).toBe(true);

      // WHEN the ledger is lost, and rebuilt
      harness.table.items.clear();
      await harness.applyUntilCalm();
      await harness.passWithSweeps(26);
      expect((await harness.live()).has(first?.keyId ?? "")).toBe(true);

      // WHEN, THEN
      await expect(harness.retire()).rejects.toThrow("[SK219]");
      await retainKey("current", false);
      expect(await harness.destroy()).toBe(true);
      expect(await harness.live()).toEqual(new Map());
    });

    test("a retained vendor key is said to be alive, with the time and the name of its mark, until it is truly gone", async () => {
      // GIVEN
      const first = await harness.payload();
      harness.claimedBy = "jane";
      await retainKey("current");
      // WHEN somebody else asks for it again, the mark stays the first one's
      harness.claimedBy = "joe";
      await retainKey("current");
      const since = harness.engine().clock.now();
      await harness.pass(HOUR_MILLIS);

      // WHEN
      const results: RevokeResult[] = [];
      await emergency(async () => {
        results.push(await revokeNow());
      });

      // THEN
      expect(results[0]).toMatchObject({ done: true, retained: [first?.keyId], dead: [] });
      expect(results[0]?.marks).toEqual([
        { keyId: first?.keyId, since: isoTime(Math.floor(since / 1_000)), by: "jane" },
      ]);

      // WHEN somebody deletes it at the vendor
      await harness.engine().vendor.revoke({ keyId: first?.keyId ?? "" });
      const again = await harness.run((engine) =>
        emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true, keepCurrent: true }),
      );

      // THEN
      expect(again).toMatchObject({ done: true, retained: [] });
    });

    test("is refused over an open emergency, unless it says that it shall outlive it", async () => {
      // GIVEN an emergency that the vendor does not carry out
      const first = await harness.payload();
      const { vendor } = harness.engine();
      const stuck: VendorAdapter = Object.assign(Object.create(vendor) as VendorAdapter, {
        revoke: async () => {
          throw new Error("the vendor is down");
        },
      });
      await emergency(async () => {
        await harness.run((engine) => emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true }), {
          vendor: stuck,
        });
      });

      // WHEN, THEN
      await expect(retainKey("previous")).rejects.toThrow(/\[SK257\].*nothing was marked.*--over-emergency/);
      const event = { action: "retain", key: KEY, version: "previous", retain: true, overEmergency: true } as const;
      expect(await harness.run((engine) => retain(engine, event))).toEqual({ key: KEY, retained: [first?.keyId] });
      await harness.passWithSweeps(2);
      expect((await harness.live()).has(first?.keyId ?? "")).toBe(true);
    });

    test("refuses where there is nothing to retain", async () => {
      await expect(retainKey("previous")).rejects.toThrow("[SK221]");
    });
  });
});
