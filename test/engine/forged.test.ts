import * as v from "valibot";
import { destroy } from "../../src/engine/commands/destroy";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { ownerMark, policyMark, revokedMark } from "../../src/engine/integrity/marks";
import { rewriteExpiry } from "../../src/engine/issuance/change-expiry";
import { create } from "../../src/engine/issuance/create";
import { issue } from "../../src/engine/issuance/issue";
import { checkRecord } from "../../src/engine/issuance/recover/record-check";
import { KeySession } from "../../src/engine/key-session";
import type { Engine } from "../../src/engine/ports";
import { INCIDENTS } from "../../src/model/incidents";
import { canonicalPolicy } from "../../src/model/key-policy";
import { type KeyRecord, keyRecordSchema, newKeyRecord } from "../../src/model/key-record";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { VendorError } from "../../src/model/vendor-error";
import { currentVersion, previousVersion } from "../../src/secrets/labels";
import type { NatureName } from "../chaos/natures";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { destroyKey } from "../support/orders";

const KEY = "summariser";
const SECRET = `${PREFIX}/${KEY}`;
const STRANGER = "key_stranger";

/** Somebody may write into the ledger's table; or into the secret; nobody may do both. */
class Forging extends EngineHarness {
  static async deployed(nature: NatureName = "additive"): Promise<Forging> {
    const harness = new Forging(nature);
    harness.secret.exists = true;
    const { scopes, ...unscoped } = policyOf();
    await harness.apply(nature === "slot_pair" || nature === "manual" ? unscoped : { ...unscoped, scopes });
    harness.secret.rotationEnabled = true;
    return harness;
  }

  get record(): KeyRecord {
    return this.table.records.get(KEY) ?? newKeyRecord(KEY);
  }

  write(change: Partial<KeyRecord>): void {
    this.table.records.set(KEY, { ...this.record, ...change });
  }

  inUse(): string {
    return parseSecretPayload(this.secret.currentValue() ?? "")?.keyId ?? "";
  }

  apply(policy = policyOf(), repair = "none") {
    const tf = { action: "update", prev_input: null } as const;
    return reconcile(this.engine, { key: KEY, secret: SECRET, policy, repair, tf });
  }

  async rotated(): Promise<void> {
    const token = this.token();
    this.secret.versions.set(token, { value: undefined, labels: new Set(), number: this.secret.next() });
    this.secret.move("AWSPENDING", token);
    for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
      await rotateStep(this.engine, { key: KEY, runStep: step, token });
    }
  }

  pass(seconds: number): void {
    this.world.advance(seconds * 1_000);
  }
}

const benchOf = (harness: Forging) => new KeySession(harness.engine, harness.record);

describe("what somebody writes into the ledger is told by the next sweep, and ends nothing:", () => {
  const NEVER = 4_000_000_000;
  test.each<[string, (harness: Forging) => Partial<KeyRecord>]>([
    ["a stop", () => ({ stopped: { id: "forged", since: 0 } })],
    ["a destroy of some day", () => ({ unfinished: { action: "destroy", since: NEVER, reason: "" } })],
    ["a destroy that ended", () => ({ unfinished: { action: "destroy", since: 0, reason: "", revoked: true } })],
    ["an end of a value that has none", ({ record }) => valueEnds(record)],
  ])("%s", async (_, change) => {
    // GIVEN
    const harness = await Forging.deployed();
    const before = harness.inUse();
    harness.write(change(harness));

    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(harness.telemetry.incidents).toContain(`opened ledger-tampered ${KEY}`);
    expect([...harness.vendor.keys.keys()]).toEqual([before]);
  });

  test("a policy that is gone", async () => {
    const harness = await Forging.deployed();
    const { policy: _, ...rest } = harness.record;
    harness.table.records.set(KEY, rest);
    await sweep(harness.engine);
    expect(harness.telemetry.incidents).toContain(`opened ledger-tampered ${KEY}`);
  });

  function valueEnds({ current }: KeyRecord): Partial<KeyRecord> {
    return current === undefined ? {} : { current: { ...current, valueEndsAt: 1 } };
  }
});

test("a rotation that began some day in the future keeps nobody from one that is overdue", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const before = harness.inUse();
  harness.write({ pending: [{ token: "t".repeat(32), origin: "rotation", startedAt: 4_000_000_000 }] });
  harness.pass(9 * SECONDS_PER_DAY);

  // WHEN
  await sweep(harness.engine);

  // THEN
  expect(harness.inUse()).not.toBe(before);
  expect(harness.record.pending).toEqual([]);
});

