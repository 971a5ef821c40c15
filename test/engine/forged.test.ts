import * as v from "valibot";
import { retire } from "../../src/engine/commands/destroy";
import { revoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotate } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { ownerMark, policyMark, revokedMark } from "../../src/engine/integrity/marks";
import { rewriteExpiry } from "../../src/engine/issuance/change-expiry";
import { create } from "../../src/engine/issuance/create";
import { issue } from "../../src/engine/issuance/issue";
import { examine } from "../../src/engine/issuance/recover/record-check";
import { Workbench } from "../../src/engine/key-session";
import type { Engine } from "../../src/engine/ports";
import { INCIDENTS } from "../../src/model/incidents";
import { canonicalPolicy } from "../../src/model/key-policy";
import { type KeyRecord, keyRecordSchema, newKeyRecord } from "../../src/model/key-record";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { VendorError } from "../../src/model/vendor-error";
import { currentVersion, previousVersion } from "../../src/secrets/labels";
import type { NatureName } from "../chaos/natures";
import { EngineBench, PREFIX, policyOf } from "../support/engine";
import { destroyKey } from "../support/orders";

const KEY = "summariser";
const SECRET = `${PREFIX}/${KEY}`;
const STRANGER = "key_stranger";

/** Somebody may write into the ledger's table; or into the secret; nobody may do both. */
class Forging extends EngineBench {
  static async deployed(nature: NatureName = "additive"): Promise<Forging> {
    const bench = new Forging(nature);
    bench.secret.exists = true;
    const { scopes, ...unscoped } = policyOf();
    await bench.apply(nature === "slot_pair" || nature === "manual" ? unscoped : { ...unscoped, scopes });
    bench.secret.rotationEnabled = true;
    return bench;
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
      await rotate(this.engine, { key: KEY, step, token });
    }
  }

  pass(seconds: number): void {
    this.world.advance(seconds * 1_000);
  }
}

const benchOf = (bench: Forging) => new Workbench(bench.engine, bench.record);

describe("what somebody writes into the ledger is told by the next sweep, and ends nothing:", () => {
  const NEVER = 4_000_000_000;
  test.each<[string, (bench: Forging) => Partial<KeyRecord>]>([
    ["a stop", () => ({ stopped: { id: "forged", since: 0 } })],
    ["a destroy of some day", () => ({ unfinished: { action: "destroy", since: NEVER, reason: "" } })],
    ["a destroy that ended", () => ({ unfinished: { action: "destroy", since: 0, reason: "", revoked: true } })],
    ["an end of a value that has none", ({ record }) => valueEnds(record)],
  ])("%s", async (_, change) => {
    // GIVEN
    const bench = await Forging.deployed();
    const before = bench.inUse();
    bench.write(change(bench));

    // WHEN
    await sweep(bench.engine);

    // THEN
    expect(bench.telemetry.incidents).toContain(`opened ledger-tampered ${KEY}`);
    expect([...bench.vendor.keys.keys()]).toEqual([before]);
  });

  test("a policy that is gone", async () => {
    const bench = await Forging.deployed();
    const { policy: _, ...rest } = bench.record;
    bench.table.records.set(KEY, rest);
    await sweep(bench.engine);
    expect(bench.telemetry.incidents).toContain(`opened ledger-tampered ${KEY}`);
  });

  function valueEnds({ current }: KeyRecord): Partial<KeyRecord> {
    return current === undefined ? {} : { current: { ...current, valueEndsAt: 1 } };
  }
});

test("a rotation that began some day in the future keeps nobody from one that is overdue", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const before = bench.inUse();
  bench.write({ pending: [{ token: "t".repeat(32), origin: "rotation", startedAt: 4_000_000_000 }] });
  bench.pass(9 * SECONDS_PER_DAY);

  // WHEN
  await sweep(bench.engine);

  // THEN
  expect(bench.inUse()).not.toBe(before);
  expect(bench.record.pending).toEqual([]);
});

