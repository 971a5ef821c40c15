import { policyOf } from "../support/engine";
import { KEY, RealBench } from "../support/engine-real";

const HOUR_MILLIS = 3_600_000;

describe("retiring a key", () => {
  let bench: RealBench;

  beforeEach(async () => {
    bench = await RealBench.start();
  });
  afterEach(() => bench.raise());

  const isGone = async () => {
    expect(await bench.live()).toEqual(new Map());
    expect(await bench.accounts()).toEqual([]);
    expect(bench.record).toBeUndefined();
  };

  test("needs no value, and so no KMS key, where nothing is retained", async () => {
    // GIVEN
    await bench.createSecret({ KmsKeyId: "key-one" });
    await bench.apply();
    bench.aws.unusableKmsKeys.add("us-east-1 key-one");
    // WHEN
    const destroyed = await bench.destroy();
    // THEN
    expect(destroyed).toBe(true);
    await isGone();
  });

  describe("with a current, a pending and a superseded vendor key, and one that somebody made", () => {
    let values: string[];

    beforeEach(async () => {
      await bench.apply();
      const first = await bench.payload();
      await bench.pass(HOUR_MILLIS);
      await bench.rotate();
      const second = await bench.payload();
      bench.plan({ at: /^GET \/v1\/models/, kind: "crash_before" });
      await bench.rotate();
      bench.plan(undefined);
      const third = await bench.payload("AWSPENDING");
      const [account] = await bench.accounts();
      await bench.admin("POST", `service_accounts/${account}/api_keys`, { name: "by hand", scopes: [] });
      await bench.pass(11 * 60_000);
      values = [first, second, third].map((payload) => payload?.apiKey ?? "");
      expect(await bench.live()).toHaveProperty("size", 4);
    });

    test("revokes them all, deletes the account and forgets the key", async () => {
      // WHEN
      expect(await bench.destroy()).toBe(true);

      // THEN
      await isGone();
      for (const value of values) expect(await bench.opens(value)).toBe(401);
    });

    test("is done where it is done again", async () => {
      await bench.destroy();
      await expect(bench.retire()).resolves.toMatchObject({ key: KEY, changes: [] });
      await isGone();
    });

    test("works where the ledger was lost", async () => {
      bench.table.items.clear();
      await bench.destroy();
      await isGone();
    });

    test("works where OpenAI still refuses to delete keys of service accounts", async () => {
      bench.simulator.configure({ deleteServiceAccountKey: "refused" });
      await bench.destroy();
      await isGone();
    });

    test("works where everything at the vendor is gone already", async () => {
      const [account] = await bench.accounts();
      await bench.breaking(() => bench.admin("DELETE", `service_accounts/${account}`));
      await expect(bench.retire()).resolves.toMatchObject({ changes: [] });
      await isGone();
    });

    test.each([
      ["down", 503, /OpenAI answered 503/],
      ["refusing the admin key", 401, /OpenAI answered 401/],
      ["knowing nothing of the project", 404, /OpenAI answered 404/],
    ])("fails loudly with the vendor %s, forgets nothing, and ends when it is well again", async (_, status, words) => {
      // GIVEN
      bench.answer = () => status;
      bench.guarded = false;

      // WHEN
      await expect(bench.retire()).rejects.toThrow(words);

      // THEN
      bench.answer = () => undefined;
      expect(await bench.live()).toHaveProperty("size", 4);
      expect(bench.record?.unfinished).toMatchObject({ action: "destroy", reason: expect.stringMatching(words) });
      expect((await bench.observe())?.drift[0]).toMatch(/^the last destroy did not finish: /);
      await bench.retire();
      await isGone();
    });

    test("says what failed, and not that this could not be written down either", async () => {
      bench.guarded = false;
      bench.answer = (name) => {
        if (!name.startsWith("GET")) bench.table.items.clear();
        return name.startsWith("GET") ? undefined : 503;
      };
      await expect(bench.retire()).rejects.toThrow(/OpenAI answered 503/);
      bench.answer = () => undefined;
      await bench.retire();
      await isGone();
    });

    test("can be thought better of: the next apply makes the key work again", async () => {
      // GIVEN
      bench.answer = (name) => (name.includes("service_accounts") ? 503 : undefined);
      expect(await bench.destroy()).toBe(false);
      bench.answer = () => undefined;
      expect(await bench.live()).toEqual(new Map());

      // WHEN
      await bench.applyUntilCalm();

      // THEN
      const payload = await bench.payload();
      expect(await bench.opens(payload?.apiKey ?? "")).toBe(200);
      expect([...(await bench.live()).keys()]).toEqual([payload?.keyId]);
    });
  });

  test("leaves a key alone whose name only begins like this one's, and its account", async () => {
    // GIVEN
    await bench.apply();
    const { id } = Object(
      await bench.admin("POST", "service_accounts", { name: "stack/openai.0badcafe/summariser-2" }),
    );
    await bench.admin("POST", `service_accounts/${id}/api_keys`, {
      name: "stack/openai.0badcafe/summariser-2/0123456789ab",
      scopes: ["api.model.read"],
    });

    // WHEN
    await bench.destroy();

    // THEN
    expect([...(await bench.live()).values()]).toContain("stack/openai.0badcafe/summariser-2/0123456789ab");
    expect(await bench.accounts()).toEqual([id]);
  });

  test("leaves no vendor key that a reconcile at the same time would make", async () => {
    await bench.createSecret();
    bench.guarded = false;
    const results = await Promise.allSettled([bench.reconcile(policyOf()), bench.retire()]);
    expect(results.map((r) => r.status)).toEqual(["fulfilled", "fulfilled"]);
    // Whoever comes last counts; what is there is on record.
    expect([...(await bench.live()).keys()]).toEqual([bench.record?.current?.keyId].filter((id) => id !== undefined));
  });
});
