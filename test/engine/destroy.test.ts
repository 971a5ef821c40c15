import { policyOf } from "../support/engine";
import { KEY, RealHarness } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

describe("retiring a key", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await RealHarness.start();
  });
  afterEach(() => harness.raise());

  const isGone = async () => {
    expect(await harness.live()).toEqual(new Map());
    expect(await harness.accounts()).toEqual([]);
    expect(harness.record).toBeUndefined();
  };

  test("needs no value, and so no KMS key, where nothing is retained", async () => {
    // GIVEN
    await harness.createSecret({ KmsKeyId: "key-one" });
    await harness.apply();
    harness.aws.unusableKmsKeys.add("us-east-1 key-one");
    // WHEN
    const destroyed = await harness.destroy();
    // THEN
    expect(destroyed).toBe(true);
    await isGone();
  });

  describe("with a current, a pending and a superseded vendor key, and one that somebody made", () => {
    let values: string[];

    beforeEach(async () => {
      await harness.apply();
      const first = await harness.payload();
      await harness.pass(HOUR_MILLIS);
      await harness.rotate();
      const second = await harness.payload();
      harness.plan({ at: /^GET \/v1\/models/, kind: "crash_before" });
      await harness.rotate();
      harness.plan(undefined);
      const third = await harness.payload("AWSPENDING");
      const [account] = await harness.accounts();
      await harness.admin("POST", `service_accounts/${account}/api_keys`, { name: "by hand", scopes: [] });
      await harness.pass(11 * 60_000);
      values = [first, second, third].map((payload) => payload?.apiKey ?? "");
      expect(await harness.live()).toHaveProperty("size", 4);
    });

    test("revokes them all, deletes the account and forgets the key", async () => {
      // WHEN
      expect(await harness.destroy()).toBe(true);

      // THEN
      await isGone();
      for (const value of values) expect(await harness.opens(value)).toBe(401);
    });

    test("is done where it is done again", async () => {
      await harness.destroy();
      await expect(harness.retire()).resolves.toMatchObject({ key: KEY, changes: [] });
      await isGone();
    });

    test("works where the ledger was lost", async () => {
      harness.table.items.clear();
      await harness.destroy();
      await isGone();
    });

    test("works where OpenAI still refuses to delete keys of service accounts", async () => {
      harness.simulator.configure({ deleteServiceAccountKey: "refused" });
      await harness.destroy();
      await isGone();
    });

    test("works where everything at the vendor is gone already", async () => {
      const [account] = await harness.accounts();
      await harness.breaking(() => harness.admin("DELETE", `service_accounts/${account}`));
      await expect(harness.retire()).resolves.toMatchObject({ changes: [] });
      await isGone();
    });

    test.each([
      ["down", 503, /OpenAI answered 503/],
      ["refusing the admin key", 401, /OpenAI answered 401/],
      ["knowing nothing of the project", 404, /OpenAI answered 404/],
    ])("fails loudly with the vendor %s, forgets nothing, and ends when it is well again", async (_, status, words) => {
      // GIVEN
      harness.answer = () => status;
      harness.guarded = false;

      // WHEN
      await expect(harness.retire()).rejects.toThrow(words);

      // THEN
      harness.answer = () => undefined;
      expect(await harness.live()).toHaveProperty("size", 4);
      expect(harness.record?.unfinished).toMatchObject({ action: "destroy", reason: expect.stringMatching(words) });
      expect((await harness.observe())?.drift[0]).toMatch(/^the last destroy did not finish: /);
      await harness.retire();
      await isGone();
    });

    test("says what failed, and not that this could not be written down either", async () => {
      harness.guarded = false;
      harness.answer = (name) => {
        if (!name.startsWith("GET")) harness.table.items.clear();
        return name.startsWith("GET") ? undefined : 503;
      };
      await expect(harness.retire()).rejects.toThrow(/OpenAI answered 503/);
      harness.answer = () => undefined;
      await harness.retire();
      await isGone();
    });

    test("can be thought better of: the next apply makes the key work again", async () => {
      // GIVEN
      harness.answer = (name) => (name.includes("service_accounts") ? 503 : undefined);
      expect(await harness.destroy()).toBe(false);
      harness.answer = () => undefined;
      expect(await harness.live()).toEqual(new Map());

      // WHEN
      await harness.applyUntilCalm();

      // THEN
      const payload = await harness.payload();
      expect(await harness.opens(payload?.apiKey ?? "")).toBe(200);
      expect([...(await harness.live()).keys()]).toEqual([payload?.keyId]);
    });
  });

  test("leaves a key alone whose name only begins like this one's, and its account", async () => {
    // GIVEN
    await harness.apply();
    const { id } = Object(
      await harness.admin("POST", "service_accounts", { name: "stack/openai.0badcafe/summariser-2" }),
    );
    await harness.admin("POST", `service_accounts/${id}/api_keys`, {
      name: "stack/openai.0badcafe/summariser-2/0123456789ab",
      scopes: ["api.model.read"],
    });

    // WHEN
    await harness.destroy();

    // THEN
    expect([...(await harness.live()).values()]).toContain("stack/openai.0badcafe/summariser-2/0123456789ab");
    expect(await harness.accounts()).toEqual([id]);
  });

  test("leaves no vendor key that a reconcile at the same time would make", async () => {
    await harness.createSecret();
    harness.guarded = false;
    const results = await Promise.allSettled([harness.reconcile(policyOf()), harness.retire()]);
    expect(results.map((r) => r.status)).toEqual(["fulfilled", "fulfilled"]);
    // Whoever comes last counts; what is there is on record.
    expect([...(await harness.live()).keys()]).toEqual(
      [harness.record?.current?.keyId].filter((id) => id !== undefined),
    );
  });
});