test("a destroy that the ledger has lost is finished by the sweep, and a finished one stays so", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const outage = new Error("the vendor is down");
  const broken = { ...bench.engine.vendor, list: () => Promise.reject(outage) };
  const event = { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } } as const;
  await expect(retire({ ...bench.engine, vendor: broken }, event)).rejects.toBe(outage);
  const { unfinished: _, ...rest } = bench.record;
  bench.table.records.set(KEY, rest);

  // WHEN
  bench.pass(2 * SECONDS_PER_HOUR);
  await sweep(bench.engine);
  const incidents = bench.telemetry.incidents.length;
  await sweep(bench.engine);

  // THEN
  expect(bench.vendor.live()).toEqual([]);
  expect(bench.record.unfinished).toMatchObject({ action: "destroy", revoked: true });
  expect(bench.telemetry.incidents).toHaveLength(incidents);
});

describe("a destroy of a key without a value, which no mark can tell of", () => {
  let bench: Forging;

  beforeEach(async () => {
    // GIVEN nothing handed over yet, a vendor that let no destroy end, and somebody who writes into the table
    bench = await Forging.deployed("manual");
    bench.vendor.closed = true;
    await expect(destroyKey(bench.engine, KEY)).rejects.toThrow("the account is closed");
    bench.vendor.closed = false;
    const { unfinished, ...rest } = bench.record;
    expect(unfinished?.action).toBe("destroy");
    bench.table.records.set(KEY, rest);
    bench.pass(2 * SECONDS_PER_HOUR);
  });

  test("is carried out by the sweep, since the incident tells of it", async () => {
    // WHEN
    await sweep(bench.engine);

    // THEN
    expect(bench.record.unfinished).toMatchObject({ action: "destroy", revoked: true });
    expect(bench.record.incidents).toBeUndefined();
    expect(bench.telemetry.incidents).toContain(`resolved unfinished-destroy ${KEY}`);
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
  const bench = await Forging.deployed("slot_pair");
  const inUse = bench.inUse();
  const describe = bench.engine.secrets.describe.bind(bench.engine.secrets);
  // Made-up keys have no secret.
  Object.assign(bench.engine.secrets, {
    describe: async (name: string) => (name === SECRET ? describe(name) : undefined),
  });
  bench.addRecord("made-up", { superseded: [{ keyId: inUse, revokeAfter: 0, expiresAt: 4_000_000_000 }] });

  // WHEN
  await sweep(bench.engine);

  // THEN
  expect(bench.vendor.keys.has(inUse)).toBe(true);
  expect(bench.telemetry.incidents).toContain("opened not-shown-ours made-up");
});

test("an account that several keys share gives none of them a right on the others' nameless vendor keys", async () => {
  // GIVEN
  const bench = await Forging.deployed("chosen");
  const { descriptor } = bench.engine.vendor;
  const vendor = { ...bench.engine.vendor, descriptor: { ...descriptor, nameless: true as const } };
  bench.addVendorKey(STRANGER, { name: "" });
  const stored = bench.vendor.keys.get(STRANGER);
  if (stored !== undefined) bench.vendor.keys.set(STRANGER, { ...stored, ownerId: undefined } as never);
  bench.write({ superseded: [{ keyId: STRANGER, revokeAfter: 0, expiresAt: 4_000_000_000 }] });

  // WHEN
  await sweep({ ...bench.engine, vendor });
  await revoke({ ...bench.engine, vendor }, { action: "revoke", key: KEY, successor: true });

  // THEN
  expect(bench.vendor.keys.has(STRANGER)).toBe(true);
});

test("whoever may set labels of the secret ends no stranger's vendor key", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  bench.addVendorKey(STRANGER);
  const payload = { ...parseSecretPayload(bench.secret.currentValue() ?? ""), keyId: STRANGER };
  const labels = new Set(["SCOPED_KEYS_KEY_x", `SCOPED_KEYS_REVOKED_${bench.seconds}`]);
  bench.secret.versions.set("forged", { value: JSON.stringify(payload), labels, number: bench.secret.next() });

  // WHEN
  await sweep(bench.engine);

  // THEN
  expect(bench.vendor.keys.has(STRANGER)).toBe(true);
  expect(bench.telemetry.incidents).toContain(`opened not-shown-ours ${KEY}`);
});

describe("an emergency while somebody else's value is in use", () => {
  let bench: Forging;
  let ours: string;
  beforeEach(async () => {
    // GIVEN
    bench = await Forging.deployed();
    ours = bench.inUse();
    const payload = parseSecretPayload(bench.secret.currentValue() ?? "");
    bench.secret.edit(bench.token(), JSON.stringify({ ...payload, baseUrl: "https://elsewhere.example" }));
  });

  test("leaves alive what is to stay", async () => {
    await revoke(bench.engine, { action: "revoke", key: KEY, successor: true, keepCurrent: true });
    expect(bench.vendor.keys.has(ours)).toBe(true);
  });

  test("is carried out by the sweep, also where the ledger has lost it", async () => {
    // GIVEN
    const outage = new Error("the vendor is down");
    const broken = { ...bench.engine.vendor, list: () => Promise.reject(outage), revoke: () => Promise.reject(outage) };
    await revoke({ ...bench.engine, vendor: broken }, { action: "revoke", key: KEY, successor: true });
    const { revocation, ...rest } = bench.record;
    expect(revocation).toBeDefined();
    bench.table.records.set(KEY, rest);

    // WHEN
    await sweep(bench.engine);

    // THEN
    expect(bench.vendor.keys.has(ours)).toBe(false);
  });
});

test("a value that somebody puts under a rotation's token is no successor", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const before = bench.record.current;
  const payload = parseSecretPayload(bench.secret.currentValue() ?? "");
  const token = bench.token();
  bench.secret.edit(token, JSON.stringify({ ...payload, keyId: STRANGER }));
  bench.secret.move("AWSPENDING", token);

  // WHEN
  const finish = rotate(bench.engine, { key: KEY, step: "finishSecret", token });

  // THEN
  await expect(finish).rejects.toThrow("[SK211]");
  expect(bench.record.current).toEqual(before);
  expect(bench.telemetry.incidents).toContain(`opened secret-edited ${KEY}`);
});

