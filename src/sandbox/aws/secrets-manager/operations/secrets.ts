import { randomUUID } from "node:crypto";
import {
  invalidParameter,
  limitExceeded,
  nameScheduledForDeletion,
  noToken,
  notOnReplica,
  secretExists,
  stillReplicated,
  tokenInUse,
} from "../errors";
import { matchesFilters } from "../filters";
import { type OperationContext, operation } from "../operation";
import { page } from "../paging";
import { randomPassword } from "../password";
import { DAY_MILLIS } from "../schedule";
import { schemas } from "../schemas";
import type { Secret } from "../store";
import { givenValue, type SecretValue, sameValue } from "../value";
import { identity, MANAGED_KEY, metadata, wireReplicas, wireStages, wireTime } from "../wire";
import { addReplicas, checkReplicas } from "./replicas";
import { store } from "./values";

const RECOVERY_DAYS = { min: 7, max: 30, default: 30 };
const TAGS_MAX = 50;

export const createSecret = operation(schemas.CreateSecret, (context, input) => {
  const now = context.clock.now();
  const value = givenValue(input);
  if (value !== undefined && input.ClientRequestToken === undefined) throw noToken();
  const token = input.ClientRequestToken ?? randomUUID();
  const existing = context.store.byName(input.Name);
  if (existing !== undefined) {
    if (existing.deletedAt !== undefined) throw nameScheduledForDeletion();
    if (!isRepeated(existing, token, value)) {
      throw existing.versions.get(token) === undefined ? secretExists(input.Name) : tokenInUse(token, existing.arn);
    }
    return created(existing, value === undefined ? undefined : token);
  }
  const secret = context.store.draft(input.Name, token, now);
  secret.description = description(input.Description);
  secret.kmsKeyId = kmsKey(input.KmsKeyId);
  // AWS tries the key at once, with or without a value.
  context.kms.encrypt(secret, context.region);
  setTags(secret, input.Tags ?? []);
  checkReplicas(context, secret, input);
  if (value !== undefined) store(context, secret, token, value, ["AWSCURRENT"]);
  context.store.add(secret);
  addReplicas(context, secret, input);
  return created(secret, value === undefined ? undefined : token);
});

export const describeSecret = operation(schemas.SecretOnly, (context, input) => {
  const secret = context.store.any(input.SecretId);
  return {
    ...metadata(secret, context.region),
    VersionIdsToStages: wireStages(secret),
    ReplicationStatus: wireReplicas(secret),
  };
});

export const updateSecret = operation(schemas.UpdateSecret, (context, input) => {
  const value = givenValue(input);
  if (value !== undefined && input.ClientRequestToken === undefined) throw noToken();
  const token = input.ClientRequestToken ?? randomUUID();
  const secret = context.store.primary(input.SecretId);
  if (input.KmsKeyId !== undefined && kmsKey(input.KmsKeyId) !== secret.kmsKeyId) {
    // AWS encrypts the labelled versions anew, for which it needs both keys.
    context.kms.encrypt({ kmsKeyId: kmsKey(input.KmsKeyId) }, context.region);
    context.kms.encrypt(secret, context.region);
    secret.kmsKeyId = kmsKey(input.KmsKeyId);
  }
  if (value !== undefined) store(context, secret, token, value, ["AWSCURRENT"]);
  if (input.Description !== undefined) secret.description = description(input.Description);
  secret.changedAt = context.clock.now();
  return { ...identity(secret), VersionId: value === undefined ? undefined : token };
});

export const listSecrets = operation(schemas.ListSecrets, (context, input) => {
  const found = context.store
    .all()
    .filter((secret) => input.IncludePlannedDeletion || secret.deletedAt === undefined)
    .filter((secret) => matchesFilters(secret, input.Filters ?? [], context.region))
    .sort(order(input.SortBy ?? "created-date"));
  if (input.SortOrder === "desc") found.reverse();
  const { entries, NextToken } = page(found, (secret) => secret.arn, input);
  return {
    SecretList: entries.map((secret) => ({
      ...metadata(secret, context.region),
      SecretVersionsToStages: wireStages(secret),
    })),
    NextToken,
  };
});