test("a destroy that the ledger has lost is finished by the sweep, and a finished one stays so", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const outage = new Error("the vendor is down");
  const broken = { ...harness.engine.vendor, list: () => Promise.reject(outage) };
  const event = { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } } as const;
  await expect(destroy({ ...harness.engine, vendor: broken }, event)).rejects.toBe(outage);
  const { unfinished: _, ...rest } = harness.record;
  harness.table.records.set(KEY, rest);

  // WHEN
  harness.pass(2 * SECONDS_PER_HOUR);
  await sweep(harness.engine);
  const incidents = harness.telemetry.incidents.length;
  await sweep(harness.engine);

  // THEN
  expect(harness.vendor.live()).toEqual([]);
  expect(harness.record.unfinished).toMatchObject({ action: "destroy", revoked: true });
  expect(harness.telemetry.incidents).toHaveLength(incidents);
});

describe("a destroy of a key without a value, which no mark can tell of", () => {
  let harness: Forging;

  beforeEach(async () => {
    // GIVEN nothing handed over yet, a vendor that let no destroy end, and somebody who writes into
    // the table
    harness = await Forging.deployed("manual");
    harness.vendor.closed = true;
    await expect(destroyKey(harness.engine, KEY)).rejects.toThrow("the account is closed");
    harness.vendor.closed = false;
    const { unfinished, ...rest } = harness.record;
    expect(unfinished?.action).toBe("destroy");
    harness.table.records.set(KEY, rest);
    harness.pass(2 * SECONDS_PER_HOUR);
  });

  test("is carried out by the sweep, since the incident tells of it", async () => {
    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(harness.record.unfinished).toMatchObject({ action: "destroy", revoked: true });
    expect(harness.record.incidents).toBeUndefined();
    expect(harness.telemetry.incidents).toContain(`resolved unfinished-destroy ${KEY}`);
  });

  test("is none of a key with a value, whatever incidents somebody invents", async () => {
    // GIVEN
    const other = await Forging.deployed();
    other.write({ incidents: [{ kind: INCIDENTS.unfinishedDestroy, since: 0 }] });

    // WHEN
    await sweep(other.engine);

    // THEN
    expect(other.vendor.live()).toHaveLength(1);
    expect(other.record).not.toHaveProperty("unfinished");
    expect(other.telemetry.incidents).toEqual([`resolved unfinished-destroy ${KEY}`]);
  });
});

test("a record of a key that nobody declared ends no slot of the account", async () => {
  // GIVEN
  const harness = await Forging.deployed("slot_pair");
  const inUse = harness.inUse();
  const describe = harness.engine.secrets.describe.bind(harness.engine.secrets);
  // Made-up keys have no secret.
  Object.assign(harness.engine.secrets, {
    describe: async (name: string) => (name === SECRET ? describe(name) : undefined),
  });
  harness.addRecord("made-up", { superseded: [{ keyId: inUse, revokeAfter: 0, expiresAt: 4_000_000_000 }] });

  // WHEN
  await sweep(harness.engine);

  // THEN
  expect(harness.vendor.keys.has(inUse)).toBe(true);
  expect(harness.telemetry.incidents).toContain("opened not-shown-ours made-up");
});

test("an account that several keys share gives none of them a right on the others' nameless vendor keys", async () => {
  // GIVEN
  const harness = await Forging.deployed("chosen");
  const { descriptor } = harness.engine.vendor;
  const vendor = { ...harness.engine.vendor, descriptor: { ...descriptor, nameless: true as const } };
  harness.addVendorKey(STRANGER, { name: "" });
  const stored = harness.vendor.keys.get(STRANGER);
  if (stored !== undefined) harness.vendor.keys.set(STRANGER, { ...stored, ownerId: undefined } as never);
  harness.write({ superseded: [{ keyId: STRANGER, revokeAfter: 0, expiresAt: 4_000_000_000 }] });

  // WHEN
  await sweep({ ...harness.engine, vendor });
  await emergencyRevoke({ ...harness.engine, vendor }, { action: "revoke", key: KEY, successor: true });

  // THEN
  expect(harness.vendor.keys.has(STRANGER)).toBe(true);
});

test("whoever may set labels of the secret ends no stranger's vendor key", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  harness.addVendorKey(STRANGER);
  const payload = { ...parseSecretPayload(harness.secret.currentValue() ?? ""), keyId: STRANGER };
  const labels = new Set(["SCOPED_KEYS_KEY_x", `SCOPED_KEYS_REVOKED_${harness.seconds}`]);
  harness.secret.versions.set("forged", { value: JSON.stringify(payload), labels, number: harness.secret.next() });

  // WHEN
  await sweep(harness.engine);

  // THEN
  expect(harness.vendor.keys.has(STRANGER)).toBe(true);
  expect(harness.telemetry.incidents).toContain(`opened not-shown-ours ${KEY}`);
});

