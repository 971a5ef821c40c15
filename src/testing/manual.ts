import { ContractBench, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser";

/** What holds where a person mints, in the vendor's console, and brings the value. */
export function describeManual<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants, mintByHand } = subject;
  const [grant] = grants;

  describe(`the contract of keys made by hand, kept by ${vendor.descriptor.displayName}'s`, () => {
    let bench: ContractBench<Fake>;
    beforeEach(() => {
      bench = new ContractBench(subject);
    });

    const make = async (name = NAME) => (await mintByHand?.(bench.simulator, name, 86_400)) ?? "";
    const outcome = async (value: string) => (await bench.adapter.verify({ value, grant })).outcome;

    test("the adapter mints nothing, and knows a key by its value", async () => {
      // GIVEN
      expect(bench.adapter.mint).toBeUndefined();
      const value = await make();
      await make();

      // WHEN
      const found = await bench.adapter.identify?.({ value, name: NAME });

      // THEN
      expect(found?.id).toMatch(/^.+$/);
      expect(JSON.stringify(found)).not.toContain(value);
      expect(bench.effects).toEqual([]);
      expect(await outcome(value)).toBe("works");
    });

    test("two keys that were made under one name are two vendor keys", async () => {
      const first = await bench.adapter.identify?.({ value: await make(), name: NAME });
      const second = await bench.adapter.identify?.({ value: await make(), name: NAME });
      expect(second?.id).not.toBe(first?.id);
    });

    test("a value that is no key's is refused, and no answer tells it", async () => {
      const stranger = `${(await make()).slice(0, -12)}CANARY012345`;
      const result = await bench.adapter.verify({ value: stranger, grant });
      expect(result.outcome).toBe("refused");
      expect(JSON.stringify(result)).not.toContain(stranger);
    });

    test("a key that is disabled opens nothing, is shown as disabled, and can still be revoked", async () => {
      const { disable } = bench.adapter;
      if (disable === undefined) return;
      const value = await make();
      const keyId = (await bench.adapter.identify?.({ value, name: NAME }))?.id ?? "";
      await bench.adapter.disable?.({ keyId });
      expect(await outcome(value)).toBe("refused");
      expect(await bench.adapter.read({ keyId })).toMatchObject({ id: keyId, disabled: true });
      expect(await bench.adapter.revoke({ keyId })).toBe("revoked");
    });
  });
}
