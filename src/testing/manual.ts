import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser";

/** What holds where a person mints, in the vendor's console, and brings the value. */
export function describeManual<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants, mintManually } = subject;
  const [grant] = grants;

  describe(`the contract of keys made by hand, kept by ${vendor.descriptor.displayName}'s`, () => {
    let harness: ContractHarness<Fake>;
    beforeEach(() => {
      harness = new ContractHarness(subject);
    });

    const make = async (name = NAME) => (await mintManually?.(harness.simulator, name, 86_400)) ?? "";
    const outcome = async (value: string) => (await harness.adapter.verify({ value, grant })).outcome;

    test("the adapter mints nothing, and knows a key by its value", async () => {
      // GIVEN
      expect(harness.adapter.mint).toBeUndefined();
      const value = await make();
      await make();

      // WHEN
      const found = await harness.adapter.identify?.({ value, name: NAME });

      // THEN
      expect(found?.id).toMatch(/^.+$/);
      expect(JSON.stringify(found)).not.toContain(value);
      expect(harness.effects).toEqual([]);
      expect(await outcome(value)).toBe("works");
    });

    test("two keys that were made under one name are two vendor keys", async () => {
      const first = await harness.adapter.identify?.({ value: await make(), name: NAME });
      const second = await harness.adapter.identify?.({ value: await make(), name: NAME });
      expect(second?.id).not.toBe(first?.id);
    });

    test("a value that is no key's is refused, and no answer tells it", async () => {
      const stranger = `${(await make()).slice(0, -12)}CANARY012345`;
      const result = await harness.adapter.verify({ value: stranger, grant });
      expect(result.outcome).toBe("refused");
      expect(JSON.stringify(result)).not.toContain(stranger);
    });

    test("a key that is disabled opens nothing, is shown as disabled, and can still be revoked", async () => {
      const { disable } = harness.adapter;
      if (disable === undefined) return;
      const value = await make();
      const keyId = (await harness.adapter.identify?.({ value, name: NAME }))?.id ?? "";
      await harness.adapter.disable?.({ keyId });
      expect(await outcome(value)).toBe("refused");
      expect(await harness.adapter.read({ keyId })).toMatchObject({ id: keyId, disabled: true });
      expect(await harness.adapter.revoke({ keyId })).toBe("revoked");
    });
  });
}
