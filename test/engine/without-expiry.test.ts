import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../src/engine/ports";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { RETAINED } from "../../src/secrets/labels";
import type { VendorAdapter, VendorKey } from "../../src/vendors/vendor";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";

const KEY = "summariser";
const SECRET = `${PREFIX}/${KEY}`;
const TENDAYS = policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 10 * SECONDS_PER_DAY } });

describe("with a vendor that knows no expiry", () => {
  let harness: EngineHarness;
  let engine: Engine;
  const keyIds = () => [...harness.vendor.keys.keys()];
  const current = () => harness.table.records.get(KEY)?.current;
  const apply = (policy = TENDAYS) =>
    reconcile(engine, {
      key: KEY,
      secret: SECRET,
      policy,
      repair: "none",
      tf: { action: "update", prev_input: null },
    });

  beforeEach(async () => {
    // GIVEN
    harness = new EngineHarness();
    harness.secret.exists = true;
    const vendor = minting(harness.engine.vendor);
    const endless = <Key extends VendorKey>({ expiresAt: _, ...key }: Key) => key;
    const adapter: VendorAdapter = {
      ...vendor,
      descriptor: {
        ...vendor.descriptor,
        enforcement: { ...vendor.descriptor.enforcement, expiry: "nobody" },
        inPlace: { grant: true, expiry: false },
      },
      mint: async (request) => {
        const { expiresAt: _, ...minted } = await minting(vendor).mint({ ...request, expiresInSeconds: 1_000_000_000 });
        return minted;
      },
      list: async (request) => (await vendor.list(request)).map(endless),
      read: async (request) => {
        const found = await vendor.read(request);
        return found === undefined ? undefined : endless(found);
      },
    };
    engine = { ...harness.engine, vendor: adapter };
    await apply();
  });

  test("the declared end stands in the ledger, counted from the issue", () => {
    expect(current()?.expiresAt).toBe((current()?.issuedAt ?? 0) + 10 * SECONDS_PER_DAY);
  });

  test("the sweep revokes the key in use at its declared end, and not a second sooner", async () => {
    harness.world.advance(((current()?.expiresAt ?? 0) - harness.seconds - 1) * 1_000);
    await sweep(engine);
    expect(keyIds()).toEqual([current()?.keyId]);

    harness.world.advance(1_000);
    await sweep(engine);
    expect(keyIds()).toEqual([]);
  });

  test("a key that somebody marked outlives it", async () => {
    const version = current()?.versionId ?? "";
    harness.secret.versions.get(version)?.labels.add(RETAINED + version);
    harness.world.advance(11 * SECONDS_PER_DAY * 1_000);
    await sweep(engine);
    expect(keyIds()).toHaveLength(1);
  });

  test("a changed lifetime is written down, and asks nothing of the vendor", async () => {
    // GIVEN
    const before = current();
    harness.world.trace.length = 0;
    // WHEN
    await apply(policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 20 * SECONDS_PER_DAY } }));
    // THEN
    expect(current()).toMatchObject({
      keyId: before?.keyId,
      expiresAt: (before?.issuedAt ?? 0) + 20 * SECONDS_PER_DAY,
    });
    expect(harness.world.trace.filter((name) => /vendor\.(mint|update|revoke)/.test(name))).toEqual([]);
  });
});
