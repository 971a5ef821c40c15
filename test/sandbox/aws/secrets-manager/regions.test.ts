import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
} from "@aws-sdk/client-secrets-manager";
import { rotationTemplate } from "../../../support/rotation-template";
import { FUNCTION_ARN, type SecretsManagerHarness, startSecretsManager } from "../../../support/secrets-manager";

let harness: SecretsManagerHarness;
let home: SecretsManagerClient;
let abroad: SecretsManagerClient;
beforeEach(async () => {
  harness = await startSecretsManager();
  home = harness.client;
  abroad = harness.clientIn("eu-west-1");
});
afterEach(async () => {
  await harness.close();
});

const arnAbroad = (arn: string) => arn.replace("us-east-1", "eu-west-1");
const valueIn = async (client: SecretsManagerClient, SecretId = "key") =>
  (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
const describeIn = (client: SecretsManagerClient, SecretId = "key") =>
  client.send(new DescribeSecretCommand({ SecretId }));
const make = async (client: SecretsManagerClient, input: object = {}) =>
  (await client.send(new CreateSecretCommand({ Name: "key", SecretString: "v", ...input }))).ARN ?? "";
const toAbroad = { AddReplicaRegions: [{ Region: "eu-west-1" }] };
const notFound = { name: "ResourceNotFoundException" };

test("one name in two regions is two secrets, each with the ARN of its region", async () => {
  const here = await make(home, { SecretString: "here" });
  const there = await make(abroad, { SecretString: "there" });
  expect(here).toContain(":us-east-1:");
  expect(there).toContain(":eu-west-1:");
  expect([await valueIn(home), await valueIn(abroad)]).toEqual(["here", "there"]);
  await expect(valueIn(abroad, here)).rejects.toMatchObject(notFound);
  expect((await home.send(new ListSecretsCommand({}))).SecretList?.map(({ ARN }) => ARN)).toEqual([here]);
  await home.send(new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true }));
  expect(await valueIn(abroad)).toBe("there");
});

