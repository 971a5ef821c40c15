import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import type { Engine } from "../../src/engine/ports";
import type { Granted } from "../../src/model/granted";
import type { KeyPolicy } from "../../src/model/key-policy";
import type { VendorAdapter, VendorKey } from "../../src/vendors/vendor";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";

const KEY = "summariser";

describe("with a vendor that takes a limit and does not set it", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let shown: (key: VendorKey) => Granted;
  const apply = (policy: KeyPolicy = policyOf(), action: "create" | "update" = "create") =>
    reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy,
      repair: "none",
      tf: { action, prev_input: null },
    });

  beforeEach(() => {
    // GIVEN
    harness = new EngineHarness();
    harness.secret.exists = true;
    shown = ({ granted = {} }) => granted;
    const vendor = minting(harness.engine.vendor);
    const as = (key: VendorKey): VendorKey => ({ ...key, granted: shown(key) });
    const adapter: VendorAdapter = {
      ...vendor,
      read: async (request) => {
        const key = await vendor.read(request);
        return key === undefined ? undefined : as(key);
      },
      list: async (request) => (await vendor.list(request)).map(as),
      ...(vendor.update === undefined
        ? {}
        : {
            update: async (request) => as(await (vendor.update?.(request) ?? Promise.reject(new Error("no update")))),
          }),
    };
    engine = { ...harness.engine, vendor: adapter };
  });

  test("an apply fails, and the error names what the vendor shows", async () => {
    shown = () => ({ limits: null, others: [{ of: "spend", shown: "budget_limits 5 per 2d", reason: "" }] });
    await expect(apply()).rejects.toThrow(/SK280.*to budget_limits 5 per 2d/);
  });

  test("a change of a key in use fails, and the next apply sets it again", async () => {
    // GIVEN
    await apply();

    // WHEN
    const changed = policyOf({ scopes: ["model.read", "model.request"] });
    shown = ({ granted = {} }) => ({ ...granted, scopes: ["something.else"] });
    await expect(apply(changed, "update")).rejects.toThrow(/SK280.*something\.else/);

    // THEN
    shown = ({ granted = {} }) => granted;
    await apply(changed, "update");
    expect([...harness.vendor.keys.values()].map(({ scopes }) => scopes)).toEqual([changed.scopes]);
  });

  test("a vendor that shows a change after a moment is waited for", async () => {
    // GIVEN
    await apply();

    // WHEN
    let looks = 0;
    const changed = policyOf({ scopes: ["model.read"] });
    shown = ({ granted = {} }) => (looks++ < 3 ? { ...granted, scopes: ["model.request"] } : granted);
    await apply(changed, "update");

    // THEN
    expect([...harness.vendor.keys.values()].map(({ scopes }) => scopes)).toEqual([changed.scopes]);
  });
});
