import { VendorError } from "../model/vendor-error";
import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

/**
 * What holds of vendors with two vendor keys that are always there, one of which gets a new value
 * at a time.
 */
export function describeSlotPair<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants } = subject;
  const [grant] = grants;

  describe(`the contract of two slots, kept by ${vendor.descriptor.displayName}'s`, () => {
    let harness: ContractHarness<Fake>;
    beforeEach(() => {
      harness = new ContractHarness(subject);
    });

    const mint = (keep: readonly string[] = []) =>
      harness.mint({ name: "ai-keys/x.0badcafe/summariser/0123456789ab", grant, expiresInSeconds: 86_400, keep });
    const listed = async () => (await harness.adapter.list({})).map(({ id }) => id);
    const outcome = async (value: string) => (await harness.adapter.verify({ value, grant })).outcome;

    test("two vendor keys are listed, whatever happens, and never with a value", async () => {
      expect(new Set(await listed()).size).toBe(2);
      const { id, value } = await mint();
      await harness.adapter.revoke({ keyId: id });
      expect(new Set(await listed()).size).toBe(2);
      const shown = JSON.stringify([await harness.adapter.list({}), await harness.adapter.read({ keyId: id })]);
      for (const secret of [value, ...harness.simulator.secrets()]) expect(shown).not.toContain(secret);
    });

    test("a mint changes one slot, with one request that has an effect", async () => {
      // GIVEN
      const before = await listed();
      harness.sent.length = 0;

      // WHEN
      const { id, value } = await mint();

      // THEN
      expect(harness.effects).toHaveLength(1);
      const after = await listed();
      expect(before).not.toContain(id);
      expect(after).toContain(id);
      expect(after.filter((other) => before.includes(other))).toHaveLength(1);
      expect(await outcome(value)).toBe("works");
    });

    test("what is to be kept lives on: both values work, and a third mint overwrites the one that is not kept", async () => {
      // GIVEN
      const first = await mint();
      const second = await mint([first.id]);
      expect([await outcome(first.value), await outcome(second.value)]).toEqual(["works", "works"]);

      // WHEN
      const third = await mint([second.id]);

      // THEN
      expect((await listed()).sort()).toEqual([second.id, third.id].sort());
      expect(await outcome(first.value)).toBe("refused");
      expect([await outcome(second.value), await outcome(third.value)]).toEqual(["works", "works"]);
    });

    test("a mint whose answer was lost is repeated in the same slot, and loses nothing that is in use", async () => {
      // GIVEN
      const used = await mint();
      const lost = await mint([used.id]);

      // WHEN
      const repeated = await mint([used.id]);

      // THEN
      expect((await listed()).sort()).toEqual([used.id, repeated.id].sort());
      expect([await outcome(used.value), await outcome(lost.value), await outcome(repeated.value)]).toEqual([
        "works",
        "refused",
        "works",
      ]);
    });

    test("with both to be kept, nothing that has an effect is sent", async () => {
      const first = await mint();
      const second = await mint([first.id]);
      harness.sent.length = 0;
      const error = await mint([first.id, second.id]).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(VendorError);
      expect(error).toMatchObject({ kind: "conflict" });
      expect(harness.effects).toEqual([]);
      expect([await outcome(first.value), await outcome(second.value)]).toEqual(["works", "works"]);
    });

    test("revoked twice is gone, opens nothing, and the other slot is left alone", async () => {
      const other = await mint();
      const { id, value } = await mint([other.id]);
      expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
      harness.sent.length = 0;
      expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
      expect(harness.effects).toEqual([]);
      expect(await harness.adapter.read({ keyId: id })).toBeUndefined();
      expect(await outcome(value)).toBe("refused");
      expect(await outcome(other.value)).toBe("works");
      expect(await listed()).toContain(other.id);
    });
  });
}
