import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { defined } from "../../src/model/defined";
import type { RotationFunction } from "./secrets-manager";

/**
 * The guards and steps of AWS's published rotation template; the new value is made of the token.
 */
export function rotationTemplate(client: SecretsManagerClient): RotationFunction {
  return async ({ Step, SecretId, ClientRequestToken: token, RotationToken }) => {
    const described = await client.send(new DescribeSecretCommand({ SecretId }));
    if (!described.RotationEnabled) throw new Error("rotation is not enabled");
    const labels = described.VersionIdsToStages?.[token];
    if (labels === undefined) throw new Error("the version has no stage for rotation");
    if (labels.includes("AWSCURRENT")) return;
    if (!labels.includes("AWSPENDING")) throw new Error("the version is not pending");
    if (Step === "createSecret") {
      await client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSCURRENT" }));
      try {
        await client.send(new GetSecretValueCommand({ SecretId, VersionId: token, VersionStage: "AWSPENDING" }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        await client.send(
          new PutSecretValueCommand({
            SecretId,
            ClientRequestToken: token,
            SecretString: `value of ${token}`,
            VersionStages: ["AWSPENDING"],
            RotationToken,
          }),
        );
      }
    }
    if (Step === "finishSecret") {
      const current = Object.entries(described.VersionIdsToStages ?? {}).find(([, l]) => l.includes("AWSCURRENT"))?.[0];
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: "AWSCURRENT",
          MoveToVersionId: token,
          ...defined({ RemoveFromVersionId: current }),
        }),
      );
    }
  };
}
