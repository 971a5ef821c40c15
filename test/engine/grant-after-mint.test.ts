import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import type { Engine } from "../../src/engine/ports";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { VendorError } from "../../src/model/vendor-error";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";

const KEY = "summariser";

describe("with a vendor whose mint does not take the whole grant", () => {
  let harness: EngineHarness;
  let refusing: boolean;
  let engine: Engine;
  const apply = () =>
    reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf(),
      repair: "none",
      tf: { action: "create", prev_input: null },
    });

  beforeEach(() => {
    // GIVEN
    refusing = false;
    harness = new EngineHarness();
    harness.secret.exists = true;
    const vendor = minting(harness.engine.vendor);
    const adapter: VendorAdapter = {
      ...vendor,
      descriptor: { ...vendor.descriptor, grantAfterMint: true },
      mint: (request) => minting(vendor).mint({ ...request, grant: { scopes: ["everything"] } }),
      update: async (request) => {
        if (refusing) throw new VendorError("unavailable", "update", "the vendor answered 503");
        if (vendor.update === undefined) throw new Error("no update");
        return vendor.update(request);
      },
    };
    engine = { ...harness.engine, vendor: adapter };
  });

  test("the rest is set before anybody can read the value", async () => {
    await apply();
    const effects = harness.world.trace.map((line) => line.replace(/^\S+ /, ""));
    expect(effects.indexOf("vendor.update")).toBeGreaterThan(effects.indexOf("vendor.mint"));
    expect(effects.lastIndexOf("secret.stage")).toBeGreaterThan(effects.indexOf("vendor.update"));
    expect([...harness.vendor.keys.values()].map(({ scopes }) => scopes)).toEqual([policyOf().scopes]);
  });

  test("where that fails nothing is stored, and the next attempt leaves one vendor key, with the grant", async () => {
    // GIVEN
    refusing = true;
    await expect(apply()).rejects.toThrow("503");
    expect(harness.secret.currentValue()).toBeUndefined();

    // WHEN
    refusing = false;
    await apply();

    // THEN
    expect([...harness.vendor.keys.values()].map(({ scopes }) => scopes)).toEqual([policyOf().scopes]);
    expect(parseSecretPayload(harness.secret.currentValue() ?? "")).toBeDefined();
  });
});
