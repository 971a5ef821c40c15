import { ownLedger, ownSecrets } from "../../src/engine/middleware/own-deployment";
import type { Ledger, LedgerList, SecretStore } from "../../src/engine/ports";
import { defined } from "../../src/model/defined";
import { type KeyRecord, newKeyRecord } from "../../src/model/key-record";

const NAME = "ai-keys/openai/summariser";

describe("a secret", () => {
  const storeOf = (issuer: string | undefined) => {
    const state = { arn: "arn", rotationEnabled: false, versions: {}, ...defined({ issuer }) };
    return ownSecrets(
      { describe: async () => state, value: async () => "text" } as unknown as SecretStore,
      "ai-keys/openai",
    );
  };

  test("of another issuer, as its tag says, is refused", async () => {
    await expect(storeOf("ai-keys").describe(NAME)).rejects.toThrow(/\[SK258\].*Nothing was changed.*"ai-keys"/);
  });

  test("of this issuer, or of nobody whom its tags name, is not", async () => {
    expect(await storeOf("ai-keys/openai").describe(NAME)).toMatchObject({ issuer: "ai-keys/openai" });
    expect(await storeOf(undefined).describe(NAME)).toMatchObject({ arn: "arn" });
    expect(await storeOf(undefined).value(NAME, "v")).toBe("text");
  });
});

describe("a record", () => {
  /** With a private part, as the real one has. */
  class Stored {
    readonly #records = new Map<string, KeyRecord>();

    async get(key: string) {
      return this.#records.get(key);
    }
    async list(): Promise<LedgerList> {
      return { records: [...this.#records.values()], unreadable: new Map() };
    }
    async put(record: KeyRecord) {
      this.#records.set(record.key, record);
      return record;
    }
    async remove(key: string) {
      this.#records.delete(key);
    }
  }

  test("of another deployment is refused, listed as one that cannot be read, and left as it is", async () => {
    // GIVEN
    const stored = new Stored() as unknown as Ledger;
    await ownLedger(stored, "ai-keys/openai.aaaaaaaa").put(newKeyRecord("theirs"));
    const own = ownLedger(stored, "ai-keys/openai.bbbbbbbb");
    await own.put(newKeyRecord("ours"));
    await stored.put(newKeyRecord("of-an-older-release"));

    // WHEN, THEN
    await expect(own.get("theirs")).rejects.toThrow(/\[SK258\].*ai-keys\/openai\.aaaaaaaa/);
    expect(await own.get("ours")).toMatchObject({ deployment: "ai-keys/openai.bbbbbbbb" });
    const { records, unreadable } = await own.list();
    expect(records.map(({ key }) => key)).toEqual(["ours", "of-an-older-release"]);
    expect([...unreadable.keys()]).toEqual(["theirs"]);
    await own.remove("ours");
    expect(await stored.get("theirs")).toMatchObject({ deployment: "ai-keys/openai.aaaaaaaa" });
  });
});
