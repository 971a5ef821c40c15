import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { ownerName } from "../../src/model/names";
import { DEPLOYMENT, EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";
const OLD = "key_old";
const NEVER = 4_000_000_000;

describe("the end of an overlap that never comes", () => {
  let harness: EngineHarness;
  const apply = (repair: string) => {
    const tf = { action: "update", prev_input: null } as const;
    return reconcile(harness.engine, { key: KEY, secret: `${PREFIX}/${KEY}`, policy: policyOf(), repair, tf });
  };

  beforeEach(async () => {
    harness = new EngineHarness();
    harness.secret.exists = true;
    await apply("none");
    harness.addVendorKey(OLD, { name: `${ownerName(DEPLOYMENT, KEY)}/old`, ownerId: "" });
  });

  test.each([
    ["a sweep", false, () => sweep(harness.engine)],
    ["a sweep, of a vendor key that was disabled", true, () => sweep(harness.engine)],
    ["an apply", false, () => apply("drift")],
    ["an apply, of a vendor key that was disabled", true, () => apply("drift")],
  ])("is bounded by %s", async (_, disabled, run) => {
    // GIVEN
    const record = harness.table.records.get(KEY);
    if (record === undefined) throw new Error("no record");
    const entry = {
      keyId: OLD,
      revokeAfter: NEVER,
      expiresAt: NEVER,
      ...(disabled ? { disabled: true as const } : {}),
    };
    harness.table.records.set(KEY, { ...record, superseded: [entry] });

    // WHEN
    await run();

    // THEN
    const [left] = harness.table.records.get(KEY)?.superseded ?? [];
    expect(left?.keyId).toBe(OLD);
    expect(left?.revokeAfter).toBeLessThanOrEqual(harness.seconds + policyOf().lifetime.overlapSeconds);
  });
});
