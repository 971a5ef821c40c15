import { invalidParameter, invalidRequest, notOnReplica } from "../errors";
import { type OperationContext, operation } from "../operation";
import { promoted, ReplicaSecret } from "../replica";
import { schemas } from "../schemas";
import type { Secret } from "../store";
import { wireReplicas } from "../wire";

interface ReplicaOrder {
  readonly AddReplicaRegions?:
    | ReadonlyArray<{ readonly Region: string; readonly KmsKeyId?: string | undefined }>
    | undefined;
  readonly ForceOverwriteReplicaSecret?: boolean | undefined;
}

/**
 * Refuses what cannot be, before anything is done; a name that is taken in a region is told in its
 * status.
 */
export function checkReplicas(
  context: OperationContext,
  secret: Secret,
  { AddReplicaRegions = [] }: ReplicaOrder,
): void {
  const names = AddReplicaRegions.map(({ Region }) => Region);
  if (names.includes(context.region)) throw invalidParameter("Invalid replica region.");
  const known = names.find((name, index) => isReplicated(secret, name) || names.indexOf(name) !== index);
  if (known !== undefined) throw invalidParameter(`Secret already replicated to region ${known}.`);
}

export function addReplicas(context: OperationContext, secret: Secret, order: ReplicaOrder): void {
  const force = order.ForceOverwriteReplicaSecret ?? false;
  for (const { Region: region, KmsKeyId: kmsKeyId } of order.AddReplicaRegions ?? []) {
    const store = context.storeOf(region);
    const taken = store.byName(secret.name);
    const failure = !context.kms.usable(kmsKeyId, region)
      ? "Replication failed: KMS key not found or disabled."
      : taken !== undefined && !force
        ? `Replication failed: Secret name ${secret.name} already exists in region ${region}.`
        : undefined;
    if (failure !== undefined) {
      secret.replicas.set(region, { region, kmsKeyId, failure, accessedAt: () => undefined });
      continue;
    }
    if (taken !== undefined) store.remove(taken);
    const arn = secret.arn.replace(`:${context.region}:`, `:${region}:`);
    const replica = new ReplicaSecret(secret, arn, context.region, kmsKeyId, context.clock.now());
    store.add(replica);
    secret.replicas.set(region, { region, kmsKeyId, failure: undefined, accessedAt: () => replica.accessedAt });
  }
}

export const replicateSecretToRegions = operation(schemas.ReplicateSecretToRegions, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  checkReplicas(context, secret, input);
  addReplicas(context, secret, input);
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, ReplicationStatus: wireReplicas(secret) };
});

/** AWS: a region without a replica is no error. */
export const removeRegionsFromReplication = operation(schemas.RemoveRegionsFromReplication, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  for (const region of input.RemoveReplicaRegions) {
    if (isReplicated(secret, region)) context.storeOf(region).removeNamed(secret.name);
    secret.replicas.delete(region);
  }
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, ReplicationStatus: wireReplicas(secret) ?? [] };
});

/** Called in the replica's region, by its name, its ARN or, as AWS documents it, the primary's. */
export const stopReplicationToReplica = operation(schemas.SecretOnly, (context, input) => {
  const { region, store } = context;
  const inRegion = input.SecretId.replace(/^(arn:[^:]+:secretsmanager:)[^:]+:/, `$1${region}:`);
  const replica = store.active(inRegion);
  if (replica.primaryRegion === undefined) {
    if (inRegion !== input.SecretId) throw notOnReplica();
    throw invalidRequest("You must call StopReplicationToReplica from the Region of the replica; this is no replica.");
  }
  const primary = context.storeOf(replica.primaryRegion).byName(replica.name);
  primary?.replicas.delete(region);
  const alone = promoted(replica);
  alone.changedAt = context.clock.now();
  store.add(alone);
  return { ARN: alone.arn };
});

function isReplicated(secret: Secret, region: string): boolean {
  const replica = secret.replicas.get(region);
  return replica !== undefined && replica.failure === undefined;
}
