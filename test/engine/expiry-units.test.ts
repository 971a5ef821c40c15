import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import type { Engine } from "../../src/engine/ports";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";

const KEY = "summariser";

describe("with a vendor that sets lives of whole days, once and for all", () => {
  let harness: EngineHarness;
  let engine: Engine;
  const current = () => harness.table.records.get(KEY)?.current;
  const effects = () => harness.world.trace.filter((name) => /vendor\.(mint|update|revoke)/.test(name));
  const apply = (expirySeconds: number, repair = "none") =>
    reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf({ lifetime: { overlapSeconds: 0, expirySeconds } }),
      repair,
      tf: { action: "update", prev_input: null },
    });
  const life = () => (current()?.expiresAt ?? 0) - (current()?.issuedAt ?? 0);

  beforeEach(() => {
    // GIVEN
    harness = new EngineHarness();
    harness.secret.exists = true;
    // Lives are counted from the mint, and not from midnight.
    harness.world.advance(7 * SECONDS_PER_HOUR * 1_000);
    const vendor = minting(harness.engine.vendor);
    const wholeDays = (seconds: number) => Math.ceil(seconds / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    const adapter: VendorAdapter = {
      ...vendor,
      descriptor: {
        ...vendor.descriptor,
        expiryUnitSeconds: SECONDS_PER_DAY,
        inPlace: { grant: true, expiry: false },
      },
      mint: (request) => vendor.mint({ ...request, expiresInSeconds: wholeDays(request.expiresInSeconds) }),
    };
    engine = { ...harness.engine, vendor: adapter };
  });

  test("a life that is rounded up is what was asked, however often it is applied", async () => {
    await apply(9.5 * SECONDS_PER_DAY);
    expect(life()).toBe(10 * SECONDS_PER_DAY);
    const before = current();
    await apply(9.5 * SECONDS_PER_DAY);
    await apply(9.5 * SECONDS_PER_DAY, "drift (seen 1)");
    expect(current()).toEqual(before);
  });

  test("another life of as many days changes nothing", async () => {
    await apply(9.5 * SECONDS_PER_DAY);
    const before = current();
    harness.world.trace.length = 0;
    await apply(10 * SECONDS_PER_DAY);
    expect(effects()).toEqual([]);
    expect(current()).toEqual(before);
  });

  test.each([9, 11])("a life of %i days instead of 10 is a change", async (days) => {
    await apply(10 * SECONDS_PER_DAY);
    const before = current();
    await apply(days * SECONDS_PER_DAY);
    expect(life()).toBe(days * SECONDS_PER_DAY);
    expect(current()?.keyId).not.toBe(before?.keyId);
  });

  test("a key whose days are over for the new life gets a successor", async () => {
    await apply(10 * SECONDS_PER_DAY);
    const before = current();
    harness.world.advance(3.5 * SECONDS_PER_DAY * 1_000);
    await apply(2.5 * SECONDS_PER_DAY);
    expect(current()?.keyId).not.toBe(before?.keyId);
  });
});
