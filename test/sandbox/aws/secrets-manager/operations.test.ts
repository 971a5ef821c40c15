import { randomUUID } from "node:crypto";
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { type SecretsManagerHarness, START, startSecretsManager } from "../../../support/secrets-manager";

let harness: SecretsManagerHarness;
beforeEach(async () => {
  harness = await startSecretsManager();
});
afterEach(() => harness.close());

const create = (Name: string, more: object = {}) => harness.client.send(new CreateSecretCommand({ Name, ...more }));
const call = (operation: string, input: unknown) => harness.service.call(operation, input, { principal: "tester" });

describe("CreateSecret and the ways to name a secret", () => {
  test("an ARN ends in a hyphen and six random characters, and finds the secret whole or without them", async () => {
    // GIVEN
    const { ARN = "" } = await create("team/key", { SecretString: "v" });
    // THEN
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:team\/key-[A-Za-z0-9]{6}$/);
    for (const SecretId of ["team/key", ARN, ARN.slice(0, -7)]) {
      expect((await harness.client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe("v");
    }
    for (const SecretId of [`${ARN.slice(0, -6)}xxxxxx`, ARN.replace("us-east-1", "eu-west-1"), "team/ke", "team"]) {
      await expect(harness.client.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    }
  });

  test.each(["", "a b", "a!b", "ä", "x".repeat(513)])("the name %j is refused", async (name) => {
    await expect(create(name)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("the same call again answers the same; another value or token under the name is refused", async () => {
    const ClientRequestToken = randomUUID();
    const first = await create("key", { SecretString: "v", ClientRequestToken });
    const second = await create("key", { SecretString: "v", ClientRequestToken });
    expect({ ...second, $metadata: 0 }).toEqual({ ...first, $metadata: 0 });
    for (const other of [{ SecretString: "w", ClientRequestToken }, { SecretString: "v" }, {}]) {
      await expect(create("key", other)).rejects.toMatchObject({ name: "ResourceExistsException" });
    }
  });

  test("without a value there is no version, and metadata that was not given is absent", async () => {
    const created = await create("key");
    expect(created.VersionId).toBeUndefined();
    const { body } = await call("DescribeSecret", { SecretId: "key" });
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      ARN: created.ARN,
      Name: "key",
      CreatedDate: START / 1_000,
      LastChangedDate: START / 1_000,
    });
    await expect(harness.client.send(new GetSecretValueCommand({ SecretId: "key" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  test("a KMS key that cannot be used opens and takes no value; another one is taken once the old one works", async () => {
    // GIVEN
    await create("key", { KmsKeyId: "one", SecretString: "v" });
    const update = new UpdateSecretCommand({ SecretId: "key", KmsKeyId: "two" });
    const batch = new BatchGetSecretValueCommand({ SecretIdList: ["key"] });
    // WHEN
    harness.unusableKmsKeys.add("us-east-1 one");
    // THEN
    const read = harness.client.send(new GetSecretValueCommand({ SecretId: "key" }));
    await expect(read).rejects.toMatchObject({ name: "DecryptionFailure" });
    expect((await harness.client.send(batch)).Errors).toMatchObject([
      { SecretId: "key", ErrorCode: "DecryptionFailure" },
    ]);
    const write = harness.client.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "w" }));
    await expect(write).rejects.toMatchObject({ name: "EncryptionFailure" });
    await expect(harness.client.send(update)).rejects.toMatchObject({ name: "EncryptionFailure" });
    await expect(create("other", { KmsKeyId: "one" })).rejects.toMatchObject({ name: "EncryptionFailure" });

    // WHEN
    harness.unusableKmsKeys.clear();
    await harness.client.send(update);
    harness.unusableKmsKeys.add("us-east-1 one");
    // THEN
    expect((await harness.client.send(new GetSecretValueCommand({ SecretId: "key" }))).SecretString).toBe("v");
  });

  test("what was given is described; the managed KMS key is not", async () => {
    const Tags = [{ Key: "team", Value: "search" }];
    await create("key", { Description: "text", KmsKeyId: "alias/mine", Tags });
    const describe = new DescribeSecretCommand({ SecretId: "key" });
    expect(await harness.client.send(describe)).toMatchObject({ Description: "text", KmsKeyId: "alias/mine", Tags });
    await harness.client.send(new UpdateSecretCommand({ SecretId: "key", KmsKeyId: "" }));
    expect((await harness.client.send(describe)).KmsKeyId).toBeUndefined();
  });
});

describe("reading", () => {
  test("a stage that is not on the version named is refused", async () => {
    const { VersionId } = await create("key", { SecretString: "v" });
    const read = new GetSecretValueCommand({ SecretId: "key", VersionId, VersionStage: "AWSPENDING" });
    await expect(harness.client.send(read)).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  test("an access is told by its day, for the secret and the version", async () => {
    await create("key", { SecretString: "v" });
    const list = new ListSecretVersionIdsCommand({ SecretId: "key" });
    expect((await harness.client.send(list)).Versions?.[0]?.LastAccessedDate).toBeUndefined();
    await harness.client.send(new GetSecretValueCommand({ SecretId: "key" }));
    const day = new Date(Date.UTC(2026, 10, 24));
    expect((await harness.client.send(list)).Versions?.[0]?.LastAccessedDate).toEqual(day);
    expect((await harness.client.send(new DescribeSecretCommand({ SecretId: "key" }))).LastAccessedDate).toEqual(day);
  });

  test("bytes come back as they were", async () => {
    const SecretBinary = new Uint8Array([0, 255, 1, 254]);
    await create("key", { SecretBinary });
    const read = await harness.client.send(new GetSecretValueCommand({ SecretId: "key" }));
    expect([...(read.SecretBinary ?? [])]).toEqual([...SecretBinary]);
    expect(read.SecretString).toBeUndefined();
  });

  test("a batch answers what it can and names the rest", async () => {
    await create("one", { SecretString: "1" });
    await create("two");
    const batch = await harness.client.send(new BatchGetSecretValueCommand({ SecretIdList: ["one", "two", "three"] }));
    expect(batch.SecretValues?.map(({ Name, SecretString }) => [Name, SecretString])).toEqual([["one", "1"]]);
    expect(batch.Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode])).toEqual([
      ["two", "ResourceNotFoundException"],
      ["three", "ResourceNotFoundException"],
    ]);
    const filtered = await harness.client.send(
      new BatchGetSecretValueCommand({ Filters: [{ Key: "name", Values: ["on"] }] }),
    );
    expect(filtered.SecretValues).toHaveLength(1);
    await expect(harness.client.send(new BatchGetSecretValueCommand({}))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("writing", () => {
  test.each([
    [{}, "InvalidRequestException"],
    [{ SecretString: "v", SecretBinary: "AA==" }, "InvalidParameterException"],
    [{ SecretString: "" }, "InvalidParameterException"],
    [{ SecretString: 7 }, "SerializationException"],
  ])("PutSecretValue with %j is refused", async (value, type) => {
    await create("key");
    expect((await call("PutSecretValue", { SecretId: "key", ...value })).body).toMatchObject({ __type: type });
  });

  test("a missing member is named, on the wire as AWS writes errors", async () => {
    expect(await call("PutSecretValue", {})).toEqual({
      status: 400,
      body: {
        __type: "ValidationException",
        Message:
          "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
      },
    });
  });

  test.each(["toString", "SplitSecret", ""])(
    "the operation %j is an error, not a silent success",
    async (operation) => {
      expect(await call(operation, { SecretId: "key" })).toMatchObject({
        status: 400,
        body: { __type: "InvalidAction" },
      });
    },
  );

  test("every value held now or before is known for redaction, and each string of a JSON value", async () => {
    await create("key", { SecretString: JSON.stringify({ apiKey: "key-one", nested: [{ more: "key-two" }] }) });
    await harness.client.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "plain" }));
    expect(harness.service.values()).toEqual(expect.arrayContaining(["key-one", "key-two", "plain"]));
  });

  test("tags are merged and removed; aws: is reserved", async () => {
    await create("key", { Tags: [{ Key: "a", Value: "1" }] });
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    await harness.client.send(new TagResourceCommand({ SecretId: "key", Tags }));
    const describe = new DescribeSecretCommand({ SecretId: "key" });
    expect((await harness.client.send(describe)).Tags).toEqual(Tags);
    await harness.client.send(new UntagResourceCommand({ SecretId: "key", TagKeys: ["a", "unknown"] }));
    expect((await harness.client.send(describe)).Tags).toEqual([{ Key: "b", Value: "3" }]);
    await expect(
      harness.client.send(new TagResourceCommand({ SecretId: "key", Tags: [{ Key: "aws:x", Value: "" }] })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("StopReplicationToReplica belongs to a replica's region", async () => {
    await create("key");
    await expect(harness.client.send(new StopReplicationToReplicaCommand({ SecretId: "key" }))).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });
});

describe("ListSecrets", () => {
  const names = async (input: ConstructorParameters<typeof ListSecretsCommand>[0]) =>
    (await harness.client.send(new ListSecretsCommand({ SortBy: "name", SortOrder: "asc", ...input }))).SecretList?.map(
      ({ Name }) => Name,
    );

  beforeEach(async () => {
    await create("ai/one", { Description: "Summaries", Tags: [{ Key: "team", Value: "search" }] });
    await create("ai/two", { Tags: [{ Key: "team", Value: "shop" }] });
    await create("db/one");
  });

  test.each([
    [[{ Key: "name" as const, Values: ["ai/"] }], ["ai/one", "ai/two"]],
    [[{ Key: "name" as const, Values: ["!ai/"] }], ["db/one"]],
    [[{ Key: "name" as const, Values: ["AI/"] }], []],
    [[{ Key: "name" as const, Values: ["ai/o", "db/"] }], ["ai/one", "db/one"]],
    [[{ Key: "description" as const, Values: ["summ"] }], ["ai/one"]],
    [
      [
        { Key: "tag-key" as const, Values: ["team"] },
        { Key: "tag-value" as const, Values: ["sh"] },
      ],
      ["ai/two"],
    ],
    [[{ Key: "all" as const, Values: ["ONE"] }], ["ai/one", "db/one"]],
  ])("filters %j", async (Filters, expected) => {
    expect(await names({ Filters })).toEqual(expected);
  });

  test("pages end where nothing is left, and a made-up token is refused", async () => {
    const first = await harness.client.send(
      new ListSecretsCommand({ SortBy: "name", SortOrder: "asc", MaxResults: 2 }),
    );
    expect(first.SecretList?.map(({ Name }) => Name)).toEqual(["ai/one", "ai/two"]);
    expect(await names({ MaxResults: 2, NextToken: first.NextToken })).toEqual(["db/one"]);
    await expect(names({ NextToken: "made-up" })).rejects.toMatchObject({ name: "InvalidNextTokenException" });
  });
});

describe("resource policies", () => {
  const policy = (statement: object) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Action: "secretsmanager:GetSecretValue", Resource: "*", ...statement },
    });
  const account = "arn:aws:iam::123456789012:root";

  test.each<[string, object]>([
    ["everybody", { Effect: "Allow", Principal: "*" }],
    ["every AWS principal", { Effect: "Allow", Principal: { AWS: [account, "*"] } }],
    ["everybody but one", { Effect: "Allow", NotPrincipal: { AWS: account } }],
    [
      "everybody under a pattern that matches all",
      { Effect: "Allow", Principal: "*", Condition: { StringLike: { "aws:PrincipalArn": "*" } } },
    ],
    [
      "everybody outside an account",
      { Effect: "Allow", Principal: "*", Condition: { StringNotEquals: { "aws:SourceAccount": "1" } } },
    ],
    [
      "everybody by some tag",
      { Effect: "Allow", Principal: "*", Condition: { StringEquals: { "aws:RequestTag/x": "1" } } },
    ],
  ])("BlockPublicPolicy refuses a policy that lets in %s", async (_who, statement) => {
    await create("key");
    const ResourcePolicy = policy(statement);
    await expect(
      harness.client.send(new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy, BlockPublicPolicy: true })),
    ).rejects.toMatchObject({ name: "PublicPolicyException" });
    expect(
      (await harness.client.send(new GetResourcePolicyCommand({ SecretId: "key" }))).ResourcePolicy,
    ).toBeUndefined();
    const validated = await harness.client.send(new ValidateResourcePolicyCommand({ ResourcePolicy }));
    expect(validated.PolicyValidationPassed).toBe(false);
  });

  test.each<[string, object]>([
    ["one account", { Effect: "Allow", Principal: { AWS: account } }],
    ["nobody", { Effect: "Deny", Principal: "*" }],
    [
      "an organisation",
      { Effect: "Allow", Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } },
    ],
    [
      "principals of one account",
      {
        Effect: "Allow",
        Principal: "*",
        Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:*" } },
      },
    ],
  ])("BlockPublicPolicy takes a policy that lets in %s, and it is read back as it was", async (_who, statement) => {
    await create("key");
    const ResourcePolicy = policy(statement);
    await harness.client.send(
      new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy, BlockPublicPolicy: true }),
    );
    const read = () => harness.client.send(new GetResourcePolicyCommand({ SecretId: "key" }));
    expect((await read()).ResourcePolicy).toBe(ResourcePolicy);
    await harness.client.send(new DeleteResourcePolicyCommand({ SecretId: "key" }));
    expect((await read()).ResourcePolicy).toBeUndefined();
  });

  test.each(["not json", "{}", policy({ Effect: "Maybe", Principal: "*" }), policy({ Effect: "Allow" })])(
    "the policy %s is malformed",
    async (ResourcePolicy) => {
      await create("key");
      await expect(
        harness.client.send(new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy })),
      ).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    },
  );
});

test("GetRandomPassword keeps to what is asked for", async () => {
  const get = async (input: object) =>
    (await harness.client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? "";
  expect(await get({})).toHaveLength(32);
  expect(
    await get({ PasswordLength: 64, ExcludePunctuation: true, ExcludeUppercase: true, ExcludeCharacters: "0123" }),
  ).toMatch(/^(?=.*[a-z])(?=.*[4-9])[a-z4-9]{64}$/);
  await expect(get({ PasswordLength: 3 })).rejects.toMatchObject({ name: "InvalidParameterException" });
  // A space is none of the types of which each has to be there, and stands where there is room.
  expect(await get({ PasswordLength: 4, IncludeSpace: true })).toHaveLength(4);
  expect(await get({ PasswordLength: 5, IncludeSpace: true })).toContain(" ");
  expect(await get({ PasswordLength: 20, IncludeSpace: true, ExcludeCharacters: " " })).not.toContain(" ");
});
