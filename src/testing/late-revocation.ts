import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";
import { deleteManually, expectTimes, someKey } from "./some-key";

const DAY_SECONDS = 86_400;
const MILLIS_PER_SECOND = 1_000;

/**
 * Whether a key that works on after its end is said to work, until it is refused: asked of each
 * adapter.
 */
export function describeLateRevocation<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const runner = testRunner();
  const { describe, expect, test } = runner;
  const { vendor, grants } = subject;
  const { displayName, revocation } = vendor.descriptor;
  const [grant] = grants;

  describe(`late revocation, asked of the adapter of ${displayName}`, () => {
    test("its descriptor says how long a revoked key may go on working", () => expectTimes(runner, revocation));

    test("a key that works on after its revocation is said to work, and to be refused when it is", async () => {
      // GIVEN a vendor whose replicas answer looks with the key as before
      const harness = new ContractHarness(subject);
      const { id: keyId, value } = await someKey(harness, subject, DAY_SECONDS);
      const before = new Map<string, Response>();
      let replaying = false;
      const adapter = harness.connect({
        fetch: async (input, init = {}) => {
          const headers = JSON.stringify([...new Headers(init.headers)]);
          if (!headers.includes(value)) return harness.fetch(String(input), init);
          const look = `${init.method} ${String(input)}`;
          const known = before.get(look);
          if (replaying && known !== undefined) return known.clone();
          const response = await harness.fetch(String(input), init);
          before.set(look, response.clone());
          return response;
        },
      });
      await adapter.verify({ value, grant });
      replaying = true;

      // WHEN
      const outcome = await adapter.revoke({ keyId });
      if (outcome === "manual") deleteManually(harness, value);

      // THEN
      expect(["revoked", "manual"]).toContain(outcome);
      expect((await adapter.verify({ value, grant })).outcome).toBe("works");
      replaying = false;
      harness.now += (revocation?.worstSeconds ?? 0) * MILLIS_PER_SECOND;
      expect((await adapter.verify({ value, grant })).outcome).toBe("refused");
    });
  });
}
