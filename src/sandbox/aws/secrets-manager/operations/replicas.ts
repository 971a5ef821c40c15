import { invalidParameter, invalidRequest } from "../errors";
import { operation } from "../operation";
import { schemas } from "../schemas";
import type { Secret } from "../store";
import { wireReplicas } from "../wire";

/** Only what the primary tells of its replicas is kept; a replica cannot be read here. */
export function addReplicas(
  secret: Secret,
  regions: ReadonlyArray<{ Region: string; KmsKeyId?: string | undefined }>,
  primaryRegion: string,
): void {
  const names = regions.map(({ Region }) => Region);
  if (names.includes(primaryRegion)) throw invalidParameter("Invalid replica region: it is the secret's own region.");
  const known = names.find((name, index) => secret.replicas.has(name) || names.indexOf(name) !== index);
  if (known !== undefined) throw invalidParameter(`Secret already replicated to region ${known}.`);
  for (const { Region, KmsKeyId } of regions) secret.replicas.set(Region, { region: Region, kmsKeyId: KmsKeyId });
}

export const replicateSecretToRegions = operation(schemas.ReplicateSecretToRegions, (context, input) => {
  const secret = context.store.active(input.SecretId);
  addReplicas(secret, input.AddReplicaRegions, context.region);
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, ReplicationStatus: wireReplicas(secret) };
});

export const removeRegionsFromReplication = operation(schemas.RemoveRegionsFromReplication, (context, input) => {
  const secret = context.store.active(input.SecretId);
  const unknown = input.RemoveReplicaRegions.find((region) => !secret.replicas.has(region));
  if (unknown !== undefined) throw invalidParameter(`The secret is not replicated to region ${unknown}.`);
  for (const region of input.RemoveReplicaRegions) secret.replicas.delete(region);
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, ReplicationStatus: wireReplicas(secret) ?? [] };
});

export const stopReplicationToReplica = operation(schemas.SecretOnly, (context, input) => {
  context.store.active(input.SecretId);
  throw invalidRequest("You must call StopReplicationToReplica from the Region of the replica; this is the primary.");
});
