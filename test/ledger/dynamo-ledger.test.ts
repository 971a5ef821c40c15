import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { LEASE_MILLIS, LedgerConflict, TELLING_MILLIS } from "../../src/engine/ports";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { type KeyRecord, newKeyRecord } from "../../src/model/key-record";
import { newProjectLimitsRecord, type ProjectLimitsRecord } from "../../src/model/project-limits-record";
import { policyOf } from "../support/engine";
import { startTable, TABLE, type TableHarness } from "../support/engine-table";
import { ManualClock, START } from "../support/secrets-manager";

/** A real server on a machine that may be busy. */
jest.setTimeout(30_000);

const RECORD: KeyRecord = {
  ...newKeyRecord("summariser"),
  policy: policyOf(),
  ownerId: "owner_1",
  current: { keyId: "key_2", versionId: "v2", issuedAt: 2, expiresAt: 3 },
  pending: [{ token: "v3", origin: "rotation", startedAt: 4 }],
  superseded: [{ keyId: "key_1", revokeAfter: 5, expiresAt: 6 }],
};

describe("the ledger", () => {
  const clock = Object.assign(new ManualClock(START), { sleep: async () => {} });
  let harness: TableHarness;
  let ledger: DynamoLedger;
  let prefix: string;
  let prefixes = 0;

  beforeAll(async () => {
    harness = await startTable({ now: Date.now });
  }, 100_000);
  afterAll(() => harness.close());

  beforeEach(() => {
    prefixes += 1;
    prefix = `stack${prefixes}/openai`;
    clock.millis = START;
    ledger = run("run-1");
    harness.operations.length = 0;
  });

  /** The ledger as another run of a function sees it. */
  const run = (holder: string, of = prefix) => new DynamoLedger(harness.table, of, clock, holder);
  const storeText = (body: string, key = "summariser") =>
    harness.table.put({ pk: prefix, sk: `key#${key}`, guard: 1, body }, { expression: "attribute_not_exists(pk)" });

  describe("records", () => {
    test("come back as they were put, one revision on", async () => {
      // WHEN
      const put = await ledger.put(RECORD);

      // THEN
      expect(put).toEqual({ ...RECORD, rev: 1 });
      expect(await run("run-2").get("summariser")).toEqual(put);
      expect(await ledger.get("other")).toBeUndefined();
    });

    test("are written on top of the revision that was read, and of no other", async () => {
      // GIVEN
      const first = await ledger.put(RECORD);
      const second = await ledger.put({ ...first, repair: "mine" });

      // WHEN
      const late = run("run-2").put({ ...first, repair: "theirs" });

      // THEN
      await expect(late).rejects.toThrow(LedgerConflict);
      expect(await ledger.get("summariser")).toEqual(second);
    });

    test("are not made a second time", async () => {
      await ledger.put(RECORD);
      await expect(run("run-2").put({ ...RECORD, repair: "theirs" })).rejects.toThrow(LedgerConflict);
    });

    test("are not made anew by a write that builds on one that is gone", async () => {
      const first = await ledger.put(RECORD);
      await ledger.remove("summariser");
      await expect(ledger.put(first)).rejects.toThrow(LedgerConflict);
      expect(await ledger.get("summariser")).toBeUndefined();
    });

    test.each([
      ["first", 0],
      ["second", 1],
    ])("the %s write of a record may lose its answer: sent again, it is taken for done", async (_, puts) => {
      // GIVEN
      let record = RECORD;
      for (let n = 0; n < puts; n += 1) record = await ledger.put(record);
      harness.operations.length = 0;
      harness.loseReplyTo("PutItem");

      // WHEN
      const put = await ledger.put({ ...record, repair: "mine" });

      // THEN
      expect(harness.operations).toEqual(["PutItem", "PutItem", "GetItem"]);
      expect(put.rev).toBe(puts + 1);
      expect(await ledger.get("summariser")).toEqual(put);
    });

    test("exactly one of ten that write at once succeeds", async () => {
      // GIVEN
      const first = await ledger.put(RECORD);

      // WHEN
      const writes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) => run(`run-${n}`).put({ ...first, repair: `repair ${n}` })),
      );

      // THEN
      const won = writes.filter((w) => w.status === "fulfilled");
      expect(won).toHaveLength(1);
      expect(await ledger.get("summariser")).toEqual(won[0]?.value);
    });

    test("may be removed twice", async () => {
      await ledger.put(RECORD);
      await ledger.remove("summariser");
      await ledger.remove("summariser");
      expect(await ledger.list()).toEqual({ records: [], unreadable: new Map() });
    });

    test("are listed over all pages, without leases and without other issuers' records", async () => {
      // GIVEN more than the 1 MB that DynamoDB answers at once
      const superseded = Array.from({ length: 3_000 }, (_, n) => ({
        keyId: `${"x".repeat(80)}${n}`,
        revokeAfter: 1,
        expiresAt: 2,
      }));
      for (let n = 0; n < 5; n += 1) await ledger.put({ ...newKeyRecord(`key-${n}`), superseded });
      await ledger.acquire("key-0");
      await run("run-1", `${prefix}2`).put(RECORD);
      harness.operations.length = 0;

      // WHEN
      const { records } = await ledger.list();

      // THEN
      expect(records.map((r) => r.key)).toEqual(["key-0", "key-1", "key-2", "key-3", "key-4"]);
      expect(harness.operations.length).toBeGreaterThan(1);
      expect(new Set(harness.operations)).toEqual(new Set(["Query"]));
    });

    test.each([
      ["no JSON", "{", "no JSON"],
      ["another schema", JSON.stringify({ ...RECORD, schema: 2 }), "schema"],
      ["a missing part", JSON.stringify({ ...RECORD, pending: undefined }), "pending"],
      ["another key", JSON.stringify({ ...RECORD, key: "another" }), "key"],
    ])(
      "one that holds %s is told, with its key and without its content; the others are listed",
      async (_, body, why) => {
        // GIVEN
        await storeText(body);
        const other = await ledger.put(newKeyRecord("other"));

        // THEN
        const message = `[SK224] key "summariser": its record in the ledger cannot be read (${why})`;
        await expect(ledger.get("summariser")).rejects.toThrow(message);
        const { records, unreadable } = await ledger.list();
        expect(records).toEqual([other]);
        expect([...unreadable.keys()]).toEqual(["summariser"]);
        expect(unreadable.get("summariser")?.message).toContain(message);
      },
    );

    test("an item that nobody of this library wrote is no crash", async () => {
      const Item = { pk: { S: prefix }, sk: { S: "key#summariser" } };
      await harness.client.send(new PutItemCommand({ TableName: TABLE, Item }));
      await expect(ledger.get("summariser")).rejects.toThrow("[SK224]");
    });
  });

  describe("the account policy", () => {
    const ACCOUNT: ProjectLimitsRecord = {
      ...newProjectLimitsRecord(),
      policy: { vendor: "openai", spendUsdPerMonth: 5 },
      unfinished: { policy: "0123456789ab", since: 4, reason: "cut off" },
    };

    test("comes back as it was put, is no key, and is this issuer's alone", async () => {
      expect(await ledger.projectLimits()).toBeUndefined();
      const put = await ledger.putProjectLimits(ACCOUNT);
      expect(put).toEqual({ ...ACCOUNT, rev: 1 });
      expect(await run("run-2").projectLimits()).toEqual(put);
      expect(await run("run-1", `${prefix}/other`).projectLimits()).toBeUndefined();
      expect((await ledger.list()).records).toEqual([]);
    });

    test("is written on top of the revision that was read, and of no other", async () => {
      const first = await ledger.putProjectLimits(ACCOUNT);
      await ledger.putProjectLimits({ ...first, repair: "mine" });
      await expect(ledger.putProjectLimits({ ...first, repair: "theirs" })).rejects.toThrow(LedgerConflict);
      await expect(ledger.putProjectLimits(ACCOUNT)).rejects.toThrow(LedgerConflict);
      expect((await ledger.projectLimits())?.repair).toBe("mine");
    });

    test("is written once where the answer is lost", async () => {
      harness.loseReplyTo("PutItem");
      expect(await ledger.putProjectLimits(ACCOUNT)).toEqual({ ...ACCOUNT, rev: 1 });
    });

    test("may be removed twice", async () => {
      await ledger.putProjectLimits(ACCOUNT);
      await ledger.removeProjectLimits();
      await ledger.removeProjectLimits();
      expect(await ledger.projectLimits()).toBeUndefined();
    });

    test.each(["", "7", '{"schema":2}', '{"schema":1,"rev":1,"repair":"none","policy":{"vendor":"openai"}}'])(
      "that nobody of this library wrote is no crash, and not taken for none: %s",
      async (body) => {
        await harness.table.put(
          { pk: prefix, sk: "account", guard: 1, body },
          { expression: "attribute_not_exists(pk)" },
        );
        await expect(ledger.projectLimits()).rejects.toMatchObject({ code: "SK250" });
      },
    );
  });

  describe("leases", () => {
    test("are held by one run at a time, key by key", async () => {
      expect(await ledger.acquire("a")).toEqual({ key: "a", holder: "run-1" });
      expect(await run("run-2").acquire("a")).toBeUndefined();
      expect(await run("run-2").acquire("b")).toEqual({ key: "b", holder: "run-2" });
      expect(await run("run-2", `${prefix}2`).acquire("a")).toBeDefined();
    });

    test("go to exactly one of ten that reach for one at once", async () => {
      const all = await Promise.all(Array.from({ length: 10 }, (_, n) => run(`run-${n}`).acquire("a")));
      expect(all.filter((lease) => lease !== undefined)).toHaveLength(1);
    });

    test("end by themselves, and not a millisecond early", async () => {
      // GIVEN
      await ledger.acquire("a");

      // THEN
      clock.millis += LEASE_MILLIS;
      expect(await run("run-2").acquire("a")).toBeUndefined();
      clock.millis += 1;
      expect(await run("run-2").acquire("a")).toBeDefined();
    });

    test("are renewed as long as their run lives, and no longer than until they are given back", async () => {
      // GIVEN a run that renews very often
      const keen = new DynamoLedger(harness.table, prefix, clock, "run-1", 5);
      const lease = await keen.acquire("a");
      if (lease === undefined) throw new Error("no lease");
      const heldNow = async () => (await run("run-2").acquire("a")) === undefined;

      // WHEN its time passes, step by step
      for (let steps = 0; steps < 5; steps += 1) {
        clock.millis += LEASE_MILLIS - 1_000;
        const renewed = harness.operations.length;
        while (harness.operations.length === renewed) await new Promise((resolve) => setTimeout(resolve, 5));
        // THEN
        expect(await heldNow()).toBe(true);
      }

      // WHEN
      await keen.release(lease);
      harness.operations.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 50));

      // THEN
      expect(harness.operations).toEqual([]);
      expect(await heldNow()).toBe(false);
    });

    test("may be taken again by who holds them, as when the answer was lost", async () => {
      harness.loseReplyTo("PutItem");
      expect(await ledger.acquire("a")).toBeDefined();
      expect(harness.operations).toEqual(["PutItem", "PutItem"]);
    });

    test.each<[string, object]>([
      ["a year ahead", { guard: { N: String(START + 31_536_000_000) } }],
      ["beyond all numbers", { guard: { N: "9e125" } }],
      ["at no time at all", {}],
    ])("that end %s, as none of a run's can, are free", async (_, attributes) => {
      const Item = { pk: { S: prefix }, sk: { S: "lease#a" }, body: { S: "nobody" }, ...attributes };
      await harness.client.send(new PutItemCommand({ TableName: TABLE, Item }));
      expect(await ledger.acquire("a")).toBeDefined();
    });

    test("are given back by their holder", async () => {
      const lease = await ledger.acquire("a");
      if (lease === undefined) throw new Error("no lease");
      await ledger.release(lease);
      expect(await run("run-2").acquire("a")).toBeDefined();
    });

    test("are not given back by a run that has lost them meanwhile", async () => {
      // GIVEN
      const lease = await ledger.acquire("a");
      if (lease === undefined) throw new Error("no lease");
      clock.millis += LEASE_MILLIS + 1;
      await run("run-2").acquire("a");

      // WHEN
      await ledger.release(lease);

      // THEN
      expect(await run("run-3").acquire("a")).toBeUndefined();
    });
  });

  describe("incidents of the issuer", () => {
    test("are opened once, and say when they were looked at last", async () => {
      // GIVEN
      expect(await ledger.openIncident("account-gone")).toBe(true);
      expect(await run("run-2").openIncident("account-gone")).toBe(false);
      expect(await ledger.incidents()).toEqual([{ kind: "account-gone", published: false, at: START }]);

      // WHEN
      clock.millis += 86_400_000;
      await run("run-3").touchIncident("account-gone");

      // THEN
      expect(await ledger.incidents()).toEqual([{ kind: "account-gone", published: true, at: START + 86_400_000 }]);
    });

    test("are left to the next run by one that died before it told, and by no other", async () => {
      // GIVEN
      expect(await ledger.openIncident("admin-key-refused")).toBe(true);
      clock.millis += TELLING_MILLIS;
      expect(await run("run-2").openIncident("admin-key-refused")).toBe(false);

      // WHEN
      clock.millis += 1;

      // THEN
      expect(await run("run-3").openIncident("admin-key-refused")).toBe(true);
      await run("run-3").confirmIncident("admin-key-refused");
      clock.millis += 10 * TELLING_MILLIS;
      expect(await run("run-4").openIncident("admin-key-refused")).toBe(false);
    });

    test("are not opened by a look", async () => {
      await ledger.touchIncident("account-gone");
      expect(await ledger.incidents()).toEqual([]);
    });
  });
});
