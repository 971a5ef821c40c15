import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  PutSecretValueCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { rotationTemplate } from "../../../support/rotation-template";
import { FUNCTION_ARN, type SecretsManagerHarness, startSecretsManager } from "../../../support/secrets-manager";

/**
 * What AWS was seen to answer: in recordings and test suites that others publish, held here as
 * facts.
 */

let harness: SecretsManagerHarness;
beforeEach(async () => {
  harness = await startSecretsManager();
});
afterEach(async () => {
  await harness.close();
});

const raw = (operation: string, input: unknown) => harness.service.call(operation, input, { principal: "tester" });
const create = (Name: string, input: object = {}) =>
  harness.client.send(new CreateSecretCommand({ Name, SecretString: "v", ...input }));
const describeKey = () => harness.client.send(new DescribeSecretCommand({ SecretId: "key" }));

describe("labels", () => {
  const stages = async () => (await describeKey()).VersionIdsToStages ?? {};

  test("AWSPENDING leaves a version as it becomes AWSPREVIOUS; labels of one's own stay", async () => {
    // GIVEN
    const first = (await create("key")).VersionId ?? "";
    const second = randomUUID();
    await harness.client.send(
      new PutSecretValueCommand({
        SecretId: "key",
        SecretString: "2",
        ClientRequestToken: second,
        VersionStages: ["AWSPENDING", "MINE"],
      }),
    );
    await harness.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: "key",
        VersionStage: "AWSCURRENT",
        MoveToVersionId: second,
        RemoveFromVersionId: first,
      }),
    );
    expect(new Set((await stages())[second])).toEqual(new Set(["AWSPENDING", "MINE", "AWSCURRENT"]));
    // WHEN
    const third = await harness.client.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "3" }));
    // THEN
    expect(await stages()).toEqual({ [second]: ["MINE", "AWSPREVIOUS"], [third.VersionId ?? ""]: ["AWSCURRENT"] });
  });

  test("a manual write after a rotation that kept AWSPENDING lets the next rotation begin", async () => {
    // GIVEN a function that leaves AWSPENDING on what it promotes, as AWS lets it
    await create("key");
    const template = rotationTemplate(harness.client);
    harness.rotationFunction = async (event) => {
      await template(event);
      if (event.Step !== "finishSecret") return;
      await harness.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: "key",
          VersionStage: "AWSPENDING",
          MoveToVersionId: event.ClientRequestToken,
        }),
      );
    };
    const rotate = new RotateSecretCommand({
      SecretId: "key",
      RotationLambdaARN: FUNCTION_ARN,
      RotationRules: { AutomaticallyAfterDays: 7 },
    });
    await harness.client.send(rotate);
    await harness.service.idle();
    // WHEN
    await harness.client.send(new PutSecretValueCommand({ SecretId: "key", SecretString: "by hand" }));
    // THEN
    await harness.client.send(new RotateSecretCommand({ SecretId: "key" }));
    await harness.service.idle();
    expect(harness.events.at(-1)?.name).toBe("RotationSucceeded");
  });
});

