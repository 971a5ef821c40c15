import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../src/engine/ports";
import type { RotationStep } from "../../src/model/events";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { VendorError, type VendorErrorKind } from "../../src/model/vendor-error";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";
const TOKEN = "rotation-00000000000000000000000000000001";
const NEXT = "rotation-00000000000000000000000000000002";
const STEPS: readonly RotationStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const GRACE_SECONDS = SECONDS_PER_DAY + 3 * SECONDS_PER_HOUR;

describe("a rotation in place", () => {
  let harness: EngineHarness;
  let first: { apiKey: string; keyId: string };
  const current = () => harness.table.records.get(KEY)?.current;
  const inUse = () => {
    const payload = parseSecretPayload(harness.secret.currentValue() ?? "");
    if (payload === undefined) throw new Error("no value");
    return payload;
  };
  const apply = (policy = policyOf(), repair = "none") =>
    reconcile(harness.engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy,
      repair,
      tf: { action: "update", prev_input: null },
    });
  const begin = (token = TOKEN) => {
    harness.secret.versions.set(token, { value: undefined, labels: new Set(), number: harness.secret.next() });
    harness.secret.move("AWSPENDING", token);
  };
  const step = (name: RotationStep, token = TOKEN, engine: Engine = harness.engine) =>
    rotateStep(engine, { key: KEY, runStep: name, token });
  const rotateAll = async (token = TOKEN) => {
    begin(token);
    for (const name of STEPS) await step(name, token);
  };
  const effects = (name: string) => harness.world.trace.filter((line) => line.endsWith(` vendor.${name}`)).length;
  const pass = (seconds: number) => harness.world.advance(seconds * 1_000);
  /** An engine whose vendor answers a rotation so. */
  const failing = (kind: VendorErrorKind, happens = false): Engine => ({
    ...harness.engine,
    vendor: {
      ...harness.engine.vendor,
      rotate: async (request) => {
        if (happens) await harness.engine.vendor.rotate?.(request);
        throw new VendorError(kind, "rotate", `the vendor answered ${kind}`);
      },
    },
  });

  beforeEach(async () => {
    // GIVEN
    harness = new EngineHarness("in_place");
    harness.secret.exists = true;
    await apply();
    harness.secret.rotationEnabled = true;
    first = inUse();
    harness.world.trace.length = 0;
  });

  test("gives the same vendor key a new value, and the old one lives for the overlap and the reserve", async () => {
    // WHEN
    await rotateAll();
    // THEN
    expect(inUse().keyId).toBe(first.keyId);
    expect(inUse().apiKey).not.toBe(first.apiKey);
    expect([effects("rotate"), effects("mint")]).toEqual([1, 0]);
    pass(GRACE_SECONDS - 1);
    expect(harness.vendor.works(first.apiKey)).toBe(true);
    pass(1);
    expect([harness.vendor.works(first.apiKey), harness.vendor.works(inUse().apiKey)]).toEqual([false, true]);
  });

  test("moves the expiry with it, also where the vendor does not, so that no key dies of its first one", async () => {
    for (let weeks = 0; weeks < 5; weeks += 1) {
      pass(7 * SECONDS_PER_DAY);
      await rotateAll(`rotation-${String(weeks).padStart(32, "0")}`);
      expect([weeks, harness.vendor.works(inUse().apiKey)]).toEqual([weeks, true]);
    }
    expect(current()?.expiresAt).toBe(harness.vendor.keys.get(first.keyId)?.expiresAt);
    expect(harness.vendor.keys.size).toBe(1);
  });

  test("has the end of the old value in the ledger before the vendor is called", async () => {
    begin();
    await expect(step("createSecret", TOKEN, failing("unavailable"))).rejects.toThrow("unavailable");
    expect(current()?.valueEndsAt).toBe(harness.seconds + GRACE_SECONDS);
  });

  test.each<VendorErrorKind>(["throttled", "admin_refused", "invalid", "queue_timeout"])(
    "that was certainly not done (%s) leaves the old value without an end",
    async (kind) => {
      begin();
      await expect(step("createSecret", TOKEN, failing(kind))).rejects.toThrow(kind);
      expect(current()).not.toHaveProperty("valueEndsAt");
      expect(harness.table.records.get(KEY)?.pending).toEqual([]);
    },
  );

  test.each<VendorErrorKind>(["not_found", "conflict"])(
    "that the vendor will not do (%s) is a second vendor key at once",
    async (kind) => {
      begin();
      await step("createSecret", TOKEN, failing(kind));
      expect([effects("rotate"), effects("mint")]).toEqual([0, 1]);
      expect(current()).not.toHaveProperty("valueEndsAt");
    },
  );

  test("whose answer was lost is not repeated in place: the next attempt mints a second vendor key", async () => {
    // GIVEN
    begin();
    await expect(step("createSecret", TOKEN, failing("unavailable", true))).rejects.toThrow("unavailable");
    // WHEN
    for (const name of STEPS) await step(name);
    // THEN
    expect([effects("rotate"), effects("mint")]).toEqual([1, 1]);
    expect(inUse().keyId).not.toBe(first.keyId);
    expect(current()).not.toHaveProperty("valueEndsAt");
    pass(SECONDS_PER_DAY);
    expect(harness.vendor.works(first.apiKey)).toBe(true);
    await sweep(harness.engine);
    expect(harness.vendor.keys.has(first.keyId)).toBe(false);
  });

  test.each([true, false])(
    "that nobody finishes gets a second vendor key from a sweep, with rotation switched on or off (%s)",
    async (rotationEnabled) => {
      // GIVEN
      begin();
      await expect(step("createSecret", TOKEN, failing("unavailable", true))).rejects.toThrow("unavailable");
      harness.secret.rotationEnabled = rotationEnabled;
      // WHEN
      pass(SECONDS_PER_HOUR);
      await sweep(harness.engine);
      // THEN
      expect(inUse().keyId).not.toBe(first.keyId);
      pass(GRACE_SECONDS);
      expect(harness.vendor.works(inUse().apiKey)).toBe(true);
    },
  );

  test("whose new value fails its test is given up, the vendor key left alone, and a second one takes over", async () => {
    // GIVEN
    begin();
    await step("createSecret");
    const broken: Engine = {
      ...harness.engine,
      vendor: {
        ...harness.engine.vendor,
        verify: async () => ({ outcome: "wider", evidence: "more", scopeProven: true }),
      },
    };
    await expect(step("testSecret", TOKEN, broken)).rejects.toThrow("[SK265]");
    expect(harness.vendor.works(first.apiKey)).toBe(true);
    // WHEN
    await rotateAll(NEXT);
    // THEN
    expect(inUse().keyId).not.toBe(first.keyId);
    pass(SECONDS_PER_DAY - 1);
    await sweep(harness.engine);
    expect(harness.vendor.works(first.apiKey)).toBe(true);
  });

  test("is a second vendor key where the overlap is longer than any grace", async () => {
    const long = policyOf({
      lifetime: {
        rotateEverySeconds: 30 * SECONDS_PER_DAY,
        overlapSeconds: 8 * SECONDS_PER_DAY,
        expirySeconds: 60 * SECONDS_PER_DAY,
      },
    });
    await apply(long);
    await rotateAll();
    expect([effects("rotate"), effects("mint")]).toEqual([0, 1]);
  });

  test("under way is no drift of the expiry, and an apply meanwhile leaves it to its end", async () => {
    begin();
    await step("createSecret");
    await step("setSecret");
    const { changes } = await apply(policyOf(), "something was seen");
    expect(changes.filter((text) => /issued|expiry/.test(text))).toEqual([]);
    await step("testSecret");
    await step("finishSecret");
    expect(inUse().keyId).toBe(first.keyId);
  });
});
