import fc from "fast-check";
import { ServerClock } from "../../src/engine/middleware/server-clock";

const MACHINE = Date.UTC(2026, 10, 23, 12);
const MINUTE_MILLIS = 60_000;

describe("server time", () => {
  let machine: number;
  let clock: ServerClock;
  const dateHeader = (millis: number) => new Date(millis).toUTCString();

  beforeEach(() => {
    machine = MACHINE;
    clock = new ServerClock(() => machine);
  });

  test("is the machine's own before the first answer", () => {
    expect(clock.now()).toBe(MACHINE);
  });

  test.each([10, -10])("is the servers' where the machine is %d minutes off, and goes on with it", (minutes) => {
    // WHEN
    clock.learn(dateHeader(MACHINE + minutes * MINUTE_MILLIS));
    machine += 5_000;

    // THEN
    expect(clock.now()).toBe(MACHINE + minutes * MINUTE_MILLIS + 5_000);
  });

  test.each([
    [2_999, 0],
    [-2_999, 0],
    [3_000, 3_000],
    [-3_000, -3_000],
  ])("a difference of %d ms counts as %d: answers are late and whole seconds", (offset, skew) => {
    // GIVEN a machine whose time is not a whole second, as most are
    machine = MACHINE - offset;

    // WHEN
    clock.learn(dateHeader(MACHINE));

    // THEN
    expect(clock.now()).toBe(MACHINE - offset + skew);
  });

  test("is never off by more than 3 seconds after an answer, whatever the machine says", () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, time, (server, own) => {
        const learning = new ServerClock(() => own);
        learning.learn(dateHeader(server));
        expect(Math.abs(learning.now() - server)).toBeLessThanOrEqual(3_999);
      }),
    );
  });

  test.each([undefined, "", "soon", "NaN", "-1 monkeys", "{}"])(
    "an answer whose Date is %j teaches nothing",
    (header) => {
      // GIVEN
      clock.learn(dateHeader(MACHINE + 10 * MINUTE_MILLIS));

      // WHEN
      clock.learn(header);

      // THEN
      expect(clock.now()).toBe(MACHINE + 10 * MINUTE_MILLIS);
    },
  );

  test("follows each answer anew, also where the machine's clock is set back meanwhile", () => {
    // GIVEN
    clock.learn(dateHeader(MACHINE + 10 * MINUTE_MILLIS));

    // WHEN the machine's clock is corrected
    machine = MACHINE + 10 * MINUTE_MILLIS;
    clock.learn(dateHeader(MACHINE + 10 * MINUTE_MILLIS));

    // THEN
    expect(clock.now()).toBe(MACHINE + 10 * MINUTE_MILLIS);

    // WHEN it jumps back
    machine = MACHINE - 60 * MINUTE_MILLIS;
    clock.learn(dateHeader(MACHINE + 11 * MINUTE_MILLIS));

    // THEN
    expect(clock.now()).toBe(MACHINE + 11 * MINUTE_MILLIS);
  });

  describe("sleep", () => {
    test("ends at once, with the signal's reason, where the run is over", async () => {
      await expect(clock.sleep(1e9, AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
    });

    test("ends where the run ends meanwhile", async () => {
      // GIVEN
      const run = new AbortController();
      const sleeping = clock.sleep(1e9, run.signal);

      // WHEN
      run.abort(new Error("over"));

      // THEN
      await expect(sleeping).rejects.toThrow("over");
    });

    test("is over by itself, and leaves no listener on the signal", async () => {
      // GIVEN
      const run = new AbortController();
      const added = jest.spyOn(run.signal, "addEventListener");
      const removed = jest.spyOn(run.signal, "removeEventListener");

      // WHEN
      await clock.sleep(0, run.signal);

      // THEN
      expect(removed.mock.calls[0]?.slice(0, 2)).toEqual(added.mock.calls[0]?.slice(0, 2));
    });
  });
});
