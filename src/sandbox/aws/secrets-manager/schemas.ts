import * as v from "valibot";
import { invalidName, invalidParameter, SecretsManagerError, validation } from "./errors";

/** Told from other checks by it. */
const NAME_CHECK = "name";
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const FUNCTION_ARN = /^arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]{1,64}(?::[A-Za-z0-9-_$]{1,128})?$/;
const MAX_RESULTS = 100;

const flag = v.optional(v.boolean());
const text = (min: number, max: number) => v.pipe(v.string(), v.minLength(min), v.maxLength(max));
const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Name, ARN or ARN without its six random characters. */
const SecretId = v.pipe(
  text(1, 2_048),
  v.check((id) => id.startsWith("arn:") || NAME.test(id), NAME_CHECK),
);
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
const Region = v.pipe(text(1, 128), v.regex(/^([a-z]+-)+\d+$/));
const ReplicaRegions = v.pipe(v.array(v.object({ Region, KmsKeyId })), v.minLength(1));
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
      v.check((name) => NAME.test(name), NAME_CHECK),
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
    AddReplicaRegions: ReplicaRegions,
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

/**
 * @throws ValidationException or InvalidParameterException, naming the member and never what was
 * sent, but for a word where one of a list was to be sent.
 */
export function parseInput<const S extends Schema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const member = memberOf(issue);
  const missing = issue.received === "undefined";
  const filter = /^filters\.\d+\.member\.(key|values)$/.exec(member)?.[1];
  if (missing && filter !== undefined) throw invalidFilter(filter, issue.path ?? []);
  if (issue.type === "picklist" && !missing && typeof issue.input === "string") {
    const words = `Member must satisfy enum value set: [${wordsOf(issue)}]`;
    throw validation(
      `1 validation error detected: Value '${issue.input}' at '${member}' failed to satisfy constraint: ${words}`,
    );
  }
  if (issue.kind === "schema" && !missing) {
    throw new SecretsManagerError("SerializationException", `${member} has the wrong type.`);
  }
  if (member === "clientRequestToken" || member === "rotationLambdaARN") throw invalidParameter(issue.message);
  if (issue.message === NAME_CHECK) throw invalidName();
  throw validation(
    missing
      ? `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
      : `1 validation error detected: Value${sentNumber(issue)} at '${member}' failed to satisfy constraint: ${constraintOf(issue)}`,
  );
}

/** Texts that are sent may be secrets; numbers are none. */
function sentNumber({ input }: Issue): string {
  return typeof input === "number" ? ` '${input}'` : "";
}

/** In AWS's words. */
function constraintOf({ type, requirement }: Issue): string {
  switch (type) {
    case "min_length":
      return `Member must have length greater than or equal to ${requirement}`;
    case "max_length":
      return `Member must have length less than or equal to ${requirement}`;
    case "min_value":
      return `Member must have value greater than or equal to ${requirement}`;
    case "max_value":
      return `Member must have value less than or equal to ${requirement}`;
    case "regex":
      return `Member must satisfy regular expression pattern: ${requirement instanceof RegExp ? requirement.source : ""}`;
    default:
      return type.replace("_", " ");
  }
}

type Issue = v.BaseIssue<unknown>;

/** As AWS names members in errors: `filters.1.member.key`. */
function memberOf(issue: Issue): string {
  const names = (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? `${key + 1}.member` : lowerFirst(String(key)),
  );
  return names.length === 0 ? "the request" : names.join(".");
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** valibot lists the words as `("a" | "b")`. */
function wordsOf({ expected }: Issue): string {
  return [...(expected ?? "").matchAll(/"([^"]+)"/g)].map(([, word]) => word).join(", ");
}

/** AWS has words of its own for a filter that lacks a part. */
function invalidFilter(lacks: string, path: readonly v.IssuePathItem[]): SecretsManagerError {
  if (lacks === "key") return invalidParameter("Invalid filter key");
  const filter = path.at(-1)?.input;
  const key = typeof filter === "object" && filter !== null && "Key" in filter ? String(filter.Key) : "";
  return invalidParameter(`Invalid filter values for key: ${key}`);
}
