import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";
import { expectTimes, someKey } from "./some-key";

const DAY_SECONDS = 86_400;

/**
 * Whether a key that its vendor does not know yet is the same key when it does: asked of each
 * adapter.
 */
export function describeLateActivation<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const runner = testRunner();
  const { describe, expect, test } = runner;
  const { vendor, grants, refusals } = subject;
  const [grant] = grants;

  describe(`late activation, asked of the adapter of ${vendor.descriptor.displayName}`, () => {
    test("its descriptor says how long a new key may take until it works", () =>
      expectTimes(runner, vendor.descriptor.activation));

    test("a key that is not known yet is refused, and works when it is known", async () => {
      // GIVEN
      const harness = new ContractHarness(subject);
      const { value } = await someKey(harness, subject, DAY_SECONDS);
      const [sample] = refusals.unknownKey;
      const text = typeof sample?.body === "string" ? sample.body : JSON.stringify(sample?.body);
      harness.intercept = () => new Response(text, { status: sample?.status ?? 0 });

      // WHEN
      const early = await harness.adapter.verify({ value, grant });
      harness.intercept = () => undefined;

      // THEN
      expect(early.outcome).toBe("refused");
      expect((await harness.adapter.verify({ value, grant })).outcome).toBe("works");
    });
  });
}
