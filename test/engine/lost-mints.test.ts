import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { PREFIX } from "../support/engine";
import { RealHarness } from "../support/engine-real";

const MINT = /^POST .*service_accounts\/svc_acct\/api_keys$/;
const LIST = /^GET .*projects\/proj\/api_keys$/;
/** Secrets Manager tries again: a quarter of an hour later, then an hour, then four. */
const SETTINGS = { rotationRetryDelaysMillis: [900_000, 3_600_000, 4 * 3_600_000] };

describe("a rotation whose mint failed", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start(SETTINGS);
    await harness.apply();
    await harness.pass(3_600_000);
    harness.plan(undefined);
  });
  afterEach(() => harness.raise());

  const calls = (name: RegExp) => harness.trace.filter((made) => name.test(made));
  /** A rotation whose mint is answered so. */
  const failWith = async (status: number) => {
    harness.answer = (name) => (MINT.test(name) ? status : undefined);
    await harness.rotate();
    harness.answer = () => undefined;
    expect(calls(MINT).length).toBeGreaterThan(0);
    harness.plan(undefined);
  };

  test.each([429, 401, 400])("for certain (%d) searches for nothing when it is tried again", async (status) => {
    // GIVEN
    await failWith(status);
    expect(harness.record?.pending).toEqual([]);

    // WHEN
    await harness.pass(900_000);

    // THEN
    expect(calls(LIST)).toEqual([]);
    expect(calls(MINT)).toHaveLength(1);
    expect((await harness.live()).size).toBe(2);
  });

  test("maybe (503) searches before it mints again", async () => {
    await failWith(503);
    await harness.pass(900_000);
    expect(calls(LIST)).toHaveLength(1);
    expect(calls(MINT)).toHaveLength(1);
    expect(harness.telemetry.incidents.slice(-2)).toEqual([
      "opened lost-mint summariser",
      "resolved lost-mint summariser",
    ]);
  });

  test("leaves the list to the run that searches already, and is tried again", async () => {
    // GIVEN
    await failWith(503);
    const clock = { now: () => harness.aws.clock.millis, sleep: async () => {} };
    const other = new DynamoLedger(harness.table, PREFIX, clock, "other", 2 ** 31 - 1);
    await harness.pass(899_000);
    await other.acquire("#lost-mints");

    // WHEN
    await harness.pass(1_000);

    // THEN
    expect(harness.failures.at(-1)).toMatchObject({ code: "SK223", retryable: true });
    expect(calls(LIST)).toEqual([]);

    // WHEN
    await harness.pass(3_600_000);

    // THEN
    expect(calls(MINT)).toHaveLength(1);
  });

  test("is older than the grace: a sweep searches for all, and the rotation need not", async () => {
    // GIVEN a key minted whose answer was lost, and a second attempt that fails as well
    harness.plan({ at: MINT, kind: "lost_reply" });
    await harness.rotate();
    harness.answer = (name) => (MINT.test(name) || LIST.test(name) ? 503 : undefined);
    await harness.pass(900_000);
    harness.answer = () => undefined;
    expect((await harness.live()).size).toBe(2);

    // WHEN
    await harness.pass(59 * 60_000);
    await harness.sweep();

    // THEN
    expect((await harness.live()).size).toBe(1);
    expect(harness.record?.pending).toEqual([]);
    expect(harness.telemetry.incidents).toEqual(["opened lost-mint summariser", "resolved lost-mint summariser"]);

    // WHEN
    harness.plan(undefined);
    await harness.pass(3_600_000);

    // THEN
    expect(calls(LIST)).toEqual([]);
    expect(calls(MINT)).toHaveLength(1);
  });

  test("is younger than the grace: a sweep leaves it alone, since the list may be older than the mint", async () => {
    // GIVEN
    await failWith(503);
    harness.answer = (name) => (MINT.test(name) ? 503 : undefined);
    await harness.pass(900_000);
    harness.answer = () => undefined;

    // WHEN the first attempt is older than an hour, the second is not
    await harness.pass(50 * 60_000);
    await harness.sweep();

    // THEN
    expect(harness.record?.pending).toHaveLength(1);
  });
});