test("an emergency does not take a value that somebody put under a rotation's token for the key in use", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const before = bench.record.current;
  const payload = parseSecretPayload(bench.secret.currentValue() ?? "");
  const token = bench.token();
  bench.secret.edit(token, JSON.stringify({ ...payload, keyId: STRANGER }));
  bench.write({ pending: [{ token, origin: "rotation", startedAt: bench.seconds - SECONDS_PER_HOUR }] });

  // WHEN
  await revoke(bench.engine, { action: "revoke", key: KEY, successor: true, keepCurrent: true });

  // THEN
  expect(bench.record).toMatchObject({ current: before, pending: [] });

  // WHEN
  await sweep(bench.engine);

  // THEN
  expect(bench.telemetry.incidents).toContain(`opened secret-edited ${KEY}`);
});

test("a sweep does not finish an apply over a value that a person has put into use since", async () => {
  // GIVEN an apply that issues, and dies before its test
  const bench = await Forging.deployed();
  bench.secret.edit(bench.token(), "by hand");
  const noVerdict = () => Promise.reject(new VendorError("no_verdict", "verify", "the vendor answered 403"));
  const broken = { ...bench.engine, vendor: { ...bench.engine.vendor, verify: noVerdict } };
  const tf = { action: "update", prev_input: null } as const;
  const event = { key: KEY, secret: SECRET, policy: policyOf(), repair: "drift", tf };
  await expect(reconcile(broken, event)).rejects.toThrow("[SK262]");
  bench.secret.edit(bench.token(), "by hand again");

  // WHEN
  bench.pass(2 * SECONDS_PER_HOUR);
  await sweep(bench.engine);

  // THEN
  expect(bench.secret.currentValue()).toBe("by hand again");

  // WHEN
  await bench.apply(policyOf(), "drift");

  // THEN
  expect(bench.inUse()).not.toBe("");
});

test("the end of a value that is being replaced in place outlives a version that the ledger does not know", async () => {
  // GIVEN
  const bench = await Forging.deployed("in_place");
  const { current } = bench.record;
  const valueEndsAt = bench.seconds + SECONDS_PER_DAY;
  if (current === undefined) throw new Error("nothing is in use");
  bench.write({ current: { ...current, versionId: "nowhere", valueEndsAt } });

  // WHEN
  const versions = bench.secret.labels();
  await examine(benchOf(bench), { arn: "arn", rotationEnabled: true, versions });

  // THEN
  expect(bench.record.current).toMatchObject({ versionId: current.versionId, valueEndsAt });
});

test("a token of an apply that somebody has a version of is given up, and the next apply takes another one", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const token = previousVersion(bench.secret.labels()) ?? "";
  bench.write({ pending: [{ token, origin: "reconcile", startedAt: bench.seconds }] });

  // WHEN
  const created = create(benchOf(bench), { token, origin: "reconcile", policy: policyOf() });

  // THEN
  await expect(created).rejects.toThrow("[SK");
  expect(bench.record.pending).toEqual([]);
});

