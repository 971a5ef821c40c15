import { readEncryption } from "../../src/engine/integrity/encryption";
import type { KmsKey, KmsKeys, SecretState } from "../../src/engine/ports";

const KMS_KEY = "arn:aws:kms:eu-west-1:111122223333:key/one";
const SECRET: SecretState = {
  arn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf",
  rotationEnabled: true,
  encryptedWith: [{ kmsKey: KMS_KEY }],
  versions: {},
};
const keyIn = (state: string, more: Partial<KmsKey> = {}): KmsKeys => ({
  describe: async (arn) => ({ arn, state, ...more }),
});

describe("the KMS key of a secret", () => {
  test.each(["Enabled", "Updating"])("in state %s keeps nobody from reading", async (state) => {
    expect(await readEncryption(keyIn(state), SECRET)).toEqual({ broken: [], unknown: [] });
  });

  test("that is disabled is told, with the command that enables it", async () => {
    expect(await readEncryption(keyIn("Disabled"), SECRET)).toEqual({
      broken: [
        `the KMS key ${KMS_KEY} is disabled; nobody can read its value (aws kms enable-key --key-id ${KMS_KEY})`,
      ],
      unknown: [],
    });
  });

  test("that is to be deleted is told with the day, and with the commands that keep it", async () => {
    const at = Date.UTC(2026, 11, 31) / 1_000;
    const { broken } = await readEncryption(keyIn("PendingDeletion", { deletionAt: at }), SECRET);
    expect(broken).toEqual([expect.stringContaining("is to be deleted on 2026-12-31T00:00:00")]);
    expect(broken[0]).toContain(`aws kms cancel-key-deletion --key-id ${KMS_KEY}`);
  });

  test.each(["PendingImport", "Unavailable", "PendingReplicaDeletion", "Creating", "SomethingNew"])(
    "in state %s is told: what is not known to work is reported",
    async (state) => {
      const { broken } = await readEncryption(keyIn(state), SECRET);
      expect(broken).toEqual([expect.stringContaining(`is in state ${state}; nobody can read its value`)]);
    },
  );

  test("that is gone is told", async () => {
    const { broken } = await readEncryption({ describe: async () => undefined }, SECRET);
    expect(broken).toEqual([expect.stringContaining(`the KMS key ${KMS_KEY} does not exist any more`)]);
  });

  test("of another account is named as such, and not known where it cannot be looked at", async () => {
    const foreign = "arn:aws:kms:eu-west-1:999999999999:key/two";
    const denied = Object.assign(new Error("not authorized to perform: kms:DescribeKey"), {
      name: "AccessDeniedException",
    });
    const secret = { ...SECRET, encryptedWith: [{ kmsKey: foreign }] };
    expect(await readEncryption({ describe: () => Promise.reject(denied) }, secret)).toEqual({
      broken: [],
      unknown: [
        `whether the KMS key ${foreign} of account 999999999999 can be used is not known: AccessDeniedException: not authorized to perform: kms:DescribeKey`,
      ],
    });
    expect((await readEncryption(keyIn("Disabled"), secret)).broken[0]).toContain(
      `the KMS key ${foreign} of account 999999999999 is disabled`,
    );
  });

  test("of a replica is asked for in the replica's region, and told with it; so is a replica that is not in step", async () => {
    const asked: unknown[] = [];
    const kmsKeys: KmsKeys = {
      describe: async (arn, region) => {
        asked.push([arn, region]);
        return { arn, state: region === undefined ? "Enabled" : "Disabled" };
      },
    };
    const secret: SecretState = {
      ...SECRET,
      encryptedWith: [{ kmsKey: KMS_KEY }, { kmsKey: "there", region: "us-east-1" }],
      failedReplicas: [{ region: "eu-north-1", why: "Replication failed" }],
    };
    expect((await readEncryption(kmsKeys, secret)).broken).toEqual([
      "its replica in eu-north-1 is not in step: Replication failed",
      "the KMS key there of its replica in us-east-1 is disabled; nobody can read its value there (aws kms enable-key --key-id there)",
    ]);
    expect(asked).toEqual([
      [KMS_KEY, undefined],
      ["there", "us-east-1"],
    ]);
  });

  test("that nobody has chosen is Secrets Manager's own, and not asked for", async () => {
    const { encryptedWith: _, ...secret } = SECRET;
    const kmsKeys: KmsKeys = { describe: () => Promise.reject(new Error("asked")) };
    expect(await readEncryption(kmsKeys, secret)).toEqual({ broken: [], unknown: [] });
  });
});