describe("an emergency while somebody else's value is in use", () => {
  let harness: Forging;
  let ours: string;
  beforeEach(async () => {
    // GIVEN
    harness = await Forging.deployed();
    ours = harness.inUse();
    const payload = parseSecretPayload(harness.secret.currentValue() ?? "");
    harness.secret.edit(harness.token(), JSON.stringify({ ...payload, baseUrl: "https://elsewhere.example" }));
  });

  test("leaves alive what is to stay", async () => {
    await emergencyRevoke(harness.engine, { action: "revoke", key: KEY, successor: true, keepCurrent: true });
    expect(harness.vendor.keys.has(ours)).toBe(true);
  });

  test("is carried out by the sweep, also where the ledger has lost it", async () => {
    // GIVEN
    const outage = new Error("the vendor is down");
    const broken = {
      ...harness.engine.vendor,
      list: () => Promise.reject(outage),
      revoke: () => Promise.reject(outage),
    };
    await emergencyRevoke({ ...harness.engine, vendor: broken }, { action: "revoke", key: KEY, successor: true });
    const { revocation, ...rest } = harness.record;
    expect(revocation).toBeDefined();
    harness.table.records.set(KEY, rest);

    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(harness.vendor.keys.has(ours)).toBe(false);
  });
});

test("a value that somebody puts under a rotation's token is no successor", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const before = harness.record.current;
  const payload = parseSecretPayload(harness.secret.currentValue() ?? "");
  const token = harness.token();
  harness.secret.edit(token, JSON.stringify({ ...payload, keyId: STRANGER }));
  harness.secret.move("AWSPENDING", token);

  // WHEN
  const finish = rotateStep(harness.engine, { key: KEY, runStep: "finishSecret", token });

  // THEN
  await expect(finish).rejects.toThrow("[SK211]");
  expect(harness.record.current).toEqual(before);
  expect(harness.telemetry.incidents).toContain(`opened secret-edited ${KEY}`);
});

test("an emergency does not take a value that somebody put under a rotation's token for the key in use", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const before = harness.record.current;
  const payload = parseSecretPayload(harness.secret.currentValue() ?? "");
  const token = harness.token();
  harness.secret.edit(token, JSON.stringify({ ...payload, keyId: STRANGER }));
  harness.write({ pending: [{ token, origin: "rotation", startedAt: harness.seconds - SECONDS_PER_HOUR }] });

  // WHEN
  await emergencyRevoke(harness.engine, { action: "revoke", key: KEY, successor: true, keepCurrent: true });

  // THEN
  expect(harness.record).toMatchObject({ current: before, pending: [] });

  // WHEN
  await sweep(harness.engine);

  // THEN
  expect(harness.telemetry.incidents).toContain(`opened secret-edited ${KEY}`);
});

test("a sweep does not finish an apply over a value that a person has put into use since", async () => {
  // GIVEN an apply that issues, and dies before its test
  const harness = await Forging.deployed();
  harness.secret.edit(harness.token(), "by hand");
  const noVerdict = () => Promise.reject(new VendorError("no_verdict", "verify", "the vendor answered 403"));
  const broken = { ...harness.engine, vendor: { ...harness.engine.vendor, verify: noVerdict } };
  const tf = { action: "update", prev_input: null } as const;
  const event = { key: KEY, secret: SECRET, policy: policyOf(), repair: "drift", tf };
  await expect(reconcile(broken, event)).rejects.toThrow("[SK262]");
  harness.secret.edit(harness.token(), "by hand again");

  // WHEN
  harness.pass(2 * SECONDS_PER_HOUR);
  await sweep(harness.engine);

  // THEN
  expect(harness.secret.currentValue()).toBe("by hand again");

  // WHEN
  await harness.apply(policyOf(), "drift");

  // THEN
  expect(harness.inUse()).not.toBe("");
});

test("the end of a value that is being replaced in place outlives a version that the ledger does not know", async () => {
  // GIVEN
  const harness = await Forging.deployed("in_place");
  const { current } = harness.record;
  const valueEndsAt = harness.seconds + SECONDS_PER_DAY;
  if (current === undefined) throw new Error("nothing is in use");
  harness.write({ current: { ...current, versionId: "nowhere", valueEndsAt } });

  // WHEN
  const versions = harness.secret.labels();
  await checkRecord(benchOf(harness), { arn: "arn", rotationEnabled: true, versions });

  // THEN
  expect(harness.record.current).toMatchObject({ versionId: current.versionId, valueEndsAt });
});

