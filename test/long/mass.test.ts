import { HOUR, MINUTE } from "../mass/fleet";
import { massEvent } from "../mass/scenarios";

/** `npm run mass` runs more of them, for longer, and prints the figures of docs/reliability.md. */
jest.setTimeout(120_000);

const KEYS = 1_000;
const LAMBDA_MILLIS = 10 * MINUTE;

describe("a thousand keys due in the same hour, at seven calls a minute", () => {
  test("are all rotated within a night, without a 429; applies that arrive meanwhile get through, and no key is ever dead", async () => {
    // GIVEN a new key every ten minutes, and an apply of ten changed policies every half hour
    const { fleet, names } = await massEvent({
      keys: KEYS,
      seed: 1,
      windows: "together",
      retries: "few",
      outageHours: 0,
      hours: 10,
      applies: true,
    });

    // THEN
    const { figures } = fleet;
    expect(figures.broken).toEqual([]);
    expect(figures.deadMillis).toEqual([]);
    expect(figures.unrotated(names)).toEqual([]);
    expect(figures.promotions).toHaveLength(KEYS);
    expect(figures.throttled).toBe(0);
    expect(figures.failures).toBe(0);
    expect(figures.counts.get("killed")).toBeUndefined();
    expect(figures.failedApplies).toBe(0);
    expect(figures.applies.length).toBeGreaterThan(100);
    expect(Math.max(...figures.applies)).toBeLessThan(LAMBDA_MILLIS);
    expect(figures.failedSweeps).toBe(0);
    // Burst and refill of a minute.
    expect(figures.callsPerMinuteMax).toBeLessThanOrEqual(13);
    // Who waits for a turn is a function that runs: an account has a thousand.
    expect(figures.runsAtOnce).toBeLessThan(60);
    expect(await fleet.liveKeys()).toBe(2 * KEYS + fleet.lasting);
  });
});

describe("two hundred keys due in the same hour, whose vendor throttles ten times as hard as the issuer was told", () => {
  test("case 9: are all rotated, no vendor key is minted twice, and every 429 makes all runs pause", async () => {
    // GIVEN
    const { fleet, names } = await massEvent({
      keys: KEYS / 5,
      seed: 4,
      windows: "together",
      retries: "few",
      outageHours: 0,
      hours: 10,
      applies: false,
      believedCallsPerMinute: 70,
    });

    // THEN
    const { figures } = fleet;
    expect(figures.broken).toEqual([]);
    expect(figures.deadMillis).toEqual([]);
    expect(figures.unrotated(names)).toEqual([]);
    expect(figures.promotions).toHaveLength(KEYS / 5);
    expect(figures.mints).toBe(KEYS / 5);
    expect(figures.throttled).toBeGreaterThan(0);
    // Of all calls that the vendor could answer in that time, few were refused.
    expect(figures.throttled).toBeLessThan(KEYS / 5);
  });
});

describe("an outage of the vendor of 48 hours, from the first moment of five hundred keys' window on", () => {
  test("case 10: keys keep working, alarms go off a day ahead, and the sweeps catch up in time, a few calls at a time", async () => {
    // GIVEN
    const { fleet, names } = await massEvent({
      keys: KEYS / 2,
      seed: 2,
      windows: "together",
      retries: "few",
      outageHours: 48,
      hours: 60,
      applies: false,
    });

    // THEN
    const { figures } = fleet;
    expect(figures.broken).toEqual([]);
    expect(figures.deadMillis).toEqual([]);
    expect(figures.unrotated(names)).toEqual([]);
    expect(figures.promotions).toHaveLength(KEYS / 2);
    expect(figures.throttled).toBe(0);
    expect(figures.callsPerMinuteMax).toBeLessThanOrEqual(13);
    expect(figures.runsAtOnce).toBeLessThan(60);
    const firstExpiry = Math.min(...figures.promotions.map(({ at, spareMillis }) => at + spareMillis));
    expect(firstExpiry - (figures.firstAlarmAt ?? firstExpiry)).toBeGreaterThan(24 * HOUR);
    expect(figures.counts.get("opened overdue-rotation")).toBe(KEYS / 2);
    expect(figures.counts.get("resolved overdue-rotation")).toBe(KEYS / 2);
  });
});

describe("three hundred keys whose windows a hash has chosen", () => {
  test("rotate without waiting; after an outage of 12 hours the sweep does what was missed, and superseded keys die after their overlap", async () => {
    // GIVEN
    const { fleet } = await massEvent({
      keys: 300,
      seed: 3,
      windows: "spread",
      retries: "few",
      outageHours: 12,
      hours: 48,
      applies: true,
    });

    // THEN about two sevenths of them are due in two days
    const { figures } = fleet;
    expect(figures.broken).toEqual([]);
    expect(figures.deadMillis).toEqual([]);
    expect(figures.promotions.length).toBeGreaterThan(60);
    expect(figures.promotions.length).toBeLessThan(110);
    expect(figures.throttled).toBe(0);
    expect(figures.counts.get("RotationFailed") ?? 0).toBeGreaterThan(0);
    expect(figures.runsAtOnce).toBeLessThan(60);
    // One sweep after the overlap, and the sweeps' own length.
    expect(figures.overrunMillis).toBeLessThan(1.5 * HOUR);
  });
});
