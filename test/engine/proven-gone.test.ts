import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { submitKey } from "../../src/engine/commands/submit-key";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { stopOf } from "../../src/engine/integrity/marks";
import type { Engine } from "../../src/engine/ports";
import { ownerName } from "../../src/model/names";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { VendorError } from "../../src/model/vendor-error";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { DEPLOYMENT, EngineHarness, PREFIX, policyOf } from "../support/engine";
import { minting } from "../support/minting";
import { destroyKey, stopKey } from "../support/orders";

const KEY = "summariser";

describe("an account that is gone", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let evidence: string | undefined;
  let closed: boolean;
  let verify: VendorAdapter["verify"];
  const order = (accountGone?: true) => stopKey(engine, KEY, accountGone);
  const destroy = () => destroyKey(engine, KEY);

  beforeEach(async () => {
    // GIVEN a key in use, and an account that somebody closes
    harness = new EngineHarness();
    harness.secret.exists = true;
    closed = false;
    evidence = undefined;
    verify = async () => ({ outcome: "refused", evidence: "unknown key", scopeProven: false });
    const vendor = minting(harness.engine.vendor);
    const refused = async () => {
      throw new VendorError("invalid", "list", "the account is closed");
    };
    engine = {
      ...harness.engine,
      vendor: {
        ...vendor,
        list: (request) => (closed ? refused() : vendor.list(request)),
        read: (request) => (closed ? refused() : vendor.read(request)),
        revoke: (request) => (closed ? refused() : vendor.revoke(request)),
        verify: (request) => (closed ? verify(request) : vendor.verify(request)),
        accountGone: async () => evidence,
      },
    };
    await reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf(),
      repair: "none",
      tf: { action: "create", prev_input: null },
    });
    closed = true;
  });

  test("is no reason by itself: without the vendor's word nothing is taken for dead", async () => {
    expect((await order()).done).toBe(false);
    await expect(order(true)).rejects.toThrow(/SK281.*like an account that is open/);
    await expect(destroy()).rejects.toThrow("the account is closed");
  });

  test("ends a revoke and a destroy with the vendor's word, which the result and the log repeat", async () => {
    // WHEN
    evidence = "the vendor has archived the project";
    const result = await order(true);

    // THEN
    expect(result).toMatchObject({ done: true, alive: [], accountGone: evidence });
    expect(result.dead).toHaveLength(1);
    expect(JSON.stringify(harness.telemetry.lines)).toContain("taken for dead");
    expect((await destroy()).changes).toContain(`taken for dead, as the account is gone: ${evidence}`);
  });

  test("that is open again is revoked in, as any", async () => {
    // GIVEN
    evidence = "the vendor has keys switched off";
    await order(true);

    // WHEN
    evidence = undefined;

    // THEN
    await expect(destroy()).rejects.toThrow("the account is closed");
    closed = false;
    await destroy();
    expect([...harness.vendor.keys.values()].filter(({ name }) => name.includes(KEY))).toEqual([]);
  });

  test("is not believed where a value of the key works all the same", async () => {
    // GIVEN an admin key of another account, to which this one is not there
    evidence = "the vendor has no such project any more";
    verify = minting(harness.engine.vendor).verify;

    // THEN
    await expect(order(true)).rejects.toThrow(/SK281.*works all the same/);
    await expect(destroy()).rejects.toThrow("the account is closed");
  });

  test("is believed where looks with the key's values are no verdict", async () => {
    evidence = "the vendor has keys switched off";
    verify = async () => {
      throw new VendorError("no_verdict", "GET /models", "keys are switched off");
    };
    expect((await order(true)).done).toBe(true);
  });

  test.each([
    [{ noProof: "it has no API for accounts" }, /SK282.*gives no proof.*no API for accounts.*Open the account again/],
    [
      { proof: "the workspace is archived", reversal: "nobody can" },
      /SK282.*workspace is archived, and the issuer names/,
    ],
    [undefined, /SK282.*its adapter does not say/],
  ])("cannot be shown where the vendor gives no proof: %j", async (facts, message) => {
    const { accountGone: _, ...vendor } = engine.vendor;
    const { accountGone: __, ...descriptor } = vendor.descriptor;
    engine = {
      ...engine,
      vendor: { ...vendor, descriptor: facts === undefined ? descriptor : { ...descriptor, accountGone: facts } },
    };
    await expect(order(true)).rejects.toThrow(message);
    expect((await harness.engine.ledger.get(KEY))?.revocation).toBeUndefined();
  });

  test("that is open again is not taken back: the apply that lifts the stop issues another vendor key, and the one before dies", async () => {
    // GIVEN
    evidence = "the vendor has keys switched off";
    await order(true);
    const before = parseSecretPayload(harness.secret.currentValue() ?? "")?.keyId ?? "";
    evidence = undefined;
    closed = false;
    const { id } = stopOf(harness.secret.labels()) ?? {};

    // WHEN
    await reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf(),
      repair: `stop ${id}`,
      tf: { action: "update", prev_input: null },
    });

    // THEN
    const inUse = parseSecretPayload(harness.secret.currentValue() ?? "")?.keyId;
    expect(inUse).not.toBe(before);

    // WHEN a sweep looks at the account again
    harness.world.advance(86_400_000);
    await sweep(engine);

    // THEN
    expect(harness.vendor.keys.has(before)).toBe(false);
    expect(parseSecretPayload(harness.secret.currentValue() ?? "")?.keyId).toBe(inUse);
  });

  test("that is open again gives nothing back that somebody has overwritten meanwhile", async () => {
    // GIVEN a vendor where people mint
    const manual = new EngineHarness("manual");
    manual.secret.exists = true;
    const { scopes: _, ...policy } = policyOf();
    const tf = { action: "update", prev_input: null } as const;
    const apply = (repair: string) =>
      reconcile(manual.engine, { key: KEY, secret: `${PREFIX}/${KEY}`, policy, repair, tf });
    await apply("none");
    const value = manual.vendor.makeManually(ownerName(DEPLOYMENT, KEY), 1_000_000);
    await submitKey(manual.engine, { action: "adopt", key: KEY, value });
    manual.vendor.closed = true;
    await emergencyRevoke(manual.engine, { action: "revoke", key: KEY, successor: false, accountGone: true });
    manual.secret.edit(manual.token(), "by hand");
    manual.vendor.closed = false;

    // WHEN
    await apply(`stop ${stopOf(manual.secret.labels())?.id}`);

    // THEN
    expect(manual.secret.currentValue()).toBe("by hand");
    manual.world.advance(86_400_000);
    await sweep(manual.engine);
    expect(manual.vendor.works(value)).toBe(false);
  });

  test("that is open again is not kept by an order to end all others", async () => {
    evidence = "the vendor has keys switched off";
    await order(true);
    evidence = undefined;
    closed = false;
    const others = { action: "revoke", key: KEY, successor: true, keepCurrent: true } as const;
    await expect(emergencyRevoke(engine, others)).rejects.toThrow(/an operator stopped the key/);
  });

  test("has no successor", async () => {
    evidence = "the vendor has archived the project";
    await expect(
      emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true, accountGone: true }),
    ).rejects.toThrow(/no successor/);
  });
});