test("a token of an apply that somebody has a version of is given up, and the next apply takes another one", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const token = previousVersion(harness.secret.labels()) ?? "";
  harness.write({ pending: [{ token, origin: "reconcile", startedAt: harness.seconds }] });

  // WHEN
  const created = create(benchOf(harness), { token, origin: "reconcile", policy: policyOf() });

  // THEN
  await expect(created).rejects.toThrow("[SK");
  expect(harness.record.pending).toEqual([]);
});

test("a pending entry for the version in use, which holds no value of ours, keeps no rotation from its end", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  harness.secret.edit(harness.token(), "by hand");
  const token = harness.secret.labelled("AWSCURRENT") ?? "";
  harness.write({ current: undefined, pending: [{ token, origin: "rotation", startedAt: harness.seconds }] });

  // WHEN
  await issue(benchOf(harness), policyOf());

  // THEN
  expect(harness.vendor.keys.has(harness.inUse())).toBe(true);
  expect(harness.record.pending).toEqual([]);
});

test("an account that the ledger alone calls the key's gets no mark of the secret", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  harness.vendor.owners.set("owner_other", "somebody/else");
  const keys = [...harness.vendor.keys.values()];
  for (const key of keys) key.expiresAt = harness.seconds + SECONDS_PER_DAY;
  const { policy } = harness.record;
  harness.write({ ownerId: "owner_other" });

  // WHEN
  const workbench = benchOf(harness);
  if (policy !== undefined) await rewriteExpiry(workbench, policy, harness.seconds + SECONDS_PER_DAY);

  // THEN
  const labels = Object.values(harness.secret.labels()).flat();
  expect(labels).not.toContain(ownerMark("owner_other"));
  expect(labels.filter((label) => label.startsWith("SCOPED_KEYS_OWNER_"))).toHaveLength(1);
});

test("a sweep reclaims nothing by a record that an apply has begun and not rebuilt", async () => {
  // GIVEN two vendor keys in their overlap, somebody's value in use, and a ledger that was lost
  const harness = await Forging.deployed();
  const first = harness.inUse();
  await harness.rotated();
  harness.secret.edit(harness.token(), "by hand");
  const unfinished = { action: "apply", since: harness.seconds, reason: "it was cut off" } as const;
  harness.table.records.set(KEY, { ...newKeyRecord(KEY), rev: 1, unfinished });

  // WHEN
  harness.pass(2 * SECONDS_PER_HOUR);
  await sweep(harness.engine);

  // THEN
  expect(harness.vendor.keys.has(first)).toBe(true);
});

test("a second order without a successor is on the secret before the first one is taken off", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const outage = () => Promise.reject(new Error("the vendor is down"));
  const engine = { ...harness.engine, vendor: { ...harness.engine.vendor, list: outage, revoke: outage } };
  const order = { action: "revoke", key: KEY, successor: false } as const;
  await emergencyRevoke(engine, order);
  const { revocation: _, stopped: __, ...lost } = harness.record;
  harness.table.records.set(KEY, lost);
  harness.pass(60);

  // WHEN
  const secrets = { ...engine.secrets, unlabel: () => Promise.reject(new Error("no answer")) };
  await emergencyRevoke({ ...engine, secrets }, order).catch(() => undefined);

  // THEN
  const marks = Object.values(harness.secret.labels()).flat();
  expect(marks.filter((label) => /^SCOPED_KEYS_REVOKED_\d+_alone$/.test(label))).toHaveLength(2);
});

test("a superseded vendor key is narrowed as well, whatever end the ledger gives it", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const first = harness.inUse();
  await harness.rotated();
  harness.write({ superseded: harness.record.superseded.map((k) => ({ ...k, expiresAt: 0 })) });

  // WHEN
  await harness.apply(policyOf({ scopes: ["api.model.read"] }));

  // THEN
  expect(harness.vendor.keys.get(first)?.scopes).toEqual(["api.model.read"]);
});

test.each(["", "x".repeat(1_025)])("a repair token that no apply could take is no record's (%#)", (repair) => {
  expect(v.safeParse(keyRecordSchema, { ...newKeyRecord(KEY), repair }).success).toBe(false);
});

