import { reconcile } from "../../src/engine/reconcile";
import { EngineBench, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";

test("a vendor whose keys are made by hand is asked for none, and nothing is left of the attempt", async () => {
  // GIVEN
  const bench = new EngineBench();
  bench.secret.exists = true;
  const { mint: _, ...vendor } = bench.engine.vendor;
  const request = {
    key: KEY,
    secret: `${PREFIX}/${KEY}`,
    policy: policyOf(),
    repair: "none",
    tf: { action: "create", prev_input: null },
  } as const;

  // WHEN
  const apply = reconcile({ ...bench.engine, vendor }, request);

  // THEN
  await expect(apply).rejects.toMatchObject({ kind: "invalid", message: expect.stringContaining("by a person") });
  expect(bench.vendor.keys.size).toBe(0);
  expect((await bench.engine.ledger.get(KEY))?.pending).toEqual([]);
  expect(bench.secret.currentValue()).toBeUndefined();
});
