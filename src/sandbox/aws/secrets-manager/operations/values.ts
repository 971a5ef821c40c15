import { invalidParameter, invalidRequest, noToken, SecretsManagerError, valueNotFound } from "../errors";
import { matchesFilters } from "../filters";
import { type OperationContext, operation } from "../operation";
import { page } from "../paging";
import { schemas } from "../schemas";
import type { Secret } from "../store";
import { requiredValue, type SecretValue } from "../value";
import { AWSCURRENT, type Version } from "../versions";
import { identity, wireDay, wireTime, wireValue } from "../wire";

/** Stores a version and tells the rotation of it; a repeated call changes nothing. */
export function store(
  context: OperationContext,
  secret: Secret,
  token: string,
  value: SecretValue,
  labels: readonly string[],
): Version {
  const now = context.clock.now();
  context.remember(value);
  context.kms.encrypt(secret, context.region);
  const currentBefore = secret.versions.labelled(AWSCURRENT);
  const { version, stored } = secret.versions.put(token, value, labels, now);
  if (!stored) return version;
  secret.changedAt = now;
  context.rotations.abandonFor(secret, token, context.principal);
  if (secret.versions.labelled(AWSCURRENT) !== currentBefore) context.rotations.renewed(secret, token);
  return version;
}

export const putSecretValue = operation(schemas.PutSecretValue, (context, input) => {
  const value = requiredValue(input);
  const token = input.ClientRequestToken;
  if (token === undefined) throw noToken();
  const secret = context.store.primary(input.SecretId);
  const version = store(context, secret, token, value, input.VersionStages ?? [AWSCURRENT]);
  return { ...identity(secret), VersionId: version.id, VersionStages: [...version.labels] };
});

export const getSecretValue = operation(schemas.GetSecretValue, (context, input) => {
  const secret = context.store.active(input.SecretId);
  return wireValue(secret, read(context, secret, input));
});

export const batchGetSecretValue = operation(schemas.BatchGetSecretValue, (context, input) => {
  const { SecretIdList: ids, Filters: filters } = input;
  if ((ids === undefined) === (filters === undefined)) {
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  const paged = (["MaxResults", "NextToken"] as const).find((member) => input[member] !== undefined);
  if (ids !== undefined && paged !== undefined) {
    throw invalidParameter(`'Filters' not specified. 'Filters' must also be specified when '${paged}' is provided.`);
  }
  const matching = context.store
    .all()
    .filter((secret) => secret.deletedAt === undefined && matchesFilters(secret, filters ?? [], context.region));
  const { entries, NextToken } =
    ids === undefined
      ? page(
          matching.map((secret) => secret.arn),
          (arn) => arn,
          { ...input, MaxResults: input.MaxResults ?? 20 },
        )
      : { entries: ids, NextToken: undefined };
  const values: unknown[] = [];
  const errors: unknown[] = [];
  for (const id of entries) {
    try {
      const secret = context.store.active(id);
      values.push(wireValue(secret, read(context, secret, {})));
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      errors.push({ SecretId: id, ErrorCode: error.type, Message: error.message });
    }
  }
  return { SecretValues: values, Errors: errors, NextToken };
});

export const updateSecretVersionStage = operation(schemas.UpdateSecretVersionStage, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  secret.versions.moveLabel(input.VersionStage, input.MoveToVersionId, input.RemoveFromVersionId);
  secret.changedAt = context.clock.now();
  secret.versions.prune(secret.changedAt);
  return identity(secret);
});

export const listSecretVersionIds = operation(schemas.ListSecretVersionIds, (context, input) => {
  const secret = context.store.any(input.SecretId);
  const listed = secret.versions.all().filter((version) => input.IncludeDeprecated || version.labels.size > 0);
  const { entries, NextToken } = page(listed, (version) => version.id, input);
  return {
    ...identity(secret),
    Versions: entries.map((version) => ({
      VersionId: version.id,
      VersionStages: version.labels.size === 0 ? undefined : [...version.labels],
      LastAccessedDate: wireDay(version.lastAccessedAt),
      CreatedDate: wireTime(version.createdAt),
      KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
    })),
    NextToken,
  };
});

function read(
  { clock, kms, region }: OperationContext,
  secret: Secret,
  by: { readonly VersionId?: string | undefined; readonly VersionStage?: string | undefined },
): Version {
  const now = clock.now();
  const { VersionId: id, VersionStage: stage = id === undefined ? AWSCURRENT : undefined } = by;
  const version = id === undefined ? secret.versions.labelled(stage ?? AWSCURRENT) : secret.versions.get(id);
  if (version !== undefined && stage !== undefined && !version.labels.has(stage)) {
    throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
  }
  // A rotation's placeholder has no value before its first step has stored one.
  if (version?.value === undefined) {
    throw id === undefined ? valueNotFound("staging label", stage ?? AWSCURRENT) : valueNotFound("VersionId", id);
  }
  kms.decrypt(secret, region);
  secret.accessedAt = now;
  version.lastAccessedAt = now;
  return version;
}
