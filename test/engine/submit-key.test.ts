import { destroy } from "../../src/engine/commands/destroy";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { judge } from "../../src/engine/commands/observe/drift";
import { observe } from "../../src/engine/commands/observe/observe";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { submitKey } from "../../src/engine/commands/submit-key";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { ENCRYPTION_FINE } from "../../src/engine/integrity/encryption";
import { keyMark, policyMark } from "../../src/engine/integrity/marks";
import type { ObservedKey } from "../../src/model/events";
import { type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { DEPLOYMENT, EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";
const SECRET = `${PREFIX}/${KEY}`;
const NAME = `${DEPLOYMENT}/${KEY}`;
const LIFE_SECONDS = 90 * SECONDS_PER_DAY;
const POLICY: KeyPolicy = (() => {
  const { scopes: _, ...rest } = policyOf({
    lifetime: {
      rotateEverySeconds: 60 * SECONDS_PER_DAY,
      overlapSeconds: SECONDS_PER_DAY,
      expirySeconds: LIFE_SECONDS,
    },
  });
  return rest;
})();

describe("a key that a person mints", () => {
  let harness: EngineHarness;
  const apply = (policy = POLICY, repair = "none") =>
    reconcile(harness.engine, { key: KEY, secret: SECRET, policy, repair, tf: { action: "create", prev_input: null } });
  const handOver = (value: string) => submitKey(harness.engine, { action: "adopt", key: KEY, value });
  const make = (name = NAME, seconds = LIFE_SECONDS) => harness.vendor.makeManually(name, seconds);
  const inUse = () => parseSecretPayload(harness.secret.currentValue() ?? "");
  const seen = async (): Promise<ObservedKey | undefined> =>
    (await observe(harness.engine, { action: "observe", keys: { [KEY]: policyDigest(POLICY) } }))[KEY];
  const pass = async (seconds: number) => {
    harness.world.advance(seconds * 1_000);
    await sweep(harness.engine);
  };
  const atVendor = (keyId = "") => {
    const key = harness.vendor.keys.get(keyId);
    if (key === undefined) return "gone";
    return key.disabled ? "disabled" : "active";
  };
  const effectsOf = async (work: () => Promise<unknown>) => {
    harness.world.trace.length = 0;
    await work().catch(() => undefined);
    return harness.world.trace.filter((line) => /vendor\.(revoke|disable)|secret\.(stage|promote)|put key/.test(line));
  };

  beforeEach(async () => {
    // GIVEN
    harness = new EngineHarness("manual");
    harness.secret.exists = true;
  });

  test("is declared without one: the apply succeeds and says what a person has to do", async () => {
    const { changes } = await apply();
    expect(changes).toEqual([
      `no vendor key was adopted yet; make a key named "${NAME}" in the console of OpenAI, then run: scoped-keys adopt ${SECRET}`,
    ]);
    expect(harness.secret.currentValue()).toBeUndefined();
    expect(harness.telemetry.incidents).toEqual([`opened rotation-due ${KEY}`]);
    // No apply can make it: the plan warns, and is empty.
    expect(await seen()).toMatchObject({ repair: "none", state: "due" });
  });

  test("is adopted: stored, in use, no longer due", async () => {
    // GIVEN
    await apply();
    const value = make();
    // WHEN
    const result = await handOver(value);
    // THEN
    expect(inUse()).toMatchObject({ apiKey: value, keyId: result.keyId, vendor: "openai" });
    expect(JSON.stringify(result)).not.toContain(value);
    expect(harness.telemetry.incidents.at(-1)).toBe(`resolved rotation-due ${KEY}`);
    expect(await seen()).toBeUndefined();
  });

  test("gives its predecessor the overlap, then disables it, and revokes it a day later", async () => {
    // GIVEN
    await apply();
    const { keyId: before } = await handOver(make());
    // WHEN
    const { superseded } = await handOver(make());
    // THEN
    expect(superseded?.keyId).toBe(before);
    await pass(SECONDS_PER_DAY - 1);
    expect(atVendor(before)).toBe("active");
    await pass(1);
    expect(atVendor(before)).toBe("disabled");
    await pass(SECONDS_PER_DAY - 1);
    expect(atVendor(before)).toBe("disabled");
    await pass(1);
    expect(atVendor(before)).toBe("gone");
  });

  test.each<[string, () => string, RegExp]>([
    ["that the vendor does not know", () => "sk-nobody-knows", /lists no vendor key/],
    ["of another name", () => make(`${DEPLOYMENT}/other`), /has the name/],
    ["of a name that only begins like it", () => make(`${NAME}-2`), /has the name/],
    ["that lives longer than declared", () => make(NAME, LIFE_SECONDS + 2 * SECONDS_PER_DAY), /expires on/],
    ["that has expired", () => make(NAME, 0), /disabled or has expired/],
  ])("refuses a value %s, and changes nothing", async (_, value, why) => {
    // GIVEN
    await apply();
    const first = make();
    await handOver(first);
    const given = value();
    // WHEN
    const effects = await effectsOf(() => handOver(given));
    // THEN
    await expect(handOver(given)).rejects.toThrow(/^\[SK230\]/);
    await expect(handOver(given)).rejects.toThrow(why);
    await handOver(given).catch((error: Error) => expect(error.message).not.toContain(given));
    expect(effects).toEqual([]);
    expect(inUse()?.apiKey).toBe(first);
  });

  test("refuses a value that is another declared key's: one vendor key has one owner", async () => {
    // GIVEN
    await apply();
    const value = make();
    const { keyId } = await handOver(value);
    const other = harness.table.records.get(KEY);
    if (other === undefined) throw new Error("no record");
    harness.table.records.set("ranker", { ...other, key: "ranker" });
    harness.table.records.set(KEY, { ...other, current: undefined });
    // One secret each: this key's has nothing yet.
    harness.secret.versions.clear();
    // WHEN, THEN
    await expect(handOver(value)).rejects.toThrow(`vendor key ${keyId} is key "ranker"'s`);
  });

  test("quotes a name at the vendor without what would steer a terminal", async () => {
    await apply();
    const value = make("\u001b[2Jby hand\n");
    const error = await handOver(value).catch((reason: Error) => reason);
    expect(String(error)).toContain('has the name "\\u{1b}[2Jby hand"');
  });

  test("refuses the value that is in use", async () => {
    await apply();
    const value = make();
    await handOver(value);
    await expect(handOver(value)).rejects.toThrow("[SK231]");
  });

  test("is not adopted before it is declared, nor while an operator has stopped it, nor at a vendor that mints", async () => {
    await expect(handOver(make())).rejects.toThrow("[SK213]");
    await apply();
    await handOver(make());
    await emergencyRevoke(harness.engine, { action: "revoke", key: KEY, successor: false });
    await expect(handOver(make())).rejects.toThrow("[SK220]");
    const additive = new EngineHarness();
    await expect(submitKey(additive.engine, { action: "adopt", key: KEY, value: "sk-1" })).rejects.toThrow("[SK232]");
  });

  test("is due before its rotation date and before its expiry, and told of once", async () => {
    // GIVEN
    await apply();
    await handOver(make(NAME, LIFE_SECONDS));
    harness.telemetry.incidents.length = 0;
    // WHEN, THEN
    await pass(53 * SECONDS_PER_DAY - 1);
    expect(harness.telemetry.incidents).toEqual([]);
    await pass(1);
    await pass(SECONDS_PER_HOUR);
    expect(harness.telemetry.incidents).toEqual([`opened rotation-due ${KEY}`]);
    expect((await seen())?.drift[0]).toMatch(/^due for rotation on 2027-01-22T.*scoped-keys adopt/);
    await handOver(make());
    expect(harness.telemetry.incidents.at(-1)).toBe(`resolved rotation-due ${KEY}`);
  });

  test("is due before an expiry that comes sooner than its rotation", async () => {
    await apply();
    await handOver(make(NAME, 20 * SECONDS_PER_DAY));
    await pass(15 * SECONDS_PER_DAY);
    expect((await seen())?.drift[0]).toMatch(/^due for rotation before it expires on/);
  });

  test("that somebody deleted or disabled at the vendor is due, and nothing is issued", async () => {
    // GIVEN
    await apply();
    const { keyId } = await handOver(make());
    // WHEN
    const key = harness.vendor.keys.get(keyId);
    if (key !== undefined) key.disabled = true;
    await sweep(harness.engine);
    // THEN
    expect((await seen())?.drift[0]).toContain(`vendor key ${keyId} was disabled at OpenAI`);
    harness.vendor.keys.delete(keyId);
    expect((await seen())?.drift[0]).toContain(`vendor key ${keyId} was deleted at OpenAI`);
    expect(harness.telemetry.incidents.at(-1)).toBe(`opened rotation-due ${KEY}`);
  });

  test("made and not handed over is named by the plan, and left alone", async () => {
    await apply();
    await handOver(make());
    make();
    await pass(2 * SECONDS_PER_DAY);
    expect((await seen())?.drift).toEqual([
      expect.stringMatching(/^vendor key key_\d+ ".*" at OpenAI is not adopted$/),
    ]);
    expect(harness.vendor.live()).toHaveLength(2);
  });

  test("whose secret somebody overwrote is put back by an apply", async () => {
    // GIVEN
    await apply();
    const value = make();
    await handOver(value);
    harness.secret.edit("by-hand", "something else");
    const drifted = await seen();
    expect(drifted).toMatchObject({ state: "drift", drift: ["the secret's value was edited by hand"] });
    // WHEN
    const { changes } = await apply(POLICY, drifted?.repair);
    // THEN
    expect(changes).toEqual(["put the adopted value back into the secret"]);
    expect(inUse()?.apiKey).toBe(value);
    expect(await seen()).toMatchObject({ state: "in_sync" });
  });

  test("whose secret was made anew has lost its value: the vendor key nobody has is ended, and a new one asked for", async () => {
    // GIVEN
    await apply();
    const { keyId } = await handOver(make());
    harness.secret.remove();
    harness.secret.exists = true;
    // WHEN
    const { changes } = await apply(POLICY, "its secret is gone (seen 2026-11-23T00:00:00.000Z)");
    // THEN
    expect(changes[0]).toMatch(/^no vendor key was adopted yet/);
    await sweep(harness.engine);
    expect(atVendor(keyId)).toBe("disabled");
  });

  test("is not rotated, replaced or issued anew by the sweep, however old it is", async () => {
    await apply();
    const { keyId } = await handOver(make());
    await pass(61 * SECONDS_PER_DAY);
    await pass(SECONDS_PER_DAY);
    expect(inUse()?.keyId).toBe(keyId);
  });

  test("in an emergency is left as it is where a successor would have to be issued: the two orders that help are named", async () => {
    // GIVEN
    await apply();
    const { keyId } = await handOver(make());
    const before = JSON.stringify([...harness.table.records]);
    // WHEN
    const refused = emergencyRevoke(harness.engine, { action: "revoke", key: KEY, successor: true });
    // THEN
    await expect(refused).rejects.toThrow(/\[SK256\].*Nothing was changed.*--no-successor.*adopt .*--keep-current/);
    expect(JSON.stringify([...harness.table.records])).toBe(before);
    expect(atVendor(keyId)).toBe("active");
    await sweep(harness.engine);
    expect(atVendor(keyId)).toBe("active");
  });

  test("in an emergency dies at once where nothing is to follow", async () => {
    // GIVEN
    await apply();
    const { keyId } = await handOver(make());
    // WHEN
    const ended = await emergencyRevoke(harness.engine, { action: "revoke", key: KEY, successor: false });
    expect(ended).toMatchObject({ done: true, dead: [keyId] });
  });

  test("in an emergency dies at once, with what else was made in its name, where a successor was handed over before", async () => {
    // GIVEN
    await apply();
    const { keyId } = await handOver(make());
    const { keyId: successor } = await handOver(make());
    // WHEN
    const result = await emergencyRevoke(harness.engine, {
      action: "revoke",
      key: KEY,
      successor: true,
      keepCurrent: true,
    });
    // THEN
    expect(result).toMatchObject({ done: true, successor, dead: [keyId], alive: [] });
    expect(atVendor(keyId)).toBe("gone");
    expect(atVendor(successor)).toBe("active");
    expect(inUse()?.keyId).toBe(successor);
  });

  test("has nothing to keep in an emergency before one was handed over, nor where nothing is to be in use", async () => {
    await apply();
    const order = { action: "revoke", key: KEY, keepCurrent: true } as const;
    await expect(emergencyRevoke(harness.engine, { ...order, successor: true })).rejects.toThrow("[SK256]");
    await handOver(make());
    await expect(emergencyRevoke(harness.engine, { ...order, successor: false })).rejects.toThrow("[SK202]");
  });

  test("is revoked by a destroy, and with it what was made in its name", async () => {
    await apply();
    await handOver(make());
    make();
    await destroy(harness.engine, { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } });
    expect(harness.vendor.live()).toEqual([]);
  });

  test("is unknown, and not in sync, where the vendor cannot be read", () => {
    const current = {
      keyId: "k",
      versionId: "v",
      issuedAt: harness.seconds,
      expiresAt: harness.seconds + LIFE_SECONDS,
    };
    const observed = judge({
      key: KEY,
      prefix: PREFIX,
      declared: policyDigest(POLICY),
      deployment: DEPLOYMENT,
      vendor: harness.engine.vendor,
      record: {
        schema: 1,
        key: KEY,
        rev: 1,
        policy: POLICY,
        repair: "none",
        pending: [],
        superseded: [],
        current,
      },
      encryption: ENCRYPTION_FINE,
      secret: {
        value: {
          arn: "arn",
          rotationEnabled: false,
          versions: { v: ["AWSCURRENT", keyMark(current, POLICY), policyMark(POLICY)] },
        },
      },
      vendorKeys: { failed: "OpenAI could not be read" },
      scopeChanges: { value: [] },
      nowMillis: harness.world.now(),
    });
    expect(observed).toEqual({ repair: "none", state: "unknown", drift: ["OpenAI could not be read"] });
  });
});