describe("replicas", () => {
  test("a replica is the secret with the ARN of its region, and follows every write and rotation", async () => {
    // GIVEN
    const arn = await make(home, { ...toAbroad, Description: "text", Tags: [{ Key: "a", Value: "b" }] });
    expect(await describeIn(home)).toMatchObject({
      PrimaryRegion: "us-east-1",
      ReplicationStatus: [
        {
          Region: "eu-west-1",
          KmsKeyId: "alias/aws/secretsmanager",
          Status: "InSync",
          StatusMessage: "Replication succeeded",
        },
      ],
    });
    // WHEN
    await home.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "second" }));
    await home.send(new TagResourceCommand({ SecretId: "key", Tags: [{ Key: "c", Value: "d" }] }));
    // THEN
    const replica = await describeIn(abroad, arnAbroad(arn));
    expect(replica).toMatchObject({
      ARN: arnAbroad(arn),
      Name: "key",
      PrimaryRegion: "us-east-1",
      Description: "text",
      Tags: [
        { Key: "a", Value: "b" },
        { Key: "c", Value: "d" },
      ],
    });
    expect(replica.ReplicationStatus).toBeUndefined();
    expect(replica.VersionIdsToStages).toEqual((await describeIn(home)).VersionIdsToStages);
    expect(await valueIn(abroad)).toBe("second");
    // WHEN
    harness.rotationFunction = rotationTemplate(home);
    const rules = { AutomaticallyAfterDays: 7 };
    await home.send(
      new RotateSecretCommand({ SecretId: "key", RotationLambdaARN: FUNCTION_ARN, RotationRules: rules }),
    );
    await harness.service.idle();
    // THEN
    expect(await valueIn(abroad)).toBe(await valueIn(home));
    expect(await valueIn(abroad)).not.toBe("second");
  });

  test.each<[string, object]>([
    ["UpdateSecret", { SecretString: "x", ClientRequestToken: "0".repeat(32) }],
    ["PutSecretValue", { SecretString: "x", ClientRequestToken: "0".repeat(32) }],
    ["UpdateSecretVersionStage", { VersionStage: "X", MoveToVersionId: "0".repeat(32) }],
    ["TagResource", { Tags: [{ Key: "k", Value: "v" }] }],
    ["UntagResource", { TagKeys: ["k"] }],
    ["PutResourcePolicy", { ResourcePolicy: "{}" }],
    ["GetResourcePolicy", {}],
    ["DeleteResourcePolicy", {}],
    ["DeleteSecret", { ForceDeleteWithoutRecovery: true }],
    ["RestoreSecret", {}],
    ["RotateSecret", { RotationLambdaARN: FUNCTION_ARN, ClientRequestToken: "0".repeat(32) }],
    ["CancelRotateSecret", {}],
    ["ReplicateSecretToRegions", { AddReplicaRegions: [{ Region: "eu-west-2" }] }],
    ["RemoveRegionsFromReplication", { RemoveReplicaRegions: ["eu-west-2"] }],
  ])("%s is refused on a replica", async (operation, input) => {
    await make(home, toAbroad);
    const call = { principal: "tester", region: "eu-west-1" };
    expect((await harness.service.call(operation, { SecretId: "key", ...input }, call)).body).toEqual({
      __type: "InvalidParameterException",
      Message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    });
  });

  test("a secret with replicas is not deleted; without them it is, and a region that has none is no error", async () => {
    const arn = await make(home, toAbroad);
    const remove = new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true });
    await expect(home.send(remove)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: `You can't delete secret ${arn} that still has replica regions [eu-west-1].`,
    });
    const stop = new RemoveRegionsFromReplicationCommand({ SecretId: "key", RemoveReplicaRegions: ["eu-west-1"] });
    expect((await home.send(stop)).ReplicationStatus).toEqual([]);
    await home.send(stop);
    await expect(valueIn(abroad)).rejects.toMatchObject(notFound);
    expect((await describeIn(home)).PrimaryRegion).toBeUndefined();
    await home.send(remove);
  });

  test("where the name is taken, the replication has failed and says so; with force it takes the name over", async () => {
    // GIVEN
    await make(abroad, { SecretString: "theirs" });
    const arn = await make(home);
    // WHEN
    const failed = await home.send(new ReplicateSecretToRegionsCommand({ SecretId: "key", ...toAbroad }));
    // THEN
    expect(failed.ReplicationStatus).toMatchObject([
      {
        Status: "Failed",
        StatusMessage: "Replication failed: Secret name key already exists in region eu-west-1.",
      },
    ]);
    expect(await valueIn(abroad)).toBe("theirs");
    // WHEN
    const forced = await home.send(
      new ReplicateSecretToRegionsCommand({ SecretId: "key", ...toAbroad, ForceOverwriteReplicaSecret: true }),
    );
    // THEN
    expect(forced.ReplicationStatus).toMatchObject([{ Status: "InSync" }]);
    expect((await describeIn(abroad)).ARN).toBe(arnAbroad(arn));
    expect(await valueIn(abroad)).toBe("v");
  });

  test("the removal of a replication that failed leaves the other's secret", async () => {
    await make(abroad, { SecretString: "theirs" });
    await make(home, toAbroad);
    const stop = new RemoveRegionsFromReplicationCommand({ SecretId: "key", RemoveReplicaRegions: ["eu-west-1"] });
    await home.send(stop);
    expect(await valueIn(abroad)).toBe("theirs");
  });

  test("a secret has no replica in its own region", async () => {
    const own = { AddReplicaRegions: [{ Region: "us-east-1" }] };
    const refused = { name: "InvalidParameterException", message: "Invalid replica region." };
    await expect(make(home, own)).rejects.toMatchObject(refused);
    await make(home);
    await expect(home.send(new ReplicateSecretToRegionsCommand({ SecretId: "key", ...own }))).rejects.toMatchObject(
      refused,
    );
  });

  test.each<[string, (arn: string) => string]>([
    ["its name", () => "key"],
    ["its ARN", arnAbroad],
    ["the primary's ARN", (arn) => arn],
  ])("one that is promoted by %s goes its own way with what it had", async (_how, idOf) => {
    // GIVEN
    const arn = await make(home, { ...toAbroad, Description: "text", Tags: [{ Key: "a", Value: "b" }] });
    const before = await describeIn(home);
    // WHEN
    const stopped = await abroad.send(new StopReplicationToReplicaCommand({ SecretId: idOf(arn) }));
    // THEN
    expect(stopped.ARN).toBe(arnAbroad(arn));
    const alone = await describeIn(abroad);
    expect(alone).toMatchObject({
      ARN: arnAbroad(arn),
      Description: "text",
      Tags: [{ Key: "a", Value: "b" }],
      VersionIdsToStages: before.VersionIdsToStages,
    });
    expect(alone.PrimaryRegion).toBeUndefined();
    expect((await describeIn(home)).ReplicationStatus).toBeUndefined();
    await abroad.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "second" }));
    expect([await valueIn(home), await valueIn(abroad)]).toEqual(["v", "second"]);
    await home.send(new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true }));
    expect(await valueIn(abroad)).toBe("second");
  });

  test("a KMS key that cannot be used keeps a region from having its replica, and from reading it later", async () => {
    // GIVEN
    const to = (KmsKeyId: string) => ({ AddReplicaRegions: [{ Region: "eu-west-1", KmsKeyId }] });
    harness.unusableKmsKeys.add("eu-west-1 gone");
    // WHEN
    await make(home, to("gone"));
    // THEN
    expect((await describeIn(home)).ReplicationStatus).toMatchObject([{ Status: "Failed", KmsKeyId: "gone" }]);
    await expect(valueIn(abroad)).rejects.toMatchObject(notFound);

    // WHEN
    await home.send(new ReplicateSecretToRegionsCommand({ SecretId: "key", ...to("there") }));
    expect(await valueIn(abroad)).toBe("v");
    harness.unusableKmsKeys.add("eu-west-1 there");
    // THEN
    await expect(valueIn(abroad)).rejects.toMatchObject({ name: "DecryptionFailure" });
    expect(await valueIn(home)).toBe("v");
  });

  test("filters find primaries and replicas by the primary's region", async () => {
    await make(home, toAbroad);
    await home.send(new CreateSecretCommand({ Name: "alone" }));
    const found = async (client: SecretsManagerClient, region: string) => {
      const Filters = [{ Key: "primary-region" as const, Values: [region] }];
      return (await client.send(new ListSecretsCommand({ Filters }))).SecretList?.map(({ Name }) => Name);
    };
    expect(await found(home, "us-east-1")).toEqual(["key"]);
    expect(await found(home, "eu-west-1")).toEqual([]);
    expect(await found(abroad, "us-east-1")).toEqual(["key"]);
  });
});
