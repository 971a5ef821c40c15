import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { RECLAIM_MAX } from "../../src/engine/commands/sweep/sweep-run";
import { keyMark, policyMark } from "../../src/engine/integrity/marks";
import type { Engine } from "../../src/engine/ports";
import { newKeyRecord } from "../../src/model/key-record";
import { vendorKeyName } from "../../src/model/names";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { VendorError } from "../../src/model/vendor-error";
import { CURRENT, STAGED } from "../../src/secrets/labels";
import { DEPLOYMENT, EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";

describe("the sweep", () => {
  let harness: EngineHarness;
  let now: number;

  beforeEach(() => {
    harness = new EngineHarness();
    now = harness.seconds;
  });

  const record = (key = KEY) => harness.table.records.get(key);
  const ids = () => [...harness.vendor.keys.keys()].sort();
  const metric = (name: string) => harness.telemetry.metrics.filter(([n]) => n === name);
  const overlapUntil = (key: string, revokeAfter: number) => {
    harness.addVendorKey(`${key}_old`, { ownerId: `owner_${key}` });
    harness.addVendorKey(`${key}_new`, { ownerId: `owner_${key}` });
    harness.addRecord(key, {
      ownerId: `owner_${key}`,
      current: { keyId: `${key}_new`, versionId: "v2", issuedAt: now, expiresAt: now + 10 * SECONDS_PER_DAY },
      superseded: [{ keyId: `${key}_old`, revokeAfter, expiresAt: now + 30 * SECONDS_PER_DAY }],
    });
  };
  /** An engine whose vendor refuses to revoke that key. */
  const refusing = (keyId: string): Engine => ({
    ...harness.engine,
    vendor: {
      ...harness.engine.vendor,
      revoke: async (request) => {
        if (request.keyId === keyId) throw new VendorError("unavailable", "revoke", "OpenAI answered 503");
        return harness.engine.vendor.revoke(request);
      },
    },
  });

  test("counts the vendor keys that are no declared key's, those included that the vendor shows without a name", async () => {
    // GIVEN
    overlapUntil(KEY, now + 3_600);
    for (const id of ["odd_1", "odd_2"]) harness.addVendorKey(id, { name: "", createdAt: 0 });

    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(JSON.stringify(harness.telemetry.lines.at(-1))).toContain('"foreign":2');
    expect(ids()).toEqual(expect.arrayContaining(["odd_1", "odd_2"]));
  });

  test("leaves a first value that waits for its test to the next apply, as the apply that failed has said", async () => {
    // GIVEN
    harness.secret.exists = true;
    harness.vendor.activationSeconds = 600;
    const apply = () =>
      reconcile(harness.engine, {
        key: KEY,
        secret: `${PREFIX}/${KEY}`,
        policy: policyOf(),
        repair: "none",
        tf: { action: "create", prev_input: null },
      });
    await expect(apply()).rejects.toThrow(
      /\[SK261\].*The next apply tests it again; if an earlier apply of this key succeeded, its next rotation or sweep does too/,
    );
    const waiting = record()?.pending[0]?.keyId;

    // WHEN
    harness.world.advance(2 * SECONDS_PER_HOUR * 1_000);
    await sweep(harness.engine);

    // THEN
    expect(record()).toMatchObject({ pending: [{ keyId: waiting }] });
    expect(record()?.current).toBeUndefined();
    await apply();
    expect(record()).toMatchObject({ current: { keyId: waiting }, pending: [] });
  });

  describe("of superseded vendor keys", () => {
    test("leaves one alone until the last second of its overlap", async () => {
      // GIVEN
      overlapUntil(KEY, now + 3_600);
      harness.world.advance(3_599_000);

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 0, reclaimed: 0, reissued: 0, rotated: 0, failed: 0, left: 0 });
      expect(ids()).toEqual(["summariser_new", "summariser_old"]);
      expect(record()?.superseded).toHaveLength(1);
    });

    test("revokes it as soon as it is due, and forgets it", async () => {
      // GIVEN
      overlapUntil(KEY, now + 3_600);
      harness.world.advance(3_600_000);

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 1, reclaimed: 0, reissued: 0, rotated: 0, failed: 0, left: 0 });
      expect(ids()).toEqual(["summariser_new"]);
      expect(record()?.superseded).toEqual([]);
    });

    test("never revokes the one in use, even where the record lists it as superseded", async () => {
      // GIVEN
      overlapUntil(KEY, now);
      harness.addRecord(KEY, {
        ...record(),
        superseded: [{ keyId: "summariser_new", revokeAfter: now, expiresAt: now + 1 }],
      });

      // WHEN
      await sweep(harness.engine);

      // THEN
      expect(ids()).toContain("summariser_new");
      expect(record()?.superseded).toEqual([]);
    });

    test("takes one that is gone at the vendor for revoked", async () => {
      overlapUntil(KEY, now);
      harness.vendor.keys.delete("summariser_old");
      await expect(sweep(harness.engine)).resolves.toMatchObject({ failed: 0 });
      expect(record()?.superseded).toEqual([]);
    });

    test("goes on where one key fails; what failed stays in the ledger, and no sweep is counted", async () => {
      // GIVEN
      for (const key of ["a", "b", "c"]) overlapUntil(key, now);

      // WHEN
      const result = await sweep(refusing("b_old"));

      // THEN
      expect(result).toEqual({ revoked: 2, reclaimed: 0, reissued: 0, rotated: 0, failed: 1, left: 0 });
      expect(ids()).toEqual(["a_new", "b_new", "b_old", "c_new"]);
      expect(record("b")?.superseded).toHaveLength(1);
      expect(metric("SweepCompleted")).toEqual([]);
      expect(harness.telemetry.lines).toContainEqual(
        expect.objectContaining({ level: "error", key: "b", reason: "OpenAI answered 503" }),
      );

      // WHEN the vendor is well again
      await expect(sweep(harness.engine)).resolves.toEqual({
        revoked: 1,
        reclaimed: 0,
        reissued: 0,
        rotated: 0,
        failed: 0,
        left: 0,
      });

      // THEN
      expect(ids()).toEqual(["a_new", "b_new", "c_new"]);
      expect(metric("SweepCompleted")).toEqual([["SweepCompleted", 1]]);
    });

    test("leaves a key alone that another run works on, and goes on with the others without waiting", async () => {
      // GIVEN
      for (const key of ["a", "b"]) overlapUntil(key, now);
      harness.table.leases.set("a", { holder: "other", until: () => harness.world.now() + 600_000 });

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 1, reclaimed: 0, reissued: 0, rotated: 0, failed: 1, left: 0 });
      expect(ids()).toEqual(["a_new", "a_old", "b_new"]);
      expect(harness.seconds).toBe(now);
    });
  });

  describe("of orphans", () => {
    const orphan = (id: string, ageSeconds: number) =>
      harness.addVendorKey(id, { ownerId: `owner_${KEY}`, createdAt: now - ageSeconds });

    beforeEach(() => {
      overlapUntil(KEY, now + SECONDS_PER_DAY);
    });

    test("reclaims what stands on a declared key's account, or bears its name, and is older than the grace", async () => {
      // GIVEN
      orphan("old", SECONDS_PER_HOUR);
      harness.addVendorKey("named", { name: vendorKeyName(DEPLOYMENT, KEY, "t"), createdAt: now - SECONDS_PER_HOUR });

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 0, reclaimed: 2, reissued: 0, rotated: 0, failed: 0, left: 0 });
      expect(ids()).toEqual(["summariser_new", "summariser_old"]);
      expect(metric("OrphansReclaimed")).toEqual([["OrphansReclaimed", 2]]);
    });

    test("leaves one alone that is a second younger than the grace: its run may still be at work", async () => {
      orphan("young", SECONDS_PER_HOUR - 1);
      await sweep(harness.engine);
      expect(ids()).toContain("young");
    });

    test("takes no more than the limit, and the rest with the next sweeps", async () => {
      // GIVEN
      for (let n = 0; n < RECLAIM_MAX + 3; n += 1) orphan(`orphan_${n}`, SECONDS_PER_DAY);

      // WHEN
      const first = await sweep(harness.engine);

      // THEN
      expect(first.reclaimed).toBe(RECLAIM_MAX);
      expect(ids()).toHaveLength(2 + 3);
      expect(harness.telemetry.lines).toContainEqual(expect.objectContaining({ level: "warn", limit: RECLAIM_MAX }));

      // WHEN
      const second = await sweep(harness.engine);

      // THEN
      expect(second.reclaimed).toBe(3);
      expect(ids()).toEqual(["summariser_new", "summariser_old"]);
    });

    test("holds the limit over all keys together", async () => {
      overlapUntil("other", now + SECONDS_PER_DAY);
      for (let n = 0; n < RECLAIM_MAX; n += 1) {
        orphan(`orphan_${n}`, SECONDS_PER_DAY);
        harness.addVendorKey(`other_${n}`, { ownerId: "owner_other", createdAt: now - SECONDS_PER_DAY });
      }
      await expect(sweep(harness.engine)).resolves.toMatchObject({ reclaimed: RECLAIM_MAX });
    });

    test("does not take for an orphan what it has just revoked", async () => {
      // GIVEN
      overlapUntil(KEY, now);
      for (const key of harness.vendor.keys.values()) Object.assign(key, { createdAt: now - SECONDS_PER_DAY });

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 1, reclaimed: 0, reissued: 0, rotated: 0, failed: 0, left: 0 });
    });

    test("case 26: leaves strangers alone: other accounts, other names, other deployments, longer key names", async () => {
      // GIVEN
      const createdAt = now - 30 * SECONDS_PER_DAY;
      harness.addVendorKey("stranger", { name: "web shop", createdAt });
      harness.addVendorKey("twin", { name: `${DEPLOYMENT.replace("0badcafe", "deadbeef")}/${KEY}/x`, createdAt });
      harness.addVendorKey("longer", { name: `${DEPLOYMENT}/${KEY}2/x`, createdAt });

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result.reclaimed).toBe(0);
      expect(ids()).toEqual(expect.arrayContaining(["stranger", "twin", "longer"]));
    });

    test("leaves a key of this issuer alone that nobody declares, and says so", async () => {
      // GIVEN
      harness.addVendorKey("undeclared", { name: `${DEPLOYMENT}/former/x`, createdAt: now - SECONDS_PER_DAY });

      // WHEN
      await sweep(harness.engine);

      // THEN
      expect(ids()).toContain("undeclared");
      expect(harness.telemetry.lines).toContainEqual({
        level: "warn",
        message: "a vendor key has this issuer's prefix, and no declared key; left alone",
        keyId: "undeclared",
      });
    });

    test("leaves one alone that a run is minting at this moment", async () => {
      // GIVEN
      const token = harness.token();
      harness.addVendorKey("minting", {
        name: vendorKeyName(DEPLOYMENT, KEY, token),
        createdAt: now - SECONDS_PER_DAY,
      });
      harness.addRecord(KEY, { ...record(), pending: [{ token, origin: "rotation", startedAt: now - 60 }] });

      // WHEN
      await sweep(harness.engine);

      // THEN
      expect(ids()).toContain("minting");
    });

    test("a lost ledger revokes nothing and asks the vendor nothing", async () => {
      // GIVEN
      orphan("old", SECONDS_PER_DAY);
      harness.table.records.clear();

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result).toEqual({ revoked: 0, reclaimed: 0, reissued: 0, rotated: 0, failed: 0, left: 0 });
      expect(ids()).toHaveLength(3);
      expect(harness.world.trace).toEqual(["run ledger.list", "run ledger.incidents"]);
    });
  });

  test("a record that cannot be read costs its key this sweep, and no other; nothing of it is touched", async () => {
    // GIVEN
    overlapUntil("other", now - 1);
    harness.addVendorKey("unread", {
      ownerId: "owner_unread",
      name: `${DEPLOYMENT}/unread/1`,
      createdAt: now - SECONDS_PER_DAY,
    });
    harness.table.unreadable.set("unread", new Error("[SK224] a record that cannot be read"));

    // WHEN
    const result = await sweep(harness.engine);

    // THEN
    expect(result).toMatchObject({ revoked: 1, reclaimed: 0, failed: 1 });
    expect(ids()).toEqual(["other_new", "unread"]);
    expect(harness.telemetry.lines).toContainEqual(
      expect.objectContaining({ level: "error", key: "unread", reason: expect.stringContaining("[SK224]") }),
    );
    expect(harness.telemetry.lines.map(({ message }) => message).join()).not.toContain("no declared key");
    expect(metric("SweepCompleted")).toEqual([]);
  });

  describe("of rotations that nobody finished", () => {
    const abandoned = (startedAt: number, labels: string[]) => {
      const token = harness.token();
      const expiresAt = now + SECONDS_PER_DAY;
      overlapUntil(KEY, now + SECONDS_PER_DAY);
      harness.addVendorKey("pending_key", { ownerId: `owner_${KEY}`, createdAt: startedAt });
      harness.addRecord(KEY, {
        ...record(),
        pending: [{ token, origin: "rotation", startedAt, keyId: "pending_key", issuedAt: startedAt, expiresAt }],
      });
      harness.secret.exists = true;
      const at = new Date(startedAt * 1_000).toISOString();
      const until = new Date(expiresAt * 1_000).toISOString();
      const payload = {
        apiKey: "x",
        vendor: "openai",
        keyId: "pending_key",
        baseUrl: "",
        issuedAt: at,
        expiresAt: until,
      };
      const held = { versionId: token, keyId: "pending_key", issuedAt: startedAt, expiresAt };
      const marks = labels.includes(CURRENT) ? [keyMark(held, policyOf()), policyMark(policyOf())] : [];
      harness.secret.versions.set(token, {
        value: JSON.stringify(payload),
        labels: new Set([...labels, ...marks]),
        number: 0,
      });
      return token;
    };

    test("within the grace, nothing happens", async () => {
      abandoned(now - SECONDS_PER_HOUR + 1, [STAGED]);
      await sweep(harness.engine);
      expect(ids()).toContain("pending_key");
      expect(record()?.pending).toHaveLength(1);
    });

    test("while Secrets Manager may still retry, nothing happens", async () => {
      abandoned(now - SECONDS_PER_DAY + 1, ["AWSPENDING"]);
      await sweep(harness.engine);
      expect(ids()).toContain("pending_key");
      expect(record()?.pending).toHaveLength(1);
    });

    test.each([
      ["stuck for a day", SECONDS_PER_DAY, ["AWSPENDING"]],
      ["no longer pending", SECONDS_PER_HOUR, []],
      ["left by a reconcile", SECONDS_PER_HOUR, [STAGED]],
    ])("one that is %s is cleared: key, label and record", async (_, ageSeconds, labels) => {
      // GIVEN
      const token = abandoned(now - ageSeconds, labels);

      // WHEN
      const result = await sweep(harness.engine);

      // THEN
      expect(result.failed).toBe(0);
      expect(ids()).toEqual(["summariser_new", "summariser_old"]);
      expect(harness.secret.versions.get(token)?.labels.size).toBe(0);
      expect(record()?.pending).toEqual([]);
    });

    test("one that was promoted is written down, and its predecessor gets its overlap", async () => {
      // GIVEN
      const token = abandoned(now - SECONDS_PER_HOUR, [CURRENT]);

      // WHEN
      await sweep(harness.engine);

      // THEN
      expect(record()).toMatchObject({ current: { keyId: "pending_key", versionId: token }, pending: [] });
      expect(record()?.superseded).toContainEqual(
        expect.objectContaining({ keyId: "summariser_new", revokeAfter: now + SECONDS_PER_DAY }),
      );
      expect(ids()).toEqual(["pending_key", "summariser_new", "summariser_old"]);
    });

    test("one that was promoted by a first apply that was cut off is left to the next apply, which knows the overlap", async () => {
      // GIVEN
      const token = abandoned(now - SECONDS_PER_HOUR, [CURRENT]);
      const { policy: _, ...unapplied } = record() ?? newKeyRecord(KEY);
      harness.table.records.set(KEY, unapplied);

      // WHEN
      await sweep(harness.engine);
      harness.world.advance(3_600_000);
      await sweep(harness.engine);

      // THEN
      expect(record()).toMatchObject({ current: { keyId: "summariser_new" }, pending: [{ token }] });
      expect(ids()).toEqual(["pending_key", "summariser_new", "summariser_old"]);
    });
  });

  test("reports the days until expiry for each rotated key, and for no other", async () => {
    // GIVEN
    const ending = (days: number) => ({
      keyId: `key_${days}`,
      versionId: "v",
      issuedAt: now,
      expiresAt: now + days * SECONDS_PER_DAY,
    });
    harness.addRecord("late", { current: ending(9) });
    harness.addRecord("soon", { current: ending(2) });
    const { policy, ...bare } = record("soon") ?? {};
    if (policy === undefined) throw new Error("no policy");
    const lifetime = { overlapSeconds: 0, expirySeconds: SECONDS_PER_DAY };
    harness.addRecord("unrotated", { ...bare, key: "unrotated", current: ending(1), policy: { ...policy, lifetime } });

    // WHEN
    await sweep(harness.engine);

    // THEN
    expect(metric("DaysUntilExpiry")).toEqual([
      ["DaysUntilExpiry", 9, "late"],
      ["DaysUntilExpiry", 2, "soon"],
    ]);
  });
});
