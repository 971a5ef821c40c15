import * as v from "valibot";
import { invalidParameter, SecretsManagerError, validation } from "./errors";

const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const FUNCTION_ARN = /^arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]{1,64}(?::[A-Za-z0-9-_$]{1,128})?$/;
const MAX_RESULTS = 100;

const flag = v.optional(v.boolean());
const text = (min: number, max: number) => v.pipe(v.string(), v.minLength(min), v.maxLength(max));
const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Name, ARN or ARN without its six random characters. */
const SecretId = text(1, 2_048);
const VersionId = text(32, 64);
const VersionStage = text(1, 256);
const ClientRequestToken = v.optional(
  v.pipe(
    v.string(),
    v.minLength(32, "ClientRequestToken must be 32-64 characters long."),
    v.maxLength(64, "ClientRequestToken must be 32-64 characters long."),
  ),
);
const Description = v.optional(v.pipe(v.string(), v.maxLength(2_048)));
const KmsKeyId = v.optional(v.pipe(v.string(), v.maxLength(2_048)));
/** Sizes are checked with the value: in UTF-8 and after base64. */
const value = { SecretString: v.optional(v.string()), SecretBinary: v.optional(v.pipe(v.string(), v.base64())) };
const Tags = v.array(v.object({ Key: text(1, 128), Value: v.optional(v.pipe(v.string(), v.maxLength(256)), "") }));
const Region = v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/));
const ReplicaRegions = v.array(v.object({ Region, KmsKeyId }));
const paging = { MaxResults: v.optional(integer(1, MAX_RESULTS)), NextToken: v.optional(text(1, 4_096)) };
const ResourcePolicy = text(1, 20_480);
const Filters = v.pipe(
  v.array(
    v.object({
      Key: v.picklist(["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"]),
      Values: v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^!?[a-zA-Z0-9 :_@/+=.\-!]*$/), v.maxLength(512))),
        v.minLength(1),
        v.maxLength(10),
      ),
    }),
  ),
  v.maxLength(10),
);
export type Filter = v.InferOutput<typeof Filters>[number];

export const schemas = {
  CreateSecret: v.object({
    Name: v.pipe(
      v.string(),
      v.regex(
        NAME,
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      ),
    ),
    ClientRequestToken,
    Description,
    KmsKeyId,
    ...value,
    Tags: v.optional(Tags),
    AddReplicaRegions: v.optional(ReplicaRegions),
    ForceOverwriteReplicaSecret: flag,
  }),
  SecretOnly: v.object({ SecretId }),
  GetSecretValue: v.object({ SecretId, VersionId: v.optional(VersionId), VersionStage: v.optional(VersionStage) }),
  BatchGetSecretValue: v.object({
    SecretIdList: v.optional(v.pipe(v.array(SecretId), v.minLength(1), v.maxLength(20))),
    Filters: v.optional(Filters),
    ...paging,
    MaxResults: v.optional(integer(1, 20)),
  }),
  PutSecretValue: v.object({
    SecretId,
    ClientRequestToken,
    ...value,
    VersionStages: v.optional(v.pipe(v.array(VersionStage), v.minLength(1), v.maxLength(20))),
    RotationToken: v.optional(text(36, 256)),
  }),
  UpdateSecret: v.object({ SecretId, ClientRequestToken, Description, KmsKeyId, ...value }),
  UpdateSecretVersionStage: v.object({
    SecretId,
    VersionStage,
    RemoveFromVersionId: v.optional(VersionId),
    MoveToVersionId: v.optional(VersionId),
  }),
  ListSecretVersionIds: v.object({ SecretId, IncludeDeprecated: flag, ...paging }),
  ListSecrets: v.object({
    Filters: v.optional(Filters),
    IncludePlannedDeletion: flag,
    SortBy: v.optional(v.picklist(["created-date", "last-accessed-date", "last-changed-date", "name"])),
    SortOrder: v.optional(v.picklist(["asc", "desc"])),
    ...paging,
  }),
  DeleteSecret: v.object({
    SecretId,
    RecoveryWindowInDays: v.optional(v.pipe(v.number(), v.integer())),
    ForceDeleteWithoutRecovery: flag,
  }),
  RotateSecret: v.object({
    SecretId,
    ClientRequestToken,
    RotationLambdaARN: v.optional(v.pipe(v.string(), v.regex(FUNCTION_ARN, "Invalid RotationLambdaARN."))),
    RotationRules: v.optional(
      v.object({
        AutomaticallyAfterDays: v.optional(v.pipe(v.number(), v.integer())),
        Duration: v.optional(v.string()),
        ScheduleExpression: v.optional(text(1, 256)),
      }),
    ),
    RotateImmediately: flag,
  }),
  PutResourcePolicy: v.object({ SecretId, ResourcePolicy, BlockPublicPolicy: flag }),
  ValidateResourcePolicy: v.object({ SecretId: v.optional(SecretId), ResourcePolicy }),
  TagResource: v.object({ SecretId, Tags }),
  UntagResource: v.object({ SecretId, TagKeys: v.array(text(1, 128)) }),
  ReplicateSecretToRegions: v.object({
    SecretId,
    AddReplicaRegions: v.pipe(ReplicaRegions, v.minLength(1)),
    ForceOverwriteReplicaSecret: flag,
  }),
  RemoveRegionsFromReplication: v.object({ SecretId, RemoveReplicaRegions: v.pipe(v.array(Region), v.minLength(1)) }),
  GetRandomPassword: v.object({
    PasswordLength: v.optional(integer(1, 4_096)),
    ExcludeCharacters: v.optional(v.pipe(v.string(), v.maxLength(4_096))),
    ExcludeNumbers: flag,
    ExcludePunctuation: flag,
    ExcludeUppercase: flag,
    ExcludeLowercase: flag,
    IncludeSpace: flag,
    RequireEachIncludedType: flag,
  }),
} as const;

type Schema = v.GenericSchema<unknown, unknown>;

/** @throws ValidationException or InvalidParameterException, naming the member and never what was sent. */
export function parseInput<const S extends Schema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const member = v.getDotPath(issue) ?? "the request";
  if (issue.kind === "schema" && issue.received !== "undefined") {
    throw new SecretsManagerError("SerializationException", `${member} has the wrong type.`);
  }
  if (member === "ClientRequestToken" || member === "RotationLambdaARN") throw invalidParameter(issue.message);
  if (member === "Name" && issue.type === "regex") throw validation(issue.message);
  throw validation(
    issue.received === "undefined"
      ? `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
      : `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${issue.type.replace("_", " ")}`,
  );
}