test("a pending entry for the version in use, which holds no value of ours, keeps no rotation from its end", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  bench.secret.edit(bench.token(), "by hand");
  const token = bench.secret.labelled("AWSCURRENT") ?? "";
  bench.write({ current: undefined, pending: [{ token, origin: "rotation", startedAt: bench.seconds }] });

  // WHEN
  await issue(benchOf(bench), policyOf());

  // THEN
  expect(bench.vendor.keys.has(bench.inUse())).toBe(true);
  expect(bench.record.pending).toEqual([]);
});

test("an account that the ledger alone calls the key's gets no mark of the secret", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  bench.vendor.owners.set("owner_other", "somebody/else");
  const keys = [...bench.vendor.keys.values()];
  for (const key of keys) key.expiresAt = bench.seconds + SECONDS_PER_DAY;
  const { policy } = bench.record;
  bench.write({ ownerId: "owner_other" });

  // WHEN
  const workbench = benchOf(bench);
  if (policy !== undefined) await rewriteExpiry(workbench, policy, bench.seconds + SECONDS_PER_DAY);

  // THEN
  const labels = Object.values(bench.secret.labels()).flat();
  expect(labels).not.toContain(ownerMark("owner_other"));
  expect(labels.filter((label) => label.startsWith("SCOPED_KEYS_OWNER_"))).toHaveLength(1);
});

test("a sweep reclaims nothing by a record that an apply has begun and not rebuilt", async () => {
  // GIVEN two vendor keys in their overlap, somebody's value in use, and a ledger that was lost
  const bench = await Forging.deployed();
  const first = bench.inUse();
  await bench.rotated();
  bench.secret.edit(bench.token(), "by hand");
  const unfinished = { action: "apply", since: bench.seconds, reason: "it was cut off" } as const;
  bench.table.records.set(KEY, { ...newKeyRecord(KEY), rev: 1, unfinished });

  // WHEN
  bench.pass(2 * SECONDS_PER_HOUR);
  await sweep(bench.engine);

  // THEN
  expect(bench.vendor.keys.has(first)).toBe(true);
});

test("a second order without a successor is on the secret before the first one is taken off", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const outage = () => Promise.reject(new Error("the vendor is down"));
  const engine = { ...bench.engine, vendor: { ...bench.engine.vendor, list: outage, revoke: outage } };
  const order = { action: "revoke", key: KEY, successor: false } as const;
  await revoke(engine, order);
  const { revocation: _, stopped: __, ...lost } = bench.record;
  bench.table.records.set(KEY, lost);
  bench.pass(60);

  // WHEN
  const secrets = { ...engine.secrets, unlabel: () => Promise.reject(new Error("no answer")) };
  await revoke({ ...engine, secrets }, order).catch(() => undefined);

  // THEN
  const marks = Object.values(bench.secret.labels()).flat();
  expect(marks.filter((label) => /^SCOPED_KEYS_REVOKED_\d+_alone$/.test(label))).toHaveLength(2);
});

test("a superseded vendor key is narrowed as well, whatever end the ledger gives it", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const first = bench.inUse();
  await bench.rotated();
  bench.write({ superseded: bench.record.superseded.map((k) => ({ ...k, expiresAt: 0 })) });

  // WHEN
  await bench.apply(policyOf({ scopes: ["api.model.read"] }));

  // THEN
  expect(bench.vendor.keys.get(first)?.scopes).toEqual(["api.model.read"]);
});

test.each(["", "x".repeat(1_025)])("a repair token that no apply could take is no record's (%#)", (repair) => {
  expect(v.safeParse(keyRecordSchema, { ...newKeyRecord(KEY), repair }).success).toBe(false);
});

