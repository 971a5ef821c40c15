import { SimulatedClock } from "../../src/sandbox/time-and-faults/clock";
import { type ScheduleSource, Timeline } from "../../src/sandbox/time-and-faults/timeline";

const HOUR = 3_600_000;

/** Fires every period, and writes down at what simulated time. */
class Periodic implements ScheduleSource {
  readonly name: string;
  readonly #clock: SimulatedClock;
  readonly #periodMillis: number;
  readonly #fired: Array<{ name: string; at: number }>;
  #dueAt: number;
  running = 0;

  constructor(name: string, clock: SimulatedClock, periodMillis: number, fired: Array<{ name: string; at: number }>) {
    this.name = name;
    this.#clock = clock;
    this.#periodMillis = periodMillis;
    this.#fired = fired;
    this.#dueAt = clock.now() + periodMillis;
  }

  nextDue(): number {
    return this.#dueAt;
  }

  async runDue(): Promise<void> {
    this.#fired.push({ name: this.name, at: this.#clock.now() });
    this.#dueAt += this.#periodMillis;
    this.running++;
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.running--;
  }

  async idle(): Promise<void> {}
}

const fail = (error: unknown) => {
  throw error;
};

describe("timeline", () => {
  test("fires two schedules in the order of their moments, each at its moment", async () => {
    // GIVEN
    const clock = new SimulatedClock();
    const start = clock.now();
    const fired: Array<{ name: string; at: number }> = [];
    const timeline = new Timeline(
      clock,
      [new Periodic("two-hourly", clock, 2 * HOUR, fired), new Periodic("ninety-minutely", clock, 1.5 * HOUR, fired)],
      fail,
    );
    // WHEN
    await timeline.advance(5 * HOUR);
    // THEN
    expect(fired.map(({ name, at }) => [name, Math.floor(((at - start) / HOUR) * 10) / 10])).toEqual([
      ["ninety-minutely", 1.5],
      ["two-hourly", 2],
      ["ninety-minutely", 3],
      ["two-hourly", 4],
      ["ninety-minutely", 4.5],
    ]);
    expect(clock.now() - start).toBeGreaterThanOrEqual(5 * HOUR);
    expect(clock.now() - start).toBeLessThan(5 * HOUR + 60_000);
  });

  test("queues advances that are asked for at once", async () => {
    // GIVEN
    const clock = new SimulatedClock();
    const start = clock.now();
    const fired: Array<{ name: string; at: number }> = [];
    const timeline = new Timeline(clock, [new Periodic("hourly", clock, HOUR, fired)], fail);
    // WHEN
    await Promise.all([timeline.advance(10 * HOUR), timeline.advance(10 * HOUR)]);
    // THEN
    expect(fired).toHaveLength(20);
    expect(clock.now() - start).toBeGreaterThanOrEqual(20 * HOUR);
  });

  test("goes on past the span until what has begun has ended", async () => {
    // GIVEN
    const clock = new SimulatedClock();
    const start = clock.now();
    let dueAt: number | undefined = start + HOUR + 60_000;
    const source: ScheduleSource = {
      name: "retry",
      nextDue: () => dueAt,
      runDue: async () => {
        dueAt = undefined;
      },
      idle: async () => {},
      unfinished: () => dueAt !== undefined,
    };
    // WHEN
    await new Timeline(clock, [source], fail).advance(HOUR);
    // THEN
    expect(dueAt).toBeUndefined();
    expect(clock.now() - start).toBeGreaterThanOrEqual(HOUR + 60_000);
  });

  test("gives up on a source that never gets done, and then works on", async () => {
    // GIVEN
    const clock = new SimulatedClock();
    const dueAt = clock.now() + HOUR;
    let broken = true;
    const source: ScheduleSource = {
      name: "stuck",
      nextDue: () => (broken ? dueAt : undefined),
      runDue: async () => {},
      idle: async () => {},
    };
    const timeline = new Timeline(clock, [source], fail);
    // WHEN
    const advance = timeline.advance(2 * HOUR);
    // THEN
    await expect(advance).rejects.toThrow("stuck stays due");
    broken = false;
    await expect(timeline.advance(HOUR)).resolves.toBeUndefined();
  });

  test.each([
    ["tells of a source that fails while time flows", false],
    ["tells of no source whose answer breaks off as it stops", true],
  ])("%s", async (_what, stops) => {
    // GIVEN: a source that is in the midst of an answer
    const clock = new SimulatedClock();
    const told: unknown[] = [];
    let asked = () => {};
    let hangUp = (_error: Error) => {};
    const inTheMidst = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const source: ScheduleSource = {
      name: "moto",
      nextDue: () => {
        asked();
        return new Promise((_resolve, reject) => {
          hangUp = reject;
        });
      },
      runDue: async () => {},
      idle: async () => {},
    };
    const timeline = new Timeline(clock, [source], (error) => told.push(error));
    timeline.start();
    await inTheMidst;
    // WHEN
    if (stops) timeline.stop();
    hangUp(new Error("socket hang up"));
    await new Promise((resolve) => setImmediate(resolve));
    // THEN
    expect(told).toEqual(stops ? [] : [new Error("socket hang up")]);
    timeline.stop();
  });
});