test("a vendor key that a cut-off apply minted for another life is no key that its vendor cut short", async () => {
  // GIVEN a vendor that sets lives at the mint alone
  const harness = await Forging.deployed("nameless");
  const shorter = { ...policyOf(), lifetime: { ...policyOf().lifetime, expirySeconds: 9 * SECONDS_PER_DAY } };
  const before = harness.record.policy;
  await harness.apply(shorter);
  const cutOff = harness.inUse();
  if (before === undefined) throw new Error("nothing was applied");
  harness.pass(3 * SECONDS_PER_DAY);
  await sweep(harness.engine);
  const unfinished = { action: "apply", since: harness.seconds, reason: "it was cut off" } as const;
  harness.write({ policy: before, unfinished });
  harness.secret.move(policyMark(canonicalPolicy(before)), currentVersion(harness.secret.labels()) ?? "");

  // WHEN
  await harness.apply(policyOf(), "drift");

  // THEN
  expect(harness.inUse()).not.toBe(cutOff);
});

test("a sweep gives no overlap that it does not know: what an apply has put into use, and not written down, waits for it", async () => {
  // GIVEN a rebuilt ledger whose apply died after it had put another vendor key into use, and
  // somebody's value since
  const harness = await Forging.deployed();
  const first = harness.inUse();
  const { current } = harness.record;
  await harness.rotated();
  const second = harness.record.current;
  const token = harness.secret.labelled("AWSCURRENT") ?? "";
  if (current === undefined || second === undefined) throw new Error("nothing is in use");
  const { keyId, issuedAt, expiresAt } = second;
  const { policy: _, superseded: __, ...rest } = harness.record;
  const pending = [{ token, keyId, issuedAt, expiresAt, origin: "reconcile" as const, startedAt: harness.seconds }];
  const unfinished = { action: "apply", since: harness.seconds, reason: "it was cut off" } as const;
  harness.table.records.set(KEY, { ...rest, current, superseded: [], pending, unfinished });
  harness.secret.edit(harness.token(), "by hand");

  // WHEN
  harness.pass(SECONDS_PER_HOUR / 2);
  await sweep(harness.engine);
  await sweep(harness.engine);

  // THEN
  expect(harness.vendor.keys.has(first)).toBe(true);
});

test("an apply replaces what the secret calls revoked, whatever the ledger says of the order", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const revoked = harness.inUse();
  const outage = () => Promise.reject(new Error("the vendor is down"));
  const vendor = { ...harness.engine.vendor, list: outage, revoke: outage, mint: outage };
  await emergencyRevoke({ ...harness.engine, vendor }, { action: "revoke", key: KEY, successor: true });
  const { revocation } = harness.record;
  if (revocation === undefined) throw new Error("nothing is open");
  harness.write({ revocation: { ...revocation, keyIds: [] } });

  // WHEN
  await harness.apply(policyOf(), "drift");

  // THEN
  expect(harness.inUse()).not.toBe(revoked);
});

test("a new end of the key in use is not put into use once an operator has stopped the key", async () => {
  // GIVEN
  const harness = await Forging.deployed();
  const workbench = benchOf(harness);
  const { policy } = harness.record;
  const versionId = harness.secret.labelled("AWSCURRENT");
  if (policy === undefined || versionId === undefined) throw new Error("nothing was applied");
  await harness.engine.secrets.label(SECRET, versionId, revokedMark({ since: harness.seconds, successor: false }));

  // WHEN
  const rewritten = rewriteExpiry(workbench, policy, harness.seconds + SECONDS_PER_DAY);

  // THEN
  await expect(rewritten).rejects.toThrow("[SK220]");
  expect(harness.secret.labelled("AWSCURRENT")).toBe(versionId);
});

test("what was minted before an emergency is never its successor, whichever look at the secret fails", async () => {
  for (let failing = 1; failing <= 12; failing += 1) {
    // GIVEN a vendor key that waits for its test
    const harness = await Forging.deployed();
    harness.vendor.activationSeconds = 600;
    harness.vendor.remove(harness.inUse());
    await expect(harness.apply(policyOf(), "drift")).rejects.toThrow("[SK261]");
    const waiting = harness.record.pending[0]?.keyId;
    harness.vendor.activationSeconds = 0;
    harness.pass(SECONDS_PER_HOUR);

    // WHEN
    let looks = 0;
    const describe: Engine["secrets"]["describe"] = async (...what) => {
      looks += 1;
      if (looks === failing) throw new Error("no answer");
      return harness.engine.secrets.describe(...what);
    };
    const engine = { ...harness.engine, secrets: { ...harness.engine.secrets, describe } };
    await emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true }).catch(() => undefined);

    // THEN
    expect({ failing, keyId: harness.inUse() }).not.toEqual({ failing, keyId: waiting });
  }
});
