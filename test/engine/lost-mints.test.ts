import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { PREFIX } from "../support/engine";
import { RealBench } from "../support/engine-real";

const MINT = /^POST .*service_accounts\/svc_acct\/api_keys$/;
const LIST = /^GET .*projects\/proj\/api_keys$/;
/** Secrets Manager tries again: a quarter of an hour later, then an hour, then four. */
const SETTINGS = { rotationRetryDelaysMillis: [900_000, 3_600_000, 4 * 3_600_000] };

describe("a rotation whose mint failed", () => {
  let bench: RealBench;

  beforeEach(async () => {
    bench = await RealBench.start(SETTINGS);
    await bench.apply();
    await bench.pass(3_600_000);
    bench.plan(undefined);
  });
  afterEach(() => bench.raise());

  const calls = (name: RegExp) => bench.trace.filter((made) => name.test(made));
  /** A rotation whose mint is answered so. */
  const failWith = async (status: number) => {
    bench.answer = (name) => (MINT.test(name) ? status : undefined);
    await bench.rotate();
    bench.answer = () => undefined;
    expect(calls(MINT).length).toBeGreaterThan(0);
    bench.plan(undefined);
  };

  test.each([429, 401, 400])("for certain (%d) searches for nothing when it is tried again", async (status) => {
    // GIVEN
    await failWith(status);
    expect(bench.record?.pending).toEqual([]);

    // WHEN
    await bench.pass(900_000);

    // THEN
    expect(calls(LIST)).toEqual([]);
    expect(calls(MINT)).toHaveLength(1);
    expect((await bench.live()).size).toBe(2);
  });

  test("maybe (503) searches before it mints again", async () => {
    await failWith(503);
    await bench.pass(900_000);
    expect(calls(LIST)).toHaveLength(1);
    expect(calls(MINT)).toHaveLength(1);
    expect(bench.telemetry.incidents.slice(-2)).toEqual([
      "opened lost-mint summariser",
      "resolved lost-mint summariser",
    ]);
  });

  test("leaves the list to the run that searches already, and is tried again", async () => {
    // GIVEN
    await failWith(503);
    const clock = { now: () => bench.aws.clock.millis, sleep: async () => {} };
    const other = new DynamoLedger(bench.table, PREFIX, clock, "other", 2 ** 31 - 1);
    await bench.pass(899_000);
    await other.acquire("#lost-mints");

    // WHEN
    await bench.pass(1_000);

    // THEN
    expect(bench.failures.at(-1)).toMatchObject({ code: "SK223", retryable: true });
    expect(calls(LIST)).toEqual([]);

    // WHEN
    await bench.pass(3_600_000);

    // THEN
    expect(calls(MINT)).toHaveLength(1);
  });

  test("is older than the grace: a sweep searches for all, and the rotation need not", async () => {
    // GIVEN a key minted whose answer was lost, and a second attempt that fails as well
    bench.plan({ at: MINT, kind: "lost_reply" });
    await bench.rotate();
    bench.answer = (name) => (MINT.test(name) || LIST.test(name) ? 503 : undefined);
    await bench.pass(900_000);
    bench.answer = () => undefined;
    expect((await bench.live()).size).toBe(2);

    // WHEN
    await bench.pass(59 * 60_000);
    await bench.sweep();

    // THEN
    expect((await bench.live()).size).toBe(1);
    expect(bench.record?.pending).toEqual([]);
    expect(bench.telemetry.incidents).toEqual(["opened lost-mint summariser", "resolved lost-mint summariser"]);

    // WHEN
    bench.plan(undefined);
    await bench.pass(3_600_000);

    // THEN
    expect(calls(LIST)).toEqual([]);
    expect(calls(MINT)).toHaveLength(1);
  });

  test("is younger than the grace: a sweep leaves it alone, since the list may be older than the mint", async () => {
    // GIVEN
    await failWith(503);
    bench.answer = (name) => (MINT.test(name) ? 503 : undefined);
    await bench.pass(900_000);
    bench.answer = () => undefined;

    // WHEN the first attempt is older than an hour, the second is not
    await bench.pass(50 * 60_000);
    await bench.sweep();

    // THEN
    expect(bench.record?.pending).toHaveLength(1);
  });
});
