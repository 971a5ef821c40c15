import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { AwsSecretStore } from "../../src/secrets/aws-secret-store";
import { CURRENT, PENDING, STAGED } from "../../src/secrets/labels";
import { FUNCTION_ARN, type SecretsManagerHarness, startSecretsManager } from "../support/secrets-manager";

const NAME = "ai-keys/openai/summariser";
const version = (n: number) => `version-${String(n).padStart(32, "0")}`;
const [V1, V2, V3] = [version(1), version(2), version(3)];

describe("the secret store", () => {
  let harness: SecretsManagerHarness;
  let store: AwsSecretStore;

  beforeEach(async () => {
    harness = await startSecretsManager();
    store = new AwsSecretStore(harness.client);
    await harness.client.send(new CreateSecretCommand({ Name: NAME }));
  });
  afterEach(() => harness.close());

  const stage = (versionId: string, value = `value of ${versionId}`, label: typeof PENDING | typeof STAGED = STAGED) =>
    store.stage({ name: NAME, versionId, value, label });
  const labels = async () => (await store.describe(NAME))?.versions;
  const currentValue = async () =>
    (await harness.client.send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString;

  test("describes a secret without a value, and knows none that is gone or being deleted", async () => {
    expect(await store.describe(NAME)).toEqual({
      arn: expect.stringMatching(new RegExp(`:secret:${NAME}-\\w{6}$`)),
      rotationEnabled: false,
      versions: {},
    });
    expect(await store.describe("ai-keys/openai/other")).toBeUndefined();
    await harness.client.send(new DeleteSecretCommand({ SecretId: NAME, RecoveryWindowInDays: 7 }));
    expect(await store.describe(NAME)).toBeUndefined();
  });

  test("a version id that every object has as a field names no version", async () => {
    expect((await store.describe(NAME))?.versions["constructor"]).toBeUndefined();
  });

  test("sees whether rotation is on", async () => {
    await stage(V1);
    const rotation = { RotationLambdaARN: FUNCTION_ARN, RotationRules: { AutomaticallyAfterDays: 7 } };
    await harness.client.send(new RotateSecretCommand({ SecretId: NAME, RotateImmediately: false, ...rotation }));
    await harness.service.idle();
    expect((await store.describe(NAME))?.rotationEnabled).toBe(true);
  });

  test("the first value is in use at once, later ones only when they are promoted", async () => {
    await stage(V1);
    expect((await labels())?.[V1]).toEqual(expect.arrayContaining([CURRENT]));
    await stage(V2);
    expect(await currentValue()).toBe(`value of ${V1}`);
    expect((await labels())?.[V2]).toEqual([STAGED]);
  });

  test("a value is stored once: the same again is no other, another is not taken", async () => {
    expect(await stage(V1, "one")).toBe("stored");
    expect(await stage(V1, "one")).toBe("stored");
    expect(await stage(V1, "two")).toBe("other");
    expect(await store.value(NAME, V1)).toBe("one");
  });

  test("a version that does not exist has no value, nor has one that a rotation has not filled yet", async () => {
    // GIVEN a rotation whose function does nothing
    await stage(V1);
    await harness.client.send(
      new RotateSecretCommand({
        SecretId: NAME,
        ClientRequestToken: V2,
        RotationLambdaARN: FUNCTION_ARN,
        RotationRules: { AutomaticallyAfterDays: 7 },
      }),
    );

    // THEN
    expect(await store.value(NAME, V2)).toBeUndefined();
    expect(await store.value(NAME, V3)).toBeUndefined();
    expect(await store.value("ai-keys/openai/other", V1)).toBeUndefined();
    await harness.service.idle();
  });

  describe("promotion", () => {
    beforeEach(async () => {
      await stage(V1);
      await stage(V2);
    });

    test("moves AWSCURRENT from where it was seen", async () => {
      expect(await store.promote(NAME, V2, V1)).toBe("promoted");
      expect(await currentValue()).toBe(`value of ${V2}`);
      expect((await labels())?.[V1]).toContain("AWSPREVIOUS");
    });

    test("leaves it alone where somebody else has moved it meanwhile", async () => {
      const hand = new PutSecretValueCommand({ SecretId: NAME, ClientRequestToken: V3, SecretString: "by hand" });
      await harness.client.send(hand);
      expect(await store.promote(NAME, V2, V1)).toBe("moved");
      expect(await currentValue()).toBe("by hand");
    });

    test("that has happened already is one that succeeds, as when its answer was lost", async () => {
      await store.promote(NAME, V2, V1);
      expect(await store.promote(NAME, V2, V1)).toBe("promoted");
      expect(await currentValue()).toBe(`value of ${V2}`);
    });

    test("of a secret that is gone fails", async () => {
      await expect(store.promote("ai-keys/openai/other", V2, V1)).rejects.toThrow();
    });
  });

  describe("a label", () => {
    test("is taken off, and may be taken off twice", async () => {
      await stage(V1);
      await stage(V2, "two", PENDING);
      await store.unlabel(NAME, V2, PENDING);
      await store.unlabel(NAME, V2, PENDING);
      const described = await harness.client.send(new DescribeSecretCommand({ SecretId: NAME }));
      expect(Object.values(described.VersionIdsToStages ?? {}).flat()).not.toContain(PENDING);
      expect(await store.value(NAME, V2)).toBe("two");
    });

    test("that has gone to another version stays there", async () => {
      await stage(V1);
      await stage(V2, "two", PENDING);
      await stage(V3, "three", PENDING);
      await store.unlabel(NAME, V2, PENDING);
      expect((await labels())?.[V3]).toContain(PENDING);
    });

    test("of a version or a secret that is gone is no trouble", async () => {
      await stage(V1);
      await expect(store.unlabel(NAME, V3, PENDING)).resolves.toBeUndefined();
      await expect(store.unlabel("ai-keys/openai/other", V1, PENDING)).resolves.toBeUndefined();
    });
  });

  describe("a KMS key", () => {
    const KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/one";

    test("that the account has chosen is described with the secret, and so are those of replicas and replicas that failed", async () => {
      // GIVEN
      harness.unusableKmsKeys.add("eu-north-1 disabled");
      const AddReplicaRegions = [
        { Region: "eu-west-1" },
        { Region: "eu-central-1", KmsKeyId: "abroad" },
        { Region: "eu-north-1", KmsKeyId: "disabled" },
      ];
      await harness.client.send(new CreateSecretCommand({ Name: "encrypted", KmsKeyId: KMS_KEY, AddReplicaRegions }));
      // WHEN
      const state = await store.describe("encrypted");
      // THEN
      expect(state?.encryptedWith).toEqual([
        { kmsKey: KMS_KEY },
        { kmsKey: "abroad", region: "eu-central-1" },
        { kmsKey: "disabled", region: "eu-north-1" },
      ]);
      expect(state?.failedReplicas).toEqual([
        { region: "eu-north-1", why: "Replication failed: KMS key not found or disabled." },
      ]);
      expect(await store.describe(NAME)).not.toHaveProperty("encryptedWith");
    });

    test("that cannot be used is named as the reason, for a value that is read and for one that is stored", async () => {
      // GIVEN
      await harness.client.send(new CreateSecretCommand({ Name: "encrypted", KmsKeyId: KMS_KEY }));
      const stored = { name: "encrypted", versionId: V1, value: "one", label: STAGED } as const;
      await store.stage(stored);
      harness.unusableKmsKeys.add(`us-east-1 ${KMS_KEY}`);
      // THEN
      await expect(store.value("encrypted", V1)).rejects.toThrow(/\[SK290\] secret "encrypted".*DecryptionFailure/);
      await expect(store.stage({ ...stored, versionId: V2 })).rejects.toThrow(/\[SK290\].*EncryptionFailure/);
      expect((await store.describe("encrypted"))?.versions[V1]).toContain(CURRENT);
    });
  });
});
