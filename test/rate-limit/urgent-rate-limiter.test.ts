import { LedgerRateLimiter } from "../../src/rate-limit/ledger-rate-limiter";
import type { RateLimiter } from "../../src/rate-limit/rate-limiter";
import { UrgentRateLimiter } from "../../src/rate-limit/urgent-rate-limiter";
import { MemoryTable } from "../support/engine-memory-table";
import { ManualClock, START } from "../support/secrets-manager";

const DELETE = "DELETE /keys/{key}";

class SleepingClock extends ManualClock {
  async sleep(millis: number): Promise<void> {
    this.millis += millis;
  }
}

describe("turns of an emergency revoke", () => {
  let table: MemoryTable;
  let clock: SleepingClock;
  let told: string[];
  let rateLimiter: UrgentRateLimiter;
  const ordinary = (queueTimeoutMillis: number) =>
    new LedgerRateLimiter(table, "p", clock, 6, () => queueTimeoutMillis);

  beforeEach(() => {
    table = new MemoryTable();
    clock = new SleepingClock(START);
    told = [];
    rateLimiter = new UrgentRateLimiter(ordinary, (message) => told.push(message));
  });

  test("are waited for where the queue is an ordinary one", async () => {
    for (let n = 0; n < 6; n += 1) await ordinary(60_000).permit(DELETE);
    const before = clock.millis;
    await rateLimiter.permit(DELETE);
    expect(clock.millis - before).toBe(10_000);
    expect(told).toEqual([]);
  });

  test.each([
    ["a minute", 60],
    ["fourteen minutes", 840],
  ])("are not waited for where a vendor or a writer on the table says %s: the call is tried", async (_, seconds) => {
    // GIVEN
    await ordinary(0).throttled(DELETE, seconds);

    // WHEN
    await rateLimiter.permit(DELETE);
    await rateLimiter.permit(DELETE);

    // THEN
    expect(clock.millis).toBe(START);
    expect(told).toEqual(Array.from({ length: 2 }, () => "emergency call sent without its turn"));
  });

  test("wait after a 429 of this run, and are refused where that is long: the next vendor key is tried then", async () => {
    await rateLimiter.permit(DELETE);
    await rateLimiter.throttled(DELETE, 30);
    await rateLimiter.permit(DELETE);
    expect(clock.millis).toBe(START + 30_000);
    await rateLimiter.throttled(DELETE, 300);
    await expect(rateLimiter.permit(DELETE)).rejects.toMatchObject({ kind: "queue_timeout" });
    await rateLimiter.permit(DELETE);
    expect(clock.millis).toBe(START + 30_000);
  });

  test("come though the table cannot be read, and not once the run has ended", async () => {
    const broken: RateLimiter = {
      permit: () => Promise.reject(new Error("AccessDenied")),
      throttled: async () => {},
    };
    const urgent = new UrgentRateLimiter(
      () => broken,
      () => {},
    );
    await urgent.permit(DELETE);
    await expect(urgent.permit(DELETE, AbortSignal.abort())).rejects.toThrow("AccessDenied");
  });
});