describe("requests that AWS refuses", () => {
  test.each<[string, object]>([
    ["CreateSecret", { Name: "a b", SecretString: "v", ClientRequestToken: randomUUID() }],
    ["DeleteSecret", { SecretId: " key", ForceDeleteWithoutRecovery: true }],
    ["DescribeSecret", { SecretId: "a*b" }],
    ["GetSecretValue", { SecretId: "a b" }],
    ["ListSecretVersionIds", { SecretId: "a?b" }],
    ["PutSecretValue", { SecretId: "a]b", SecretString: "v" }],
    ["TagResource", { SecretId: "a\\b", Tags: [{ Key: "a", Value: "b" }] }],
    ["UntagResource", { SecretId: "a!b", TagKeys: ["a"] }],
    ["UpdateSecret", { SecretId: "a b", Description: "d" }],
    ["ValidateResourcePolicy", { SecretId: "a b", ResourcePolicy: "{}" }],
    ["RotateSecret", { SecretId: "a b" }],
    ["RestoreSecret", { SecretId: "a b" }],
    ["BatchGetSecretValue", { SecretIdList: ["fine", "a b"] }],
  ])("%s refuses a name that cannot be", async (operation, input) => {
    expect(await raw(operation, input)).toEqual({
      status: 400,
      body: {
        __type: "ValidationException",
        Message:
          "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      },
    });
  });

  test.each<[string, object, string]>([
    ["CreateSecret", { Name: "other", SecretString: "v" }, "InvalidRequestException"],
    ["UpdateSecret", { SecretId: "key", SecretString: "v" }, "InvalidRequestException"],
    ["PutSecretValue", { SecretId: "key", SecretString: "v" }, "InvalidRequestException"],
    ["RotateSecret", { SecretId: "key", RotationLambdaARN: FUNCTION_ARN }, "InvalidParameterException"],
  ])("%s without a ClientRequestToken, which SDKs make up", async (operation, input, type) => {
    await create("key");
    expect(await raw(operation, input)).toEqual({
      status: 400,
      body: {
        __type: type,
        Message: "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
      },
    });
  });

  test.each<[object, string, string]>([
    [{ SortOrder: "up" }, "Value 'up' at 'sortOrder'", "[asc, desc]"],
    [{ SortBy: "size" }, "Value 'size' at 'sortBy'", "[created-date, last-accessed-date, last-changed-date, name]"],
    [
      {
        Filters: [
          { Key: "name", Values: ["a"] },
          { Key: "owner", Values: ["a"] },
        ],
      },
      "Value 'owner' at 'filters.2.member.key'",
      "[description, name, tag-key, tag-value, primary-region, owning-service, all]",
    ],
  ])("ListSecrets with %j: a word that is none of a list", async (input, where, words) => {
    expect((await raw("ListSecrets", input)).body).toEqual({
      __type: "ValidationException",
      Message: `1 validation error detected: ${where} failed to satisfy constraint: Member must satisfy enum value set: ${words}`,
    });
  });

  test.each<[object, string]>([
    [{ Values: ["a"] }, "Invalid filter key"],
    [{ Key: "description" }, "Invalid filter values for key: description"],
  ])("ListSecrets with the filter %j", async (filter, Message) => {
    const { body } = await raw("ListSecrets", { Filters: [filter] });
    expect(body).toEqual({ __type: "InvalidParameterException", Message });
  });

  test("CreateSecret with the token of a version that holds another value", async () => {
    const ClientRequestToken = randomUUID();
    const { ARN } = await create("key", { ClientRequestToken });
    expect((await create("key", { ClientRequestToken })).ARN).toBe(ARN);
    const { body } = await raw("CreateSecret", { Name: "key", SecretString: "other", ClientRequestToken });
    expect(body).toEqual({
      __type: "ResourceExistsException",
      Message: `You can't use ClientRequestToken ${ClientRequestToken} because that value is already in use for a version of secret ${ARN}.`,
    });
    const another = await raw("CreateSecret", {
      Name: "key",
      SecretString: "v",
      ClientRequestToken: randomUUID(),
    });
    expect(another.body).toMatchObject({ Message: "The operation failed because the secret key already exists." });
  });

  test.each<[string, object, string]>([
    [
      "DeleteSecret",
      { SecretId: "none", RecoveryWindowInDays: 31, ForceDeleteWithoutRecovery: true },
      "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    ],
    [
      "DeleteSecret",
      { SecretId: "none", RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ],
    ["BatchGetSecretValue", {}, "Either 'SecretIdList' or 'Filters' must be provided, but not both."],
    [
      "BatchGetSecretValue",
      { SecretIdList: ["key"], MaxResults: 10 },
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    ],
    [
      "RotateSecret",
      {
        SecretId: "key",
        RotationLambdaARN: FUNCTION_ARN,
        RotationRules: { AutomaticallyAfterDays: 1_001 },
        ClientRequestToken: randomUUID(),
      },
      "RotationRules.AutomaticallyAfterDays must be within 1-1000.",
    ],
  ])("%s with %j: an InvalidParameterException in AWS's words", async (operation, input, Message) => {
    await create("key");
    expect((await raw(operation, input)).body).toEqual({ __type: "InvalidParameterException", Message });
  });

  test.each<[string, object, string]>([
    [
      "GetRandomPassword",
      { PasswordLength: 5_000 },
      "Value '5000' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
    ],
    [
      "ListSecrets",
      { MaxResults: 0 },
      "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "GetSecretValue",
      { SecretId: "key", VersionId: "short" },
      "Value at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ],
  ])("%s with %j: what the model of AWS's API allows is said", async (operation, input, told) => {
    expect((await raw(operation, input)).body).toEqual({
      __type: "ValidationException",
      Message: `1 validation error detected: ${told}`,
    });
  });

  test("PutSecretValue without a value, before it looks for the secret", async () => {
    const { body } = await raw("PutSecretValue", { SecretId: "none", ClientRequestToken: randomUUID() });
    expect(body).toEqual({
      __type: "InvalidRequestException",
      Message: "You must provide either SecretString or SecretBinary.",
    });
  });
});

describe("what is told of a secret", () => {
  test("tags that all were removed are an empty list; where none ever was, there is no list", async () => {
    await create("key");
    expect((await describeKey()).Tags).toBeUndefined();
    await harness.client.send(new TagResourceCommand({ SecretId: "key", Tags: [{ Key: "a", Value: "b" }] }));
    await harness.client.send(new UntagResourceCommand({ SecretId: "key", TagKeys: ["a"] }));
    expect((await describeKey()).Tags).toEqual([]);
    const { SecretList } = await harness.client.send(new ListSecretsCommand({}));
    expect(SecretList?.[0]?.Tags).toEqual([]);
  });

  test("an empty description is none", async () => {
    await create("key", { Description: "" });
    expect((await describeKey()).Description).toBeUndefined();
    await harness.client.send(new UpdateSecretCommand({ SecretId: "key", Description: "text" }));
    expect((await describeKey()).Description).toBe("text");
    await harness.client.send(new UpdateSecretCommand({ SecretId: "key", Description: "" }));
    expect((await describeKey()).Description).toBeUndefined();
  });
});

describe("ListSecrets", () => {
  const names = async (input: ListSecretsCommandInput) =>
    (await harness.client.send(new ListSecretsCommand(input))).SecretList?.map(({ Name }) => Name);

  test("the oldest comes first, unless asked otherwise", async () => {
    for (const name of ["b", "c", "a"]) {
      await create(name);
      harness.clock.millis += 1_000;
    }
    expect(await names({})).toEqual(["b", "c", "a"]);
    expect(await names({ SortOrder: "desc" })).toEqual(["a", "c", "b"]);
    expect(await names({ SortBy: "name" })).toEqual(["a", "b", "c"]);
  });

  test.each<[string, string[], string[]]>([
    ["description", ["a"], ["testing1/one", "/testing2/two", "testing3/three"]],
    ["description", ["!a"], ["/testing4/four"]],
    ["description", ["a secret"], ["testing1/one", "/testing2/two"]],
    ["description", ["SECRET"], ["testing1/one", "/testing2/two"]],
    ["description", ["!c"], ["testing1/one", "/testing2/two", "testing3/three", "/testing4/four"]],
    ["name", ["/"], ["/testing2/two", "/testing4/four"]],
    ["name", ["!/"], ["testing1/one", "testing3/three"]],
    ["name", ["testing1 one"], []],
    ["all", ["two"], ["/testing2/two"]],
    ["all", ["wo"], []],
    ["all", ["the"], ["/testing4/four"]],
    ["owning-service", ["n/a"], []],
    ["primary-region", ["us-east-1"], []],
  ])("the filter %s with %j finds %j", async (Key, Values, expected) => {
    await create("testing1/one", { Description: "a secret" });
    await create("/testing2/two", { Description: "an secret" });
    await create("testing3/three", { Description: "asecret" });
    await create("/testing4/four", { Description: "thesecret" });
    const { body } = await raw("ListSecrets", { Filters: [{ Key, Values }] });
    expect((body as { SecretList: Array<{ Name: string }> }).SecretList.map(({ Name }) => Name)).toEqual(expected);
  });

  test.each<[string, string, boolean]>([
    ["MyTestSecret", "secret", true],
    ["my-test-secret", "test", true],
    ["my/secret+value", "secret", false],
    ["my/secret+value", "my", true],
    ["one and two", "one two", true],
    ["one", "one two", false],
  ])("of %j, the words %j are found: %s", async (Description, value, found) => {
    await create("key", { Description });
    expect(await names({ Filters: [{ Key: "description", Values: [value] }] })).toEqual(found ? ["key"] : []);
  });
});
