import { VendorError } from "../model/vendor-error";
import { ConsoleSimulator } from "../sandbox/vendors/console-simulator";
import type { VendorAdapter } from "../vendors/vendor";
import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser";
const CANARY = "sk-CANARYcanary0123456789";

/**
 * What holds where the vendor has no API for keys at all: what lives is known from the ledger,
 * whether it does from its value.
 */
export function describeManualVendor<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, errorBody = (message: string) => ({ error: { message } }) } = subject;
  const { descriptor } = vendor;

  describe(`the contract of keys without an API, kept by ${descriptor.displayName}'s`, () => {
    let harness: ContractHarness<Fake>;
    let console: ConsoleSimulator;
    let adapter: VendorAdapter;

    beforeEach(() => {
      // GIVEN
      harness = new ContractHarness(subject);
      if (!(harness.simulator instanceof ConsoleSimulator)) throw new Error("no console");
      console = harness.simulator;
      ({ adapter } = harness);
    });
    const adopt = async () => {
      const made = console.make();
      const id = (await adapter.identify?.({ value: made.value, name: NAME }))?.id ?? "";
      harness.known.set(id, made.value);
      return { ...made, keyId: id };
    };
    const failureOf = (call: () => Promise<unknown>): Promise<unknown> =>
      call().then(
        () => undefined,
        (error: unknown) => error,
      );

    test("has a descriptor that promises nothing that nobody keeps", () => {
      expect(descriptor).toMatchObject({ strategy: "manual", adminKey: "none" });
      expect(Object.values(descriptor.enforcement)).not.toContain("key");
      expect([adapter.mint, adapter.update, adapter.rotate, adapter.disable, adapter.findOwner]).toEqual([
        ...Array.from({ length: 5 }, () => undefined),
      ]);
    });

    test("a value is known by a fingerprint that is its own, and bears the name that the person was told", async () => {
      const { value, keyId } = await adopt();
      const { keyId: other } = await adopt();
      expect(keyId).toMatch(/^[0-9a-f]{16}$/);
      expect(other).not.toBe(keyId);
      expect(await adapter.identify?.({ value, name: NAME })).toMatchObject({ id: keyId, name: NAME });
      expect(await adapter.identify?.({ value: `${value}x`, name: NAME })).toBeUndefined();
      expect(harness.effects).toEqual([]);
    });

    test("what is listed is what the ledger knows", async () => {
      const { keyId } = await adopt();
      expect((await adapter.list({})).map(({ id }) => id)).toEqual([keyId]);
    });

    test("a key works until a person deletes it, and is gone then, as another that works shows", async () => {
      // GIVEN
      await adopt();
      const { id, value, keyId } = await adopt();
      expect(await adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "works" });
      expect(await adapter.read({ keyId })).toMatchObject({ id: keyId });
      // WHEN
      console.keys.delete(id);
      // THEN
      expect(await adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "refused" });
      expect(await adapter.read({ keyId })).toBeUndefined();
      expect(await adapter.revoke({ keyId })).toBe("gone");
    });

    test("a key that is refused while nothing shows that the vendor is well is not said to be dead", async () => {
      // GIVEN
      const { id, value, keyId } = await adopt();
      console.keys.delete(id);
      // THEN
      expect(await adapter.verify({ value, grant: {} })).toMatchObject({ outcome: "refused" });
      expect(await adapter.read({ keyId })).toMatchObject({ id: keyId });
      expect(await adapter.revoke({ keyId })).toBe("unconfirmed");
    });

    test.each(subject.refusals.unknownKey)("an outage that refuses every key kills none: %j", async (sample) => {
      // GIVEN
      await adopt();
      const { keyId } = await adopt();
      harness.intercept = () => new Response(JSON.stringify(sample.body), { status: sample.status });
      // THEN
      expect(await adapter.read({ keyId })).toMatchObject({ id: keyId });
      expect(await adapter.revoke({ keyId })).toBe("unconfirmed");
    });

    test("a key that is refused once, and works a moment later, lives", async () => {
      // GIVEN
      await adopt();
      const { keyId, value } = await adopt();
      const [sample] = subject.refusals.unknownKey;
      let looks = 0;
      harness.intercept = ({ headers }) => {
        if (!Object.values(headers).some((text) => text.includes(value))) return undefined;
        looks += 1;
        return looks === 1 ? new Response(JSON.stringify(sample?.body), { status: sample?.status ?? 401 }) : undefined;
      };
      // THEN
      expect(await adapter.read({ keyId })).toMatchObject({ id: keyId });
      expect(looks).toBeGreaterThan(1);
    });

    test("a key whose value nobody has any more is not said to be dead", async () => {
      const { keyId } = await adopt();
      harness.known.set(keyId, undefined);
      expect(await adapter.read({ keyId })).toMatchObject({ id: keyId });
      expect(await adapter.revoke({ keyId })).toBe("manual");
    });

    test("a revoke says the truth: the key is dead, or a person has to end it", async () => {
      const { value, keyId } = await adopt();
      const outcome = await adapter.revoke({ keyId });
      const works = (await adapter.verify({ value, grant: {} })).outcome === "works";
      expect(outcome).toBe(works ? "manual" : "revoked");
    });

    test.each([403, 429, 500, "lost"])("a look that is answered %s is no verdict", async (how) => {
      const { value, keyId } = await adopt();
      harness.intercept = () =>
        typeof how === "number"
          ? new Response(JSON.stringify(errorBody(`no: ${CANARY} ${value}`)), { status: how })
          : new TypeError(`fetch failed for ${value}`);
      for (const call of [
        () => adapter.verify({ value, grant: {} }),
        () => adapter.read({ keyId }),
        () => adapter.revoke({ keyId }),
        async () => adapter.identify?.({ value, name: NAME }),
      ]) {
        const error = await failureOf(call);
        expect(error).toBeInstanceOf(VendorError);
        for (const secret of [CANARY, value]) expect(String(error)).not.toContain(secret);
      }
    });

    test("no admin call is made, and only its own hosts are called", async () => {
      const { keyId } = await adopt();
      await adapter.revoke({ keyId });
      expect(harness.turns).toEqual([]);
      for (const { url } of harness.sent) {
        expect(descriptor.baseUrls.some((start) => url.startsWith(`${start}/`))).toBe(true);
      }
    });

    test("another base URL, and a value that no header can carry, are refused before anything is sent", async () => {
      expect(() => harness.connect({ settings: { baseUrl: "https://example.com" } })).toThrow(VendorError);
      expect(await adapter.verify({ value: "a\nb", grant: {} })).toMatchObject({ outcome: "refused" });
      expect(harness.sent).toEqual([]);
    });
  });
}
