import {
  CancelRotateSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { policyOf } from "../support/engine";
import { RealHarness, SECRET } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = SECONDS_PER_DAY * 1_000;
const NARROWER = policyOf({ scopes: ["api.model.read"] });
const withLife = (days: number, change: Partial<ReturnType<typeof policyOf>["lifetime"]> = {}) =>
  policyOf({ lifetime: { ...policyOf().lifetime, expirySeconds: days * SECONDS_PER_DAY, ...change } });

describe("a reconcile", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start();
  });
  afterEach(() => harness.raise());

  const currentId = async () => (await harness.payload())?.keyId ?? "";
  const mayChat = async (value: string) => (await harness.opens(value, "/v1/files?limit=1")) === 200;
  const expiresAt = (iso: string | undefined) => Math.floor(Date.parse(iso ?? "") / 1_000);

  test("applies what it can under a KMS key that is disabled, says so, and is not done before it is enabled", async () => {
    // GIVEN
    await harness.createSecret({ KmsKeyId: "key-one" });
    await harness.reconcile();
    await harness.attachRotation();
    harness.aws.unusableKmsKeys.add("us-east-1 key-one");
    // WHEN
    const observed = await harness.observe();
    const applied = harness.reconcile(policyOf({ purpose: "Another" }), observed?.repair, "update");
    // THEN
    expect(observed).toMatchObject({
      state: "drift",
      drift: expect.arrayContaining([expect.stringContaining("the KMS key key-one is disabled")]),
    });
    await expect(applied).rejects.toThrow(/\[SK290\].*key-one is disabled; nobody can read its value/);
    expect(await harness.observe(policyOf({ purpose: "Another" }))).toMatchObject({ state: "drift" });

    // WHEN
    harness.aws.unusableKmsKeys.clear();
    const again = await harness.observe(policyOf({ purpose: "Another" }));
    await harness.reconcile(policyOf({ purpose: "Another" }), again?.repair, "update");
    // THEN
    expect((await harness.observe(policyOf({ purpose: "Another" })))?.state).toBe("in_sync");
  });

  describe("that creates", () => {
    beforeEach(() => harness.createSecret());

    test("issues one vendor key with the policy's scopes and life, and stores it", async () => {
      // WHEN
      const result = await harness.reconcile();

      // THEN
      const payload = await harness.payload();
      expect(result).toMatchObject({ repair: "none", changes: ["issued a vendor key: there was none"] });
      expect(payload).toMatchObject({ vendor: "openai", baseUrl: "https://api.openai.com/v1" });
      expect(expiresAt(payload?.expiresAt) - expiresAt(payload?.issuedAt)).toBe(14 * SECONDS_PER_DAY);
      expect([...(await harness.live()).keys()]).toEqual([payload?.keyId]);
      expect(harness.record).toMatchObject({ policy: policyOf(), repair: "none", pending: [], superseded: [] });
      expect(harness.record).not.toHaveProperty("unfinished");
    });

    test("changes nothing when it is sent again", async () => {
      await harness.reconcile();
      const before = await currentId();
      await expect(harness.reconcile()).resolves.toMatchObject({ changes: [] });
      expect([...(await harness.live()).keys()]).toEqual([before]);
    });

    test("leaves one vendor key where two run at once", async () => {
      // WHEN
      const results = await Promise.allSettled([harness.reconcile(), harness.reconcile(), harness.reconcile()]);

      // THEN
      expect(results.map((r) => r.status)).toContain("fulfilled");
      expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
      expect(await harness.accounts()).toHaveLength(1);
    });

    test("does nothing at all without its secret, or with a policy of another vendor", async () => {
      harness.plan(undefined);
      await expect(harness.reconcile(policyOf({ vendor: "other" }))).rejects.toThrow("SK204");
      expect(harness.trace).toEqual([]);
      await harness.destroy();
      harness.plan(undefined);
      await expect(harness.reconcile()).rejects.toThrow("SK214");
      expect(harness.trace.filter((name) => name.startsWith("POST"))).toEqual([]);
      expect(harness.record).toBeUndefined();
    });
  });

  describe("of scopes", () => {
    test("sets them in place on the current, the pending and the superseded vendor key", async () => {
      // GIVEN a rotation behind it, and one that stands between its second and third step
      await harness.apply();
      const first = await harness.payload();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const second = await harness.payload();
      harness.plan({ at: /^GET \/v1\/models/, kind: "crash_before" });
      await harness.rotate();
      const third = await harness.payload("AWSPENDING");
      await harness.pass(11 * 60_000);
      harness.plan(undefined);

      // WHEN the life changes with it, a pending vendor key could not be used any more; scopes
      // alone are minted facts as well
      await harness.reconcile(NARROWER, "none", "update");

      // THEN
      expect(await currentId()).toBe(second?.keyId);
      for (const payload of [first, second]) {
        expect(await harness.opens(payload?.apiKey ?? "")).toBe(200);
      }
      expect(harness.record?.superseded.map((k) => k.keyId)).toEqual([first?.keyId]);
      const narrowed = harness.trace.filter((name) => name.startsWith("POST") && name.includes("api_keys/key"));
      expect(narrowed).toHaveLength(2);
      // A value that is staged for another policy cannot be used: it is given up, and the rotation
      // goes on with a new token.
      expect([...(await harness.live()).keys()].sort()).toEqual([first?.keyId, second?.keyId].sort());
      expect(third?.keyId).toBeDefined();
      expect(harness.record?.pending).toEqual([]);
    });

    test("are those of the policy again, where an apply of another one was cut off half-way and no drift is looked for", async () => {
      // GIVEN two vendor keys, of which a failed apply has changed the first
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const wider = policyOf({ scopes: ["api.files.read", "api.model.read", "api.model.request"] });
      harness.plan({ at: /^POST .*api_keys\/key/, kind: "crash_after" });
      await expect(harness.reconcile(wider, "none", "update")).rejects.toThrow();
      const payload = await harness.payload();
      expect(await mayChat(payload?.apiKey ?? "")).toBe(true);
      await harness.pass(11 * 60_000);

      // WHEN the change is taken back
      await harness.reconcile(policyOf(), "none", "update");

      // THEN
      expect(await mayChat(payload?.apiKey ?? "")).toBe(false);
      expect(await harness.opens(payload?.apiKey ?? "")).toBe(200);
      await expect(harness.observe()).resolves.toBeUndefined();
    });

    test("are those of the policy, where a first apply of another one was cut off at its end", async () => {
      // GIVEN
      await harness.createSecret();
      const wider = policyOf({ scopes: ["api.files.read", "api.model.read"] });
      for (let at = 0; harness.record?.current === undefined; at += 1) {
        harness.plan({ at, kind: "crash_after" });
        await expect(harness.reconcile(wider)).rejects.toThrow();
        await harness.pass(11 * 60_000);
      }
      expect(harness.record?.policy).toBeUndefined();

      // WHEN
      await harness.reconcile(NARROWER);

      // THEN
      expect(await mayChat((await harness.payload())?.apiKey ?? "")).toBe(false);
      expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
    });
  });

  describe("of the life", () => {
    test.each([
      ["longer", 20],
      ["shorter", 12],
    ])("makes it %s in place: the same vendor key, its new end in the secret", async (_, days) => {
      // GIVEN
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
      const before = await harness.payload();

      // WHEN
      const result = await harness.reconcile(withLife(days), "none", "update");

      // THEN
      const after = await harness.payload();
      expect(result.changes).toEqual([`set expiry ${after?.expiresAt}`]);
      expect(after).toEqual({ ...before, expiresAt: after?.expiresAt });
      expect(expiresAt(after?.expiresAt) - expiresAt(after?.issuedAt)).toBe(days * SECONDS_PER_DAY);
      expect(harness.record?.superseded).toEqual([]);
      expect(harness.record?.current).toMatchObject({ keyId: before?.keyId, expiresAt: expiresAt(after?.expiresAt) });
      await expect(harness.observe(withLife(days))).resolves.toBeUndefined();
      const labels = Object.values(await harness.labels()).flat();
      expect(labels.filter((label) => /^AWS|STAGED/.test(label)).sort()).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
      // The vendor keeps it.
      await harness.pass(DAY_MILLIS);
      await harness.sweep();
      await harness.pass((days - 1) * DAY_MILLIS - 2 * HOUR_MILLIS);
      harness.guarded = false;
      await expect(harness.opens(before?.apiKey ?? "")).resolves.toBe(200);
      await harness.pass(2 * HOUR_MILLIS);
      await expect(harness.opens(before?.apiKey ?? "")).resolves.toBe(401);
    });

    test("issues a new vendor key where the old one would end before the next rotation is sure", async () => {
      // GIVEN
      await harness.apply();
      const before = await harness.payload();
      await harness.pass(3 * DAY_MILLIS);

      // WHEN
      const result = await harness.reconcile(withLife(9), "none", "update");

      // THEN
      expect(result.changes).toEqual(["issued a vendor key: its new expiry is too near"]);
      expect(harness.record?.superseded).toMatchObject([
        { keyId: before?.keyId, revokeAfter: harness.seconds + SECONDS_PER_DAY },
      ]);
      expect(await harness.opens(before?.apiKey ?? "")).toBe(200);
    });
  });

  describe("that fails", () => {
    beforeEach(async () => {
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
      harness.simulator.configure({ adminKeyValid: false });
      await expect(harness.reconcile(NARROWER, "none", "update")).rejects.toThrow(/401/);
      harness.simulator.configure({ adminKeyValid: true });
    });

    test("is remembered in words, and the plan shows another token each time until one has succeeded", async () => {
      // WHEN
      const first = await harness.observe(NARROWER);
      await harness.pass(1_000);
      const second = await harness.observe(NARROWER);

      // THEN
      expect(first?.state).toBe("drift");
      expect(first?.drift[0]).toMatch(/^the last apply did not finish: OpenAI answered 401/);
      expect(first?.repair).not.toBe(second?.repair);
      await harness.reconcile(NARROWER, second?.repair, "update");
      await expect(harness.observe(NARROWER)).resolves.toEqual({
        repair: second?.repair,
        state: "in_sync",
        drift: [],
      });
    });
  });

  describe("with a repair", () => {
    const repair = async () => {
      const observed = await harness.observe();
      expect(observed?.state).toBe("drift");
      const result = await harness.reconcile(policyOf(), observed?.repair, "update");
      await expect(harness.observe()).resolves.toEqual({ repair: observed?.repair, state: "in_sync", drift: [] });
      expect(await harness.opens((await harness.payload())?.apiKey ?? "")).toBe(200);
      return { observed, result };
    };

    beforeEach(async () => {
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
    });

    test("issues a vendor key for one that was deleted at the vendor", async () => {
      const lost = await currentId();
      await harness.breaking(() => harness.admin("DELETE", `api_keys/${lost}`));
      const { observed, result } = await repair();
      expect(observed?.drift).toEqual([`vendor key ${lost} was deleted at OpenAI`]);
      expect(result.changes[0]).toBe("issued a vendor key: the vendor no longer had it");
    });

    test("makes the key's account anew where it was deleted at the vendor", async () => {
      const [before = ""] = await harness.accounts();
      await harness.breaking(() => harness.admin("DELETE", `service_accounts/${before}`));
      await repair();
      expect(await harness.accounts()).toEqual([harness.record?.ownerId]);
      expect(harness.record?.ownerId).not.toBe(before);
    });

    test("takes back scopes and life that somebody changed at the vendor, in place", async () => {
      // GIVEN
      const id = await currentId();
      await harness.pass(1_000);
      await harness.admin("POST", `api_keys/${id}`, { scopes: ["api.files.read", "api.model.read"] });
      await harness.admin("POST", `api_keys/${id}`, { expires_in_seconds: 30 * SECONDS_PER_DAY });

      // WHEN
      await harness.pass(1_000);
      const { observed } = await repair();

      // THEN
      expect(observed?.drift).toEqual([
        expect.stringContaining(`expiry of vendor key ${id} changed at OpenAI from`),
        expect.stringContaining(`scopes of vendor key ${id} changed at OpenAI: +api.files.read -api.model.request`),
      ]);
      expect(await currentId()).toBe(id);
      expect(await mayChat((await harness.payload())?.apiKey ?? "")).toBe(false);
    });

    test("revokes a foreign vendor key on the key's account; without one it is left alone", async () => {
      // GIVEN
      const [account] = await harness.accounts();
      await harness.admin("POST", `service_accounts/${account}/api_keys`, { name: "by hand", scopes: [] });

      // WHEN
      await harness.reconcile();

      // THEN
      expect([...(await harness.live()).values()]).toContain("by hand");

      // WHEN
      const { result } = await repair();

      // THEN
      expect(result.changes[0]).toMatch(/^revoked vendor key \S+, which nobody declared$/);
      expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
    });

    test("issues a vendor key for a secret that was edited by hand; the one before keeps its overlap", async () => {
      // GIVEN
      const before = await harness.payload();
      await harness.breaking(() =>
        harness.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: "edited by hand" })),
      );

      // WHEN
      const { observed } = await repair();

      // THEN
      expect(observed?.drift).toEqual(["the secret's value was edited by hand"]);
      expect(await harness.opens(before?.apiKey ?? "")).toBe(200);
      expect(harness.record?.superseded).toMatchObject([{ keyId: before?.keyId }]);
    });

    test("writes a lost ledger anew from the secret and the names at the vendor; all keys go on", async () => {
      // GIVEN
      await harness.rotate();
      const before = new Map(await harness.live());
      const current = await currentId();
      harness.table.items.clear();

      // WHEN
      const { observed } = await repair();

      // THEN
      expect(observed?.drift).toEqual([expect.stringMatching(/the ledger has lost it$/)]);
      expect(await harness.live()).toEqual(before);
      expect(harness.record?.current?.keyId).toBe(current);
      expect(harness.record?.superseded.map((k) => k.keyId)).toEqual([...before.keys()].filter((id) => id !== current));
    });
  });

  describe("after a rotation was cancelled in its middle", () => {
    test.each([
      ["before its first step", /^table/],
      ["before it had stored anything", /^secret\.stage/],
      ["before its test", /^GET \/v1\/models/],
      ["before its end", /^secret\.promote/],
      ["at its end", /^secret\.unlabel/],
    ])("clears %s what is left of it, so that rotation can be switched on again", async (_, at) => {
      // GIVEN
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
      harness.plan({ at, kind: "crash_before" });
      await harness.rotate();
      harness.plan(undefined);
      await harness.client.send(new CancelRotateSecretCommand({ SecretId: SECRET }));
      expect(Object.values(await harness.labels()).flat()).toContain("AWSPENDING");
      const before = await harness.payload();

      // WHEN
      await harness.applyUntilCalm();

      // THEN
      expect(await harness.payload()).toEqual(before);
      expect(Object.values(await harness.labels()).flat()).not.toContain("AWSPENDING");
      expect(harness.record?.pending).toEqual([]);
      await harness.rotate();
      expect((await harness.payload())?.keyId).not.toBe(before?.keyId);
      await harness.passWithSweeps(26);
      expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
    });
  });

  describe("after a rollback by hand", () => {
    test("keeps the vendor key that was rolled back to; the repair takes it for the key in use, and the other one for superseded", async () => {
      // GIVEN
      await harness.apply();
      const first = await harness.payload();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const labels = await harness.labels();
      const versionOf = (label: string) => Object.keys(labels).find((id) => labels[id]?.includes(label)) ?? "";
      await harness.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: SECRET,
          VersionStage: "AWSCURRENT",
          MoveToVersionId: versionOf("AWSPREVIOUS"),
          RemoveFromVersionId: versionOf("AWSCURRENT"),
        }),
      );
      expect(await currentId()).toBe(first?.keyId);

      // WHEN
      await harness.pass(25 * HOUR_MILLIS);
      await harness.sweep();

      // THEN
      expect(await harness.opens(first?.apiKey ?? "")).toBe(200);
      const observed = await harness.observe();
      expect(observed?.drift.join()).toContain("it does not know the value in use: somebody moved AWSCURRENT");
      expect(harness.telemetry.incidents).toEqual(["opened ledger-tampered summariser"]);

      // WHEN
      await harness.reconcile(policyOf(), observed?.repair, "update");
      await harness.pass(23 * HOUR_MILLIS);
      await harness.sweep();

      // THEN
      expect(await currentId()).toBe(first?.keyId);
      expect(await harness.opens(first?.apiKey ?? "")).toBe(200);
      expect((await harness.live()).size).toBe(2);

      // WHEN
      await harness.pass(2 * HOUR_MILLIS);
      await harness.sweep();

      // THEN
      expect([...(await harness.live()).keys()]).toEqual([await currentId()]);
    });
  });

  describe("that rebuilds a lost ledger, and is cut off", () => {
    test("leaves nothing behind that a sweep would take the keys in use for orphans by", async () => {
      // GIVEN
      await harness.apply();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      await harness.pass(2 * HOUR_MILLIS);
      const before = await harness.live();

      for (let at = 0, hit = true; hit; at += 1) {
        harness.table.items.clear();
        harness.plan({ at, kind: "crash_after" });
        const outcome = await harness.reconcile(policyOf(), "again", "update").catch(() => undefined);
        hit = outcome === undefined;
        harness.plan(undefined);
        await harness.pass(15 * 60_000);

        // WHEN
        await harness.sweep();

        // THEN
        expect([at, await harness.live()]).toEqual([at, before]);
      }
    });
  });
});
