import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";
import { someKey } from "./some-key";

const LIFE_SECONDS = 3 * 86_400;
const MILLIS_PER_SECOND = 1_000;

/** Whether the end that an adapter shows is the vendor's own: asked of each adapter. */
export function describeShorterLife<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { describe, expect, test } = testRunner();
  const { descriptor } = subject.vendor;
  const { displayName, enforcement, expiryStepSeconds = 1, expiryUnitSeconds = 1 } = descriptor;

  describe(`shorter life, asked of the adapter of ${displayName}`, () => {
    const shown = async () => {
      const harness = new ContractHarness(subject);
      const { id } = await someKey(harness, subject, LIFE_SECONDS);
      const listed = (await harness.adapter.list({})).find((key) => key.id === id);
      expect(listed?.id).toBe(id);
      return {
        ends: listed?.expiresAt,
        read: (await harness.adapter.read({ keyId: id }))?.expiresAt,
        now: harness.now,
      };
    };

    if (enforcement.expiry === "key") {
      test("a key's end is shown as the vendor has it, in the list and by itself", async () => {
        const { ends = 0, read, now } = await shown();
        const least = Math.floor(now / MILLIS_PER_SECOND) + LIFE_SECONDS;
        expect(read).toBe(ends);
        expect(least).toBeLessThanOrEqual(ends);
        expect(ends).toBeLessThanOrEqual(least + expiryStepSeconds + expiryUnitSeconds);
      });
    } else {
      test("the vendor ends no key by itself, and none is shown with an end", async () => {
        const { ends, read } = await shown();
        expect([ends, read]).toEqual([undefined, undefined]);
      });
    }
  });
}
