import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { policyMark } from "../../src/engine/integrity/marks";
import type { KeyRecord } from "../../src/model/key-record";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { policyOf } from "../support/engine";
import { KEY, RealBench, SECRET } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

/** Somebody may write into the ledger's table, and nothing else. */
describe("what somebody writes into the ledger", () => {
  let bench: RealBench;
  const write = (change: (record: KeyRecord) => KeyRecord) => {
    for (const [id, item] of bench.table.items) {
      if (!item.sk.startsWith("key#")) continue;
      bench.table.items.set(id, { ...item, body: JSON.stringify(change(JSON.parse(item.body))) });
    }
  };
  const opened = () => bench.telemetry.incidents.filter((line) => line.startsWith("opened"));
  const works = async (value = "") => (await bench.opens(value)) === 200;

  beforeEach(async () => {
    // GIVEN
    bench = await RealBench.start();
    await bench.apply();
    await bench.pass(2 * HOUR_MILLIS);
  });

  test("revokes no stranger's vendor key: it is told, the plan names it, and the apply takes it out", async () => {
    // GIVEN
    const { id } = (await bench.admin("POST", "service_accounts", { name: "web shop" })) as { id: string };
    const stranger = [...(await bench.live()).keys()].find((key) => key !== bench.record?.current?.keyId) ?? "";
    expect(id).not.toBe("");
    expect(stranger).not.toBe("");
    write((record) => ({
      ...record,
      ownerId: id,
      superseded: [{ keyId: stranger, revokeAfter: 0, expiresAt: 1_900_000_000 }],
    }));

    // WHEN
    await bench.sweep();

    // THEN
    expect([...(await bench.live()).keys()]).toContain(stranger);
    expect(await bench.accounts()).toContain(id);
    expect(opened()).toContain(`opened not-shown-ours ${KEY}`);
    expect((await bench.observe())?.drift.join()).toContain(stranger);

    // WHEN
    await bench.apply();

    // THEN
    expect(bench.record?.superseded).toEqual([]);
    expect(await bench.planIsEmpty()).toBe(true);
    expect([...(await bench.live()).keys()]).toContain(stranger);
  });

  test("mints nothing of a policy that no apply was for", async () => {
    // GIVEN
    const before = await bench.payload();
    const live = [...(await bench.live()).keys()];
    write((record) => ({ ...record, policy: policyOf({ scopes: ["api.all"] }) }));

    // WHEN
    await bench.rotate();
    await bench.sweep();

    // THEN
    expect([...(await bench.live()).keys()]).toEqual(live);
    expect(bench.failures.map(String).join()).toContain("SK246");
    expect(opened()).toContain(`opened ledger-tampered ${KEY}`);
    expect(await works(before?.apiKey)).toBe(true);

    // WHEN
    const observed = await bench.observe();
    await bench.reconcile(policyOf(), observed?.repair, "update");
    // Secrets Manager tries its rotation again.
    await bench.pass(2 * HOUR_MILLIS);

    // THEN
    expect(observed?.drift.join()).toContain("its policy is not the one that was last applied");
    expect((await bench.payload())?.keyId).not.toBe(before?.keyId);
    expect(bench.record?.policy).toEqual(policyOf());
  });

  test.each<[string, Partial<KeyRecord>]>([
    ["a destroy that nobody began", { unfinished: { action: "destroy", since: 0, reason: "it was cut off" } }],
    ["an emergency that nobody ordered", { revocation: { since: 0, successor: false, keyIds: [] } }],
    ["a vendor key in use that is another", { current: { keyId: "key_x", versionId: "v", issuedAt: 0, expiresAt: 1 } }],
  ])("ends no vendor key in use by %s", async (_, change) => {
    // GIVEN
    const before = await bench.payload();
    const keyIds = [before?.keyId ?? ""];
    write((record) => ({
      ...record,
      ...change,
      ...(change.revocation === undefined ? {} : { revocation: { ...change.revocation, keyIds } }),
    }));

    // WHEN
    await bench.sweep();

    // THEN
    expect(await works(before?.apiKey)).toBe(true);
    expect((await bench.payload())?.keyId).toBe(before?.keyId);
    expect(opened()).toContain(`opened ledger-tampered ${KEY}`);

    // WHEN
    await bench.applyUntilCalm();

    // THEN
    expect(await works((await bench.payload())?.apiKey)).toBe(true);
  });

  test("ends no superseded vendor key before its overlap is over by the secret's times", async () => {
    // GIVEN
    const before = await bench.payload();
    await bench.rotate();
    write((record) => ({ ...record, superseded: record.superseded.map((k) => ({ ...k, revokeAfter: 0 })) }));

    // WHEN
    await bench.sweep();

    // THEN
    expect(await works(before?.apiKey)).toBe(true);
    await bench.passWithSweeps(25);
    bench.guarded = false;
    expect(await works(before?.apiKey)).toBe(false);
  });

  test("keeps no vendor key alive for ever", async () => {
    // GIVEN
    const before = await bench.payload();
    await bench.rotate();
    write((record) => ({
      ...record,
      superseded: record.superseded.map((k) => ({ ...k, revokeAfter: 4_000_000_000 })),
    }));

    // WHEN
    await bench.passWithSweeps(26);

    // THEN
    expect(await works(before?.apiKey)).toBe(false);
  });
});

describe("a value that somebody puts into the secret", () => {
  test("is told within one sweep, its baseUrl alone included; healed by the apply; and kept for whoever looks into it", async () => {
    // GIVEN
    const bench = await RealBench.start();
    await bench.apply();
    await bench.pass(HOUR_MILLIS);
    const before = await bench.payload();
    const redirected = JSON.stringify({ ...before, baseUrl: "https://elsewhere.example/v1" });
    await bench.breaking(() =>
      bench.client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: redirected })),
    );

    // WHEN
    await bench.sweep();

    // THEN
    expect(bench.telemetry.incidents).toEqual([`opened secret-edited ${KEY}`]);

    // WHEN
    await bench.apply();

    // THEN
    const after = await bench.payload();
    expect(after?.baseUrl).toBe(before?.baseUrl);
    expect(after?.keyId).not.toBe(before?.keyId);
    expect(bench.telemetry.incidents.at(-1)).toBe(`resolved secret-edited ${KEY}`);
    const labels = Object.values(await bench.labels()).flat();
    const [mark = ""] = labels.filter((label) => label.startsWith("SCOPED_KEYS_EDITED_"));
    expect(parseSecretPayload(redirected)).toEqual(await bench.payload(mark));
    expect(labels).toContain(policyMark(policyOf()));
  });
});
