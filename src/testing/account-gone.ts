import { VendorError } from "../model/vendor-error";
import type { VendorAdapter } from "../vendors/vendor";
import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";
const PAGE = "<!DOCTYPE html><html><head><title>Not found</title></head><body>proxy</body></html>";

/**
 * Whether an account that is closed is told from one that lets the admin key in no more: asked of
 * each adapter.
 */
export function describeAccountGone<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants, closeAccount, closableSettingsOf = subject.settingsOf } = subject;
  const { displayName, accountGone: facts } = vendor.descriptor;
  const [grant] = grants;

  describe(`account gone, asked of the adapter of ${displayName}`, () => {
    test("its descriptor says what counts as proof, or why nothing does", () => {
      const clauses = facts === undefined ? [] : "noProof" in facts ? [facts.noProof] : [facts.proof, facts.reversal];
      expect(clauses.length).toBeGreaterThan(0);
      for (const clause of clauses) expect(clause).toMatch(/^\S.*[^.\s]$/);
    });

    if (facts === undefined || "noProof" in facts) {
      test("without a proof nobody can ask for one, whatever is set", () => {
        const harness = new ContractHarness(subject);
        const adapter = harness.connect({ settings: closableSettingsOf(harness.simulator) });
        expect([adapter.accountGone, harness.adapter.accountGone, closeAccount]).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      });
      return;
    }

    let harness: ContractHarness<Fake>;
    let adapter: VendorAdapter;
    let settings: object;
    const ask = async () => adapter.accountGone?.({});
    const close = () => {
      if (closeAccount === undefined) throw new Error(`nobody closes the account of ${displayName}`);
      closeAccount(harness.simulator);
    };
    beforeEach(() => {
      harness = new ContractHarness(subject);
      settings = closableSettingsOf(harness.simulator);
      adapter = harness.connect({ settings });
    });

    test("the vendor's own word says so, and before it is said the account is open", async () => {
      expect(typeof adapter.accountGone).toBe("function");
      expect(await ask()).toBeUndefined();
      close();
      expect(await ask()).toMatch(/^\S.*[^.]$/);
    });

    test("a key in an account that is gone opens nothing", async () => {
      // GIVEN a key in what is closed
      const inside = new ContractHarness({
        ...subject,
        createSimulator: () => harness.simulator,
        settingsOf: () => settings,
      });
      const { value } = await inside.mint({ ...(await inside.owner()), name: NAME, grant, expiresInSeconds: 86_400 });

      // WHEN
      close();

      // THEN
      const found = await adapter.verify({ value, grant }).catch((error: unknown) => error);
      expect(found).not.toMatchObject({ outcome: "works" });
    });

    test.each<[number, unknown]>([
      [401, { error: { code: "denied", message: "the key may not read the account" } }],
      [403, { error: { code: "denied", message: "the key may not read the account" } }],
      [404, PAGE],
      [404, {}],
      [500, {}],
      [200, PAGE],
      [200, {}],
    ])("a refusal, a proxy's page and an outage are no such word: %i %j", async (status, body) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      harness.intercept = () => new Response(text, { status });
      const found = await ask().catch((error: unknown) => error);
      expect(found).toBeInstanceOf(VendorError);
    });

    test("a look at the account changes nothing, and takes its turns", async () => {
      await ask();
      expect(harness.effects).toEqual([]);
      expect(harness.turns).toHaveLength(harness.sent.length);
    });
  });
}
