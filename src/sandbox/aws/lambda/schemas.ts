import * as v from "valibot";

const text = v.string();
const stringMap = v.record(v.string(), v.string());

/** AWS: letter first, then letters, digits and underscores. */
const environmentSchema = v.object({
  Variables: v.optional(v.record(v.pipe(text, v.regex(/^[a-zA-Z][a-zA-Z0-9_]+$/)), text)),
});

/**
 * Members that a function's configuration has; what is not modelled is passed through and echoed.
 */
const configuration = {
  Role: v.optional(text),
  Handler: v.optional(v.pipe(text, v.maxLength(128), v.regex(/^[^\s]+$/))),
  Runtime: v.optional(text),
  Description: v.optional(v.pipe(text, v.maxLength(256))),
  Timeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(900))),
  MemorySize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(128), v.maxValue(10_240))),
  Environment: v.optional(environmentSchema),
  TracingConfig: v.optional(v.object({ Mode: v.optional(v.picklist(["Active", "PassThrough"])) })),
  EphemeralStorage: v.optional(v.object({ Size: v.number() })),
  DeadLetterConfig: v.optional(v.object({ TargetArn: v.optional(text) })),
  KMSKeyArn: v.optional(text),
  LoggingConfig: v.optional(
    v.object({
      LogFormat: v.optional(v.picklist(["JSON", "Text"])),
      LogGroup: v.optional(text),
      ApplicationLogLevel: v.optional(text),
      SystemLogLevel: v.optional(text),
    }),
  ),
  VpcConfig: v.optional(
    v.object({
      SubnetIds: v.optional(v.array(text)),
      SecurityGroupIds: v.optional(v.array(text)),
      Ipv6AllowedForDualStack: v.optional(v.boolean()),
    }),
  ),
  SnapStart: v.optional(v.object({ ApplyOn: v.optional(v.picklist(["None", "PublishedVersions"])) })),
  Layers: v.optional(v.pipe(v.array(text), v.maxLength(0, "The sandbox does not implement layers."))),
  FileSystemConfigs: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(0, "The sandbox has no file systems."))),
};

const code = {
  /** Base64. */
  ZipFile: v.optional(text),
  S3Bucket: v.optional(text),
  S3Key: v.optional(text),
  S3ObjectVersion: v.optional(text),
  ImageUri: v.optional(text),
};
export const codeSchema = v.object(code);
const architectures = v.optional(v.array(v.picklist(["x86_64", "arm64"])));

export const createFunctionSchema = v.object({
  ...configuration,
  FunctionName: text,
  Role: text,
  Code: codeSchema,
  PackageType: v.optional(v.picklist(["Zip", "Image"])),
  Architectures: architectures,
  Publish: v.optional(v.boolean()),
  Tags: v.optional(stringMap),
});

export const updateConfigurationSchema = v.object({ ...configuration, RevisionId: v.optional(text) });
export type ConfigurationInput = v.InferOutput<typeof updateConfigurationSchema>;

export const updateCodeSchema = v.object({
  ...code,
  Architectures: architectures,
  Publish: v.optional(v.boolean()),
  DryRun: v.optional(v.boolean()),
  RevisionId: v.optional(text),
});

export const addPermissionSchema = v.object({
  StatementId: v.pipe(text, v.regex(/^[a-zA-Z0-9-_]{1,100}$/)),
  Action: v.pipe(text, v.regex(/^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/)),
  Principal: text,
  SourceArn: v.optional(text),
  SourceAccount: v.optional(text),
  PrincipalOrgID: v.optional(text),
  EventSourceToken: v.optional(text),
  FunctionUrlAuthType: v.optional(text),
  RevisionId: v.optional(text),
});
export type PermissionInput = v.InferOutput<typeof addPermissionSchema>;

/** AWS: a name that could be a version's is none. */
const version = v.pipe(text, v.regex(/^(\$LATEST|[0-9]+)$/));
const alias = {
  Description: v.optional(v.pipe(text, v.maxLength(256))),
  RoutingConfig: v.optional(
    v.looseObject({
      AdditionalVersionWeights: v.optional(
        v.pipe(
          v.record(text, v.number()),
          v.check((weights) => Object.keys(weights).length === 0, "The sandbox does not implement weighted aliases."),
        ),
      ),
    }),
  ),
};
export const createAliasSchema = v.object({
  ...alias,
  Name: v.pipe(text, v.maxLength(128), v.regex(/^(?!^[0-9]+$)([a-zA-Z0-9-_]+)$/)),
  FunctionVersion: version,
});
export const updateAliasSchema = v.object({
  ...alias,
  FunctionVersion: v.optional(version),
  RevisionId: v.optional(text),
});

export const tagsSchema = v.object({ Tags: stringMap });
export const publishSchema = v.object({
  Description: v.optional(text),
  CodeSha256: v.optional(text),
  RevisionId: v.optional(text),
});
export const concurrencySchema = v.object({
  ReservedConcurrentExecutions: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export const eventInvokeConfigSchema = v.object({
  MaximumRetryAttempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2))),
  MaximumEventAgeInSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(21_600))),
  DestinationConfig: v.optional(
    v.object({
      OnSuccess: v.optional(v.object({ Destination: v.optional(text) })),
      OnFailure: v.optional(v.object({ Destination: v.optional(text) })),
    }),
  ),
});
export type EventInvokeConfig = v.InferOutput<typeof eventInvokeConfigSchema>;
export const runtimeManagementSchema = v.object({
  UpdateRuntimeOn: v.picklist(["Auto", "Manual", "FunctionUpdate"]),
  RuntimeVersionArn: v.optional(text),
});
export const recursionSchema = v.object({ RecursiveLoop: v.picklist(["Allow", "Terminate"]) });
