import fc from "fast-check";
import { Table } from "../../src/ledger/table";
import { LedgerPacer } from "../../src/pacing/ledger-pacer";
import { startTable, TABLE, type TableBench } from "../support/engine-table";
import { ManualClock, START } from "../support/secrets-manager";

/** A real server on a machine that may be busy. */
jest.setTimeout(30_000);

const PER_MINUTE = 6;
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

/** The conditions that the pacer uses, over a map; `beforePut` is where another run may come in between. */
class TableTwin {
  readonly guards = new Map<string, number>();
  beforePut: () => void = () => {};

  get table(): Pick<Table, "get" | "put"> {
    return {
      get: async (pk, sk) => {
        const guard = this.guards.get(`${pk} ${sk}`);
        return guard === undefined ? undefined : { pk, sk, guard, body: "" };
      },
      put: async ({ pk, sk, guard }, { expression, values = {} }) => {
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
        return true;
      },
    };
  }
}

describe("pacing over DynamoDB", () => {
  let bench: TableBench;
  let clock: SleepingClock;
  let prefix: string;
  let prefixes = 0;

  beforeAll(async () => {
    bench = await startTable({ now: Date.now });
  }, 100_000);
  afterAll(() => bench.close());

  beforeEach(() => {
    prefixes += 1;
    prefix = `stack${prefixes}/openai`;
    clock = new SleepingClock(START);
    bench.operations.length = 0;
  });

  const pacerOf = (of = prefix, by = clock) => new LedgerPacer(new Table(bench.client, TABLE), of, by, PER_MINUTE);
  const turns = async (pacer: LedgerPacer, count: number, endpoint = ENDPOINT) => {
    for (let n = 0; n < count; n += 1) await pacer.turn(endpoint);
  };

  test("a minute's worth of calls goes at once, then one each gap", async () => {
    // GIVEN
    const pacer = pacerOf();

    // WHEN
    await turns(pacer, PER_MINUTE);

    // THEN
    expect(clock.slept).toEqual([]);

    // WHEN
    await turns(pacer, 3);

    // THEN
    expect(clock.slept).toEqual([GAP_MILLIS, GAP_MILLIS, GAP_MILLIS]);
  });

  test("a turn where nobody has called for a while costs one write", async () => {
    await pacerOf().turn(ENDPOINT);
    expect(bench.operations).toEqual(["PutItem"]);
    clock.millis += GAP_MILLIS;
    await pacerOf().turn(ENDPOINT);
    expect(bench.operations).toEqual(["PutItem", "PutItem"]);
  });

  test("two runs share a bucket", async () => {
    await turns(pacerOf(), PER_MINUTE - 1);
    await turns(pacerOf(), 2);
    expect(clock.slept).toEqual([GAP_MILLIS]);
  });

  test("ten runs at once get ten different turns", async () => {
    // GIVEN a clock each, at the same time
    const clocks = Array.from({ length: 10 }, () => new SleepingClock(START));

    // WHEN
    await Promise.all(clocks.map((own) => pacerOf(prefix, own).turn(ENDPOINT)));

    // THEN
    const waits = clocks.map((own) => Math.round((own.millis - START) / GAP_MILLIS)).sort((a, b) => a - b);
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
  });

  test("endpoints and issuers have buckets of their own", async () => {
    await turns(pacerOf(), PER_MINUTE);
    await turns(pacerOf(), PER_MINUTE, "POST /keys");
    await turns(pacerOf(`${prefix}2`), PER_MINUTE);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    [7, 7_000],
    [0, 0],
    [undefined, 30_000],
  ])("after a 429 with Retry-After %s the next call waits %d ms, and the bucket is empty", async (seconds, pause) => {
    // GIVEN
    const pacer = pacerOf();
    await pacer.turn(ENDPOINT);

    // WHEN
    await pacer.throttled(ENDPOINT, seconds);
    await turns(pacerOf(), 2);

    // THEN
    expect(clock.slept).toEqual(pause === 0 ? [GAP_MILLIS] : [pause, GAP_MILLIS]);
  });

  test("a 429 does not shorten a longer pause that another run was told of", async () => {
    const pacer = pacerOf();
    await pacer.throttled(ENDPOINT, 60);
    await pacer.throttled(ENDPOINT, 1);
    await pacer.turn(ENDPOINT);
    expect(clock.slept).toEqual([60_000]);
  });

  test("a 429 on one endpoint leaves the others alone", async () => {
    const pacer = pacerOf();
    await pacer.throttled(ENDPOINT, 60);
    await pacer.turn("POST /keys");
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
    const pacers = [0, 1, 2].map(() => new LedgerPacer(twin.table as Table, "p", clock, perMinute));
    const sent: number[] = [];
    const pauses: Array<{ from: number; until: number }> = [];
    for (const happening of events) {
      if (happening.do === "wait") clock.millis += happening.millis;
      else if (happening.do === "turn") {
        await pacers[happening.run]?.turn(ENDPOINT);
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
        const late = Math.max(0, count - perMinute) * (60_000 / perMinute);
        // Stored times are whole milliseconds.
        expect((sent.at(-1) ?? 0) - START).toBeGreaterThanOrEqual(late - 1e-6);
        expect((sent.at(-1) ?? 0) - START).toBeLessThanOrEqual(late + count);
      }),
    );
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
    await new LedgerPacer(twin.table as Table, "p", clock, PER_MINUTE).turn(ENDPOINT);

    // THEN
    expect(clock.slept.length).toBeGreaterThanOrEqual(9);
    expect(clock.slept.every((millis) => millis < 25)).toBe(true);
  });

  test("a run that loses every race gives up in words", async () => {
    // GIVEN
    const twin = new TableTwin();
    twin.guards.set(`p#pace ${ENDPOINT}`, START + 1);
    twin.beforePut = () => twin.guards.set(`p#pace ${ENDPOINT}`, (twin.guards.get(`p#pace ${ENDPOINT}`) ?? 0) + 1);

    // WHEN
    const turn = new LedgerPacer(twin.table as Table, "p", new SleepingClock(START), PER_MINUTE).turn(ENDPOINT);

    // THEN
    await expect(turn).rejects.toThrow(`no turn for ${ENDPOINT}: too many runs at once`);
  });
});
