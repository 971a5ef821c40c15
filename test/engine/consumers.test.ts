import { RealHarness } from "../support/engine-real";

const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;

/** A program that reads the secret, keeps the value for so long and calls the vendor with it. */
class Consumer {
  #value = "";
  #readAt = Number.NEGATIVE_INFINITY;
  calls = 0;
  failed = 0;

  constructor(
    private readonly harness: RealHarness,
    private readonly cacheMillis: number,
  ) {}

  async call(): Promise<void> {
    const now = this.harness.aws.clock.millis;
    if (now - this.#readAt >= this.cacheMillis) {
      this.#value = (await this.harness.payload())?.apiKey ?? "";
      this.#readAt = now;
    }
    this.calls += 1;
    if ((await this.harness.opens(this.#value)) !== 200) this.failed += 1;
  }
}

describe("programs that keep a key's value for a while", () => {
  test("case 25: no call fails across rotations, whether they keep it for 5 minutes, an hour or nearly as long as the overlap", async () => {
    // GIVEN
    const harness = await RealHarness.start();
    await harness.apply();
    // Each new vendor key needs a while to be known.
    harness.simulator.configure({ activationDelaySeconds: 20 });
    const consumers = [5 * MINUTE_MILLIS, HOUR_MILLIS, 23 * HOUR_MILLIS].map((cache) => new Consumer(harness, cache));
    const seen = new Set<string>();
    const pass = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        await harness.pass(MINUTE_MILLIS);
        for (const consumer of consumers) await consumer.call();
        seen.add((await harness.payload())?.keyId ?? "");
        if (minute % 60 === 0) await harness.sweep();
      }
    };

    // WHEN two rotations, each with the time that its predecessor lives on
    await pass(90);
    const first = await harness.payload();
    for (let rotations = 0; rotations < 2; rotations += 1) {
      await harness.rotate();
      await pass(25 * 60);
    }

    // THEN
    for (const { calls, failed } of consumers) expect({ calls, failed }).toEqual({ calls: 90 + 50 * 60, failed: 0 });
    expect(seen.size).toBe(3);
    expect(await harness.works(first?.apiKey ?? "")).toBe(false);
    harness.raise();
  });
});
