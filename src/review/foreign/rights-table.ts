import type { Kind } from "./owned";

/** What somebody does to keys who has a right. */
export const VERBS = ["reads", "invokes", "changes", "becomes or passes on", "gives rights"] as const;
export type Verb = (typeof VERBS)[number];

/**
 * Rights that lead to the value of a key, to an order to a controller, or past what guards the
 * keys, by kind of thing. Rights of the same services that are not here read names, settings,
 * ledger and logs, in which no value of a key stands.
 */
export const RIGHTS: Readonly<Record<Kind, Partial<Record<Verb, readonly string[]>>>> = {
  secret: {
    reads: named("secretsmanager", "GetSecretValue BatchGetSecretValue"),
    changes: secretChanges(),
  },
  "admin key": {
    reads: named("secretsmanager", "GetSecretValue BatchGetSecretValue"),
    changes: secretChanges(),
  },
  function: {
    invokes: named("lambda", "InvokeFunction InvokeAsync InvokeFunctionUrl"),
    changes: named(
      "lambda",
      `UpdateFunctionCode UpdateFunctionConfiguration AddPermission RemovePermission CreateFunctionUrlConfig UpdateFunctionUrlConfig
      DeleteFunctionUrlConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig
      CreateEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping CreateAlias UpdateAlias DeleteAlias PublishVersion
      DeleteFunction CreateFunction PutFunctionConcurrency DeleteFunctionConcurrency PutProvisionedConcurrencyConfig
      DeleteProvisionedConcurrencyConfig PutRuntimeManagementConfig PutFunctionRecursionConfig PutFunctionScalingConfig
      PutFunctionCodeSigningConfig DeleteFunctionCodeSigningConfig EnableReplication DisableReplication TagResource UntagResource`,
    ),
  },
  role: { "becomes or passes on": assuming(), changes: roleChanges() },
  reader: { "becomes or passes on": assuming(), changes: roleChanges() },
  rule: {
    changes: named(
      "events",
      "PutRule DeleteRule DisableRule EnableRule PutTargets RemoveTargets TagResource UntagResource",
    ),
  },
  table: {
    changes: named(
      "dynamodb",
      `PutItem UpdateItem DeleteItem BatchWriteItem TransactWriteItems PartiQLInsert PartiQLUpdate PartiQLDelete CreateTable DeleteTable UpdateTable
      UpdateTimeToLive UpdateContinuousBackups RestoreTableFromBackup RestoreTableToPointInTime PutResourcePolicy DeleteResourcePolicy
      EnableKinesisStreamingDestination DisableKinesisStreamingDestination UpdateKinesisStreamingDestination ImportTable CreateTableReplica
      DeleteTableReplica CreateGlobalTable UpdateGlobalTable UpdateGlobalTableSettings UpdateTableReplicaAutoScaling TagResource UntagResource`,
    ),
  },
  "log group": {
    changes: named(
      "logs",
      `DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy PutSubscriptionFilter DeleteSubscriptionFilter
      PutDataProtectionPolicy DeleteDataProtectionPolicy AssociateKmsKey DisassociateKmsKey CreateExportTask PutTransformer TagResource UntagResource
      TagLogGroup UntagLogGroup`,
    ),
  },
  alarm: {
    changes: named(
      "cloudwatch",
      "DeleteAlarms DisableAlarmActions EnableAlarmActions SetAlarmState PutMetricAlarm PutCompositeAlarm TagResource UntagResource",
    ),
  },
  topic: {
    changes: named(
      "sns",
      `SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe Unsubscribe ConfirmSubscription SetSubscriptionAttributes
      PutDataProtectionPolicy TagResource UntagResource`,
    ),
  },
  "KMS key": {
    changes: named(
      "kms",
      `CreateGrant PutKeyPolicy RevokeGrant RetireGrant DisableKey ScheduleKeyDeletion DeleteImportedKeyMaterial ImportKeyMaterial
      UpdatePrimaryRegion ReplicateKey UpdateAlias DeleteAlias TagResource UntagResource`,
    ),
  },
  // Whoever changes what these say gives rights.
  policy: {},
  "permission set": {},
  user: {
    "becomes or passes on": named(
      "iam",
      `CreateAccessKey UpdateAccessKey CreateLoginProfile UpdateLoginProfile CreateServiceSpecificCredential
      ResetServiceSpecificCredential UpdateServiceSpecificCredential`,
    ),
    changes: named(
      "iam",
      `DeleteUser UpdateUser DeleteUserPolicy DetachUserPolicy DeleteAccessKey DeleteServiceSpecificCredential
      PutUserPermissionsBoundary DeleteUserPermissionsBoundary AddUserToGroup RemoveUserFromGroup TagUser UntagUser`,
    ),
  },
};

/**
 * Whoever may do one of these, on whatever role, user, group or policy, can give somebody every
 * right there is.
 */
export const GIVING = named(
  "iam",
  `PutRolePolicy AttachRolePolicy PutUserPolicy AttachUserPolicy PutGroupPolicy AttachGroupPolicy CreatePolicyVersion SetDefaultPolicyVersion
  UpdateAssumeRolePolicy DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary`,
);

function named(service: string, actions: string): string[] {
  return actions.split(/\s+/).map((action) => `${service}:${action}`.toLowerCase());
}

function secretChanges(): string[] {
  return named(
    "secretsmanager",
    `PutSecretValue UpdateSecret UpdateSecretVersionStage PutResourcePolicy DeleteResourcePolicy ReplicateSecretToRegions RemoveRegionsFromReplication
    StopReplicationToReplica CreateSecret DeleteSecret RestoreSecret RotateSecret CancelRotateSecret TagResource UntagResource`,
  );
}

function assuming(): string[] {
  return [
    ...named("sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity SetSourceIdentity"),
    ...named("iam", "PassRole AddRoleToInstanceProfile"),
  ];
}

function roleChanges(): string[] {
  return named(
    "iam",
    `CreateRole UpdateRole DeleteRole DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary RemoveRoleFromInstanceProfile TagRole UntagRole`,
  );
}
