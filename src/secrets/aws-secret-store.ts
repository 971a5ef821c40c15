import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  type Tag,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { SecretState, SecretStore, StageRequest } from "../engine/ports";
import { defined } from "../model/defined";
import { kmsKeyUnusable } from "../model/errors";
import { ISSUER_TAG } from "../model/names";
import type { ScheduledDeletion } from "../model/scheduled-deletion";
import { CURRENT } from "./labels";

/** What the tag of a secret says. */
export function issuerOf(tags: readonly Tag[] | undefined): Pick<SecretState, "issuer"> {
  const issuer = tags?.find(({ Key }) => Key === ISSUER_TAG)?.Value;
  return issuer === undefined ? {} : { issuer };
}

/** Undefined where it is not scheduled. */
export function deletionOf({ ARN: arn, DeletedDate: at, Tags }: DescribeSecretResponse): ScheduledDeletion | undefined {
  if (arn === undefined || at === undefined) return undefined;
  return { arn, deletedDate: Math.floor(at.getTime() / 1_000), ...issuerOf(Tags) };
}

/** The key of which AWS speaks in replicas alone. */
const MANAGED_KEY = "alias/aws/secretsmanager";

/** What Secrets Manager says of the KMS keys of a secret and its replicas. */
export function encryptionOf({
  KmsKeyId: own,
  ReplicationStatus: replicas = [],
}: Pick<DescribeSecretResponse, "KmsKeyId" | "ReplicationStatus">): Pick<
  SecretState,
  "encryptedWith" | "failedReplicas"
> {
  const chosen = (key: string | undefined): key is string => key !== undefined && key !== "" && key !== MANAGED_KEY;
  const encryptedWith = [
    ...(chosen(own) ? [{ kmsKey: own }] : []),
    ...replicas.flatMap(({ Region: region, KmsKeyId: kmsKey }) =>
      region !== undefined && chosen(kmsKey) ? [{ kmsKey, region }] : [],
    ),
  ];
  const failedReplicas = replicas.flatMap(({ Region: region, Status, StatusMessage }) =>
    region !== undefined && Status === "Failed" ? [{ region, why: StatusMessage ?? "its replication failed" }] : [],
  );
  return {
    ...(encryptedWith.length === 0 ? {} : { encryptedWith }),
    ...(failedReplicas.length === 0 ? {} : { failedReplicas }),
  };
}

/** Of Secrets Manager, and of KMS where it hands on what that said. */
const KMS_ERRORS = new Set([
  "DecryptionFailure",
  "EncryptionFailure",
  "KMSInvalidStateException",
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSNotFoundException",
]);

/** In the words of SK290, where a KMS key is the reason. */
function explained(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  const isOfKms =
    KMS_ERRORS.has(error.name) || (error.name === "AccessDeniedException" && /\bKMS\b/.test(error.message));
  return isOfKms ? kmsKeyUnusable(name, `${error.name}: ${error.message.replace(/\.$/, "")}`, error) : error;
}

export class AwsSecretStore implements SecretStore {
  constructor(private readonly client: SecretsManagerClient) {}

  async describe(name: string): Promise<SecretState | undefined> {
    try {
      const secret = await this.client.send(new DescribeSecretCommand({ SecretId: name }));
      if (secret.DeletedDate !== undefined) return undefined;
      return {
        arn: secret.ARN ?? "",
        rotationEnabled: secret.RotationEnabled ?? false,
        ...issuerOf(secret.Tags),
        ...encryptionOf(secret),
        versions: Object.assign(Object.create(null), secret.VersionIdsToStages),
      };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async scheduledDeletion(name: string): Promise<ScheduledDeletion | undefined> {
    try {
      return deletionOf(await this.client.send(new DescribeSecretCommand({ SecretId: name })));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async value(name: string, versionId: string): Promise<string | undefined> {
    try {
      const answer = await this.client.send(new GetSecretValueCommand({ SecretId: name, VersionId: versionId }));
      return answer.SecretString;
    } catch (error) {
      // Before the first step of a rotation its version exists without a value.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw explained(error, name);
    }
  }

  async stage({ name, versionId, value, label, marks = [], rotationToken }: StageRequest): Promise<"stored" | "other"> {
    try {
      await this.client.send(
        new PutSecretValueCommand({
          SecretId: name,
          ClientRequestToken: versionId,
          SecretString: value,
          VersionStages: [label, ...marks],
          ...defined({ RotationToken: rotationToken }),
        }),
      );
      return "stored";
    } catch (error) {
      if (error instanceof ResourceExistsException) return "other";
      throw explained(error, name);
    }
  }

  async promote(name: string, versionId: string, from: string | undefined): Promise<"promoted" | "moved"> {
    try {
      await this.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: name,
          VersionStage: CURRENT,
          MoveToVersionId: versionId,
          ...defined({ RemoveFromVersionId: from }),
        }),
      );
      return "promoted";
    } catch (error) {
      if (!(error instanceof InvalidParameterException || error instanceof InvalidRequestException)) throw error;
      // The answer to an earlier attempt may have been lost on the way.
      const labels = (await this.describe(name))?.versions[versionId] ?? [];
      return labels.includes(CURRENT) ? "promoted" : "moved";
    }
  }

  async label(name: string, versionId: string, label: string): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({ SecretId: name, VersionStage: label, MoveToVersionId: versionId }),
    );
  }

  async unlabel(name: string, versionId: string, label: string): Promise<void> {
    try {
      await this.client.send(
        new UpdateSecretVersionStageCommand({ SecretId: name, VersionStage: label, RemoveFromVersionId: versionId }),
      );
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return;
      if (!(error instanceof InvalidParameterException || error instanceof InvalidRequestException)) throw error;
      const labels = (await this.describe(name))?.versions[versionId] ?? [];
      if (labels.includes(label)) throw error;
    }
  }
}