test("a vendor key that a cut-off apply minted for another life is no key that its vendor cut short", async () => {
  // GIVEN a vendor that sets lives at the mint alone
  const bench = await Forging.deployed("nameless");
  const shorter = { ...policyOf(), lifetime: { ...policyOf().lifetime, expirySeconds: 9 * SECONDS_PER_DAY } };
  const before = bench.record.policy;
  await bench.apply(shorter);
  const cutOff = bench.inUse();
  if (before === undefined) throw new Error("nothing was applied");
  bench.pass(3 * SECONDS_PER_DAY);
  await sweep(bench.engine);
  const unfinished = { action: "apply", since: bench.seconds, reason: "it was cut off" } as const;
  bench.write({ policy: before, unfinished });
  bench.secret.move(policyMark(canonicalPolicy(before)), currentVersion(bench.secret.labels()) ?? "");

  // WHEN
  await bench.apply(policyOf(), "drift");

  // THEN
  expect(bench.inUse()).not.toBe(cutOff);
});

test("a sweep gives no overlap that it does not know: what an apply has put into use, and not written down, waits for it", async () => {
  // GIVEN a rebuilt ledger whose apply died after it had put another vendor key into use, and somebody's value since
  const bench = await Forging.deployed();
  const first = bench.inUse();
  const { current } = bench.record;
  await bench.rotated();
  const second = bench.record.current;
  const token = bench.secret.labelled("AWSCURRENT") ?? "";
  if (current === undefined || second === undefined) throw new Error("nothing is in use");
  const { keyId, issuedAt, expiresAt } = second;
  const { policy: _, superseded: __, ...rest } = bench.record;
  const pending = [{ token, keyId, issuedAt, expiresAt, origin: "reconcile" as const, startedAt: bench.seconds }];
  const unfinished = { action: "apply", since: bench.seconds, reason: "it was cut off" } as const;
  bench.table.records.set(KEY, { ...rest, current, superseded: [], pending, unfinished });
  bench.secret.edit(bench.token(), "by hand");

  // WHEN
  bench.pass(SECONDS_PER_HOUR / 2);
  await sweep(bench.engine);
  await sweep(bench.engine);

  // THEN
  expect(bench.vendor.keys.has(first)).toBe(true);
});

test("an apply replaces what the secret calls revoked, whatever the ledger says of the order", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const revoked = bench.inUse();
  const outage = () => Promise.reject(new Error("the vendor is down"));
  const vendor = { ...bench.engine.vendor, list: outage, revoke: outage, mint: outage };
  await revoke({ ...bench.engine, vendor }, { action: "revoke", key: KEY, successor: true });
  const { revocation } = bench.record;
  if (revocation === undefined) throw new Error("nothing is open");
  bench.write({ revocation: { ...revocation, keyIds: [] } });

  // WHEN
  await bench.apply(policyOf(), "drift");

  // THEN
  expect(bench.inUse()).not.toBe(revoked);
});

test("a new end of the key in use is not put into use once an operator has stopped the key", async () => {
  // GIVEN
  const bench = await Forging.deployed();
  const workbench = benchOf(bench);
  const { policy } = bench.record;
  const versionId = bench.secret.labelled("AWSCURRENT");
  if (policy === undefined || versionId === undefined) throw new Error("nothing was applied");
  await bench.engine.secrets.label(SECRET, versionId, revokedMark({ since: bench.seconds, successor: false }));

  // WHEN
  const rewritten = rewriteExpiry(workbench, policy, bench.seconds + SECONDS_PER_DAY);

  // THEN
  await expect(rewritten).rejects.toThrow("[SK220]");
  expect(bench.secret.labelled("AWSCURRENT")).toBe(versionId);
});

test("what was minted before an emergency is never its successor, whichever look at the secret fails", async () => {
  for (let failing = 1; failing <= 12; failing += 1) {
    // GIVEN a vendor key that waits for its test
    const bench = await Forging.deployed();
    bench.vendor.activationSeconds = 600;
    bench.vendor.remove(bench.inUse());
    await expect(bench.apply(policyOf(), "drift")).rejects.toThrow("[SK261]");
    const waiting = bench.record.pending[0]?.keyId;
    bench.vendor.activationSeconds = 0;
    bench.pass(SECONDS_PER_HOUR);

    // WHEN
    let looks = 0;
    const describe: Engine["secrets"]["describe"] = async (...what) => {
      looks += 1;
      if (looks === failing) throw new Error("no answer");
      return bench.engine.secrets.describe(...what);
    };
    const engine = { ...bench.engine, secrets: { ...bench.engine.secrets, describe } };
    await revoke(engine, { action: "revoke", key: KEY, successor: true }).catch(() => undefined);

    // THEN
    expect({ failing, keyId: bench.inUse() }).not.toEqual({ failing, keyId: waiting });
  }
});
