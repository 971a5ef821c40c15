import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { Table } from "../../src/ledger/table";
import { LedgerRateLimiter } from "../../src/rate-limit/ledger-rate-limiter";
import { PAUSE_MAX_SECONDS } from "../../src/rate-limit/pause";
import { MemoryTable } from "../support/engine-memory-table";
import { startTable, TABLE, type TableHarness } from "../support/engine-table";
import { ManualClock, START } from "../support/secrets-manager";
import { VirtualTime } from "../support/virtual-time";

/** A real server on a machine that may be busy. */
jest.setTimeout(30_000);

const PER_MINUTE = 6;
/** One of the calls of a minute is kept back. */
const BURST = 5;
const GAP_MILLIS = 10_000;
const ENDPOINT = "GET /keys";

/** Sleeping is over at once; what was slept is time that has passed. */
class SleepingClock extends ManualClock {
  readonly slept: number[] = [];

  async sleep(millis: number): Promise<void> {
    this.slept.push(millis);
    this.millis += millis;
  }
}

/**
 * The conditions that the pacer uses, over a map; `beforePut` is where another run may come in
 * between.
 */
class TableTwin {
  readonly guards = new Map<string, number>();
  readonly #bodies = new Map<string, string>();
  beforePut: () => void = () => {};

  get table(): Pick<Table, "get" | "put"> {
    return {
      get: async (pk, sk) => {
        const guard = this.guards.get(`${pk} ${sk}`);
        return guard === undefined ? undefined : { pk, sk, guard, body: this.#bodies.get(`${pk} ${sk}`) ?? "" };
      },
      put: async ({ pk, sk, guard, body }, { expression, values = {} }) => {
        this.beforePut();
        const stored = this.guards.get(`${pk} ${sk}`);
        const holds = {
          "attribute_not_exists(pk)": () => stored === undefined,
          "guard = :was": () => stored === values[":was"],
          "attribute_not_exists(pk) OR guard <= :now": () => stored === undefined || stored <= Number(values[":now"]),
        }[expression];
        if (holds === undefined) throw new Error(`the twin does not know the condition ${expression}`);
        if (!holds()) return false;
        this.guards.set(`${pk} ${sk}`, guard);
        this.#bodies.set(`${pk} ${sk}`, body);
        return true;
      },
    };
  }
}

describe("pacing over DynamoDB", () => {
  let harness: TableHarness;
  let clock: SleepingClock;
  let prefix: string;
  let prefixes = 0;

  beforeAll(async () => {
    harness = await startTable({ now: Date.now });
  }, 100_000);
  afterAll(() => harness.close());

  beforeEach(() => {
    prefixes += 1;
    prefix = `stack${prefixes}/openai`;
    clock = new SleepingClock(START);
    harness.operations.length = 0;
  });

  const rateLimiterOf = (of = prefix, by = clock) =>
    new LedgerRateLimiter(new Table(harness.client, TABLE), of, by, PER_MINUTE);
  const turns = async (rateLimiter: LedgerRateLimiter, count: number, endpoint = ENDPOINT) => {
    for (let n = 0; n < count; n += 1) await rateLimiter.permit(endpoint);
  };

  test("a minute's worth of calls but one goes at once, then one each gap", async () => {
    // GIVEN
    const rateLimiter = rateLimiterOf();

    // WHEN
    await turns(rateLimiter, BURST);

    // THEN
    expect(clock.slept).toEqual([]);

    // WHEN
    await turns(rateLimiter, 3);

    // THEN
    expect(clock.slept).toEqual([GAP_MILLIS, GAP_MILLIS, GAP_MILLIS]);
  });

  test("a turn where nobody has called for a while costs one write", async () => {
    await rateLimiterOf().permit(ENDPOINT);
    expect(harness.operations).toEqual(["PutItem"]);
    clock.millis += GAP_MILLIS;
    await rateLimiterOf().permit(ENDPOINT);
    expect(harness.operations).toEqual(["PutItem", "PutItem"]);
  });

  test("two runs share a bucket", async () => {
    await turns(rateLimiterOf(), BURST - 1);
    await turns(rateLimiterOf(), 2);
    expect(clock.slept).toEqual([GAP_MILLIS]);
  });

  test("ten runs at once get ten different turns", async () => {
    // GIVEN a clock each, at the same time
    const clocks = Array.from({ length: 10 }, () => new SleepingClock(START));

    // WHEN
    await Promise.all(clocks.map((own) => rateLimiterOf(prefix, own).permit(ENDPOINT)));

    // THEN
    const waits = clocks.map((own) => Math.round((own.millis - START) / GAP_MILLIS)).sort((a, b) => a - b);
    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
  });

  test("endpoints and issuers have buckets of their own", async () => {
    await turns(rateLimiterOf(), BURST);
    await turns(rateLimiterOf(), BURST, "POST /keys");
    await turns(rateLimiterOf(`${prefix}2`), BURST);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    [7, 7_000],
    [0, 0],
    [undefined, 30_000],
  ])("after a 429 with Retry-After %s the next call waits %d ms, and the bucket is empty", async (seconds, pause) => {
    // GIVEN
    const rateLimiter = rateLimiterOf();
    await rateLimiter.permit(ENDPOINT);

    // WHEN
    await rateLimiter.throttled(ENDPOINT, seconds);
    await turns(rateLimiterOf(), 2);

    // THEN
    expect(clock.slept).toEqual(pause === 0 ? [GAP_MILLIS] : [pause, GAP_MILLIS]);
  });

  test("a 429 does not shorten a longer pause that another run was told of", async () => {
    const rateLimiter = rateLimiterOf();
    await rateLimiter.throttled(ENDPOINT, 60);
    await rateLimiter.throttled(ENDPOINT, 1);
    await rateLimiter.permit(ENDPOINT);
    expect(clock.slept).toEqual([60_001]);
  });

  test.each<[string, object]>([
    ["a time a year ahead", { guard: { N: String(START + 31_536_000_000) }, body: { S: "" } }],
    ["a time beyond all numbers", { guard: { N: "9e125" }, body: { S: "" } }],
    ["a time and a pause a year ahead", { guard: { N: String(START + 9e10) }, body: { S: String(START + 9e10) } }],
    ["a pause without an end", { guard: { N: String(START + 1) }, body: { S: "Infinity" } }],
    ["no time at all", {}],
  ])("an item with %s stops nobody, and is replaced", async (_, attributes) => {
    // GIVEN
    const Item = { pk: { S: `${prefix}#pace` }, sk: { S: ENDPOINT }, ...attributes };
    await harness.client.send(new PutItemCommand({ TableName: TABLE, Item }));

    // WHEN
    await turns(rateLimiterOf(), BURST + 2);

    // THEN
    expect(clock.millis - START).toBeLessThanOrEqual(3 * GAP_MILLIS);
    const stored = await harness.table.get(`${prefix}#pace`, ENDPOINT);
    expect(stored?.guard).toBeLessThanOrEqual(clock.millis + 60_000);
  });

  test("a 429 on one endpoint leaves the others alone", async () => {
    const rateLimiter = rateLimiterOf();
    await rateLimiter.throttled(ENDPOINT, 60);
    await rateLimiter.permit("POST /keys");
    expect(clock.slept).toEqual([]);
  });
});

type Happening =
  | { readonly do: "turn"; readonly run: number }
  | { readonly do: "wait"; readonly millis: number }
  | { readonly do: "throttled"; readonly seconds: number | null };

describe("pacing, whatever happens", () => {
  const event: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("turn" as const), run: fc.nat({ max: 2 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), millis: fc.nat({ max: 40_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("throttled" as const), seconds: fc.option(fc.nat({ max: 90 })) }),
    },
  );

  /** Times at which calls were sent, and pauses that the vendor asked for. */
  async function play(events: readonly Happening[], perMinute: number) {
    const twin = new TableTwin();
    const clock = new SleepingClock(START);
    const pacers = [0, 1, 2].map(() => new LedgerRateLimiter(twin.table as Table, "p", clock, perMinute));
    const sent: number[] = [];
    const pauses: Array<{ from: number; until: number }> = [];
    for (const happening of events) {
      if (happening.do === "wait") clock.millis += happening.millis;
      else if (happening.do === "turn") {
        await pacers[happening.run]?.permit(ENDPOINT);
        sent.push(clock.millis);
      } else {
        const { seconds } = happening;
        await pacers[0]?.throttled(ENDPOINT, seconds ?? undefined);
        pauses.push({ from: clock.millis, until: clock.millis + (seconds ?? 30) * 1_000 });
      }
    }
    return { sent, pauses };
  }

  test("no more than burst and refill are sent in any stretch of time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        async (events, perMinute) => {
          const { sent } = await play(events, perMinute);
          const gapMillis = 60_000 / perMinute;
          for (let first = 0; first < sent.length; first += 1) {
            for (let last = first; last < sent.length; last += 1) {
              const stretch = (sent[last] ?? 0) - (sent[first] ?? 0);
              expect(last - first + 1).toBeLessThanOrEqual(perMinute + stretch / gapMillis + 1e-6);
            }
          }
        },
      ),
    );
  });

  test("calls that arrive up to a gap closer together than they were sent never find the vendor's bucket empty", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 20, arbitrary: fc.constant({ do: "turn", run: 0 } as const) }, event), {
          minLength: 20,
          maxLength: 60,
        }),
        fc.integer({ min: 2, max: 12 }),
        fc.array(fc.nat({ max: 1_000 }), { minLength: 60, maxLength: 60 }),
        async (events, perMinute, late) => {
          const { sent } = await play(events, perMinute);
          const gapMillis = 60_000 / perMinute;
          const arrivals = sent.map((at, n) => at + ((late[n] ?? 0) / 1_000) * gapMillis).sort((a, b) => a - b);
          let bucket = { tokens: perMinute, at: START };
          for (const at of arrivals) {
            const tokens = Math.min(perMinute, bucket.tokens + (at - bucket.at) / gapMillis);
            expect(tokens).toBeGreaterThanOrEqual(1 - 1e-6);
            bucket = { tokens: tokens - 1, at };
          }
        },
      ),
    );
  });

  test("nothing is sent within a pause that the vendor asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        async (events, perMinute) => {
          const { sent, pauses } = await play(events, perMinute);
          for (const { from, until } of pauses) {
            expect(sent.filter((at) => at > from && at < Math.floor(until))).toEqual([]);
          }
        },
      ),
    );
  });

  test("nobody waits longer than the turns before it and the pauses take", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), async (count, perMinute) => {
        const turns = Array.from({ length: count }, () => ({ do: "turn", run: 0 }) as const);
        const { sent } = await play(turns, perMinute);
        const late = Math.max(0, count - Math.max(1, perMinute - 1)) * (60_000 / perMinute);
        // Stored times are whole milliseconds.
        expect((sent.at(-1) ?? 0) - START).toBeGreaterThanOrEqual(late - 1e-6);
        expect((sent.at(-1) ?? 0) - START).toBeLessThanOrEqual(late + count);
      }),
    );
  });

  describe("whatever a vendor asks for, and whatever somebody wrote into the table,", () => {
    const anyNumber = fc.oneof(
      fc.double(),
      fc.integer({ min: -2_000_000, max: 2_000_000 }).map((millis) => START + millis),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, START, -1, 1e15, 1e300),
    );
    const item = fc.record({ guard: anyNumber, body: fc.oneof(anyNumber.map(String), fc.string(), fc.constant("")) });
    const REACH_MILLIS = (PAUSE_MAX_SECONDS + 60) * 1_000;

    test("a turn comes within a quarter of an hour and the clocks' tolerance, or is refused within it", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.option(item),
          fc.array(anyNumber, { maxLength: 4 }),
          fc.integer({ min: 1, max: 600 }),
          async (stored, retryAfters, perMinute) => {
            const table = new MemoryTable();
            if (stored !== null) table.items.set(`p#pace\n${ENDPOINT}`, { pk: "p#pace", sk: ENDPOINT, ...stored });
            const clock = new SleepingClock(START);
            const rateLimiter = new LedgerRateLimiter(table, "p", clock, perMinute);
            for (const seconds of retryAfters) await rateLimiter.throttled(ENDPOINT, seconds);
            await rateLimiter.permit(ENDPOINT).catch((error) => expect(error).toMatchObject({ kind: "queue_timeout" }));

            // THEN
            const slackMillis = 2 * (60_000 / perMinute) + 60_000;
            expect(clock.millis - START).toBeLessThanOrEqual(REACH_MILLIS + slackMillis);
            const left = table.items.get(`p#pace\n${ENDPOINT}`);
            expect(left?.guard).toBeLessThanOrEqual(clock.millis + REACH_MILLIS + slackMillis);

            // AND the next run, an hour later, waits for nothing
            clock.millis += 3_600_000;
            clock.slept.length = 0;
            await new LedgerRateLimiter(table, "p", clock, perMinute, () => 0).permit(ENDPOINT);
            expect(clock.slept).toEqual([]);
          },
        ),
        { numRuns: 500 },
      );
    });

    test("a pause that is cut is told, with what was asked for", async () => {
      const told: unknown[] = [];
      const table = new MemoryTable();
      const clock = new SleepingClock(START);
      const rateLimiter = new LedgerRateLimiter(table, "p", clock, PER_MINUTE, undefined, (...words) =>
        told.push(words),
      );
      await rateLimiter.throttled(ENDPOINT, 31_536_000);
      await rateLimiter.permit(ENDPOINT);
      expect(told).toEqual([["pause cut", { endpoint: ENDPOINT, askedSeconds: 31_536_000, seconds: 900 }]]);
      expect(clock.slept).toEqual([900_000]);
    });

    test("an item that is ignored is told", async () => {
      const told: unknown[] = [];
      const table = new MemoryTable();
      table.items.set(`p#pace\n${ENDPOINT}`, { pk: "p#pace", sk: ENDPOINT, guard: START + 1e10, body: "" });
      const rateLimiter = new LedgerRateLimiter(
        table,
        "p",
        new SleepingClock(START),
        PER_MINUTE,
        undefined,
        (...words) => told.push(words),
      );
      await rateLimiter.permit(ENDPOINT);
      expect(told).toEqual([["stored pace ignored and reset", { endpoint: ENDPOINT }]]);
    });
  });

  test("a run that loses the race for a turn tries again after a moment", async () => {
    // GIVEN another run that always comes in between, ten times
    const twin = new TableTwin();
    const clock = new SleepingClock(START);
    let races = 10;
    twin.guards.set(`p#pace ${ENDPOINT}`, START + 1);
    twin.beforePut = () => {
      if (races <= 0) return;
      races -= 1;
      twin.guards.set(`p#pace ${ENDPOINT}`, (twin.guards.get(`p#pace ${ENDPOINT}`) ?? 0) + 1);
    };

    // WHEN
    await new LedgerRateLimiter(twin.table as Table, "p", clock, PER_MINUTE).permit(ENDPOINT);

    // THEN
    expect(clock.slept.length).toBeGreaterThanOrEqual(9);
    expect(clock.slept.every((millis) => millis < 25)).toBe(true);
  });

  test("a turn that would come too late is refused at once, and nobody loses a turn by it", async () => {
    // GIVEN five turns taken and two waiting
    const twin = new TableTwin();
    const clock = new SleepingClock(START);
    const rateLimiter = (queueTimeoutMillis: number, by = clock) =>
      new LedgerRateLimiter(twin.table as Table, "p", by, PER_MINUTE, () => queueTimeoutMillis);
    for (let n = 0; n < BURST + 2; n += 1) await rateLimiter(60_000, new SleepingClock(START)).permit(ENDPOINT);
    const before = twin.guards.get(`p#pace ${ENDPOINT}`);

    // WHEN
    const refused = rateLimiter(3 * GAP_MILLIS - 1).permit(ENDPOINT);

    // THEN
    await expect(refused).rejects.toMatchObject({ kind: "queue_timeout", call: ENDPOINT });
    expect(clock.slept).toEqual([]);
    expect(twin.guards.get(`p#pace ${ENDPOINT}`)).toBe(before);

    // WHEN
    await rateLimiter(3 * GAP_MILLIS).permit(ENDPOINT);

    // THEN
    expect(clock.slept).toEqual([3 * GAP_MILLIS]);
  });

  test("a turn that is free now is given, however little time is left", async () => {
    const twin = new TableTwin();
    await new LedgerRateLimiter(twin.table as Table, "p", new SleepingClock(START), PER_MINUTE).permit(ENDPOINT);
    await new LedgerRateLimiter(twin.table as Table, "p", new SleepingClock(START), PER_MINUTE, () => -1).permit(
      ENDPOINT,
    );
    expect(twin.guards.get(`p#pace ${ENDPOINT}`)).toBe(START + 2 * GAP_MILLIS);
  });

  test("who waits for a turn when another run is told to pause waits for the end of the pause, too", async () => {
    // GIVEN a run that waits for its turn, and meanwhile a 429
    const twin = new TableTwin();
    const clock = new SleepingClock(START);
    const other = new LedgerRateLimiter(twin.table as Table, "p", new SleepingClock(START), PER_MINUTE);
    for (let n = 0; n < BURST; n += 1) await other.permit(ENDPOINT);
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (millis) => {
      clock.sleep = sleep;
      await other.throttled(ENDPOINT, 45);
      await sleep(millis);
    };

    // WHEN
    await new LedgerRateLimiter(twin.table as Table, "p", clock, PER_MINUTE).permit(ENDPOINT);

    // THEN its turn was in 10 seconds; it comes after the pause
    expect(clock.millis).toBe(START + 45_000);
  });

  test("a thousand runs at once: as many wait as can, and the others learn it within a second", async () => {
    // GIVEN a table that takes a moment, and a thousand runs that wait for two minutes at the most
    const twin = new TableTwin();
    const time = new VirtualTime(START);
    const table = {
      get: async (pk: string, sk: string) => {
        await time.sleep(3);
        return twin.table.get(pk, sk);
      },
      put: async (...args: Parameters<Table["put"]>) => {
        await time.sleep(6);
        return twin.table.put(...args);
      },
    } as Table;
    const refusedAfter: number[] = [];
    const sentAfter: number[] = [];
    const run = async () => {
      try {
        await new LedgerRateLimiter(table, "p", time, PER_MINUTE, () => 120_000).permit(ENDPOINT);
        sentAfter.push(time.now() - START);
      } catch (error) {
        expect(error).toMatchObject({ kind: "queue_timeout" });
        refusedAfter.push(time.now() - START);
      }
    };

    // WHEN
    await time.runAll(Array.from({ length: 1_000 }, () => run()));

    // THEN five at once and twelve in two minutes
    expect(sentAfter.length).toBe(BURST + 12);
    expect(Math.max(...sentAfter)).toBeLessThan(120_100);
    expect(refusedAfter.length).toBe(1_000 - BURST - 12);
    expect(Math.max(...refusedAfter)).toBeLessThan(1_000);
  });

  test("a run that loses every race gives up in words", async () => {
    // GIVEN
    const twin = new TableTwin();
    twin.guards.set(`p#pace ${ENDPOINT}`, START + 1);
    twin.beforePut = () => twin.guards.set(`p#pace ${ENDPOINT}`, (twin.guards.get(`p#pace ${ENDPOINT}`) ?? 0) + 1);

    // WHEN
    const turn = new LedgerRateLimiter(twin.table as Table, "p", new SleepingClock(START), PER_MINUTE).permit(ENDPOINT);

    // THEN
    await expect(turn).rejects.toThrow(`too many admin calls are waiting for ${ENDPOINT}`);
  });
});
