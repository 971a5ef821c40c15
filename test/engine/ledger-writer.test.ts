import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { policyMark } from "../../src/engine/integrity/marks";
import type { KeyRecord } from "../../src/model/key-record";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { policyOf } from "../support/engine";
import { KEY, RealHarness, SECRET } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

/** Somebody may write into the ledger's table, and nothing else. */
describe("what somebody writes into the ledger", () => {
  let harness: RealHarness;
  const write = (change: (record: KeyRecord) => KeyRecord) => {
    for (const [id, item] of harness.table.items) {
      if (!item.sk.startsWith("key#")) continue;
      harness.table.items.set(id, { ...item, body: JSON.stringify(change(JSON.parse(item.body))) });
    }
  };
  const opened = () => harness.telemetry.incidents.filter((line) => line.startsWith("opened"));
  const works = async (value = "") => (await harness.opens(value)) === 200;

  beforeEach(async () => {
    // GIVEN
    harness = await RealHarness.start();
    await harness.apply();
    await harness.pass(2 * HOUR_MILLIS);
  });

  test("revokes no stranger's vendor key: it is told, the plan names it, and the apply takes it out", async () => {
    // GIVEN
    const { id } = (await harness.admin("POST", "service_accounts", { name: "web shop" })) as { id: string };
    const stranger = [...(await harness.live()).keys()].find((key) => key !== harness.record?.current?.keyId) ?? "";
    expect(id).not.toBe("");
    expect(stranger).not.toBe("");
    write((record) => ({
      ...record,
      ownerId: id,
      superseded: [{ keyId: stranger, revokeAfter: 0, expiresAt: 1_900_000_000 }],
    }));

    // WHEN
    await harness.sweep();

    // THEN
    expect([...(await harness.live()).keys()]).toContain(stranger);
    expect(await harness.accounts()).toContain(id);
    expect(opened()).toContain(`opened not-shown-ours ${KEY}`);
    expect((await harness.observe())?.drift.join()).toContain(stranger);

    // WHEN
    await harness.apply();

    // THEN
    expect(harness.record?.superseded).toEqual([]);
    expect(await harness.planIsEmpty()).toBe(true);
    expect([...(await harness.live()).keys()]).toContain(stranger);
  });

  test("mints nothing of a policy that no apply was for", async () => {
    // GIVEN
    const before = await harness.payload();
    const live = [...(await harness.live()).keys()];
    write((record) => ({ ...record, policy: policyOf({ scopes: ["api.all"] }) }));

    // WHEN
    await harness.rotate();
    await harness.sweep();

    // THEN
    expect([...(await harness.live()).keys()]).toEqual(live);
    expect(harness.failures.map(String).join()).toContain("SK246");
    expect(opened()).toContain(`opened ledger-tampered ${KEY}`);
    expect(await works(before?.apiKey)).toBe(true);

    // WHEN
    const observed = await harness.observe();
    await harness.reconcile(policyOf(), observed?.repair, "update");
    // Secrets Manager tries its rotation again.
    await harness.pass(2 * HOUR_MILLIS);

    // THEN
    expect(observed?.drift.join()).toContain("its policy is not the one that was last applied");
    expect((await harness.payload())?.keyId).not.toBe(before?.keyId);
    expect(harness.record?.policy).toEqual(policyOf());
  });

  test.each<[string, Partial<KeyRecord>]>([
    ["a destroy that nobody began", { unfinished: { action: "destroy", since: 0, reason: "it was cut off" } }],
    ["an emergency that nobody ordered", { revocation: { since: 0, successor: false, keyIds: [] } }],
    ["a vendor key in use that is another", { current: { keyId: "key_x", versionId: "v", issuedAt: 0, expiresAt: 1 } }],
  ])("ends no vendor key in use by %s", async (_, change) => {
    // GIVEN
    const before = await harness.payload();
    const keyIds = [before?.keyId ?? ""];
    write((record) => ({
      ...record,
      ...change,
      ...(change.revocation === undefined ? {} : { revocation: { ...change.revocation, keyIds } }),
    }));

    // WHEN
    await harness.sweep();

    // THEN
    expect(await works(before?.apiKey)).toBe(true);
    expect((await harness.payload())?.keyId).toBe(before?.keyId);
    expect(opened()).toContain(`opened ledger-tampered ${KEY}`);

    // WHEN
    await harness.applyUntilCalm();

    // THEN
    expect(await works((await harness.payload())?.apiKey)).toBe(true);
  });

  test("ends no superseded vendor key before its overlap is over by the secret's times", async () => {
    // GIVEN
    const before = await harness.payload();
    await harness.rotate();
    write((record) => ({ ...record, superseded: record.superseded.map((k) => ({ ...k, revokeAfter: 0 })) }));

    // WHEN
    await harness.sweep();

    // THEN
    expect(await works(before?.apiKey)).toBe(true);
    await harness.passWithSweeps(25);
    harness.guarded = false;
    expect(await works(before?.apiKey)).toBe(false);
  });

  test("keeps no vendor key alive for ever", async () => {
    // GIVEN
    const before = await harness.payload();
    await harness.rotate();
    write((record) => ({
      ...record,
      superseded: record.superseded.map((k) => ({ ...k, revokeAfter: 4_000_000_000 })),
    }));

    // WHEN
    await harness.passWithSweeps(26);

    // THEN
    expect(await works(before?.apiKey)).toBe(false);
  });
});

describe("a value that somebody puts into the secret", () => {
  test("is told within one sweep, its baseUrl alone included; healed by the apply; and kept for whoever looks into it", async () => {
    // GIVEN
    const harness = await RealHarness.start();
    await harness.apply();
    await harness.pass(HOUR_MILLIS);
    const before = await harness.payload();
    const redirected = JSON.stringify({ ...before, baseUrl: "https://elsewhere.example/v1" });
    await harness.breaking(() =>
      harness.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: redirected })),
    );

    // WHEN
    await harness.sweep();

    // THEN
    expect(harness.telemetry.incidents).toEqual([`opened secret-edited ${KEY}`]);

    // WHEN
    await harness.apply();

    // THEN
    const after = await harness.payload();
    expect(after?.baseUrl).toBe(before?.baseUrl);
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(harness.telemetry.incidents.at(-1)).toBe(`resolved secret-edited ${KEY}`);
    const labels = Object.values(await harness.labels()).flat();
    const [mark = ""] = labels.filter((label) => label.startsWith("SCOPED_KEYS_EDITED_"));
    expect(parseSecretPayload(redirected)).toEqual(await harness.payload(mark));
    expect(labels).toContain(policyMark(policyOf()));
  });
});