export const deleteSecret = operation(schemas.DeleteSecret, (context, input) => {
  const now = context.clock.now();
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (days !== undefined && (days < RECOVERY_DAYS.min || days > RECOVERY_DAYS.max)) {
    throw invalidParameter(
      `The RecoveryWindowInDays value must be between ${RECOVERY_DAYS.min} and ${RECOVERY_DAYS.max} days (inclusive).`,
    );
  }
  if (force && days !== undefined) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (force && context.store.find(input.SecretId) === undefined) {
    // AWS: forcibly deleting a secret that does not exist is no error.
    const isArn = input.SecretId.startsWith("arn:");
    return {
      ARN: isArn ? input.SecretId : context.store.newArn(input.SecretId),
      Name: isArn ? undefined : input.SecretId,
      DeletionDate: wireTime(now),
    };
  }
  const secret = force ? context.store.any(input.SecretId) : context.store.active(input.SecretId);
  if (secret.primaryRegion !== undefined) throw notOnReplica();
  if (secret.replicas.size > 0) throw stillReplicated(secret.arn, [...secret.replicas.keys()]);
  context.rotations.stop(secret);
  const deletedAt = force ? now : now + (days ?? RECOVERY_DAYS.default) * DAY_MILLIS;
  context.emit("StartSecretVersionDelete", secret, { deletionDate: new Date(deletedAt).toISOString() });
  if (force) removeForGood(context, secret);
  else {
    secret.deletedAt = deletedAt;
    secret.changedAt = now;
  }
  return { ...identity(secret), DeletionDate: wireTime(deletedAt) };
});

export function removeForGood(context: Pick<OperationContext, "store" | "emit">, secret: Secret): void {
  context.store.remove(secret);
  context.emit("EndSecretVersionDelete", secret, {});
}

export const restoreSecret = operation(schemas.SecretOnly, (context, input) => {
  const secret = context.store.any(input.SecretId);
  if (secret.primaryRegion !== undefined) throw notOnReplica();
  if (secret.deletedAt !== undefined) {
    secret.deletedAt = undefined;
    secret.changedAt = context.clock.now();
    context.rotations.resume(secret);
    context.emit("CancelSecretVersionDelete", secret, {});
  }
  return identity(secret);
});

export const tagResource = operation(schemas.TagResource, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  setTags(secret, input.Tags);
  secret.changedAt = context.clock.now();
  return {};
});

export const untagResource = operation(schemas.UntagResource, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  for (const key of input.TagKeys) secret.tags.delete(key);
  secret.changedAt = context.clock.now();
  return {};
});

export const getRandomPassword = operation(schemas.GetRandomPassword, (context, input) => {
  const RandomPassword = randomPassword(input);
  context.remember({ SecretString: RandomPassword });
  return { RandomPassword };
});

function setTags(secret: Secret, tags: ReadonlyArray<{ Key: string; Value: string }>): void {
  if (tags.some(({ Key }) => Key.toLowerCase().startsWith("aws:"))) {
    throw invalidParameter("Tag keys can't start with the reserved prefix aws:.");
  }
  const merged = new Map([...secret.tags, ...tags.map(({ Key, Value }) => [Key, Value] as const)]);
  if (merged.size > TAGS_MAX) throw limitExceeded(`A secret can have at most ${TAGS_MAX} tags.`);
  for (const [key, tag] of merged) secret.tags.set(key, tag);
  secret.tagged ||= tags.length > 0;
}

/** One that is empty is none. */
function description(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** AWS omits the key it manages itself. */
function kmsKey(id: string | undefined): string | undefined {
  return id === "" || id === MANAGED_KEY ? undefined : id;
}

function isRepeated(secret: Secret, token: string, value: SecretValue | undefined): boolean {
  if (secret.createdWith !== token) return false;
  const stored = secret.versions.get(token)?.value;
  return stored === undefined || value === undefined ? stored === value : sameValue(stored, value);
}

function created(secret: Secret, versionId: string | undefined): unknown {
  return { ...identity(secret), VersionId: versionId, ReplicationStatus: wireReplicas(secret) };
}

function order(by: "created-date" | "last-accessed-date" | "last-changed-date" | "name") {
  const keyOf = (secret: Secret): number =>
    by === "last-accessed-date"
      ? (secret.accessedAt ?? 0)
      : by === "last-changed-date"
        ? secret.changedAt
        : secret.createdAt;
  return (a: Secret, b: Secret): number =>
    // Where both are of one moment they stay as they came.
    by === "name" ? (a.name < b.name ? -1 : 1) : keyOf(a) - keyOf(b);
}
