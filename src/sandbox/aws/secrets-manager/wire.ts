import { MILLIS_PER_SECOND } from "../../../model/units";
import { primaryRegionOf } from "./filters";
import { DAY_MILLIS } from "./schedule";
import type { Secret } from "./store";
import type { Version } from "./versions";

/** The key of which AWS speaks in replicas alone. */
export const MANAGED_KEY = "alias/aws/secretsmanager";

/** Dates on the wire: Unix seconds with a fraction. */
export function wireTime(millis: number): number {
  return millis / MILLIS_PER_SECOND;
}

/** AWS tells the day of an access, not its time. */
export function wireDay(millis: number | undefined): number | undefined {
  return millis === undefined ? undefined : wireTime(Math.floor(millis / DAY_MILLIS) * DAY_MILLIS);
}

/** What every answer about one secret starts with. */
export function identity(secret: Secret): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

/**
 * What DescribeSecret and ListSecrets have in common; an undefined member is absent on the wire.
 */
export function metadata(secret: Secret, region: string): Record<string, unknown> {
  const { rotation } = secret;
  return {
    ...identity(secret),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.rules,
    LastRotatedDate: rotation?.enabled && rotation.rotatedAt !== undefined ? wireTime(rotation.rotatedAt) : undefined,
    LastChangedDate: wireTime(secret.changedAt),
    LastAccessedDate: wireDay(secret.accessedAt),
    DeletedDate: secret.deletedAt === undefined ? undefined : wireTime(secret.deletedAt),
    // AWS: the rotation is to occur on or before this date; its moment in the window is not told.
    NextRotationDate: rotation?.next === undefined ? undefined : wireTime(rotation.next.endsAt - MILLIS_PER_SECOND),
    Tags: secret.tags.size === 0 && !secret.tagged ? undefined : wireTags(secret),
    CreatedDate: wireTime(secret.createdAt),
    PrimaryRegion: primaryRegionOf(secret, region),
  };
}

/** Undefined while no version has a label. */
export function wireStages(secret: Secret): Record<string, string[]> | undefined {
  const stages = secret.versions.stages();
  return Object.keys(stages).length === 0 ? undefined : stages;
}

export function wireReplicas(secret: Secret): unknown[] | undefined {
  if (secret.replicas.size === 0) return undefined;
  return [...secret.replicas.values()].map(({ region, kmsKeyId, failure, accessedAt }) => ({
    Region: region,
    KmsKeyId: kmsKeyId ?? MANAGED_KEY,
    Status: failure === undefined ? "InSync" : "Failed",
    StatusMessage: failure ?? "Replication succeeded",
    LastAccessedDate: wireDay(accessedAt()),
  }));
}

export function wireValue(secret: Secret, version: Version): Record<string, unknown> {
  return {
    ...identity(secret),
    VersionId: version.id,
    ...version.value,
    VersionStages: [...version.labels],
    CreatedDate: wireTime(version.createdAt),
  };
}

function wireTags(secret: Secret): Array<{ Key: string; Value: string }> {
  return [...secret.tags].map(([Key, Value]) => ({ Key, Value }));
}
