import { redactingAdapter } from "../../src/engine/middleware/redacting";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { EngineHarness, policyOf } from "../support/engine";
import { minting } from "../support/minting";

describe("an adapter that keeps values secret", () => {
  const connect = (harness: EngineHarness) => {
    const kept: string[] = [];
    return { kept, vendor: redactingAdapter(harness.engine.vendor, (value) => kept.push(value)) };
  };
  const order = { name: "n", grant: { scopes: policyOf().scopes ?? [] }, expiresInSeconds: 60 };

  test("tells each value when it is minted, replaced or looked at, and answers as before", async () => {
    // GIVEN
    const harness = new EngineHarness("in_place");
    const { kept, vendor } = connect(harness);
    // WHEN
    const minted = await minting(vendor).mint(order);
    const rotated = await vendor.rotate?.({ keyId: minted.id, graceSeconds: 7_200, expiresInSeconds: 60 });
    const { outcome } = await vendor.verify({ value: "looked-at", grant: {} });
    // THEN
    expect(kept).toEqual([minted.value, rotated?.value, "looked-at"]);
    expect(outcome).toBe("refused");
    expect((await vendor.list({})).map(({ id }) => id)).toContain(minted.id);
  });

  test("tells chosen values before they are minted, and those that a person brings", async () => {
    const chosen = connect(new EngineHarness("chosen"));
    const { value = "" } = chosen.vendor.chooseValue?.() ?? {};
    expect(chosen.kept).toEqual([value]);
    const manual = connect(new EngineHarness("manual"));
    await manual.vendor.identify?.({ value: "brought", name: "n" });
    expect(manual.kept).toEqual(["brought"]);
  });

  test("has no verb that the vendor lacks", () => {
    for (const nature of ["additive", "slot_pair", "manual"] as const) {
      const harness = new EngineHarness(nature);
      const { vendor } = connect(harness);
      for (const verb of ["mint", "rotate", "chooseValue", "identify", "update"] as const) {
        expect([nature, verb, (vendor as VendorAdapter)[verb] === undefined]).toEqual([
          nature,
          verb,
          harness.engine.vendor[verb] === undefined,
        ]);
      }
    }
  });
});
