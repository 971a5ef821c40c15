import {
  DescribeSecretCommand,
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
import { CURRENT, type SecretState, type SecretStore, type StageRequest } from "../engine/ports";
import { ISSUER_TAG } from "../model/names";

/** What the tag of a secret says. */
export function issuerOf(tags: readonly Tag[] | undefined): Pick<SecretState, "issuer"> {
  const issuer = tags?.find(({ Key }) => Key === ISSUER_TAG)?.Value;
  return issuer === undefined ? {} : { issuer };
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
        versions: Object.assign(Object.create(null), secret.VersionIdsToStages),
      };
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
      throw error;
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
          ...(rotationToken === undefined ? {} : { RotationToken: rotationToken }),
        }),
      );
      return "stored";
    } catch (error) {
      if (error instanceof ResourceExistsException) return "other";
      throw error;
    }
  }

  async promote(name: string, versionId: string, from: string | undefined): Promise<"promoted" | "moved"> {
    try {
      await this.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: name,
          VersionStage: CURRENT,
          MoveToVersionId: versionId,
          ...(from === undefined ? {} : { RemoveFromVersionId: from }),
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
